/**
 * Monotonic time -> wall time, so that the same moment always has the same wall time, until somebody sets the clock.
 * Pure. Date.now() has whole milliseconds only: asked twice, it would give one moment of the monotonic clock two times.
 */

const SET_MS = 5; // what differs by less is rounding

export class WallClock {
  #offsetMs = Number.NaN;

  /** `nowMs` on the wall, where the clock shows `wallMs`. */
  at(nowMs: number, wallMs: number): number {
    const offsetMs = wallMs - nowMs;
    if (!(Math.abs(offsetMs - this.#offsetMs) < SET_MS)) this.#offsetMs = offsetMs;
    return nowMs + this.#offsetMs;
  }
}
