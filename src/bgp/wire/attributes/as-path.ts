/**
 * AS_PATH and AS4_PATH.
 * Pure. RFC 4271 §4.3, RFC 5065 §3 and §5, RFC 6793 §4 and §6, RFC 7606 §7.2, RFC 7607 (AS 0).
 *
 *   +------+-------+--------------------+
 *   | kind | count | count AS numbers   |   one after the other; two or four octets each
 *   +------+-------+--------------------+
 */

import { MAX_SEGMENT_ASNS, isConfederation, segmentsOf, withoutConfederation } from "../as-path.ts";
import { ATTRIBUTE, AS_SEGMENT, AS_TRANS, MAX_TWO_OCTET_AS } from "../code-points.ts";
import { malformed } from "../error.ts";
import type { AttributeCodec } from "../attribute-codec.ts";
import type { AsPath, AsPathSegment } from "../attribute-types.ts";
import type { Reader, Writer } from "../cursor.ts";

type AsWidth = "two-octet" | "four-octet";

const KIND_OF_CODE: { readonly [code: number]: AsPathSegment["kind"] } = {
  [AS_SEGMENT.set]: "set",
  [AS_SEGMENT.sequence]: "sequence",
  [AS_SEGMENT.confedSequence]: "confed-sequence",
  [AS_SEGMENT.confedSet]: "confed-set",
};

const CODE_OF_KIND: { readonly [Kind in AsPathSegment["kind"]]: number } = {
  set: AS_SEGMENT.set,
  sequence: AS_SEGMENT.sequence,
  "confed-sequence": AS_SEGMENT.confedSequence,
  "confed-set": AS_SEGMENT.confedSet,
};

/** An external peer is in no confederation with us, so its path may not have confederation segments (RFC 5065 §5). */
export const asPath: AttributeCodec<AsPath> = {
  code: ATTRIBUTE.asPath,
  flags: "well-known",
  ifMalformed: "treat-as-withdraw",
  emptyIsValid: true,
  internalOnly: false,
  decode(value, { fourOctetAs, internal }) {
    const path = decodeSegments(value, fourOctetAs ? "four-octet" : "two-octet");
    if (!internal && path.some(isConfederation)) throw malformed("confederation segment from an external peer");
    return path;
  },
  encode: (value, out, { fourOctetAs }) => encodeSegments(value, out, fourOctetAs ? "four-octet" : "two-octet"),
};

/** Confederation segments do not belong here and are passed over (RFC 6793 §6). */
export const as4Path: AttributeCodec<AsPath> = {
  code: ATTRIBUTE.as4Path,
  flags: "optional-transitive",
  ifMalformed: "discard-attribute",
  internalOnly: false,
  twoOctetOnly: true,
  decode: (value) => withoutConfederation(decodeSegments(value, "four-octet")),
  encode: (value, out) => encodeSegments(value, out, "four-octet"),
};

function decodeSegments(value: Reader, width: AsWidth): AsPath {
  const path: AsPathSegment[] = [];
  while (value.remaining > 0) {
    const code = value.u8();
    const kind = KIND_OF_CODE[code];
    if (!kind) throw malformed(`segment type ${code} is unknown`);
    const count = value.u8();
    if (count === 0) throw malformed("segment without AS numbers");
    path.push({ kind, asns: decodeAsns(value, count, width) });
  }
  return path;
}

function decodeAsns(value: Reader, count: number, width: AsWidth): readonly number[] {
  const asns: number[] = [];
  for (let i = 0; i < count; i++) {
    const asn = width === "four-octet" ? value.u32() : value.u16();
    if (asn === 0) throw malformed("AS 0"); // RFC 7607 §2
    asns.push(asn);
  }
  return asns;
}

function encodeSegments(path: AsPath, out: Writer, width: AsWidth): void {
  for (const segment of path) {
    if (segment.asns.length <= MAX_SEGMENT_ASNS) encodeSegment(segment, out, width);
    else for (const part of segmentsOf(segment.kind, segment.asns)) encodeSegment(part, out, width);
  }
}

function encodeSegment({ kind, asns }: AsPathSegment, out: Writer, width: AsWidth): void {
  out.u8(CODE_OF_KIND[kind]);
  out.u8(asns.length);
  for (const asn of asns) {
    if (width === "four-octet") out.u32(asn);
    else out.u16(twoOctetAs(asn));
  }
}

/** The AS number as a peer without four-octet AS numbers may read it. */
export function twoOctetAs(asn: number): number {
  return asn > MAX_TWO_OCTET_AS ? AS_TRANS : asn;
}
