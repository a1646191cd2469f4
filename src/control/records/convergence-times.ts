/**
 * How long UPDATEs take through this process: read from a socket, best path chosen, in the kernel, told on.
 * Pure: time is always an argument. The daemon measures (stopwatch.ts); metrics, status and the question `convergence` read.
 *
 *   UPDATE read ─┬─► best    every prefix that it touched is decided
 *                ├─► kernel  the kernel has answered for every route that changed with it
 *                └─► sent    every peer whose socket takes bytes has been handed what changed with it
 *
 * The unit is the UPDATE message, and its time that of the chunk which completed it. UPDATEs decided in one turn are told
 * together: `kernel` and `sent` count those of turns that changed a kernel route, or had something to tell.
 */

import { Histogram, RECENT_MS, RecentHistogram } from "./histogram.ts";

/** What an UPDATE is on its way to. */
export const STEPS = ["best", "kernel", "sent"] as const;
export type Step = (typeof STEPS)[number];

export class ConvergenceTimes {
  /** UPDATEs of which nobody knows, because more were under way than are kept in mind. */
  unmeasured = 0;
  readonly #steps: { readonly [S in Step]: RecentHistogram } = { best: new RecentHistogram(), kernel: new RecentHistogram(), sent: new RecentHistogram() };

  /** So many UPDATEs have come that far. */
  observe(step: Step, ms: number, updates: number, nowMs: number): void {
    this.#steps[step].observe(ms, updates, nowMs);
  }

  all(step: Step): Histogram {
    return this.#steps[step].all;
  }

  recent(step: Step, nowMs: number): Histogram {
    return this.#steps[step].recent(nowMs);
  }
}

/** One step on the way of UPDATEs, in the last minutes and since the start. */
export interface StepAnswer {
  readonly step: Step;
  /** UPDATEs that came so far in the last minutes. */
  readonly updates: number;
  /** Half of them within that time, and 99 of 100; null: there were none, or it was longer than a minute. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly meanMs: number | null;
  /** Of the last minutes: how many took at most so long; the last row, with null, is all of them. */
  readonly buckets: readonly { readonly atMostMs: number | null; readonly updates: number }[];
  readonly updatesSinceStart: number;
}

export interface ConvergenceAnswer {
  /** How far back "the last minutes" go. */
  readonly windowSec: number;
  readonly steps: readonly StepAnswer[];
  readonly unmeasured: number;
}

export function convergenceAnswer(times: ConvergenceTimes, nowMs: number): ConvergenceAnswer {
  return { windowSec: RECENT_MS / 1000, steps: STEPS.map((step) => stepAnswer(step, times, nowMs)), unmeasured: times.unmeasured };
}

function stepAnswer(step: Step, times: ConvergenceTimes, nowMs: number): StepAnswer {
  const recent = times.recent(step, nowMs);
  return {
    step,
    updates: recent.count,
    p50Ms: known(recent.quantileMs(0.5)),
    p99Ms: known(recent.quantileMs(0.99)),
    meanMs: recent.count === 0 ? null : rounded(recent.sumMs / recent.count),
    buckets: recent.cumulative().map(({ atMostMs, count }) => ({ atMostMs: known(atMostMs), updates: count })),
    updatesSinceStart: times.all(step).count,
  };
}

function known(ms: number | undefined): number | null {
  return ms === undefined || ms === Infinity ? null : rounded(ms);
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
