/**
 * Signals that come before there is a daemon: nothing has begun yet, so that to end is to be gone, in order.
 * The door: process signals. It stands alone, because it is loaded first; process.ts takes over.
 */

const END_SIGNALS = ["SIGTERM", "SIGINT"] as const;

const leave = (): never => process.exit(0);
let isReadAgain = false;
const readAgain = (): void => {
  isReadAgain = true;
};

/** From now on, until somebody takes over. */
export function heedEarly(): void {
  for (const signal of END_SIGNALS) process.on(signal, leave);
  process.on("SIGHUP", readAgain);
}

/** Whoever has handlers of its own now; answers whether the configuration is to be read again by then. */
export function takeOver(): "read-again" | "nothing-missed" {
  for (const signal of END_SIGNALS) process.off(signal, leave);
  process.off("SIGHUP", readAgain);
  return isReadAgain ? "read-again" : "nothing-missed";
}
