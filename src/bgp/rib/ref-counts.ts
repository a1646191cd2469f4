/**
 * How many hold a row, and which rows nobody holds.
 * Pure. A row without a holder is not gone at once: it lives until the next sweep. So a number handed out now, or let go
 * a moment ago, can be used for the rest of the turn, and what was never picked up is not leaked.
 */

import { invariant } from "../../ip/assert.ts";
import { Int32Column, Worklist } from "./columns.ts";

const LISTED = 1;
const HOLDER = 2;

export class RefCounts {
  /** By row: HOLDER for each who holds it, and LISTED while it stands in #unheld. */
  readonly #marks = new Int32Column();
  readonly #unheld = new Worklist();

  /** A new row, held by nobody yet. */
  begin(row: number): void {
    this.#list(row);
  }

  retain(row: number): void {
    this.#marks.add(row, HOLDER);
  }

  release(row: number): void {
    const left = this.#marks.get(row) - HOLDER;
    invariant(left >= 0, "a row is released no more often than it was retained");
    this.#marks.set(row, left);
    if (left === 0) this.#list(row);
  }

  /** Frees every row that nobody held since the last sweep and that nobody holds now. */
  sweep(free: (row: number) => void): void {
    for (let i = 0; i < this.#unheld.length; i++) {
      const row = this.#unheld.at(i);
      const holders = this.#marks.get(row) - LISTED;
      this.#marks.set(row, holders);
      if (holders === 0) free(row);
    }
    this.#unheld.clear();
  }

  #list(row: number): void {
    const marks = this.#marks.get(row);
    if ((marks & LISTED) !== 0) return;
    this.#marks.set(row, marks | LISTED);
    this.#unheld.push(row);
  }
}
