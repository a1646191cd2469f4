/**
 * The kernel's side of an answer.
 * Pure.
 */

import type { FibRoute, FibState, FibStatus } from "../fib/vocabulary.ts";

/** KernelFib, as far as a question may look at it. */
export interface FibView {
  status(): FibStatus;
  routes(which: "all" | "differing"): Iterable<FibRoute>;
}

export interface FibAnswer extends Omit<FibStatus, "carrier" | "lastResync"> {
  /** The kernel has every route that is wanted, and we would notice if it lost one. */
  readonly settled: boolean;
  readonly carrier: string | null;
  readonly lastResync: FibStatus["lastResync"] | null;
}

export interface FibRow {
  readonly prefix: string;
  readonly state: FibRoute["state"];
  readonly wanted: string | null;
  readonly actual: string | null;
  readonly inTheWay: string | null;
}

/** States in which the kernel is heard and obeys. */
const WORKING: readonly FibState[] = ["synchronised", "writing", "comparing"];

export function fibAnswer(fib: FibView): FibAnswer {
  const status = fib.status();
  const settled = WORKING.includes(status.state) && status.installed === status.wanted;
  return { settled, ...status, carrier: status.carrier ?? null, lastResync: status.lastResync ?? null };
}

/** What is not as it should be; or everything. */
export function* fibRows(fib: FibView, which: "differing" | "all"): Iterable<FibRow> {
  for (const { prefix, state, wanted, actual, inTheWay } of fib.routes(which)) {
    yield { prefix, state, wanted: wanted ?? null, actual: actual ?? null, inTheWay: inTheWay ?? null };
  }
}
