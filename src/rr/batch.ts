/**
 * Batch: what one commit of an update group is made of.
 * Pure.
 */

import type { NlriId } from "./group-table.ts";
import type { Told } from "./tell.ts";

/** Changes since the last commit, each prefix once: what it was before the first and is after the last of them. */
export class Batch {
  /** Of the first change. */
  readonly stamp: number;
  readonly #prefixes: NlriId[] = [];
  readonly #before: (Told | undefined)[] = [];
  readonly #after: (Told | undefined)[] = [];

  constructor(stamp: number) {
    this.stamp = stamp;
  }

  get size(): number {
    return this.#prefixes.length;
  }

  change(index: number, prefix: NlriId, before: Told | undefined, after: Told | undefined): void {
    if (index === this.size) {
      this.#prefixes.push(prefix);
      this.#before.push(before);
    }
    this.#after[index] = after;
  }

  each(visit: (prefix: NlriId, before: Told | undefined, after: Told | undefined) => void): void {
    for (let i = 0; i < this.#prefixes.length; i++) visit(this.#prefixes[i] as NlriId, this.#before[i], this.#after[i]);
  }
}
