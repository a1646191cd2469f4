/** Messages written octet by octet, right or wrong, without the encoder under test. */

import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { ProtocolError } from "../../src/bgp/wire/error.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";
import type { Message, Update } from "../../src/bgp/wire/message-types.ts";

export const EXTERNAL: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };
export const INTERNAL: CodecContext = { ...EXTERNAL, internal: true };
export const OLD_PEER: CodecContext = { ...INITIAL_CONTEXT, internal: true };

export const WELL_KNOWN = 0x40;
export const OPTIONAL = 0x80;
export const OPTIONAL_TRANSITIVE = 0xc0;
export const EXTENDED_LENGTH = 0x10;

/** "0a 00 00 01" or "0a000001" as octets. */
export function hex(text: string): number[] {
  return (text.replace(/\s+/g, "").match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16));
}

/** One attribute; two octets of length when the flags say so. */
export function attribute(flags: number, code: number, value: readonly number[]): readonly number[] {
  const length = (flags & EXTENDED_LENGTH) !== 0 ? u16(value.length) : [value.length];
  return [flags, code, ...length, ...value];
}

export const ORIGIN_IGP = attribute(WELL_KNOWN, 1, [0]);
export const AS_PATH_65001 = attribute(WELL_KNOWN, 2, hex("0201 0000fde9"));
export const NEXT_HOP_10_0_0_1 = attribute(WELL_KNOWN, 3, [10, 0, 0, 1]);
/** What every announcement must have. */
export const MANDATORY: readonly number[] = [...ORIGIN_IGP, ...AS_PATH_65001, ...NEXT_HOP_10_0_0_1];
/** 10.1.0.0/16 */
export const NLRI = [16, 10, 1];

export interface RawUpdate {
  readonly withdrawn?: readonly number[];
  readonly attributes?: readonly number[];
  readonly nlri?: readonly number[];
}

export function rawMessage(type: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([...Array<number>(16).fill(0xff), ...u16(19 + body.length), type, ...body]);
}

export function rawUpdate({ withdrawn = [], attributes = [], nlri = [] }: RawUpdate): Uint8Array {
  return rawMessage(2, [...u16(withdrawn.length), ...withdrawn, ...u16(attributes.length), ...attributes, ...nlri]);
}

export function decodeUpdateOf(parts: RawUpdate, context: CodecContext = INTERNAL): Update {
  const message = decodeMessage(rawUpdate(parts), context);
  if (message.kind !== "update") throw new Error(`a ${message.kind}`);
  return message;
}

/** "3/1" of the ProtocolError that decoding throws, or the kind of the message it gives. */
export function outcome(bytes: Uint8Array, context: CodecContext = INTERNAL): string {
  const error = errorOf(() => decodeMessage(bytes, context));
  return error ? `${error.notification.code}/${error.notification.subcode}` : "message";
}

/** The ProtocolError that `act` throws; any other exception goes on. */
export function errorOf(act: () => Message): ProtocolError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

export function u16(value: number): readonly number[] {
  return [value >> 8, value & 255];
}
