/**
 * Slow start: while a table is still coming in, new next hops are written to the kernel a few at a time.
 * Pure: time is always an argument. Each target that is opened (written for the first time) makes all later routes to the targets
 * before it dearer (write-order.ts). So, while a table comes in, enough are opened to keep the kernel busy, and the others gather
 * routes meanwhile. Nobody waits for a pause for ever: in a network that never rests they are opened one by one.
 */

const OPENED_AT_ONCE = 64; // the kernel has something to do from the first moment on
const OPENED_PER_MS = 0.25;
export const QUIET_MS = 5; // without anything new, and at least so many turns of the event loop, which may be long ones: then it is over
const QUIET_TURNS = 3;

export class SlowStart {
  #sinceMs: number | undefined;
  #lastMs = 0;
  #turnsSince = 0;
  /** How many targets had been opened when it came in. */
  #openedBefore = 0;

  /** How many targets may have been opened by now, of all there ever were; Infinity: no table is coming in. */
  openable(nowMs: number): number {
    if (this.#sinceMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#openedBefore + OPENED_AT_ONCE + Math.floor((nowMs - this.#sinceMs) * OPENED_PER_MS);
  }

  /** Something is wanted; so many targets have been opened until now. */
  came(nowMs: number, opened: number): void {
    this.#lastMs = nowMs;
    this.#turnsSince = 0;
    if (this.#sinceMs !== undefined) return;
    this.#sinceMs = nowMs;
    this.#openedBefore = opened;
  }

  /** "loading": the next turn of the event loop has to be looked at too; "draining": one that is QUIET_MS later will do, if nobody waits. */
  turn(nowMs: number): "loading" | "draining" | "idle" {
    if (this.#sinceMs === undefined) return "idle";
    if (++this.#turnsSince < QUIET_TURNS) return "loading";
    if (nowMs - this.#lastMs < QUIET_MS) return "draining";
    this.#sinceMs = undefined;
    return "idle";
  }
}
