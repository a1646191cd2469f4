/**
 * AGGREGATOR and AS4_AGGREGATOR: who aggregated, for the information of operators.
 * Pure. RFC 4271 §5.1.7, RFC 6793 §3, RFC 7606 §7.7, RFC 7607 (AS 0).
 */

import { ATTRIBUTE } from "../code-points.ts";
import { malformed } from "../error.ts";
import { twoOctetAs } from "./as-path.ts";
import type { AttributeCodec } from "../attribute-codec.ts";
import type { Aggregator } from "../attribute-types.ts";
import type { Reader } from "../cursor.ts";

export const aggregator: AttributeCodec<Aggregator> = {
  code: ATTRIBUTE.aggregator,
  flags: "optional-transitive",
  ifMalformed: "discard-attribute",
  internalOnly: false,
  decode: (value, { fourOctetAs }) => decodeAggregator(fourOctetAs ? value.u32() : value.u16(), value),
  encode({ asn, address }, out, { fourOctetAs }) {
    if (fourOctetAs) out.u32(asn);
    else out.u16(twoOctetAs(asn));
    out.address(address);
  },
};

export const as4Aggregator: AttributeCodec<Aggregator> = {
  code: ATTRIBUTE.as4Aggregator,
  flags: "optional-transitive",
  ifMalformed: "discard-attribute",
  internalOnly: false,
  twoOctetOnly: true,
  decode: (value) => decodeAggregator(value.u32(), value),
  encode({ asn, address }, out) {
    out.u32(asn);
    out.address(address);
  },
};

function decodeAggregator(asn: number, value: Reader): Aggregator {
  if (asn === 0) throw malformed("AS 0");
  return { asn, address: value.address(4) };
}
