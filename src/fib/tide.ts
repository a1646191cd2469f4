/**
 * Is a table still coming in?
 * Pure: it is told the time. Whoever orders writes by it lets new ways wait while it does, but nobody for long.
 */

import type { Pace } from "./write-order.ts";

const LONGEST_BURST_MS = 100; // in a network that never rests a new host's routes must not wait for a pause

export class Tide {
  #sinceMs: number | undefined;
  #cameThisTurn = false;
  #pace: Pace = "quiet";

  get pace(): Pace {
    return this.#pace;
  }

  /** Something is wanted. */
  came(nowMs: number): void {
    this.#cameThisTurn = true;
    this.#judge(nowMs);
  }

  /** A turn of the event loop begins; "coming": more came during the last one, and the next one has to be looked at too. */
  turn(nowMs: number): "coming" | "still" {
    const came = this.#cameThisTurn;
    this.#cameThisTurn = false;
    if (came) this.#judge(nowMs);
    else {
      this.#sinceMs = undefined;
      this.#pace = "quiet";
    }
    return came ? "coming" : "still";
  }

  #judge(nowMs: number): void {
    this.#sinceMs ??= nowMs;
    this.#pace = nowMs - this.#sinceMs < LONGEST_BURST_MS ? "burst" : "quiet";
  }
}
