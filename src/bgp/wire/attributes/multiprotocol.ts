/**
 * MP_REACH_NLRI and MP_UNREACH_NLRI: prefixes of families other than IPv4, or with next hops other than IPv4.
 * Pure. RFC 4760 §3 and §4, RFC 2545 §3 (IPv6 next hops), RFC 8950 §3 (IPv6 next hops of IPv4), RFC 7606 §7.11 and §7.12.
 *
 *   MP_REACH    +-----+------+--------+----------+---+------      MP_UNREACH   +-----+------+------
 *               | AFI | SAFI | length | next hop | 0 | NLRI                    | AFI | SAFI | NLRI
 *               +-----+------+--------+----------+---+------                   +-----+------+------
 */

import { addressFromBytes, addressToBytes, isLinkLocal, isMulticastOrReserved, isUnspecified, versionOf } from "../../../ip/address.ts";
import { ATTRIBUTE } from "../code-points.ts";
import { type CodecContext, FAMILIES, type Family, type FamilyCode, familyOf } from "../context.ts";
import { malformed } from "../error.ts";
import { nlriFault } from "../nlri.ts";
import { isHostV4 } from "./scalar.ts";
import type { AttributeCodec, ForeignNlri, MpReach, MpUnreach } from "../attribute-codec.ts";
import type { NextHop } from "../attribute-types.ts";
import type { Reader, Writer } from "../cursor.ts";
import type { NlriBlock } from "../message-types.ts";

const V4_BYTES = 4;
const V6_BYTES = 16;
const V6_WITH_LINK_LOCAL_BYTES = 32;

/** A malformed one hides where its prefixes begin, so nothing less than a reset will do (RFC 7606 §7.11). */
export const mpReach: AttributeCodec<MpReach> = {
  code: ATTRIBUTE.mpReach,
  flags: "optional",
  ifMalformed: "reset-session",
  internalOnly: false,
  decode(value, context) {
    const code = familyCode(value);
    const family = familyOf(code);
    const hopBytes = value.u8();
    const hopAt = value.at;
    value.skip(hopBytes);
    value.skip(1); // reserved
    if (!family) return foreign(code, value);
    if (!hopLengths(family, context).includes(hopBytes)) throw malformed(`next hop of ${hopBytes} octets`);
    return { kind: "carried", hop: value.bytes.subarray(hopAt, hopAt + hopBytes), nlri: restAsNlri(value, family, context) };
  },
  encode(value, out) {
    if (value.kind === "foreign") return;
    writeReachHead(value.nlri.family, value.hop, out);
    out.bytes(value.nlri.bytes);
  },
};

export const mpUnreach: AttributeCodec<MpUnreach> = {
  code: ATTRIBUTE.mpUnreach,
  flags: "optional",
  ifMalformed: "reset-session",
  internalOnly: false,
  decode(value, context) {
    const code = familyCode(value);
    const family = familyOf(code);
    return family ? { kind: "carried", nlri: restAsNlri(value, family, context) } : foreign(code, value);
  },
  encode(value, out) {
    if (value.kind === "foreign") return;
    writeFamily(value.nlri.family, out);
    out.bytes(value.nlri.bytes);
  },
};

/** What stands before the NLRI of an MP_REACH_NLRI. */
export function writeReachHead(family: Family, hop: Uint8Array, out: Writer): void {
  writeFamily(family, out);
  out.u8(hop.length);
  out.bytes(hop);
  out.u8(0); // reserved
}

export function writeFamily(family: Family, out: Writer): void {
  out.u16(FAMILIES[family].afi);
  out.u8(FAMILIES[family].safi);
}

/**
 * The next hop in those octets. Throws Malformed when nobody can be reached there; the prefixes are known all the same,
 * so that costs less than a wrong length.
 */
export function readNextHop(hop: Uint8Array): NextHop {
  if (hop.length === V4_BYTES) {
    const address = addressFromBytes(hop, 0, 4);
    if (!isHostV4(hop, 0)) throw malformed(`next hop ${address} is not a host`);
    return { address };
  }
  const address = addressFromBytes(hop, 0, 6);
  const second = hop.length === V6_WITH_LINK_LOCAL_BYTES ? addressFromBytes(hop, V6_BYTES, 6) : undefined;
  const linkLocal = second !== undefined && isLinkLocal(second) ? second : undefined; // anything else there says nothing
  if (isMulticastOrReserved(address)) throw malformed(`next hop ${address} is not a host`);
  if (!isUnspecified(address)) return linkLocal === undefined ? { address } : { address, linkLocal };
  if (linkLocal === undefined) throw malformed("next hop :: is not a host");
  return { address: linkLocal }; // peers without a global address leave its place empty
}

/** The next hop field of an MP_REACH_NLRI. */
export function nextHopBytes({ address, linkLocal }: NextHop): Uint8Array {
  const first = addressToBytes(address);
  if (linkLocal === undefined || versionOf(address) === 4) return first;
  return Uint8Array.of(...first, ...addressToBytes(linkLocal));
}

/** Lengths that the next hop field may have. */
function hopLengths(family: Family, { extendedNextHop }: CodecContext): readonly number[] {
  if (family === "ipv6") return [V6_BYTES, V6_WITH_LINK_LOCAL_BYTES];
  return extendedNextHop.has(family) ? [V4_BYTES, V6_BYTES, V6_WITH_LINK_LOCAL_BYTES] : [V4_BYTES];
}

function familyCode(value: Reader): FamilyCode {
  return { afi: value.u16(), safi: value.u8() };
}

function foreign(code: FamilyCode, value: Reader): ForeignNlri {
  const nlriBytes = value.remaining;
  value.skip(nlriBytes);
  return { kind: "foreign", code, nlriBytes };
}

function restAsNlri(value: Reader, family: Family, { addPathReceive }: CodecContext): NlriBlock {
  const nlri: NlriBlock = { family, addPath: addPathReceive.has(family), bytes: value.bytes.subarray(value.at, value.end) };
  const fault = nlriFault(nlri);
  if (fault !== undefined) throw malformed(fault);
  value.skip(value.remaining);
  return nlri;
}
