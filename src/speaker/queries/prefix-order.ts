/**
 * Prefixes in printing order, sorted as they are read: sorting a million of them at once would hold everything up.
 * Pure. A counting sort by family and the first two octets of the address; the prefixes of one such bucket when it is reached.
 */

import type { PrefixId } from "../../bgp/rib/ids.ts";
import type { PrefixTable } from "../../bgp/rib/prefix-table.ts";

const HEADS = 1 << 16; // values of two octets

const PER_BREATH = 8192;

/** undefined in between: a breath. A number that is another prefix's by the time its place is reached is left out. */
export function* inOrder(ids: Iterable<PrefixId>, prefixes: PrefixTable): Generator<PrefixId | undefined> {
  const piles = new Map<number, PrefixId[]>();
  const headOf = heads(prefixes);
  let looked = 0;
  for (const id of ids) {
    if (++looked % PER_BREATH === 0) yield undefined;
    const head = headOf(id);
    const pile = piles.get(head);
    if (pile) pile.push(id);
    else piles.set(head, [id]);
  }
  for (const head of [...piles.keys()].sort((a, b) => a - b)) {
    const pile = (piles.get(head) ?? []).filter((id) => headOf(id) === head);
    for (const id of pile.sort((a, b) => prefixes.compare(a, b))) if (headOf(id) === head) yield id;
  }
}

/** What a prefix is put by first: its family, and two octets. */
function heads(prefixes: PrefixTable): (id: PrefixId) => number {
  const octets = new Uint8Array(16);
  return (id) => {
    prefixes.copyAddress(id, octets, 0);
    return (prefixes.family(id) === "ipv4" ? 0 : HEADS) + ((octets[0] as number) << 8) + (octets[1] as number);
  };
}
