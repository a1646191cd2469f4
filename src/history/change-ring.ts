/**
 * The journal of the routing table: what was the best path to which prefix, from when to when, and why no longer.
 * Pure. Bounded in octets and in age; at either bound the oldest slab goes as a whole, and the ring says since when it knows all.
 *
 *   slabs   | slab 7 | slab 8 | slab 9 ─ ─ |          slab 6 gave its words to slab 9
 *             oldest             append()
 *
 * Hot: a table that loads comes through here, so a change is some words in a typed array and no object.
 */

import type { ChangeDraft } from "./change.ts";
import { ChangeReader } from "./change-reader.ts";
import { LEAST_WORDS, MOST_WORDS, Slab } from "./slab.ts";

const WORD_BYTES = 4;
const SLAB_BYTES = 256 * 1024;
const MOST_SOURCES = 0xffff; // in a slab, two for each change

export interface HistoryBounds {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

export class ChangeRing<Source> {
  readonly #maxAgeMs: number;
  readonly #slabWords: number;
  readonly #maxSlabs: number;
  #slabs: Slab<Source>[] = [];
  /** How many slabs there were before the first of these. */
  #gone = 0;
  #spare: Uint32Array | undefined;
  #reachMs: number;
  #told = 0;

  constructor({ maxBytes, maxAgeMs }: HistoryBounds, nowMs: number, slabBytes = SLAB_BYTES) {
    this.#maxAgeMs = maxAgeMs;
    this.#slabWords = Math.max(MOST_WORDS, Math.min(slabBytes / WORD_BYTES, (MOST_SOURCES / 2) * LEAST_WORDS));
    this.#maxSlabs = Math.max(2, Math.floor(maxBytes / WORD_BYTES / this.#slabWords));
    this.#reachMs = Math.floor(nowMs);
  }

  /** Times never go back. */
  append(draft: ChangeDraft<Source>): void {
    let slab = this.#slabs[this.#slabs.length - 1];
    if (!slab?.hasRoom || draft.atMs - slab.baseMs > this.#maxAgeMs) slab = this.#open(draft.atMs);
    slab.write(draft);
    this.#told++;
  }

  /** Everything that changed after that is here. */
  reachMs(nowMs: number): number {
    this.#forgetOld(nowMs);
    return Math.max(this.#reachMs, Math.floor(nowMs) - this.#maxAgeMs);
  }

  /** Changes told so far, those that are forgotten included. */
  get told(): number {
    return this.#told;
  }

  /** Changes that are here. */
  get size(): number {
    return this.#told - (this.#slabs[0]?.first ?? this.#told);
  }

  /** Octets taken, never more than was allowed. */
  get bytes(): number {
    return (this.#slabs.length + (this.#spare ? 1 : 0)) * this.#slabWords * WORD_BYTES;
  }

  /** From the oldest change on, or from what comes next. */
  read(from: "oldest" | "next"): ChangeReader<Source> {
    const last = this.#slabs.at(-1);
    if (from === "oldest" || !last) return new ChangeReader(this, this.#gone, 0, this.#told - this.size);
    return new ChangeReader(this, this.#gone + this.#slabs.length - 1, last.end, this.#told);
  }

  /** For readers: the slab of that number, counted from the first there ever was. */
  slab(number: number): Slab<Source> | undefined {
    return this.#slabs[number - this.#gone];
  }

  /** For readers: the number of the oldest slab. */
  get oldest(): number {
    return this.#gone;
  }

  #open(atMs: number): Slab<Source> {
    this.#forgetOld(atMs);
    while (this.#slabs.length >= this.#maxSlabs) this.#drop();
    const words = this.#spare ?? new Uint32Array(this.#slabWords);
    this.#spare = undefined;
    const slab = new Slab<Source>(words, this.#told, atMs);
    this.#slabs.push(slab);
    return slab;
  }

  #forgetOld(nowMs: number): void {
    for (let slab = this.#slabs[0]; slab && slab.lastMs < nowMs - this.#maxAgeMs; slab = this.#slabs[0]) this.#drop();
  }

  #drop(): void {
    const slab = this.#slabs.shift();
    if (!slab) return;
    this.#gone++;
    this.#reachMs = slab.lastMs;
    this.#spare = this.#slabs.length > 0 ? slab.words : undefined;
  }
}
