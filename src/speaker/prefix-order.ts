/**
 * Prefixes in the order of a printed table, put in order as they are read: a million of them at once would hold everything up.
 * Pure. First by family and the first two octets of the address, which is counting; then within those, when they are reached.
 */

import type { PrefixId } from "../bgp/rib/ids.ts";
import type { PrefixTable } from "../bgp/rib/prefix-table.ts";

const HEADS = 1 << 16; // values of two octets

const PER_BREATH = 8192;

/** undefined in between: a breath. */
export function* inOrder(ids: Iterable<PrefixId>, prefixes: PrefixTable): Generator<PrefixId | undefined> {
  const piles = new Map<number, PrefixId[]>();
  const octets = new Uint8Array(16);
  let looked = 0;
  for (const id of ids) {
    if (++looked % PER_BREATH === 0) yield undefined;
    prefixes.copyAddress(id, octets, 0);
    const head = (prefixes.family(id) === "ipv4" ? 0 : HEADS) + ((octets[0] as number) << 8) + (octets[1] as number);
    const pile = piles.get(head);
    if (pile) pile.push(id);
    else piles.set(head, [id]);
  }
  for (const head of [...piles.keys()].sort((a, b) => a - b)) yield* (piles.get(head) ?? []).sort((a, b) => prefixes.compare(a, b));
}
