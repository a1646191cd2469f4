/**
 * The numbers of BMP that IANA assigned and that we send.
 * Pure, constants only. RFC 7854 §10; RFC 8671 §6 for what is told.
 */

export const BMP_VERSION = 3;
/** Version, length and type. */
export const COMMON_HEADER_BYTES = 6;
export const PEER_HEADER_BYTES = 42;

export const BMP_TYPE = {
  routeMonitoring: 0,
  statisticsReport: 1,
  peerDown: 2,
  peerUp: 3,
  initiation: 4,
  termination: 5,
} as const;

/** RFC 7854 §4.2: an ordinary peer of the one instance that we have. */
export const GLOBAL_INSTANCE_PEER = 0;

export const PEER_FLAG = {
  ipv6: 0x80, // V
  legacyAsPath: 0x20, // A
} as const;

export const INITIATION_TLV = { sysDescr: 1, sysName: 2 } as const; // RFC 7854 §4.4

export const TERMINATION_TLV = { text: 0, reason: 1 } as const; // RFC 7854 §4.5

export const TERMINATION_REASON = {
  "administratively-closed": 0,
  /** It will not be opened again. */
  "permanently-closed": 4,
} as const;

export const PEER_DOWN_REASON = {
  "local-notification": 1,
  "local-event": 2,
  "remote-notification": 3,
  "remote-lost": 4,
} as const; // RFC 7854 §4.9

/** Events of RFC 4271 §8.1 that end a session without a word from us. */
export const FSM_EVENT = { automaticStop: 8, openCollisionDump: 23 } as const;

/** What is counted about a peer; the width says which kind it is: 4 a counter, 8 a gauge, 11 a gauge of one family. */
export const STATISTIC = {
  clusterListLoops: 3,
  asPathLoops: 4,
  originatorIdLoops: 5,
  adjRibIn: 7,
  locRib: 8,
  adjRibInOfFamily: 9,
  locRibOfFamily: 10,
  treatedAsWithdraw: 11,
  adjRibOut: 15, // RFC 8671 §6.2, as told: after policy
  adjRibOutOfFamily: 17,
} as const; // RFC 7854 §4.8
