/**
 * Answers what a configuration would change, a slice at a time, so that the routing goes on meanwhile.
 * The door: the clock. One plan at a time: each has a speaker of its own.
 */

import type { Candidate, DatastoreLook, Planned } from "../../control/look.ts";
import { dryRun } from "../../speaker/dry-run/dry-run.ts";
import type { Slices } from "../../speaker/slices.ts";
import type { SpeakerInternals } from "../../speaker/dry-run/speaker-internals.ts";
import { readingConfigOf } from "../config/file.ts";
import { ConfigFileError } from "../config/file-error.ts";
import { type DaemonConfig, sectionsNeedingRestart } from "../config/config.ts";
import { nowMs } from "../loop/event-loop.ts";

const SLICE_MS = 5; // then the sockets and the event loop have their turn

export interface PlanningPorts {
  internals(): SpeakerInternals;
  /** As it was at the start, and as it is now. */
  configs(): { readonly begun: DaemonConfig; readonly current: DaemonConfig };
  readonly datastore: DatastoreLook | undefined;
}

export class Planning {
  readonly #ports: PlanningPorts;
  #busy = false;

  constructor(ports: PlanningPorts) {
    this.#ports = ports;
  }

  async plan({ document, file }: Candidate): Promise<Planned> {
    if (this.#ports.datastore) return { kind: "refused", reason: "the configuration is what the cluster's datastore says: no file can be compared with it" };
    if (this.#busy) return { kind: "refused", reason: "another plan is being made: one at a time" };
    this.#busy = true;
    try {
      return await this.#plan(await inSlices(readingConfigOf(file, document)));
    } catch (error) {
      if (error instanceof ConfigFileError) return { kind: "refused", reason: error.message };
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async #plan(candidate: DaemonConfig): Promise<Planned> {
    const { begun, current } = this.#ports.configs();
    const plan = await inSlices(dryRun(this.#ports.internals(), candidate.speaker, nowMs()));
    if (!plan) return { kind: "refused", reason: "there is no configuration yet to compare with" };
    const listening = JSON.stringify(candidate.listen) === JSON.stringify(current.listen) ? "the-same" : "otherwise";
    return { kind: "planned", plan, doors: { restartNeeded: sectionsNeedingRestart(begun, candidate), listening } };
  }
}

async function inSlices<Result>(work: Slices<Result>): Promise<Result> {
  for (;;) {
    const untilMs = nowMs() + SLICE_MS;
    do {
      const { done, value } = work.next();
      if (done) return value;
    } while (nowMs() < untilMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
