/**
 * Changes as words in one typed array, one behind the other, and the sources that they name.
 * Pure. Nothing in it is a number of another table, whose numbers are used again: prefixes and next hops stand here as they are.
 *
 *   word  0  prefix bits 8 │ family 1 │ change 2 │ cause 5 │ rule 5 │ ORIGIN 2 │ next hop 2 │ differences 6
 *         1  milliseconds since the slab was begun
 *         2  address of the prefix: one word, or four
 *         .  number of the source before │ after        (16 bits each, 0: none)
 *         .  AS_PATH length, LOCAL_PREF, MED, neighbouring AS, next hop (none, one or four words)      unless it went
 *
 * An IPv4 prefix that gets a best path takes 36 octets, one that loses it 16.
 */

import type { ChangeDraft } from "./change.ts";

/** Of a change between two IPv6 paths. */
export const MOST_WORDS = 15;
export const LEAST_WORDS = 4;
export const WENT = 2;
const MAX_LENGTH = 0xffff;

export const HEAD = { family: 8, change: 9, cause: 11, rule: 16, origin: 21, hop: 23, differs: 25 } as const;

/** Words of the next hop by its code. */
export const HOP_WORDS: readonly (0 | 1 | 4)[] = [0, 1, 4];

export class Slab<Source> {
  readonly words: Uint32Array;
  /** By number, from 1. */
  readonly sources: (Source | undefined)[] = [undefined];
  /** How many changes were told before the first one here. */
  readonly first: number;
  readonly baseMs: number;
  lastMs: number;
  /** Words in use. */
  end = 0;
  count = 0;
  readonly #numbers = new Map<Source, number>();
  /** Most changes name the sources of the change before them. */
  #lastBefore: Source | undefined;
  #lastBeforeNumber = 0;
  #lastAfter: Source | undefined;
  #lastAfterNumber = 0;

  constructor(words: Uint32Array, first: number, baseMs: number) {
    this.words = words;
    this.first = first;
    this.baseMs = baseMs;
    this.lastMs = baseMs;
  }

  get hasRoom(): boolean {
    return this.end + MOST_WORDS <= this.words.length;
  }

  /** Only while there is room. */
  write(draft: ChangeDraft<Source>): void {
    const { words } = this;
    let at = this.end;
    const hop = draft.hopWords === 4 ? 2 : draft.hopWords;
    words[at++] = draft.bits | (draft.family << HEAD.family) | (draft.change << HEAD.change) | (draft.cause << HEAD.cause)
      | (draft.rule << HEAD.rule) | (draft.origin << HEAD.origin) | (hop << HEAD.hop) | (draft.differs << HEAD.differs);
    words[at++] = draft.atMs - this.baseMs;
    words[at++] = draft.address[0] as number;
    if (draft.family === 1) for (let i = 1; i < 4; i++) words[at++] = draft.address[i] as number;
    words[at++] = (this.#before(draft.before) << 16) | this.#after(draft.after);
    if (draft.change !== WENT) {
      words[at++] = Math.min(draft.asPathLength, MAX_LENGTH);
      words[at++] = draft.localPref;
      words[at++] = draft.med;
      words[at++] = draft.neighbourAs;
      for (let i = 0; i < draft.hopWords; i++) words[at++] = draft.nextHop[i] as number;
    }
    this.end = at;
    this.lastMs = draft.atMs;
    this.count++;
  }

  #before(source: Source | undefined): number {
    if (source !== this.#lastBefore) {
      this.#lastBefore = source;
      this.#lastBeforeNumber = this.#numberOf(source);
    }
    return this.#lastBeforeNumber;
  }

  #after(source: Source | undefined): number {
    if (source !== this.#lastAfter) {
      this.#lastAfter = source;
      this.#lastAfterNumber = this.#numberOf(source);
    }
    return this.#lastAfterNumber;
  }

  /** There are fewer than 2 ** 16, because a slab has not room for as many changes. */
  #numberOf(source: Source | undefined): number {
    if (source === undefined) return 0;
    let number = this.#numbers.get(source);
    if (number === undefined) {
      number = this.sources.push(source) - 1;
      this.#numbers.set(source, number);
    }
    return number;
  }
}
