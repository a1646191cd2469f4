/**
 * The kernel's side of an answer.
 * Pure.
 */

import type { Prefix } from "../../ip/prefix.ts";
import type { FibAudit, FibExplanation, FibRoute, FibState, FibStatus } from "../../fib/vocabulary.ts";

/** KernelFib, as far as a question may look at it. */
export interface FibView {
  status(): FibStatus;
  routes(which: "all" | "differing"): Iterable<FibRoute>;
  explain(prefix: Prefix): FibExplanation;
  audit(): Promise<FibAudit | undefined>;
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

/** What a comparison found that was asked for; what can be put right is being put right since. */
export interface FibCheckAnswer extends Omit<FibAudit, "differing"> {
  readonly matches: boolean;
  /** Routes of others that stand where ours should. */
  readonly inTheWay: number;
  readonly drift: FibStatus["drift"];
  readonly differing: readonly FibRow[];
}

/** States in which the kernel is heard and obeys. */
const WORKING: readonly FibState[] = ["synchronised", "writing", "comparing"];

export function fibAnswer(fib: FibView): FibAnswer {
  const status = fib.status();
  const settled = WORKING.includes(status.state) && status.installed === status.wanted;
  return { settled, ...status, carrier: status.carrier ?? null, lastResync: status.lastResync ?? null };
}

/** undefined: the kernel cannot be asked. */
export async function fibCheckAnswer(fib: FibView): Promise<FibCheckAnswer | undefined> {
  const audit = await fib.audit();
  if (!audit) return undefined;
  const { drift, conflicts } = fib.status();
  return { ...audit, matches: audit.differing.length === 0, inTheWay: conflicts, drift, differing: audit.differing.map(fibRow) };
}

/** What is not as it should be; or everything. */
export function* fibRows(fib: FibView, which: "differing" | "all"): Iterable<FibRow> {
  for (const route of fib.routes(which)) yield fibRow(route);
}

function fibRow({ prefix, state, wanted, actual, inTheWay }: FibRoute): FibRow {
  return { prefix, state, wanted: wanted ?? null, actual: actual ?? null, inTheWay: inTheWay ?? null };
}
