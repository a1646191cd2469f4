/**
 * Attributes whose value is one number, one address, or nothing.
 * Pure. RFC 4271 §5.1, RFC 4456 §8 (ORIGINATOR_ID), RFC 9234 §5 (OTC).
 */

import { versionOf } from "../../../ip/address.ts";
import { ATTRIBUTE } from "../code-points.ts";
import { malformed } from "../error.ts";
import type { AttributeCodec } from "../attribute-codec.ts";
import type { NextHop, Origin } from "../attribute-types.ts";
import type { Reader, Writer } from "../cursor.ts";

const CLASS_D = 224; // first octet of the first multicast address; what is above is no better

const ORIGINS: readonly Origin[] = ["igp", "egp", "incomplete"]; // the index is the value on the wire

/** Decode and encode of one unsigned 32-bit number. */
const U32 = {
  decode: (value: Reader): number => value.u32(),
  encode: (value: number, out: Writer): void => out.u32(value),
};

export const origin: AttributeCodec<Origin> = {
  code: ATTRIBUTE.origin,
  flags: "well-known",
  ifMalformed: "treat-as-withdraw",
  internalOnly: false,
  decode(value) {
    const number = value.u8();
    const name = ORIGINS[number];
    if (!name) throw malformed(`ORIGIN ${number} is unknown`);
    return name;
  },
  encode: (value, out) => out.u8(ORIGINS.indexOf(value)),
};

/**
 * NEXT_HOP. RFC 4271 §6.3 asks for the address of a host.
 * 127.0.0.0/8 is well-formed here: labs on one host run on it, and whoever knows the session refuses it everywhere else.
 */
export const nextHop: AttributeCodec<NextHop> = {
  code: ATTRIBUTE.nextHop,
  flags: "well-known",
  ifMalformed: "treat-as-withdraw",
  internalOnly: false,
  decode(value) {
    const isHost = isHostV4(value.bytes, value.at);
    const address = value.address(4);
    if (!isHost) throw malformed(`NEXT_HOP ${address} is not a host`);
    return { address };
  },
  encode({ address }, out) {
    if (versionOf(address) === 4) out.address(address); // an IPv6 next hop stands in MP_REACH_NLRI
  },
};

export const med: AttributeCodec<number> = {
  code: ATTRIBUTE.med,
  flags: "optional",
  ifMalformed: "treat-as-withdraw",
  internalOnly: false,
  ...U32,
};

export const localPref: AttributeCodec<number> = {
  code: ATTRIBUTE.localPref,
  flags: "well-known",
  ifMalformed: "treat-as-withdraw",
  internalOnly: true, // RFC 4271 §5.1.5
  ...U32,
};

export const atomicAggregate: AttributeCodec<true> = {
  code: ATTRIBUTE.atomicAggregate,
  flags: "well-known",
  ifMalformed: "discard-attribute",
  emptyIsValid: true,
  internalOnly: false,
  decode: () => true,
  encode: () => undefined,
};

export const originatorId: AttributeCodec<number> = {
  code: ATTRIBUTE.originatorId,
  flags: "optional",
  ifMalformed: "treat-as-withdraw",
  internalOnly: true, // RFC 7606 §7.9
  ...U32,
};

/** Only to Customer; AS 0 has no meaning here, but RFC 9234 §5 asks for the length only. */
export const otc: AttributeCodec<number> = {
  code: ATTRIBUTE.otc,
  flags: "optional-transitive",
  ifMalformed: "treat-as-withdraw",
  internalOnly: false,
  ...U32,
};

/** May packets be sent to the IPv4 address that begins there? Not to 0.0.0.0/8, class D or class E. */
export function isHostV4(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at] ?? 0;
  return first !== 0 && first < CLASS_D;
}
