/**
 * What a decision changed, in columns: a table that loads would otherwise cost an object per route.
 * Pure.
 */

import { Worklist } from "./columns.ts";
import type { PathRow, PrefixId } from "./ids.ts";

/**
 * Prefixes to which another path is best now, each once: change `at` of `length`. NO_PATH on either side: there was or is
 * none. Valid until the next decide().
 */
export interface BestChanges {
  readonly length: number;
  prefix(at: number): PrefixId;
  before(at: number): PathRow;
  after(at: number): PathRow;
}

/** The list that the Rib fills anew with every decision. */
export class BestChangeList implements BestChanges {
  readonly #prefixes = new Worklist();
  readonly #befores = new Worklist();
  readonly #afters = new Worklist();

  push(prefix: PrefixId, before: PathRow, after: PathRow): void {
    this.#prefixes.push(prefix);
    this.#befores.push(before);
    this.#afters.push(after);
  }

  clear(): void {
    this.#prefixes.clear();
    this.#befores.clear();
    this.#afters.clear();
  }

  get length(): number {
    return this.#prefixes.length;
  }

  prefix(at: number): PrefixId {
    return this.#prefixes.at(at) as PrefixId;
  }

  before(at: number): PathRow {
    return this.#befores.at(at) as PathRow;
  }

  after(at: number): PathRow {
    return this.#afters.at(at) as PathRow;
  }
}
