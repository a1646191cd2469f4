/**
 * In which order rows are written: those of one way together, removals last.
 * Pure. A new route's next hop is found in a chain of all next hops of its device, newest first, one by one. So the way at
 * hand is finished first; then come ways that stand in the kernel already, and only then one is opened that is new to it:
 * every way opened earlier is one step further to go for all those behind it.
 *
 * While a table is still coming in no more than some ways are opened: those that wait grow, and are written as a whole.
 */

import { Int32Column, RowNumbers, Uint8Column } from "../bgp/rib/columns.ts";
import { NO_WAY } from "./ways.ts";

const NOTHING = -1;
const WAYS_OPENED_IN_A_BURST = 150;

/** Whether more is being wanted right now. */
export type Pace = "burst" | "quiet";

/** Does any route stand in the kernel that leads this way? */
export type Stands = (way: number) => boolean;

export class WriteOrder {
  readonly #stands: Stands;
  /** Rows that wait, chained per way, first come first. */
  readonly #cells = new RowNumbers();
  readonly #rows = new Int32Column();
  readonly #next = new Int32Column(NOTHING);
  readonly #first = new Int32Column(NOTHING);
  readonly #last = new Int32Column(NOTHING);
  readonly #lengths = new Int32Column();
  /** Ways with rows, each once; the flags say which are among them. */
  #waiting: number[] = [];
  readonly #isWaiting = new Uint8Column();
  #atHand = NO_WAY;
  #opened = 0;

  constructor(stands: Stands) {
    this.#stands = stands;
  }

  /** That row is to go that way, or away. */
  add(row: number, way: number): void {
    const cell = this.#cells.take();
    this.#rows.set(cell, row);
    this.#next.set(cell, NOTHING);
    const last = this.#last.get(way);
    if (last === NOTHING) this.#first.set(way, cell);
    else this.#next.set(last, cell);
    this.#last.set(way, cell);
    this.#lengths.set(way, this.#lengths.get(way) + 1);
    if (way === NO_WAY || this.#isWaiting.get(way) !== 0) return;
    this.#isWaiting.set(way, 1);
    this.#waiting.push(way);
  }

  get isEmpty(): boolean {
    return this.#cells.size === 0;
  }

  /** The next row; undefined: there is none, or it waits for more to come. */
  take(pace: Pace): number | undefined {
    if (pace === "quiet") this.#opened = 0;
    if (this.#atHand === NO_WAY) this.#choose(pace);
    return this.#shift(this.#atHand);
  }

  /** The way to be written now: the one with most rows of those that stand, or else of those that may be opened; or removals. */
  #choose(pace: Pace): void {
    const mayOpen = pace === "quiet" || this.#opened < WAYS_OPENED_IN_A_BURST;
    let best = NO_WAY;
    let bestStands = false;
    for (const way of this.#waiting) {
      const stands = this.#stands(way);
      if (bestStands && !stands) continue;
      if (!stands && !mayOpen) continue;
      if (best !== NO_WAY && stands === bestStands && this.#lengths.get(way) <= this.#lengths.get(best)) continue;
      best = way;
      bestStands = stands;
    }
    if (best !== NO_WAY && !bestStands) this.#opened++;
    this.#atHand = best;
  }

  #shift(way: number): number | undefined {
    const cell = this.#first.get(way);
    if (cell === NOTHING) return undefined;
    this.#first.set(way, this.#next.get(cell));
    this.#lengths.set(way, this.#lengths.get(way) - 1);
    if (this.#next.get(cell) === NOTHING) this.#finish(way);
    this.#cells.give(cell);
    return this.#rows.get(cell);
  }

  #finish(way: number): void {
    this.#last.set(way, NOTHING);
    this.#atHand = NO_WAY;
    if (way === NO_WAY) return;
    this.#isWaiting.set(way, 0);
    this.#waiting = this.#waiting.filter((other) => other !== way);
  }
}
