/**
 * Reads the UPDATEs that the device under test sends: only what the check of a reflected route needs.
 * Pure, a hot path. RFC 4271 §4.3; ORIGINATOR_ID and CLUSTER_LIST as in RFC 4456 §8.
 */

import { HEADER_BYTES } from "./octets.ts";

/** The attributes of the UPDATE at hand; one object, filled anew for each. */
export interface Announcement {
  bytes: Uint8Array;
  nextHop: number;
  med: number;
  originatorId: number;
  /** The only entry; 0: none; -1: more than one. */
  clusterList: number;
  /** The AS number at the end of AS_PATH; 0: the path is empty. */
  lastAsn: number;
}

/** Who wants to know. */
export interface UpdateListener {
  announce(client: number, first: number, end: number, told: Announcement): void;
  withdraw(client: number, bytes: Uint8Array, first: number, end: number): void;
}

const told: Announcement = { bytes: new Uint8Array(0), nextHop: 0, med: 0, originatorId: 0, clusterList: 0, lastAsn: 0 };
const EXTENDED_LENGTH = 0x10;

/** Hands the UPDATE in `bytes[at..end)` over, withdrawn prefixes first. */
export function readUpdate(bytes: Uint8Array, at: number, end: number, client: number, listener: UpdateListener): void {
  const withdrawnFirst = at + HEADER_BYTES + 2;
  const withdrawnEnd = withdrawnFirst + u16(bytes, withdrawnFirst - 2);
  if (withdrawnEnd > withdrawnFirst) listener.withdraw(client, bytes, withdrawnFirst, withdrawnEnd);
  const attributesFirst = withdrawnEnd + 2;
  const nlriFirst = attributesFirst + u16(bytes, withdrawnEnd);
  if (nlriFirst >= end) return;
  readAttributes(bytes, attributesFirst, nlriFirst);
  listener.announce(client, nlriFirst, end, told);
}

function readAttributes(bytes: Uint8Array, first: number, end: number): void {
  told.bytes = bytes;
  told.nextHop = 0;
  told.med = 0;
  told.originatorId = 0;
  told.clusterList = 0;
  told.lastAsn = 0;
  for (let at = first; at < end; ) {
    const long = ((bytes[at] as number) & EXTENDED_LENGTH) !== 0;
    const code = bytes[at + 1] as number;
    const length = long ? u16(bytes, at + 2) : (bytes[at + 2] as number);
    const value = at + (long ? 4 : 3);
    at = value + length;
    if (code === 2) told.lastAsn = length < 6 ? 0 : u32(bytes, at - 4);
    else if (code === 3) told.nextHop = u32(bytes, value);
    else if (code === 4) told.med = u32(bytes, value);
    else if (code === 9) told.originatorId = u32(bytes, value);
    else if (code === 10) told.clusterList = length === 4 ? u32(bytes, value) : -1;
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function u32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}
