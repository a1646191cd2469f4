/**
 * NOTIFICATION: why a session ends, as a value; one constructor for each reason, with the data its RFC asks for.
 * Pure. RFC 4271 §4.5 and §6, RFC 4486 (cease), RFC 6608 (FSM), RFC 7313 (refresh), RFC 8538 (hard reset),
 * RFC 9003 (shutdown text), RFC 9234 (role), RFC 9384 (BFD), RFC 9687 (send hold).
 */

import { BGP_VERSION } from "./code-points.ts";
import { copyOf } from "./cursor.ts";
import { encodeText, printableText } from "./text.ts";
import type { FamilyCode } from "./context.ts";

/** Code, subcode and data exactly as on the wire. */
export interface Notification {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

export const ERROR_CODE = {
  header: 1,
  open: 2,
  update: 3,
  holdTimer: 4,
  stateMachine: 5,
  cease: 6,
  routeRefresh: 7, // RFC 7313 §5
  sendHoldTimer: 8, // RFC 9687 §3
} as const;

export const CEASE = {
  "maximum-prefixes": 1,
  "administrative-shutdown": 2,
  "peer-deconfigured": 3,
  "administrative-reset": 4,
  "connection-rejected": 5,
  "other-configuration-change": 6,
  "collision-resolution": 7,
  "out-of-resources": 8,
  "hard-reset": 9,
  "bfd-down": 10,
} as const; // RFC 4486 §3, RFC 8538 §3, RFC 9384 §3

export type CeaseReason = keyof typeof CEASE;

const NO_DATA = new Uint8Array(0);
const MAX_TEXT_BYTES = 255; // RFC 9003 §2

// RFC 4271 §6.1: message header

export const connectionNotSynchronized: Notification = plain(ERROR_CODE.header, 1);

/** The data is the length field as received. */
export function badMessageLength(lengthBytes: number): Notification {
  return { code: ERROR_CODE.header, subcode: 2, data: u16(lengthBytes) };
}

export function badMessageType(type: number): Notification {
  return { code: ERROR_CODE.header, subcode: 3, data: Uint8Array.of(type) };
}

// RFC 4271 §6.2: OPEN

/** No subcode fits (RFC 4271 §6.2: malformed optional parameters). */
export const malformedOpen: Notification = plain(ERROR_CODE.open, 0);
/** The data is the highest version we speak. */
export const unsupportedVersion: Notification = { code: ERROR_CODE.open, subcode: 1, data: u16(BGP_VERSION) };
export const badPeerAs: Notification = plain(ERROR_CODE.open, 2);
export const badRouterId: Notification = plain(ERROR_CODE.open, 3);
export const unsupportedOptionalParameter: Notification = plain(ERROR_CODE.open, 4);
export const unacceptableHoldTime: Notification = plain(ERROR_CODE.open, 6);
export const roleMismatch: Notification = plain(ERROR_CODE.open, 11); // RFC 9234 §4.2

/** The data is the missing capabilities as they would stand in an OPEN (RFC 5492 §5); encodeCapability makes them. */
export function unsupportedCapability(capabilities: Uint8Array): Notification {
  return { code: ERROR_CODE.open, subcode: 7, data: capabilities };
}

// RFC 4271 §6.3: UPDATE

export const malformedAttributeList: Notification = plain(ERROR_CODE.update, 1);
export const invalidNetworkField: Notification = plain(ERROR_CODE.update, 10);

/** The data is the attribute that we should know and do not. */
export function unrecognizedWellKnown(attribute: Uint8Array): Notification {
  return { code: ERROR_CODE.update, subcode: 2, data: attribute };
}

/** An MP_REACH_NLRI or MP_UNREACH_NLRI that makes no sense (RFC 4760 §7). */
export function optionalAttributeError(attribute: Uint8Array): Notification {
  return { code: ERROR_CODE.update, subcode: 9, data: attribute };
}

// Timers and the state machine

export const holdTimerExpired: Notification = plain(ERROR_CODE.holdTimer, 0);
export const sendHoldTimerExpired: Notification = plain(ERROR_CODE.sendHoldTimer, 0);

/** A message that its state does not allow (RFC 6608 §4). */
export const unexpectedMessage = {
  openSent: plain(ERROR_CODE.stateMachine, 1),
  openConfirm: plain(ERROR_CODE.stateMachine, 2),
  established: plain(ERROR_CODE.stateMachine, 3),
} as const;

/** The data is the whole ROUTE-REFRESH (RFC 7313 §5). */
export function badRefreshLength(message: Uint8Array): Notification {
  return { code: ERROR_CODE.routeRefresh, subcode: 1, data: message };
}

// Cease

/** Ends a session that is well. Only shutdown and reset carry the text (RFC 9003 §2); an empty text is none. */
export function cease(reason: CeaseReason, text = ""): Notification {
  const carriesText = reason === "administrative-shutdown" || reason === "administrative-reset";
  return { code: ERROR_CODE.cease, subcode: CEASE[reason], data: carriesText && text !== "" ? textData(text) : NO_DATA };
}

/** More prefixes of that family than the operator allows; the data tells the peer which limit (RFC 4486 §4). */
export function maximumPrefixes(family: FamilyCode, limit: number): Notification {
  const data = new Uint8Array(7);
  const view = new DataView(data.buffer);
  view.setUint16(0, family.afi);
  view.setUint8(2, family.safi);
  view.setUint32(3, limit);
  return { code: ERROR_CODE.cease, subcode: CEASE["maximum-prefixes"], data };
}

/** Says that nothing is to be kept, where graceful restart would keep it (RFC 8538 §3.1). */
export function hardReset(inner: Notification): Notification {
  return { code: ERROR_CODE.cease, subcode: CEASE["hard-reset"], data: Uint8Array.of(inner.code, inner.subcode, ...inner.data) };
}

/** The reason inside a hard reset; undefined when this is none, or one that tells no reason. */
export function insideHardReset({ code, subcode, data }: Notification): Notification | undefined {
  const [innerCode, innerSubcode] = data;
  const tells = innerCode !== undefined && innerSubcode !== undefined;
  if (code !== ERROR_CODE.cease || subcode !== CEASE["hard-reset"] || !tells) return undefined;
  return { code: innerCode, subcode: innerSubcode, data: copyOf(data, 2) };
}

/** What the other operator wrote (RFC 9003), fit for a log; undefined when this says nothing. */
export function shutdownText(notification: Notification): string | undefined {
  const { code, subcode, data } = insideHardReset(notification) ?? notification;
  const carriesText = subcode === CEASE["administrative-shutdown"] || subcode === CEASE["administrative-reset"];
  const length = data[0] ?? 0;
  if (code !== ERROR_CODE.cease || !carriesText || length === 0 || 1 + length > data.length) return undefined;
  return printableText(data.subarray(1, 1 + length));
}

// Names, as IANA gives them; OPEN 8 is what BIRD says when no family is shared

interface ErrorRow {
  readonly name: string;
  readonly subcodes: { readonly [subcode: number]: string };
}

const ERRORS: { readonly [code: number]: ErrorRow } = {
  [ERROR_CODE.header]: {
    name: "Message Header Error",
    subcodes: { 1: "Connection Not Synchronized", 2: "Bad Message Length", 3: "Bad Message Type" },
  },
  [ERROR_CODE.open]: {
    name: "OPEN Message Error",
    subcodes: {
      1: "Unsupported Version Number",
      2: "Bad Peer AS",
      3: "Bad BGP Identifier",
      4: "Unsupported Optional Parameter",
      5: "Authentication Failure",
      6: "Unacceptable Hold Time",
      7: "Unsupported Capability",
      8: "No Supported AFI/SAFI",
      11: "Role Mismatch",
    },
  },
  [ERROR_CODE.update]: {
    name: "UPDATE Message Error",
    subcodes: {
      1: "Malformed Attribute List",
      2: "Unrecognized Well-known Attribute",
      3: "Missing Well-known Attribute",
      4: "Attribute Flags Error",
      5: "Attribute Length Error",
      6: "Invalid ORIGIN Attribute",
      7: "AS Routing Loop",
      8: "Invalid NEXT_HOP Attribute",
      9: "Optional Attribute Error",
      10: "Invalid Network Field",
      11: "Malformed AS_PATH",
    },
  },
  [ERROR_CODE.holdTimer]: { name: "Hold Timer Expired", subcodes: {} },
  [ERROR_CODE.stateMachine]: {
    name: "Finite State Machine Error",
    subcodes: {
      1: "Unexpected Message in OpenSent",
      2: "Unexpected Message in OpenConfirm",
      3: "Unexpected Message in Established",
    },
  },
  [ERROR_CODE.cease]: {
    name: "Cease",
    subcodes: {
      1: "Maximum Number of Prefixes Reached",
      2: "Administrative Shutdown",
      3: "Peer De-configured",
      4: "Administrative Reset",
      5: "Connection Rejected",
      6: "Other Configuration Change",
      7: "Connection Collision Resolution",
      8: "Out of Resources",
      9: "Hard Reset",
      10: "BFD Down",
    },
  },
  [ERROR_CODE.routeRefresh]: { name: "ROUTE-REFRESH Message Error", subcodes: { 1: "Invalid Message Length" } },
  [ERROR_CODE.sendHoldTimer]: { name: "Send Hold Timer Expired", subcodes: {} },
};

/** "Cease: Administrative Shutdown"; numbers where there is no name. */
export function notificationName({ code, subcode }: Notification): string {
  const row = ERRORS[code];
  if (!row) return `Error ${code}/${subcode}`;
  const detail = row.subcodes[subcode] ?? (subcode === 0 ? undefined : `subcode ${subcode}`);
  return detail === undefined ? row.name : `${row.name}: ${detail}`;
}

function plain(code: number, subcode: number): Notification {
  return { code, subcode, data: NO_DATA };
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255);
}

function textData(text: string): Uint8Array {
  const encoded = encodeText(text, MAX_TEXT_BYTES);
  return Uint8Array.of(encoded.length, ...encoded);
}
