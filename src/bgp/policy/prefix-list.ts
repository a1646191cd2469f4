/**
 * Does a prefix list match a prefix? One walk down a binary tree, however long the list.
 * Pure. Lists are plain values; each is compiled once, when it is first asked, into typed arrays.
 *
 * A node stands for a prefix that some entry names or leads to. The walk follows the bits of the asked prefix from the
 * root and at each node looks at the lengths that entries there allow.
 */

import { maxLength, prefixLength, prefixToBytes, prefixVersion } from "../../ip/prefix.ts";
import { FAMILIES, type Family } from "../wire/context.ts";
import type { PrefixList, PrefixListEntry } from "./policy.ts";

const NONE = -1;
const ROOT = 0;

const compiled = new WeakMap<PrefixList, { readonly [F in Family]: Tree }>();

/** The prefix of `bits` bits whose octets start at `at`, as NLRI have it. */
export function matchesPrefixList(list: PrefixList, family: Family, bytes: Uint8Array, at: number, bits: number): boolean {
  return compile(list)[family].matches(bytes, at, bits);
}

function compile(list: PrefixList): { readonly [F in Family]: Tree } {
  const known = compiled.get(list);
  if (known) return known;
  const tree = (family: Family): Tree => new Tree(list.entries.filter(({ prefix }) => prefixVersion(prefix) === FAMILIES[family].version));
  const trees = { ipv4: tree("ipv4"), ipv6: tree("ipv6") };
  compiled.set(list, trees);
  return trees;
}

class Tree {
  /** Children of node n: at 2n for a zero bit, at 2n + 1 for a one. */
  readonly #children: Int32Array;
  /** The first allowance of node n, NONE where no entry ends; then on along #next. */
  readonly #first: Int32Array;
  readonly #shortest: Uint8Array;
  readonly #longest: Uint8Array;
  readonly #next: Int32Array;

  constructor(entries: readonly PrefixListEntry[]) {
    const children: number[] = [NONE, NONE];
    const first: number[] = [NONE];
    const next: number[] = [];
    for (const [index, { prefix }] of entries.entries()) {
      const node = grow(children, first, prefixToBytes(prefix), prefixLength(prefix));
      next.push(first[node] as number);
      first[node] = index;
    }
    const ranges = entries.map(lengthRange);
    this.#children = Int32Array.from(children);
    this.#first = Int32Array.from(first);
    this.#shortest = Uint8Array.from(ranges, ({ shortest }) => shortest);
    this.#longest = Uint8Array.from(ranges, ({ longest }) => longest);
    this.#next = Int32Array.from(next);
  }

  matches(bytes: Uint8Array, at: number, bits: number): boolean {
    let node = ROOT;
    for (let depth = 0; ; depth++) {
      if (this.#allows(node, bits)) return true;
      if (depth === bits) return false;
      node = this.#children[2 * node + bitOf(bytes, at, depth)] as number;
      if (node === NONE) return false;
    }
  }

  #allows(node: number, bits: number): boolean {
    for (let entry = this.#first[node] as number; entry !== NONE; entry = this.#next[entry] as number) {
      if (bits >= (this.#shortest[entry] as number) && bits <= (this.#longest[entry] as number)) return true;
    }
    return false;
  }
}

/** The node of that prefix, made with all nodes on the way where they are missing. */
function grow(children: number[], first: number[], bytes: Uint8Array, bits: number): number {
  let node = ROOT;
  for (let depth = 0; depth < bits; depth++) {
    const branch = 2 * node + bitOf(bytes, 0, depth);
    if (children[branch] === NONE) {
      children[branch] = first.length;
      children.push(NONE, NONE);
      first.push(NONE);
    }
    node = children[branch] as number;
  }
  return node;
}

function lengthRange({ prefix, ge, le }: PrefixListEntry): { readonly shortest: number; readonly longest: number } {
  const own = prefixLength(prefix);
  const open = ge === undefined ? own : maxLength(prefixVersion(prefix));
  return { shortest: ge ?? own, longest: le ?? open };
}

function bitOf(bytes: Uint8Array, at: number, depth: number): 0 | 1 {
  return (((bytes[at + (depth >> 3)] as number) >> (7 - (depth & 7))) & 1) as 0 | 1;
}
