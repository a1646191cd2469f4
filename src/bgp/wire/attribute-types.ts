/**
 * Path attributes as values.
 * Pure, types only. RFC 4271 §5 and the RFCs named at each field.
 *
 * A PathAttributes value is immutable and shared: whoever wants it different makes a new one.
 */

import type { IpAddress } from "../../ip/address.ts";

/** ORIGIN in the order of preference (RFC 4271 §5.1.1): 0 IGP, 1 EGP, 2 INCOMPLETE. */
export type Origin = "igp" | "egp" | "incomplete";

export interface AsPathSegment {
  readonly kind: "sequence" | "set" | "confed-sequence" | "confed-set";
  readonly asns: readonly number[];
}

export type AsPath = readonly AsPathSegment[];

/** Where to send packets: one address, for IPv6 with the link-local beside it where the peer told both (RFC 2545 §3). */
export interface NextHop {
  readonly address: IpAddress;
  readonly linkLocal?: IpAddress;
}

export interface Aggregator {
  readonly asn: number;
  readonly address: IpAddress;
}

/** Three 32-bit numbers (RFC 8092). */
export interface LargeCommunity {
  readonly global: number;
  readonly local1: number;
  readonly local2: number;
}

/** Carried through unread; `partial` is set once somebody on the way did not know it (RFC 4271 §5). */
export interface UnknownAttribute {
  readonly code: number;
  readonly flags: number;
  readonly value: Uint8Array;
}

export interface PathAttributes {
  readonly origin?: Origin;
  readonly asPath?: AsPath;
  /** From NEXT_HOP or from MP_REACH_NLRI: here it makes no difference which. */
  readonly nextHop?: NextHop;
  readonly med?: number;
  readonly localPref?: number;
  readonly atomicAggregate?: true;
  readonly aggregator?: Aggregator;
  /** RFC 1997: high 16 bits AS, low 16 bits value. */
  readonly communities?: readonly number[];
  /** RFC 4456: a router id, unsigned 32 bit. */
  readonly originatorId?: number;
  readonly clusterList?: readonly number[];
  /** RFC 4360: eight octets each. */
  readonly extendedCommunities?: readonly bigint[];
  /** RFC 5701: twenty octets each. */
  readonly ipv6ExtendedCommunities?: readonly Uint8Array[];
  /** RFC 7311: the accumulated IGP metric. */
  readonly aigp?: bigint;
  readonly largeCommunities?: readonly LargeCommunity[];
  /** RFC 9234: Only to Customer, an AS number. */
  readonly otc?: number;
  /** Unrecognised optional transitive attributes, by ascending code. */
  readonly unknown?: readonly UnknownAttribute[];
}
