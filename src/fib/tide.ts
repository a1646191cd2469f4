/**
 * Is a table still coming in, and how many new ways may be opened while it does?
 * Pure: it is told the time. Every way opened makes all later routes of the ways before it dearer (write-order.ts), so that they
 * are opened no faster than a table comes in: a way that waits grows meanwhile. But nobody waits for a pause: in a network that
 * never rests they are opened one by one.
 */

const OPENED_AT_ONCE = 64; // the kernel has something to do from the first moment on
const OPENED_PER_MS = 1;
const EBB_MS = 2; // without anything new: a turn that only reads a socket is no pause

export class Tide {
  #sinceMs: number | undefined;
  #lastMs = 0;

  /** How many ways may have been opened by now since the tide came in; Infinity: there is none. */
  openable(nowMs: number): number {
    return this.#sinceMs === undefined ? Number.POSITIVE_INFINITY : OPENED_AT_ONCE + Math.floor((nowMs - this.#sinceMs) * OPENED_PER_MS);
  }

  /** Something is wanted. */
  came(nowMs: number): void {
    this.#lastMs = nowMs;
    this.#sinceMs ??= nowMs;
  }

  /** "coming": more may come, and the next turn of the event loop has to be looked at too. */
  turn(nowMs: number): "coming" | "still" {
    if (this.#sinceMs !== undefined && nowMs - this.#lastMs < EBB_MS) return "coming";
    this.#sinceMs = undefined;
    return "still";
  }
}
