/**
 * One subject through all steps of one table: from the first octet of the feed until the kernel holds, or lost, the last route.
 * Every step ends with the kernel's table compared prefix by prefix.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { type CpuByThread, cpuByThread, cpuSince, peakMebibytes } from "./cpu.ts";
import { Feed } from "./feed.ts";
import type { Ground } from "./ground.ts";
import { type Layout, type Table, gatewayAt, sampleBitsFor } from "./routes.ts";
import { type Beside, PROBE, SENTINEL, type AskedStep, type Step, wantedTable } from "./steps.ts";
import type { Birth, RunningSubject, Subject } from "./subjects/subject.ts";
import { END_OF_RIB, type Order, announcement, announcements, withdrawals } from "./updates.ts";
import { differencesFrom } from "./verify.ts";
import { type Sighting, Watcher } from "./watcher.ts";

export interface CellPlan {
  readonly routes: number;
  readonly gateways: number;
  readonly steps: readonly AskedStep[];
  readonly prefixesPerUpdate: number;
  readonly order: Order;
  readonly timeoutMs: number;
}

/** What one step took. */
export interface Measured {
  readonly step: Step;
  readonly ms: number;
  /** Of the subject, all its processes. */
  readonly cpu: CpuByThread;
  /** Changes of kernel routes that were seen, times how many each stands for. */
  readonly writes: number;
}

export interface CellResult {
  readonly measured: readonly Measured[];
  readonly peakMib: number;
}

const LOOK_MS = 20;
const NS_PER_MS = 1e6;

export async function measureSubject(ground: Ground, subject: Subject, plan: CellPlan): Promise<CellResult> {
  const watcher = await Watcher.begin(ground.subject, sampleBitsFor(plan.routes));
  const run = new SubjectRun(ground, subject, plan, watcher);
  try {
    return await run.steps();
  } finally {
    await run.end("SIGTERM");
    watcher.end();
  }
}

class SubjectRun {
  readonly #ground: Ground;
  readonly #subject: Subject;
  readonly #plan: CellPlan;
  readonly #watcher: Watcher;
  readonly #measured: Measured[] = [];
  #running: RunningSubject | undefined;
  #feed: Feed | undefined;

  constructor(ground: Ground, subject: Subject, plan: CellPlan, watcher: Watcher) {
    this.#ground = ground;
    this.#subject = subject;
    this.#plan = plan;
    this.#watcher = watcher;
  }

  async steps(): Promise<CellResult> {
    const { prefixesPerUpdate, order } = this.#plan;
    const before: Layout = { ...this.#plan, shift: 0 };
    const after: Layout = { ...this.#plan, shift: 1 };
    await this.#start("first");
    await this.#makeReady();
    await this.#step("add", announcements(before, prefixesPerUpdate, order), wantedBy(before, "probe"));
    const asked = (step: AskedStep): boolean => this.#plan.steps.includes(step);
    if (asked("change")) await this.#step("change", announcements(after, prefixesPerUpdate, order), wantedBy(after, "probe"));
    const now = asked("change") ? after : before;
    if (asked("restart")) await this.#restart(announcements(now, prefixesPerUpdate, order), wantedBy(now, "probe and sentinel"));
    const beside = asked("restart") ? "probe and sentinel" : "probe";
    if (asked("withdraw")) await this.#step("withdraw", withdrawals(now, prefixesPerUpdate, order), wantedBy(undefined, beside));
    if (asked("again")) await this.#again(now, beside, asked("withdraw") ? "gone" : "standing");
    return { measured: this.#measured, peakMib: peakMebibytes(this.#running?.pids ?? []) };
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#feed?.close();
    await this.#running?.kill(signal);
  }

  async #start(birth: Birth): Promise<void> {
    this.#running = await this.#subject.start(this.#ground, birth);
    this.#feed = await Feed.establish();
  }

  /** The whole way has been gone once, by one route: sessions, next hops and the kernel's side are up. */
  async #makeReady(): Promise<void> {
    const seen = this.#watcher.expect(wantedTable(undefined, "probe", 0));
    this.#send(probe());
    await this.#inTime(seen);
  }

  async #step(step: Step, bytes: Uint8Array, wanted: Wanted): Promise<void> {
    const seen = this.#watcher.expect(wanted(this.#sampleBits));
    const cpuBefore = this.#cpu();
    const fromNs = this.#send(bytes);
    const sighting = await this.#finished(seen, wanted);
    this.#note(step, fromNs, sighting, cpuSince(cpuBefore, this.#cpu()));
  }

  /** From an empty table once more; what stands is taken away without the clock. */
  async #again(layout: Layout, beside: Beside, before: "gone" | "standing"): Promise<void> {
    const { prefixesPerUpdate, order } = this.#plan;
    if (before === "standing") {
      const seen = this.#watcher.expect(wantedTable(undefined, beside, this.#sampleBits));
      this.#send(withdrawals(layout, prefixesPerUpdate, order));
      await this.#finished(seen, wantedBy(undefined, beside));
    }
    await this.#step("again", announcements(layout, prefixesPerUpdate, order), wantedBy(layout, beside));
  }

  /**
   * The kernel's table is to change by one route only, which is announced after all others: when it stands, all are through.
   * Who writes more is through when he is done with that.
   */
  async #restart(bytes: Uint8Array, wanted: Wanted): Promise<void> {
    const seen = this.#watcher.expect(wanted(this.#sampleBits));
    await this.end("SIGKILL");
    const bornNs = process.hrtime.bigint();
    await this.#start("restart");
    const fromNs = this.#send(Buffer.concat([...announcement(gatewayAt(0), [PROBE]), bytes, ...announcement(gatewayAt(0), [SENTINEL]), END_OF_RIB]));
    await this.#finished(seen, wanted);
    const sighting = await this.#watcher.quiet();
    this.#note("restart", bornNs, sighting, cpuSince({}, this.#cpu()));
    this.#note("relearn", fromNs, sighting, {});
  }

  async #finished(seen: Promise<Sighting>, wanted: Wanted): Promise<Sighting> {
    const sighting = await this.#inTime(seen);
    if (this.#watcher.isBlind) throw new Error("the kernel dropped notifications for the watcher: nothing was measured");
    return (await this.#isRight(wanted)) ? sighting : { ...sighting, atNs: await this.#rightAt(wanted) };
  }

  /** The sample was complete before the whole was: the time is that of the first look that finds the whole right. */
  async #rightAt(wanted: Wanted): Promise<bigint> {
    for (const deadlineMs = performance.now() + this.#plan.timeoutMs; performance.now() < deadlineMs; await sleep(LOOK_MS)) {
      const atNs = process.hrtime.bigint();
      if (await this.#isRight(wanted)) return atNs;
    }
    const wrong = await this.#differences(wanted);
    throw new Error(`${wrong.length} routes are wrong in the kernel, for instance ${wrong.slice(0, 3).join("; ")}`);
  }

  async #isRight(wanted: Wanted): Promise<boolean> {
    return (await this.#differences(wanted)).length === 0;
  }

  #differences(wanted: Wanted): Promise<readonly string[]> {
    return differencesFrom(wanted(0), this.#ground.subject, this.#subject.protocol);
  }

  /** Waits in turns, so that a subject that ended is noticed. */
  async #inTime<Value>(work: Promise<Value>): Promise<Value> {
    const deadlineMs = performance.now() + this.#plan.timeoutMs;
    while (performance.now() < deadlineMs) {
      const outcome = await Promise.race([work.then((value) => ({ value })), sleep(LOOK_MS * 10)]);
      if (outcome) return outcome.value;
      this.#running?.check();
      this.#feed?.check();
    }
    throw new Error(`nothing more happens: ${this.#watcher.describe()} after ${this.#plan.timeoutMs} ms`);
  }

  #note(step: Step, fromNs: bigint, { atNs, events }: Sighting, cpu: CpuByThread): void {
    this.#measured.push({ step, ms: Number(atNs - fromNs) / NS_PER_MS, cpu, writes: events * 2 ** this.#sampleBits });
  }

  #send(bytes: Uint8Array): bigint {
    if (!this.#feed) throw new Error("there is no session");
    return this.#feed.send(bytes);
  }

  #cpu(): CpuByThread {
    return cpuByThread(this.#running?.pids ?? []);
  }

  get #sampleBits(): number {
    return sampleBitsFor(this.#plan.routes);
  }
}

/** The table that a step is to end with, as far as a watcher of so many bits sees it. */
type Wanted = (sampleBits: number) => Table;

function wantedBy(layout: Layout | undefined, beside: Beside): Wanted {
  return (sampleBits) => wantedTable(layout, beside, sampleBits);
}

function probe(): Uint8Array {
  return Buffer.concat([...announcement(gatewayAt(0), [PROBE]), END_OF_RIB]);
}
