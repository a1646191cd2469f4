/**
 * In which order rows are written: those of one target together, removals last.
 * Pure. The kernel finds a new route's next hop in a chain of all next hops of its device, newest first, one by one. So the rows of the
 * target at hand are written first, then those of targets that stand in the kernel already, and only then one is opened that is new to
 * it: every target opened makes the chain one step longer for all those behind it.
 *
 * While a table is still coming in, targets are opened a few at a time (slow-start.ts): those that wait gather rows, and are written as a whole.
 */

import { Int32Column, RowNumbers } from "../bgp/rib/columns.ts";
import { NO_TARGET } from "./targets.ts";

const NOTHING = -1;
const OPENED_TOGETHER = 16; // while more comes: then what has come meanwhile goes first

/** Does any route stand in the kernel to this target? */
export type Stands = (target: number) => boolean;

export class WriteOrder {
  readonly #stands: Stands;
  /** Rows that wait, chained per target, first come first. */
  readonly #cells = new RowNumbers();
  readonly #rows = new Int32Column();
  readonly #next = new Int32Column(NOTHING);
  readonly #first = new Int32Column(NOTHING);
  readonly #last = new Int32Column(NOTHING);
  readonly #lengths = new Int32Column();
  /** Targets with rows that are in no plan yet; each target with rows is here, or planned, or at hand. */
  #waiting: number[] = [];
  /** Targets to be written next, from the end. */
  #plan: number[] = [];
  #atHand = NO_TARGET;
  #opened = 0;

  constructor(stands: Stands) {
    this.#stands = stands;
  }

  /** That row is to go to that target, or away. */
  add(row: number, target: number): void {
    const cell = this.#cells.take();
    this.#rows.set(cell, row);
    this.#next.set(cell, NOTHING);
    const last = this.#last.get(target);
    if (last === NOTHING) this.#first.set(target, cell);
    else this.#next.set(last, cell);
    this.#last.set(target, cell);
    this.#lengths.set(target, this.#lengths.get(target) + 1);
    if (last === NOTHING && target !== NO_TARGET && target !== this.#atHand) this.#waiting.push(target);
  }

  /** Forgets everything that waits. */
  clear(): void {
    while (!this.isEmpty) this.take(Number.POSITIVE_INFINITY);
  }

  get isEmpty(): boolean {
    return this.#cells.size === 0;
  }

  /** Targets opened so far. */
  get opened(): number {
    return this.#opened;
  }

  /** The next row; undefined: there is none, or it waits for more to come. `openable`: so many targets in all, as SlowStart says. */
  take(openable: number): number | undefined {
    if (this.#atHand === NO_TARGET) {
      if (this.#plan.length === 0 && this.#waiting.length > 0) this.#makePlan(openable);
      this.#atHand = this.#plan.pop() ?? NO_TARGET;
    }
    return this.#shift(this.#atHand);
  }

  /**
   * Targets that stand, then those that may be opened, of both those with most rows first; in a slow start these only when none of those
   * has rows. Made for many at once: sorting has its price.
   */
  #makePlan(openable: number): void {
    const standing = this.#takeStanding();
    const isTide = openable !== Number.POSITIVE_INFINITY;
    const mayOpen = !isTide ? openable : standing.length > 0 ? 0 : Math.min(openable - this.#opened, OPENED_TOGETHER);
    this.#plan = [...this.#longestFirst(standing), ...this.#open(mayOpen)].reverse();
  }

  /** Of the targets that wait, those that stand: from now on they are planned. */
  #takeStanding(): number[] {
    const standing: number[] = [];
    const others: number[] = [];
    for (const target of this.#waiting) (this.#stands(target) ? standing : others).push(target);
    this.#waiting = others;
    return standing;
  }

  /** The targets with most rows, at most so many of them: from now on they are planned. */
  #open(most: number): readonly number[] {
    if (most <= 0) return [];
    const opened = this.#longestFirst(this.#waiting).slice(0, most);
    this.#waiting = this.#waiting.slice(opened.length);
    this.#opened += opened.length;
    return opened;
  }

  #longestFirst(targets: number[]): number[] {
    return targets.sort((a, b) => this.#lengths.get(b) - this.#lengths.get(a));
  }

  #shift(target: number): number | undefined {
    const cell = this.#first.get(target);
    if (cell === NOTHING) return undefined;
    this.#first.set(target, this.#next.get(cell));
    this.#lengths.set(target, this.#lengths.get(target) - 1);
    if (this.#next.get(cell) === NOTHING) this.#finish(target);
    this.#cells.give(cell);
    return this.#rows.get(cell);
  }

  #finish(target: number): void {
    this.#last.set(target, NOTHING);
    this.#atHand = NO_TARGET;
  }
}
