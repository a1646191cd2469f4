/**
 * Monotonic time -> wall time, so that the same moment always has the same wall time, until somebody sets the clock.
 * Pure. Date.now() has whole milliseconds only: asked twice, it would give one moment of the monotonic clock two times.
 */

const SET_MS = 5; // what differs by less is rounding
const BESIDE_MS = 1; // two readings with less between them are of one moment
const READINGS = 10; // on a machine so busy that every one is interrupted the last has to do

export class WallClock {
  #offsetMs = Number.NaN;

  /** `nowMs` on the wall, where the clock shows `wallMs`. */
  at(nowMs: number, wallMs: number): number {
    const offsetMs = wallMs - nowMs;
    if (!(Math.abs(offsetMs - this.#offsetMs) < SET_MS)) this.#offsetMs = offsetMs;
    return nowMs + this.#offsetMs;
  }

  /** This moment on both clocks. Who is put aside between the two would take that for a clock that was set, and reads again. */
  read(nowMs: () => number, wallMs: () => number): { readonly nowMs: number; readonly wallMs: number } {
    for (let left = READINGS; ; left--) {
      const [now, wall] = [nowMs(), wallMs()];
      if (left === 1 || nowMs() - now < BESIDE_MS) return { nowMs: now, wallMs: this.at(now, wall) };
    }
  }
}
