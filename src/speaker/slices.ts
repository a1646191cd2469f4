/**
 * Work in slices: a generator that yields often. Its driver may let others have their turn in between, or run it to its end.
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
