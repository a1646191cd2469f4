/**
 * Known prefixes inside one: how many, and the first of them.
 * Pure. Walks the whole table in slices, so prefixes that come or go meanwhile may be counted or not. Results are kept as octets,
 * because a PrefixId may be given to another prefix between two slices.
 */

import { type Prefix, agreeOnBits, maxLength, prefixFromBytes, prefixLength, prefixToBytes, prefixVersion } from "../../ip/prefix.ts";
import { NO_PATH, type PrefixId } from "../../bgp/rib/ids.ts";
import type { Tables } from "../tables/tables.ts";

/** In the order of a printed table. */
export interface LongerPrefixes {
  readonly count: number;
  readonly first: readonly Prefix[];
}

const NAMED = 20;
const LOOKED_AT_PER_BREATH = 8192;

/** undefined in between: a breath. */
export function* longerPrefixes(outer: Prefix, { rib, prefixes }: Tables): Generator<undefined, LongerPrefixes> {
  const version = prefixVersion(outer);
  const family = version === 4 ? "ipv4" : "ipv6";
  const network = prefixToBytes(outer);
  const bits = prefixLength(outer);
  const octets = new Uint8Array(network.length);
  const first = new FirstInOrder();
  let count = 0;
  const end = bits === maxLength(version) ? 0 : prefixes.end; // nothing is inside a single address
  for (let id = 0 as PrefixId; id < end; id = (id + 1) as PrefixId) {
    if (id % LOOKED_AT_PER_BREATH === LOOKED_AT_PER_BREATH - 1) yield undefined;
    if (rib.paths.firstOfPrefix(id) === NO_PATH || prefixes.bits(id) <= bits || prefixes.family(id) !== family) continue;
    prefixes.copyAddress(id, octets, 0);
    if (!agreeOnBits(network, octets, bits)) continue;
    count++;
    first.add(octets, prefixes.bits(id));
  }
  return { count, first: first.found.map((one) => prefixFromBytes(one.octets, 0, one.bits, version)) };
}

interface Found {
  readonly octets: Uint8Array;
  readonly bits: number;
}

/** To put all of a million in order takes half a second: what comes behind the last one that is named is only counted. */
class FirstInOrder {
  readonly found: Found[] = [];

  add(octets: Uint8Array, bits: number): void {
    let at = this.found.length;
    while (at > 0 && compare(this.found[at - 1] as Found, octets, bits) > 0) at--;
    const before = this.found[at - 1];
    if (at === NAMED || (before && compare(before, octets, bits) === 0)) return; // gone and back under another number
    this.found.splice(at, 0, { octets: octets.slice(), bits });
    if (this.found.length > NAMED) this.found.pop();
  }
}

function compare(a: Found, octets: Uint8Array, bits: number): number {
  for (let at = 0; at < octets.length; at++) {
    const difference = (a.octets[at] as number) - (octets[at] as number);
    if (difference !== 0) return difference;
  }
  return a.bits - bits;
}
