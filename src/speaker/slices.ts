/**
 * Work in slices: whoever drives it may let others have their turn in between, or go through with it.
 * Pure.
 */

/** A slice per step, and the result. */
export type Slices<Result = void> = Generator<undefined, Result>;

/** All of it, now. */
export function whole<Result>(work: Slices<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
