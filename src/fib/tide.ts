/**
 * Is a table still coming in, and how many new ways may be opened while it does?
 * Pure: it is told the time. Every way opened makes all later routes of the ways before it dearer (write-order.ts): while a table
 * comes in so many are opened that the kernel has something to do, and the others grow meanwhile. But nobody waits for a pause for
 * ever: in a network that never rests they are opened one by one.
 */

const OPENED_AT_ONCE = 64; // the kernel has something to do from the first moment on
const OPENED_PER_MS = 0.25;
const EBB_MS = 5; // without anything new, and at least so many turns of the event loop, which may be long ones: then it is over
const EBB_TURNS = 3;

export class Tide {
  #sinceMs: number | undefined;
  #lastMs = 0;
  #turnsSince = 0;

  /** How many ways may have been opened by now since the tide came in; Infinity: there is none. */
  openable(nowMs: number): number {
    return this.#sinceMs === undefined ? Number.POSITIVE_INFINITY : OPENED_AT_ONCE + Math.floor((nowMs - this.#sinceMs) * OPENED_PER_MS);
  }

  /** Something is wanted. */
  came(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#turnsSince = 0;
    this.#sinceMs ??= nowMs;
  }

  /** "coming": more may come, and the next turn of the event loop has to be looked at too. */
  turn(nowMs: number): "coming" | "still" {
    if (this.#sinceMs !== undefined && (++this.#turnsSince < EBB_TURNS || nowMs - this.#lastMs < EBB_MS)) return "coming";
    this.#sinceMs = undefined;
    return "still";
  }
}
