/**
 * Waiting for a condition, never for a time; whoever waits in vain hears what is missing.
 */

import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/** Something the lab should have shown and did not. */
export class LabFailed extends Error {
  override readonly name = "LabFailed";
}

const POLL_MS = 100;

/** Resolves when nothing is missing any more; throws LabFailed with what is, or the signal's reason. */
export async function untilEmpty(
  missing: () => Promise<readonly string[]>,
  deadlineMs: number,
  signal: AbortSignal,
  what: string,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const list = await missing();
    signal.throwIfAborted();
    if (list.length === 0) return;
    if (performance.now() > endMs)
      throw new LabFailed(`${what} within ${deadlineMs / 1000} s:\n${list.map((line) => `  ${line}`).join("\n")}`);
    await sleep(POLL_MS);
  }
}
