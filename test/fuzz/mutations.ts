/**
 * Ways to spoil a message, one row each: of its structure, and of its bytes as they are.
 * A mutation that finds nothing to work on changes nothing.
 */

import { type Anatomy, HEADER_BYTES, type List, type Node, type Octets, assemble, copyOf, dissect, frame, leavesOf, list, listsOf, octets } from "./anatomy.ts";
import type { Random } from "./random.ts";

/** A message that another may be spliced with, for a mutation that wants one. */
export type Another = () => Uint8Array;

type Spoil = (message: Anatomy, random: Random, another: Another) => void;
type SpoilBytes = (bytes: Uint8Array, random: Random, another: Another) => Uint8Array;

const FLAGS_AND_CODE_BYTES = 2;
const LONGEST_GROWTH = 64; // octets or copies at a time; several growths make a message of any length

const STRUCTURAL: { readonly [name: string]: Spoil } = {
  "flip a bit": (message, random) => withLeaf(message, random, (leaf) => flip(leaf.bytes, random)),
  "set an octet": (message, random) => withLeaf(message, random, (leaf) => void (leaf.bytes[random.below(leaf.bytes.length)] = random.octet())),
  "truncate a part": (message, random) => withLeaf(message, random, (leaf) => void (leaf.bytes = leaf.bytes.slice(0, random.below(leaf.bytes.length)))),
  "extend a part": (message, random) => withLeaf(message, random, (leaf) => void (leaf.bytes = Uint8Array.of(...leaf.bytes, ...noise(random)))),
  "repeat a part": (message, random) => withChild(message, random, ({ children }, at) => void children.splice(at, 0, copyOf(children[at] as Node))),
  "repeat a part many times": (message, random) =>
    withChild(message, random, ({ children }, at) => void children.splice(at, 0, ...Array.from({ length: random.below(LONGEST_GROWTH) }, () => copyOf(children[at] as Node)))),
  "leave a part out": (message, random) => withChild(message, random, ({ children }, at) => void children.splice(at, 1)),
  "move a part": (message, random) => withChild(message, random, ({ children }, at) => void children.splice(random.below(children.length), 0, ...children.splice(at, 1))),
  "empty a list": (message, random) => withList(message, random, (found) => void (found.children = [])),
  "lie about a length": (message, random) => withList(message, random, (found) => void (found.skew += random.oneIn(2) ? random.from(-4, 4) : random.octet())),
  "change the width of a length": (message, random) => withList(message, random, (found) => void (found.lengthOctets = random.pick([0, 1, 2] as const))),
  "change attribute flags": (message, random) => withAttribute(message, random, ({ bytes }) => void (bytes[0] = random.oneIn(2) ? (bytes[0] ?? 0) ^ (0x80 >> random.below(4)) : random.octet())),
  "change an attribute code": (message, random) => withAttribute(message, random, ({ bytes }) => void (bytes[1] = random.octet())),
  "add an attribute": (message, random) => withList(message, random, ({ children }) => void children.splice(random.below(children.length + 1), 0, anyAttribute(random))),
  "graft a part of another message": (message, random, another) => {
    const donor = random.pick(listsOf(dissect(another()).body));
    withList(message, random, ({ children }) => void children.splice(random.below(children.length + 1), 0, copyOf(donor.children.length > 0 ? random.pick(donor.children) : donor)));
  },
};

const RAW: { readonly [name: string]: SpoilBytes } = {
  "flip a bit anywhere": (bytes, random) => (flip(bytes, random), bytes),
  "cut the end off": (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  "append noise": (bytes, random) => Uint8Array.of(...bytes, ...noise(random)),
  "lie in the header": (bytes, random) => frame(bytes[HEADER_BYTES - 1] ?? 0, bytes.subarray(HEADER_BYTES), random.oneIn(2) ? bytes.length + random.from(-4, 4) : random.below(65536)),
  "be another type": (bytes, random) => frame(random.pick([0, 1, 2, 3, 4, 5, 6, 128, 255]), bytes.subarray(HEADER_BYTES), bytes.length),
  "go on as another message": (bytes, random, another) => {
    const tail = another();
    return Uint8Array.of(...bytes.subarray(0, random.below(bytes.length + 1)), ...tail.subarray(random.below(tail.length)));
  },
  "have another's body": (bytes, _random, another) => {
    const body = another().subarray(HEADER_BYTES);
    return frame(bytes[HEADER_BYTES - 1] ?? 0, body, HEADER_BYTES + body.length);
  },
};

const STRUCTURAL_NAMES = Object.keys(STRUCTURAL);
const RAW_NAMES = Object.keys(RAW);

export interface Spoiled {
  readonly bytes: Uint8Array;
  /** The names of what was done to it. */
  readonly how: readonly string[];
}

/** A message with a few things wrong: mostly of structure, so that the header is right and the mistake is found deep inside. */
export function spoil(message: Uint8Array, random: Random, another: Another): Spoiled {
  const how: string[] = [];
  const anatomy = dissect(message);
  for (let left = random.oneIn(2) ? 1 : random.from(1, 4); left > 0; left--) {
    const name = random.pick(STRUCTURAL_NAMES);
    STRUCTURAL[name]?.(anatomy, random, another);
    how.push(name);
  }
  const bytes = assemble(anatomy);
  if (!random.oneIn(6)) return { bytes, how };
  const name = random.pick(RAW_NAMES);
  return { bytes: RAW[name]?.(bytes, random, another) ?? bytes, how: [...how, name] };
}

function withLeaf({ body }: Anatomy, random: Random, change: (leaf: Octets) => void): void {
  const leaves = leavesOf(body);
  if (leaves.length > 0) change(random.pick(leaves));
}

function withList({ body }: Anatomy, random: Random, change: (found: List) => void): void {
  change(random.pick(listsOf(body)));
}

function withChild({ body }: Anatomy, random: Random, change: (parent: List, at: number) => void): void {
  const parents = listsOf(body).filter(({ children }) => children.length > 0);
  if (parents.length === 0) return;
  const parent = random.pick(parents);
  change(parent, random.below(parent.children.length));
}

/** Something that begins with flags and code; capabilities and what else has two octets in front are taken along. */
function withAttribute({ body }: Anatomy, random: Random, change: (head: Octets) => void): void {
  const heads = leavesOf(body).filter(({ bytes }) => bytes.length === FLAGS_AND_CODE_BYTES);
  if (heads.length > 0) change(random.pick(heads));
}

function anyAttribute(random: Random): List {
  const head = Uint8Array.of(random.pick([0x40, 0x80, 0xc0, 0xe0, 0x00]), random.octet());
  return list(0, [octets(head), list(1, [octets(noise(random))])]);
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.below(LONGEST_GROWTH) }, () => random.octet());
}

function flip(bytes: Uint8Array, random: Random): void {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
}
