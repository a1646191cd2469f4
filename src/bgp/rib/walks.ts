/**
 * Walks over all paths of a source, a bounded number of steps per turn: a peer that goes away may leave a million behind.
 * Pure.
 *
 *   chain of the source    new ─ new ─ row ─ row ─ row ─ NO_PATH
 *                                       ▲ the walk is here; what came later stands before it and is not visited, but what
 *                                         was judged anew has the place it had
 *
 * Walks are made in the order in which they began, and the first steps of one are made at once as far as the turn allows:
 * for the few paths that most peers have there is no later.
 */

import { NO_PATH, type PathRow, type SourceId } from "./ids.ts";
import type { PathTable } from "./path-table.ts";

/** May remove or replace the row that it is shown, and no other. */
export type Visit = (row: PathRow) => void;

interface Walk {
  readonly source: SourceId;
  readonly visit: Visit;
  next: PathRow;
}

export class Walks {
  readonly #paths: PathTable;
  readonly #stepsPerTurn: number;
  #pending: Walk[] = [];
  #steps: number;

  constructor(paths: PathTable, stepsPerTurn: number) {
    this.#paths = paths;
    this.#stepsPerTurn = stepsPerTurn;
    this.#steps = stepsPerTurn;
  }

  begin(source: SourceId, visit: Visit): void {
    this.#pending.push({ source, visit, next: this.#paths.firstOfSource(source) });
    this.#goOn();
  }

  /** A new turn: as many steps again. */
  turn(): void {
    this.#steps = this.#stepsPerTurn;
    this.#goOn();
  }

  /** Makes every walk over that source at once, however long. */
  finish(source: SourceId): void {
    for (const walk of this.#pending) while (walk.source === source && walk.next !== NO_PATH) this.#step(walk);
  }

  /** To be told before the row leaves the chain of its source. */
  leaving(row: PathRow): void {
    for (const walk of this.#pending) if (walk.next === row) walk.next = this.#paths.nextOfSource(row);
  }

  get pending(): number {
    return this.#pending.length;
  }

  #goOn(): void {
    for (let walk = this.#pending[0]; walk; walk = this.#pending[0]) {
      for (; walk.next !== NO_PATH; this.#steps--) {
        if (this.#steps === 0) return;
        this.#step(walk);
      }
      this.#pending.shift();
    }
  }

  #step(walk: Walk): void {
    const row = walk.next;
    walk.next = this.#paths.nextOfSource(row);
    walk.visit(row);
  }
}
