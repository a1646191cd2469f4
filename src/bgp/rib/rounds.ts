/**
 * Which prefixes are to be decided, and which rows may be freed: in rounds, each in slices, so that no moment is long.
 * Pure.
 *
 *   touched before round n began ──► decided in round n, slice by slice
 *   touched since                ──► decided in round n + 1
 *
 * A row that died before round n began was the best of a prefix that round n decides, if of any: the last slice at the
 * latest reports it, and it is freed when round n + 1 begins.
 */

import { Uint8Column, Worklist } from "./columns.ts";
import type { PathRow, PrefixId } from "./ids.ts";

export class Rounds {
  readonly #isTouched = new Uint8Column();
  #touched = new Worklist();
  /** The prefixes of this round. */
  #round = new Worklist();
  /** The slice that was handed out last. */
  #from = 0;
  #to = 0;
  /** Rows that died since this round began, and those that died before. */
  #dying = new Worklist();
  #dead = new Worklist();

  touch(prefix: PrefixId): void {
    if (this.#isTouched.get(prefix) === 1) return;
    this.#isTouched.set(prefix, 1);
    this.#touched.push(prefix);
  }

  /** The row is out of its chains. */
  die(row: PathRow): void {
    this.#dying.push(row);
  }

  /** Every prefix of the round has been handed out. */
  get isOver(): boolean {
    return this.#to === this.#round.length;
  }

  /** Prefixes that were touched and not handed out. */
  get left(): number {
    return this.#round.length - this.#to + this.#touched.length;
  }

  /** Frees what the last round still had to show. */
  bury(free: (row: PathRow) => void): void {
    for (let i = 0; i < this.#dead.length; i++) free(this.#dead.at(i) as PathRow);
    this.#dead.clear();
    [this.#dead, this.#dying] = [this.#dying, this.#dead];
  }

  /** After the last one is over, and after bury(). */
  begin(): void {
    [this.#touched, this.#round] = [this.#round, this.#touched];
    this.#touched.clear();
    this.#from = 0;
    this.#to = 0;
  }

  /** Hands out up to `most` prefixes; from now on they count as touched when they are touched again. */
  slice(most: number): void {
    this.#from = this.#to;
    this.#to = Math.min(this.#round.length, this.#from + most);
    for (let i = this.#from; i < this.#to; i++) this.#isTouched.set(this.#round.at(i), 0);
  }

  /** The prefixes of the last slice. */
  get sliceLength(): number {
    return this.#to - this.#from;
  }

  inSlice(at: number): PrefixId {
    return this.#round.at(this.#from + at) as PrefixId;
  }
}
