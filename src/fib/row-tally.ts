/**
 * The state of each row and how many rows are in each state, so that counts need no walk.
 * Pure.
 */

import { Uint8Column } from "../bgp/rib/columns.ts";
import type { FibRoute } from "./vocabulary.ts";

/** "none": neither wanted nor there. */
export type RowState = FibRoute["state"] | "none";

const STATES = ["none", "installed", "pending", "unreachable", "conflict", "refused", "inherited"] as const satisfies readonly RowState[];

export const ROW_STATE = Object.fromEntries(STATES.map((state, code) => [state, code])) as { readonly [S in RowState]: number };

export class RowTally {
  readonly #codes = new Uint8Column();
  readonly #counts = new Int32Array(STATES.length);

  /** The row is in the state of that code now. */
  move(row: number, code: number): void {
    const before = this.#codes.get(row);
    if (before === code) return;
    this.#counts[before] = (this.#counts[before] as number) - 1;
    this.#counts[code] = (this.#counts[code] as number) + 1;
    this.#codes.set(row, code);
  }

  state(row: number): RowState {
    return STATES[this.#codes.get(row)] as RowState;
  }

  /** Rows in that state; "none" is not counted. */
  count(state: FibRoute["state"]): number {
    return this.#counts[ROW_STATE[state]] as number;
  }
}
