/**
 * How many hold a row, and which rows nobody holds.
 * Pure. A row without a holder is not gone at once: it lives until the next sweep. So a number handed out now, or let go
 * a moment ago, can be used for the rest of the turn, and what was never picked up is not leaked.
 */

import { invariant } from "../../ip/assert.ts";
import { Int32Column, Uint8Column, Worklist } from "./columns.ts";

export class Holds {
  readonly #counts = new Int32Column();
  readonly #listed = new Uint8Column();
  readonly #unheld = new Worklist();

  /** A new row, held by nobody yet. */
  begin(row: number): void {
    this.#list(row);
  }

  retain(row: number): void {
    this.#counts.set(row, this.#counts.get(row) + 1);
  }

  release(row: number): void {
    const left = this.#counts.get(row) - 1;
    invariant(left >= 0, "a row is released no more often than it was retained");
    this.#counts.set(row, left);
    if (left === 0) this.#list(row);
  }

  /** Frees every row that nobody held since the last sweep and that nobody holds now. */
  sweep(free: (row: number) => void): void {
    for (let i = 0; i < this.#unheld.length; i++) {
      const row = this.#unheld.at(i);
      this.#listed.set(row, 0);
      if (this.#counts.get(row) === 0) free(row);
    }
    this.#unheld.clear();
  }

  #list(row: number): void {
    if (this.#listed.get(row) !== 0) return;
    this.#listed.set(row, 1);
    this.#unheld.push(row);
  }
}
