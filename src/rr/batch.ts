/**
 * Batch: the changes that one commit of an update group turns into frames, each prefix once.
 * Pure.
 */

import type { NlriId } from "./group-table.ts";
import type { Told } from "./tell.ts";

const FLOOD = 64 * 1024; // prefixes; lists of a flood are let go after it

/** Changes since the last commit, each prefix once: what it was before the first and is after the last of them. */
export class Batch {
  #stamp: number;
  #size = 0;
  #prefixes: NlriId[] = [];
  #before: (Told | undefined)[] = [];
  #after: (Told | undefined)[] = [];

  constructor(stamp: number) {
    this.#stamp = stamp;
  }

  /** Of the first change. */
  get stamp(): number {
    return this.#stamp;
  }

  get size(): number {
    return this.#size;
  }

  /** Starts anew. */
  begin(stamp: number): void {
    this.#stamp = stamp;
    if (this.#size > FLOOD) {
      this.#prefixes = [];
      this.#before = [];
      this.#after = [];
    } else {
      this.#before.fill(undefined, 0, this.#size);
      this.#after.fill(undefined, 0, this.#size);
    }
    this.#size = 0;
  }

  change(index: number, prefix: NlriId, before: Told | undefined, after: Told | undefined): void {
    if (index === this.#size) {
      this.#prefixes[index] = prefix;
      this.#before[index] = before;
      this.#size++;
    }
    this.#after[index] = after;
  }

  each(visit: (prefix: NlriId, before: Told | undefined, after: Told | undefined) => void): void {
    for (let i = 0; i < this.#size; i++) visit(this.#prefixes[i] as NlriId, this.#before[i], this.#after[i]);
  }
}
