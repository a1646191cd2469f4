/**
 * Every number that IANA assigned and that this speaker knows, with the RFC that defines it.
 * Pure, constants only.
 */

/** RFC 4271 §4.1: marker, length and type. */
export const HEADER_BYTES = 19;
export const MESSAGE_TYPE_AT = 18; // last octet of the header
export const MARKER_BYTES = 16;
/** RFC 4271 §4: no message is longer unless RFC 8654 was agreed. */
export const CLASSIC_MAX_BYTES = 4096;
export const BGP_VERSION = 4;
/** Stands for a four-octet AS number in a two-octet field (RFC 6793 §9). */
export const AS_TRANS = 23456;
export const MAX_TWO_OCTET_AS = 65535;

export const MESSAGE_TYPE = {
  open: 1, // RFC 4271 §4.2
  update: 2, // RFC 4271 §4.3
  notification: 3, // RFC 4271 §4.5
  keepalive: 4, // RFC 4271 §4.4
  routeRefresh: 5, // RFC 2918
} as const;

/** Octets of one type of message, header included: fewest, and whether it may exceed 4096 (RFC 8654 §4). */
export interface LengthLimits {
  readonly least: number;
  readonly most: "fixed" | "classic" | "agreed";
}

export const MESSAGE_LENGTHS: { readonly [type: number]: LengthLimits } = {
  [MESSAGE_TYPE.open]: { least: 29, most: "classic" },
  [MESSAGE_TYPE.update]: { least: 23, most: "agreed" },
  [MESSAGE_TYPE.notification]: { least: 21, most: "agreed" },
  [MESSAGE_TYPE.keepalive]: { least: HEADER_BYTES, most: "fixed" },
  [MESSAGE_TYPE.routeRefresh]: { least: 23, most: "agreed" },
};

export const OPEN_PARAMETER = {
  capabilities: 2, // RFC 5492 §4
  extendedLength: 255, // RFC 9072 §2
} as const;

export const ATTRIBUTE_FLAG = {
  optional: 0x80,
  transitive: 0x40,
  partial: 0x20,
  extendedLength: 0x10,
} as const; // RFC 4271 §4.3

export const ATTRIBUTE = {
  origin: 1, // RFC 4271 §5.1.1
  asPath: 2, // RFC 4271 §5.1.2
  nextHop: 3, // RFC 4271 §5.1.3
  med: 4, // RFC 4271 §5.1.4
  localPref: 5, // RFC 4271 §5.1.5
  atomicAggregate: 6, // RFC 4271 §5.1.6
  aggregator: 7, // RFC 4271 §5.1.7
  communities: 8, // RFC 1997
  originatorId: 9, // RFC 4456 §8
  clusterList: 10, // RFC 4456 §8
  mpReach: 14, // RFC 4760 §3
  mpUnreach: 15, // RFC 4760 §4
  extendedCommunities: 16, // RFC 4360
  as4Path: 17, // RFC 6793
  as4Aggregator: 18, // RFC 6793
  ipv6ExtendedCommunities: 25, // RFC 5701
  aigp: 26, // RFC 7311
  largeCommunities: 32, // RFC 8092
  otc: 35, // RFC 9234
} as const;

export const AS_SEGMENT = {
  set: 1, // RFC 4271 §4.3
  sequence: 2, // RFC 4271 §4.3
  confedSequence: 3, // RFC 5065 §3
  confedSet: 4, // RFC 5065 §3
} as const;

export const CAPABILITY = {
  multiprotocol: 1, // RFC 4760 §8
  routeRefresh: 2, // RFC 2918
  extendedNextHop: 5, // RFC 8950 §4
  extendedMessage: 6, // RFC 8654 §3
  role: 9, // RFC 9234 §4.1
  gracefulRestart: 64, // RFC 4724 §3
  fourOctetAs: 65, // RFC 6793 §3
  addPath: 69, // RFC 7911 §4
  enhancedRouteRefresh: 70, // RFC 7313 §3.1
  longLivedGracefulRestart: 71, // RFC 9494 §3
  hostname: 73, // draft-walton-bgp-hostname-capability
  softwareVersion: 75, // draft-abraitis-bgp-version-capability
} as const;

export const REFRESH_SUBTYPE = { request: 0, begin: 1, end: 2, unknown: 255 } as const; // RFC 7313 §3.2; 255 is reserved

/** Well-known communities as 32-bit values. */
export const COMMUNITY = {
  gracefulShutdown: 0xffff0000, // RFC 8326
  acceptOwn: 0xffff0001, // RFC 7611
  llgrStale: 0xffff0006, // RFC 9494 §3.3
  noLlgr: 0xffff0007, // RFC 9494 §3.4
  blackhole: 0xffff029a, // RFC 7999
  noExport: 0xffffff01, // RFC 1997
  noAdvertise: 0xffffff02, // RFC 1997
  noExportSubconfed: 0xffffff03, // RFC 1997
} as const;

export const AIGP_TLV = 1; // RFC 7311 §3
