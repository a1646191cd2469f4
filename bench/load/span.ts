/**
 * One measured stretch of time: the clock, and the CPU time of everybody concerned.
 */

import { cpuSecOf, machineCpuSec, peakBytesOf, withChildren } from "../stage/process-figures.ts";
import type { Cost } from "./job.ts";

const US_PER_SEC = 1e6;

export class Span {
  readonly #pid: number;
  readonly #dutCpuSec: number;
  readonly #loadCpuSec = ownCpuSec();
  readonly #machineCpuSec = machineCpuSec();
  readonly #startMs: number;

  /** Starts now; "new": the device under test is started only now, so all of its time counts. */
  constructor(pid: number, process: "running" | "new" = "running") {
    this.#pid = pid;
    this.#dutCpuSec = process === "new" ? 0 : cpuSecOf(withChildren(pid));
    this.#startMs = performance.now();
  }

  /** Ends now; `pid` where the device under test has become another process. */
  end(pid = this.#pid): Cost {
    const wallSec = (performance.now() - this.#startMs) / 1000;
    const pids = withChildren(pid);
    const dutCpuSec = cpuSecOf(pids) - this.#dutCpuSec;
    const loadCpuSec = ownCpuSec() - this.#loadCpuSec;
    const otherCpuSec = Math.max(0, machineCpuSec() - this.#machineCpuSec - dutCpuSec - loadCpuSec);
    return { wallSec, dutCpuSec, loadCpuSec, otherCpuSec, peakBytes: peakBytesOf(pids) };
  }
}

function ownCpuSec(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / US_PER_SEC;
}
