/**
 * In which order rows are written: those of one way together, additions and changes before removals.
 * Pure. The kernel finds the next hop of a new route in a chain of all next hops of that device, newest first; routes
 * that come grouped by next hop find it at the head. Over a thousand next hops that is five times as fast.
 */

import { NO_WAY } from "./ways.ts";

/** So many rows are ordered at once: some milliseconds, and large enough that each next hop's routes come in one run. */
export const PLAN_ROWS = 32_768;

export class Plan {
  readonly #rows: Int32Array;
  #next = 0;

  private constructor(rows: Int32Array) {
    this.#rows = rows;
  }

  /** `goals[i]` is the way that `rows[i]` shall have; all of them are below `ways`. */
  static of(rows: Int32Array, goals: Int32Array, ways: number): Plan {
    const starts = new Int32Array(ways + 1);
    for (const goal of goals) starts[slot(goal, ways)] = (starts[slot(goal, ways)] as number) + 1;
    for (let i = 0, sum = 0; i <= ways; i++) {
      const count = starts[i] as number;
      starts[i] = sum;
      sum += count;
    }
    const ordered = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const at = slot(goals[i] as number, ways);
      const place = starts[at] as number;
      ordered[place] = rows[i] as number;
      starts[at] = place + 1;
    }
    return new Plan(ordered);
  }

  /** The next row; only while it is not done. */
  take(): number {
    return this.#rows[this.#next++] as number;
  }

  get isDone(): boolean {
    return this.#next >= this.#rows.length;
  }
}

/** Removals stand behind all ways. */
function slot(goal: number, ways: number): number {
  return goal === NO_WAY ? ways : goal;
}
