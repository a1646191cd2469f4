/**
 * What the generator is told to do and what it answers: the language between the bench and the generator's process.
 * Pure.
 */

import type { Verdict } from "./heard.ts";
import type { LoadPlan } from "./plan.ts";

export type Work =
  | { readonly kind: "converge" } // nobody is connected; all connect at once and announce
  | { readonly kind: "announce" } // all are connected; those who have something announce it
  | { readonly kind: "restart" } // all have everything; all connections break and come back at once
  | { readonly kind: "reboot" } // all have everything; the reflector is killed and started again
  | { readonly kind: "join"; readonly joins: number } // all but the last have everything; the last one comes, again and again
  | { readonly kind: "churn"; readonly perSec: number; readonly changers: number; readonly warmupSec: number; readonly seconds: number }
  | { readonly kind: "sustain"; readonly inFlight: number; readonly changers: number; readonly warmupSec: number; readonly seconds: number }
  | { readonly kind: "soak"; readonly perSec: number; readonly seconds: number };

export interface Job {
  readonly plan: LoadPlan;
  readonly work: Work;
  /** The first process of the device under test. */
  readonly pid: number;
  readonly timeoutMs: number;
}

/** What a run came to. */
export interface Report {
  readonly metrics: Readonly<Record<string, number>>;
  readonly cost: Cost;
  readonly verdict: Verdict;
  readonly figures: Readonly<Record<string, number>>;
  readonly losses: readonly string[];
}

/** Over the span that was measured; the peak is since the start of the process. */
export interface Cost {
  readonly wallSec: number;
  readonly dutCpuSec: number;
  readonly loadCpuSec: number;
  /** Everything else on the machine: a run with much of it was disturbed. */
  readonly otherCpuSec: number;
  readonly peakBytes: number;
}

/** One line of the generator's output. */
export type Answer =
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "reboot" } // asks for the device under test to be killed and started again; the answer is its new process id
  | { readonly kind: "unfinished"; readonly reached: string; readonly losses: readonly string[] };
