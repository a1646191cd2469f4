/**
 * Is a table still coming in, and how many new ways may be opened while it does?
 * Pure: it is told the time. Every way opened makes all later routes of the ways before it dearer (write-order.ts): while a table
 * comes in so many are opened that the kernel has something to do, and the others grow meanwhile. But nobody waits for a pause for
 * ever: in a network that never rests they are opened one by one.
 */

const OPENED_AT_ONCE = 64; // the kernel has something to do from the first moment on
const OPENED_PER_MS = 0.25;
export const EBB_MS = 5; // without anything new, and at least so many turns of the event loop, which may be long ones: then it is over
const EBB_TURNS = 3;

export class Tide {
  #sinceMs: number | undefined;
  #lastMs = 0;
  #turnsSince = 0;
  /** How many ways had been opened when it came in. */
  #openedBefore = 0;

  /** How many ways may have been opened by now, of all there ever were; Infinity: there is no tide. */
  openable(nowMs: number): number {
    if (this.#sinceMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#openedBefore + OPENED_AT_ONCE + Math.floor((nowMs - this.#sinceMs) * OPENED_PER_MS);
  }

  /** Something is wanted; so many ways have been opened until now. */
  came(nowMs: number, opened: number): void {
    this.#lastMs = nowMs;
    this.#turnsSince = 0;
    if (this.#sinceMs !== undefined) return;
    this.#sinceMs = nowMs;
    this.#openedBefore = opened;
  }

  /** "coming": the next turn of the event loop has to be looked at too; "ebbing": one that is EBB_MS later will do, if nobody waits. */
  turn(nowMs: number): "coming" | "ebbing" | "still" {
    if (this.#sinceMs === undefined) return "still";
    if (++this.#turnsSince < EBB_TURNS) return "coming";
    if (nowMs - this.#lastMs < EBB_MS) return "ebbing";
    this.#sinceMs = undefined;
    return "still";
  }
}
