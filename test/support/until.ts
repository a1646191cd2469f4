/** Waiting for a condition instead of for a time. */

import { setTimeout as sleep } from "node:timers/promises";

const DEADLINE_MS = 60_000; // of a machine that has much else to do

/** Resolves as soon as `holds`; fails with `what` when it does not become true. */
export async function until(holds: () => boolean | Promise<boolean>, what = holds.toString(), deadlineMs = DEADLINE_MS): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(5);
  }
}
