/**
 * AIGP: the accumulated IGP metric.
 * Pure. RFC 7311 §3. By default it is spoken inside an AS only (§3.2), so external peers neither give nor get it.
 *
 *   +------+--------+-----------------------+
 *   | type | length | value, length - 3     |   one after the other; type 1 is the metric, in eight octets
 *   +------+--------+-----------------------+
 *
 * Deviates: TLVs of other types are dropped rather than passed on; none is defined.
 */

import { AIGP_TLV, ATTRIBUTE } from "../code-points.ts";
import { malformed } from "../error.ts";
import type { AttributeCodec } from "../attribute-codec.ts";

const TLV_HEADER_BYTES = 3;
const METRIC_TLV_BYTES = 11;

export const aigp: AttributeCodec<bigint> = {
  code: ATTRIBUTE.aigp,
  flags: "optional",
  ifMalformed: "discard-attribute",
  ifFlagsConflict: "discard-attribute", // RFC 7311 §3
  internalOnly: true,
  decode(value) {
    let metric: bigint | undefined;
    while (value.remaining > 0) {
      const type = value.u8();
      const length = value.u16();
      if (length < TLV_HEADER_BYTES) throw malformed(`TLV length ${length}`);
      const body = value.part(length - TLV_HEADER_BYTES);
      if (type !== AIGP_TLV) continue;
      if (length !== METRIC_TLV_BYTES) throw malformed(`metric TLV of ${length} octets`);
      metric ??= body.u64(); // further ones are passed over
    }
    if (metric === undefined) throw malformed("no metric");
    return metric;
  },
  encode(value, out) {
    out.u8(AIGP_TLV);
    out.u16(METRIC_TLV_BYTES);
    out.u64(value);
  },
};
