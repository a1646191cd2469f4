/**
 * The two ways to say "this cannot be": at compile time for unions, at run time for our own mistakes.
 * Pure. A violated invariant ends the process; bad input from peers or operators never comes here.
 */

/** Closes a switch over a union: the compiler refuses a forgotten variant. */
export function assertNever(value: never): never {
  throw new Error(`unreachable variant: ${JSON.stringify(value)}`);
}

/** States what our own code guarantees; a failure is our bug. */
export function invariant(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new Error(`invariant violated: ${claim}`);
}

/** The value, where our own code guarantees that there is one. */
export function present<Value>(value: Value | undefined, claim: string): Value {
  if (value === undefined) throw new Error(`invariant violated: ${claim}`);
  return value;
}
