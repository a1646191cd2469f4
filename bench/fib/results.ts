/** What was measured, as one value: it is what --json writes, and what the tables are made of. Pure. */

import type { Carrier } from "../../src/fib/vocabulary.ts";
import type { Recovery } from "./chaos.ts";
import { type CpuByThread, totalSeconds } from "./cpu.ts";
import type { Step } from "./steps.ts";

/** One cell of the table: a subject, a size, one step, all its runs. */
export interface CellRow {
  readonly subject: string;
  readonly routes: number;
  readonly gateways: number;
  readonly step: Step;
  readonly ms: readonly number[];
  readonly cpuSec: readonly number[];
  readonly writes: readonly number[];
}

export interface FeedRow {
  readonly routes: number;
  readonly gateways: number;
  readonly ms: readonly number[];
}

export interface SingleRow {
  readonly subject: string;
  readonly kind: "announced" | "withdrawn";
  readonly routes: number;
  readonly gateways: number;
  readonly ms: readonly number[];
}

export interface FailedRow {
  readonly subject: string;
  readonly routes: number;
  readonly gateways: number;
  readonly reason: string;
}

export interface RecoveryRow {
  readonly title: string;
  readonly carrier: Carrier;
  readonly routes: number;
  readonly ms: readonly number[];
}

/** What is measured in one run of the bench; everything is appended as it is known. */
export class Results {
  readonly cells: CellRow[] = [];
  readonly feeds: FeedRow[] = [];
  readonly singles: SingleRow[] = [];
  readonly recoveries: RecoveryRow[] = [];
  readonly failed: FailedRow[] = [];
  readonly peakMib: { readonly subject: string; readonly routes: number; readonly gateways: number; readonly mib: number }[] = [];

  add(row: Omit<CellRow, "ms" | "cpuSec" | "writes">, run: { readonly ms: number; readonly cpu: CpuByThread; readonly writes: number }): void {
    const at = this.cells.findIndex((cell) => cell.subject === row.subject && cell.routes === row.routes && cell.gateways === row.gateways && cell.step === row.step);
    const before = this.cells[at] ?? { ...row, ms: [], cpuSec: [], writes: [] };
    const after = { ...before, ms: [...before.ms, run.ms], cpuSec: [...before.cpuSec, totalSeconds(run.cpu)], writes: [...before.writes, run.writes] };
    if (at < 0) this.cells.push(after);
    else this.cells[at] = after;
  }

  addFeed(routes: number, gateways: number, ms: number): void {
    const at = this.feeds.findIndex((feed) => feed.routes === routes && feed.gateways === gateways);
    const before = this.feeds[at];
    if (before) this.feeds[at] = { ...before, ms: [...before.ms, ms] };
    else this.feeds.push({ routes, gateways, ms: [ms] });
  }

  addRecovery(routes: number, { title, carrier, ms }: Recovery): void {
    const at = this.recoveries.findIndex((row) => row.title === title && row.carrier === carrier);
    const before = this.recoveries[at];
    if (before) this.recoveries[at] = { ...before, ms: [...before.ms, ms] };
    else this.recoveries.push({ title, carrier, routes, ms: [ms] });
  }

  addSingles(row: SingleRow): void {
    const at = this.singles.findIndex((single) => single.subject === row.subject && single.kind === row.kind);
    const before = this.singles[at];
    if (before) this.singles[at] = { ...before, ms: [...before.ms, ...row.ms] };
    else this.singles.push(row);
  }
}
