/**
 * What a peer is told, as finished UPDATE messages: as few as can be, attributes encoded once for all of them.
 * Pure. RFC 4271 §4.3, RFC 4760, RFC 4724 §2 (End-of-RIB), RFC 7606 §5.1 (order), RFC 8654 (length), RFC 8950 (IPv4
 * prefixes with IPv6 next hops).
 *
 *   header | 0      | length of attributes | attributes                        | NLRI    IPv4, announced
 *   header | length | NLRI                 | 0                                           IPv4, withdrawn
 *   header | 0      | length of attributes | MP_REACH ( NLRI ) and attributes            other, announced
 *   header | 0      | length of attributes | MP_UNREACH ( NLRI )                         other, withdrawn
 */

import { versionOf } from "../../ip/address.ts";
import { invariant, present } from "../../ip/assert.ts";
import { encodeAttributes } from "./attribute.ts";
import { nextHopBytes, writeFamily, writeReachHead } from "./attributes/multiprotocol.ts";
import { ATTRIBUTE, ATTRIBUTE_FLAG, HEADER_BYTES, MESSAGE_TYPE } from "./code-points.ts";
import { Writer } from "./cursor.ts";
import { beginMessage, endMessage } from "./header.ts";
import { NlriReader } from "./nlri.ts";
import type { NextHop } from "./attribute-types.ts";
import type { CodecContext, Family } from "./context.ts";
import type { Announcement, NlriBlock } from "./message-types.ts";

/** Why nothing can be announced: the attributes leave no room for a prefix, or the peer cannot read such a next hop. */
export type Unsendable = "too-long" | "wrong-next-hop";

/** Puts one part of the NLRI into a message that has room for it. */
type Framing = (part: Uint8Array, out: Writer) => void;

const LENGTH_FIELDS_BYTES = 4; // withdrawn routes length and total path attribute length
const MAX_SHORT_BYTES = 255;
const NOTHING = new Uint8Array(0);
/** Every frame is put together here and copied out. */
const SCRATCH = new Writer();

/**
 * Announces every prefix of the block, in order. Its path identifiers must be as agreed for sending, and the attributes
 * must have a next hop.
 */
export function announceFrames({ nlri, attributes }: Announcement, context: CodecContext): readonly Uint8Array[] | Unsendable {
  const nextHop = present(attributes.nextHop, "what is announced has a next hop");
  if (!mayCarry(nlri.family, nextHop, context)) return "wrong-next-hop";
  const encoded = encodeAttributes(attributes, context);
  const room = roomOf(context) - encoded.length;
  if (isClassic(nlri.family, nextHop)) {
    return frames(nlri, room, context, (part, out) => {
      out.u16(0);
      out.u16(encoded.length);
      out.bytes(encoded);
      out.bytes(part);
    });
  }
  const head = headOf((out) => writeReachHead(nlri.family, nextHopBytes(nextHop), out));
  return frames(nlri, valueRoom(room) - head.length, context, wrapped(ATTRIBUTE.mpReach, head, encoded));
}

/** Withdraws every prefix of the block, in order. */
export function withdrawFrames(nlri: NlriBlock, context: CodecContext): readonly Uint8Array[] {
  const made = nlri.family === "ipv4" ? frames(nlri, roomOf(context), context, classicWithdrawal) : withdrawWrapped(nlri, context);
  invariant(made !== "too-long", "a withdrawal always fits");
  return made;
}

/** Says that the initial routes of the family are complete (RFC 4724 §2). */
export function endOfRibFrame(family: Family, context: CodecContext): Uint8Array {
  const framing = family === "ipv4" ? classicWithdrawal : wrapped(ATTRIBUTE.mpUnreach, unreachHead(family), NOTHING);
  return framed(NOTHING, framing, context);
}

/** Does the route stand in the fields of RFC 4271, rather than in MP_REACH_NLRI? */
export function isClassic(family: Family, nextHop: NextHop): boolean {
  return family === "ipv4" && versionOf(nextHop.address) === 4;
}

/** IPv6 prefixes need an IPv6 next hop; IPv4 prefixes may have one where that was agreed (RFC 8950). */
export function mayCarry(family: Family, nextHop: NextHop, { extendedNextHop }: CodecContext): boolean {
  if (family === "ipv6") return versionOf(nextHop.address) === 6;
  return versionOf(nextHop.address) === 4 || extendedNextHop.has(family);
}

/** Cuts the NLRI into parts of at most `room` octets, and frames each. */
function frames(nlri: NlriBlock, room: number, context: CodecContext, framing: Framing): readonly Uint8Array[] | "too-long" {
  invariant(nlri.addPath === context.addPathSend.has(nlri.family), "path identifiers stand where they were agreed");
  const made: Uint8Array[] = [];
  const reader = new NlriReader(nlri);
  let from = 0;
  let to = 0;
  const close = (): void => {
    made.push(framed(nlri.bytes.subarray(from, to), framing, context));
    from = to;
  };
  while (reader.next()) {
    if (reader.end - to > room) return "too-long";
    if (reader.end - from > room) close();
    to = reader.end;
  }
  if (to > from) close();
  return made;
}

function framed(part: Uint8Array, framing: Framing, { maxMessageBytes }: CodecContext): Uint8Array {
  SCRATCH.truncate(0);
  beginMessage(MESSAGE_TYPE.update, SCRATCH);
  framing(part, SCRATCH);
  invariant(SCRATCH.length <= maxMessageBytes, "a frame is as long as was agreed at most");
  return endMessage(SCRATCH);
}

function classicWithdrawal(part: Uint8Array, out: Writer): void {
  out.u16(part.length);
  out.bytes(part);
  out.u16(0);
}

function withdrawWrapped(nlri: NlriBlock, context: CodecContext): readonly Uint8Array[] | "too-long" {
  const head = unreachHead(nlri.family);
  return frames(nlri, valueRoom(roomOf(context)) - head.length, context, wrapped(ATTRIBUTE.mpUnreach, head, NOTHING));
}

/** NLRI inside an attribute that begins with `head`; the other attributes follow it. */
function wrapped(code: number, head: Uint8Array, others: Uint8Array): Framing {
  return (part, out) => {
    const valueBytes = head.length + part.length;
    const headerBytes = attributeHeaderBytes(valueBytes);
    out.u16(0);
    out.u16(headerBytes + valueBytes + others.length);
    if (headerBytes === 4) {
      out.u8(ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.extendedLength);
      out.u8(code);
      out.u16(valueBytes);
    } else {
      out.u8(ATTRIBUTE_FLAG.optional);
      out.u8(code);
      out.u8(valueBytes);
    }
    out.bytes(head);
    out.bytes(part);
    out.bytes(others);
  };
}

function unreachHead(family: Family): Uint8Array {
  return headOf((out) => writeFamily(family, out));
}

function headOf(write: (out: Writer) => void): Uint8Array {
  const out = new Writer();
  write(out);
  return out.finish();
}

/** Octets for attributes and NLRI in one message. */
function roomOf({ maxMessageBytes }: CodecContext): number {
  return maxMessageBytes - HEADER_BYTES - LENGTH_FIELDS_BYTES;
}

/** The longest value of an attribute that takes at most `room` octets, header included. */
function valueRoom(room: number): number {
  const long = room - 4;
  return long > MAX_SHORT_BYTES ? long : Math.min(room - 3, MAX_SHORT_BYTES);
}

function attributeHeaderBytes(valueBytes: number): 3 | 4 {
  return valueBytes > MAX_SHORT_BYTES ? 4 : 3;
}
