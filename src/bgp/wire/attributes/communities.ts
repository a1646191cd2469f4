/**
 * Attributes whose value is a list of things of one size: the communities and CLUSTER_LIST.
 * Pure. RFC 1997, RFC 4360, RFC 4456 §8, RFC 5701, RFC 8092; malformed lists per RFC 7606 §7.8, §7.10, §7.14 and §7.15.
 */

import { ATTRIBUTE } from "../code-points.ts";
import type { AttributeCodec } from "../attribute-codec.ts";
import type { LargeCommunity } from "../attribute-types.ts";
import type { Reader, Writer } from "../cursor.ts";

const IPV6_COMMUNITY_BYTES = 20; // RFC 5701 §2

/** A list of `Item`; a length that is not a multiple of the item's leaves the reader short. */
function listOf<Item>(read: (value: Reader) => Item, write: (item: Item, out: Writer) => void) {
  return {
    decode(value: Reader): readonly Item[] {
      const items: Item[] = [];
      while (value.remaining > 0) items.push(read(value));
      return items;
    },
    encode(items: readonly Item[], out: Writer): void {
      for (const item of items) write(item, out);
    },
  };
}

const U32_LIST = listOf(
  (value) => value.u32(),
  (item: number, out) => out.u32(item),
);

const LARGE_LIST = listOf(
  (value): LargeCommunity => ({ global: value.u32(), local1: value.u32(), local2: value.u32() }),
  ({ global, local1, local2 }, out) => {
    out.u32(global);
    out.u32(local1);
    out.u32(local2);
  },
);

export const communities: AttributeCodec<readonly number[]> = {
  code: ATTRIBUTE.communities,
  flags: "optional-transitive",
  ifMalformed: "treat-as-withdraw",
  internalOnly: false,
  ...U32_LIST,
};

export const clusterList: AttributeCodec<readonly number[]> = {
  code: ATTRIBUTE.clusterList,
  flags: "optional",
  ifMalformed: "treat-as-withdraw",
  internalOnly: true, // RFC 7606 §7.10
  ...U32_LIST,
};

export const extendedCommunities: AttributeCodec<readonly bigint[]> = {
  code: ATTRIBUTE.extendedCommunities,
  flags: "optional-transitive",
  ifMalformed: "treat-as-withdraw",
  internalOnly: false,
  ...listOf(
    (value) => value.u64(),
    (item: bigint, out) => out.u64(item),
  ),
};

export const ipv6ExtendedCommunities: AttributeCodec<readonly Uint8Array[]> = {
  code: ATTRIBUTE.ipv6ExtendedCommunities,
  flags: "optional-transitive",
  ifMalformed: "treat-as-withdraw",
  internalOnly: false,
  ...listOf(
    (value) => value.copy(IPV6_COMMUNITY_BYTES),
    (item: Uint8Array, out) => out.bytes(item),
  ),
};

/** Repeated values are dropped on receipt (RFC 8092 §5). */
export const largeCommunities: AttributeCodec<readonly LargeCommunity[]> = {
  code: ATTRIBUTE.largeCommunities,
  flags: "optional-transitive",
  ifMalformed: "treat-as-withdraw",
  internalOnly: false,
  decode: (value) => withoutRepeats(LARGE_LIST.decode(value)),
  encode: LARGE_LIST.encode,
};

function withoutRepeats(items: readonly LargeCommunity[]): readonly LargeCommunity[] {
  const byText = new Map(items.map((item) => [`${item.global}:${item.local1}:${item.local2}`, item]));
  return byText.size === items.length ? items : [...byText.values()];
}
