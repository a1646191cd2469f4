/**
 * The header that every message begins with.
 * Pure. RFC 4271 §4.1 and §6.1; RFC 8654 (length).
 *
 *   0                16       18     19
 *   +----------------+--------+------+-----
 *   | marker, all FF | length | type | body
 *   +----------------+--------+------+-----
 */

import { CLASSIC_MAX_BYTES, HEADER_BYTES, type LengthLimits, MARKER_BYTES, MESSAGE_LENGTHS } from "./code-points.ts";
import { ProtocolError } from "./error.ts";
import { badMessageLength, badMessageType, connectionNotSynchronized } from "./notification.ts";
import type { Writer } from "./cursor.ts";

const LENGTH_OFFSET = 16;
export const TYPE_OFFSET = 18;

/** The length of the message whose header stands at `at`. Checks marker, length, type, in that order (RFC 4271 §6.1). */
export function checkHeader(bytes: Uint8Array, at: number, maxMessageBytes: number): number {
  for (let i = 0; i < MARKER_BYTES; i++) {
    if (bytes[at + i] !== 0xff) throw new ProtocolError(connectionNotSynchronized, "the marker is not all ones");
  }
  const length = ((bytes[at + LENGTH_OFFSET] ?? 0) << 8) | (bytes[at + LENGTH_OFFSET + 1] ?? 0);
  const type = bytes[at + TYPE_OFFSET] ?? 0;
  if (length < HEADER_BYTES || length > maxMessageBytes) throw lengthError(length, type);
  const limits = MESSAGE_LENGTHS[type];
  if (!limits) throw new ProtocolError(badMessageType(type), `message type ${type} is unknown`);
  if (length < limits.least || length > mostBytes(limits, maxMessageBytes)) throw lengthError(length, type);
  return length;
}

function mostBytes({ least, most }: LengthLimits, maxMessageBytes: number): number {
  if (most === "fixed") return least;
  return most === "classic" ? CLASSIC_MAX_BYTES : maxMessageBytes;
}

function lengthError(length: number, type: number): ProtocolError {
  return new ProtocolError(badMessageLength(length), `length ${length} is not one that a message of type ${type} may have`);
}

/** Starts a message in an empty writer. */
export function beginMessage(type: number, out: Writer): void {
  for (let i = 0; i < MARKER_BYTES; i++) out.u8(0xff);
  out.u16(0);
  out.u8(type);
}

/** Fills in the length; what was written is a message now, and can become a longer one. */
export function sealMessage(out: Writer): void {
  out.patchU16(LENGTH_OFFSET, out.length);
}

/** Fills in the length and hands the message out. */
export function endMessage(out: Writer): Uint8Array {
  sealMessage(out);
  return out.finish();
}
