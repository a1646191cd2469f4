/**
 * The short form of exportAttributes() and encodeAttributes() for iBGP: a plain attribute set to another router of our AS, octets to octets.
 * Pure. RFC 4271 §5.1.5 (LOCAL_PREF), RFC 4456 §8 (ORIGINATOR_ID, CLUSTER_LIST).
 *
 * Used where a set is passed on as it came but for the reflector's attributes: no object is made of it. A property test holds the two
 * forms to each other.
 */

import { CLASS_FLAGS } from "../bgp/wire/attribute.ts";
import { ATTRIBUTE, ATTRIBUTE_FLAG } from "../bgp/wire/code-points.ts";
import type { Writer } from "../bgp/wire/cursor.ts";
import { DEFAULT_LOCAL_PREF } from "./export-attributes.ts";

/** What a reflector leaves on a path; "no-marks": it comes from another AS and is told as any router would. */
export type Marks = { readonly sourceRouterId: number; readonly clusterId: number } | "no-marks";

const HEADER_BYTES = 3;
const U32_BYTES = 4;
const MAX_SHORT_BYTES = 255;
const OPTIONAL = CLASS_FLAGS.optional;
const LAST_CODE = 256;

/** Writes the plain section that lies at `from` to `to`, with what is added on the way, in the order of the codes. */
export function writePassedOn(bytes: Uint8Array, from: number, to: number, marks: Marks, out: Writer): void {
  let at = copyBelow(ATTRIBUTE.localPref, bytes, from, to, out);
  if (codeAt(bytes, at, to) !== ATTRIBUTE.localPref) writeU32(CLASS_FLAGS["well-known"], ATTRIBUTE.localPref, DEFAULT_LOCAL_PREF, out);
  if (marks !== "no-marks") {
    at = copyBelow(ATTRIBUTE.originatorId, bytes, at, to, out);
    if (codeAt(bytes, at, to) !== ATTRIBUTE.originatorId) writeU32(OPTIONAL, ATTRIBUTE.originatorId, marks.sourceRouterId, out);
    at = copyBelow(ATTRIBUTE.clusterList, bytes, at, to, out);
    at = writeClusterList(marks.clusterId, bytes, at, to, out);
  }
  copyBelow(LAST_CODE, bytes, at, to, out);
}

/** Copies the attributes up to the first whose code is `code` or higher; returns where that stands. */
function copyBelow(code: number, bytes: Uint8Array, from: number, to: number, out: Writer): number {
  let at = from;
  while (at < to && (bytes[at + 1] as number) < code) at += HEADER_BYTES + (bytes[at + 2] as number);
  out.bytes(bytes, from, at);
  return at;
}

/** Of the attribute that begins there; beyond all codes where none does. */
function codeAt(bytes: Uint8Array, at: number, to: number): number {
  return at < to ? (bytes[at + 1] as number) : LAST_CODE;
}

function writeU32(flags: number, code: number, value: number, out: Writer): void {
  out.u8(flags);
  out.u8(code);
  out.u8(U32_BYTES);
  out.u32(value);
}

/** The one that stands at `at`, or none, with ours in front; returns what follows. */
function writeClusterList(clusterId: number, bytes: Uint8Array, at: number, to: number, out: Writer): number {
  const knownBytes = codeAt(bytes, at, to) === ATTRIBUTE.clusterList ? (bytes[at + 2] as number) : 0;
  const length = U32_BYTES + knownBytes;
  const isLong = length > MAX_SHORT_BYTES;
  out.u8(isLong ? OPTIONAL | ATTRIBUTE_FLAG.extendedLength : OPTIONAL);
  out.u8(ATTRIBUTE.clusterList);
  if (isLong) out.u16(length);
  else out.u8(length);
  out.u32(clusterId);
  if (knownBytes === 0) return at;
  const valueAt = at + HEADER_BYTES;
  out.bytes(bytes, valueAt, valueAt + knownBytes);
  return valueAt + knownBytes;
}
