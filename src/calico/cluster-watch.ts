/**
 * The cluster as one node sees it: what stands in the datastore becomes configurations, one after the other, each of them one
 * that may be run. What cannot be run, or would be a loss, is held back, and the last good configuration stays: while the
 * datastore is away, empty or wrong, and after a restart, too.
 * The door: the clock.
 *
 *   store ──► resources ──► compile ──► guard ──► apply, and keep on disk
 *                                         └─────► held: the last good one stays until accept()
 */

import type { DatastoreFact } from "./datastore-facts.ts";
import type { LastGood, LastGoodFile } from "./last-good-file.ts";
import { LastGoodKeeper } from "./last-good-keeper.ts";
import { type GuardSettings, LossGuard, inventoryOf } from "./loss-guard.ts";
import type { Changes } from "./replica.ts";
import { ResourceTable } from "./resource-table.ts";
import type { Complaint, Resources } from "./resources.ts";
import type { StoreHooks, StoreState } from "./store.ts";
import type { Compiled, CompiledConfig } from "./vocabulary.ts";

export interface ClusterSettings {
  readonly nodeName: string;
  /** For people. */
  readonly servers: string;
  readonly guard: GuardSettings;
  /** How long a start waits for the datastore before it goes on with the last good configuration. */
  readonly patienceMs: number;
}

export interface ClusterPorts {
  compile(resources: Resources): Compiled;
  /** Must not call back before it is started. */
  openStore(hooks: StoreHooks): FollowedStore;
  readonly file: LastGoodFile;
  /** This is what shall run. */
  apply(config: CompiledConfig): void;
  report(fact: DatastoreFact): void;
}

/** The part of Store that is used. */
export interface FollowedStore {
  readonly state: StoreState;
  readonly keys: number;
  start(): void;
  close(): void;
}

/** What was compiled, and from what. */
interface Candidate {
  readonly compiled: Compiled;
  readonly resources: Resources;
}

export interface Held {
  readonly reasons: readonly string[];
  readonly sinceMs: number;
}

export interface ClusterView {
  readonly servers: string;
  readonly store: StoreState;
  readonly keys: number;
  /** Where the running configuration comes from; undefined: there is none yet. */
  readonly running: "datastore" | "last-good" | undefined;
  readonly appliedAtMs: number | undefined;
  readonly held: Held | undefined;
  readonly complaints: readonly Complaint[];
}

const NOTHING_HELD = "nothing is held back";

export class ClusterWatch {
  readonly #settings: ClusterSettings;
  readonly #ports: ClusterPorts;
  readonly #store: FollowedStore;
  readonly #keeper: LastGoodKeeper;
  readonly #guard: LossGuard;
  readonly #table = new ResourceTable();
  #lastGood: LastGood | undefined;
  #patience: NodeJS.Timeout | undefined;
  #candidate: Candidate | undefined;
  #running: ClusterView["running"];
  #appliedAtMs: number | undefined;
  #held: Held | undefined;
  #complaints: readonly Complaint[] = [];
  #awaited = "";

  constructor(settings: ClusterSettings, ports: ClusterPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#guard = new LossGuard(settings.guard);
    this.#keeper = new LastGoodKeeper(ports.file, (fact) => ports.report(fact));
    this.#store = ports.openStore({ changed: (changes) => this.#changed(changes), report: (fact) => ports.report(fact) });
  }

  async start(): Promise<void> {
    const read = await this.#ports.file.read();
    if (read.kind === "unfit") this.#ports.report({ kind: "last-good-unfit", file: this.#ports.file.path, reason: read.reason });
    if (read.kind === "found") this.#lastGood = read.lastGood;
    this.#patience = setTimeout(() => this.#fallBack(this.#lastGood), this.#settings.patienceMs);
    this.#store.start();
  }

  /** Something that resources only refer to (a password) may be another one now. */
  reconsider(): void {
    if (this.#candidate) this.#consider();
  }

  /** What is held back shall be; undefined: it is. Otherwise why not. */
  accept(): string | undefined {
    if (!this.#held || !this.#candidate) return NOTHING_HELD;
    const { compiled, resources } = this.#candidate;
    if (compiled.kind === "incomplete") return `there is nothing to run: ${compiled.reason}`;
    this.#guard.accepted(inventoryOf(compiled, resources, this.#settings.nodeName), performance.now());
    this.#ports.report({ kind: "change-accepted", reasons: this.#held.reasons });
    this.#run(compiled, resources);
    return undefined;
  }

  view(): ClusterView {
    return {
      servers: this.#settings.servers,
      store: this.#store.state,
      keys: this.#store.keys,
      running: this.#running,
      appliedAtMs: this.#appliedAtMs,
      held: this.#held,
      complaints: this.#complaints,
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#patience);
    this.#store.close();
    await this.#keeper.close();
  }

  #changed(changes: Changes): void {
    let isNew = this.#candidate === undefined;
    for (const [key, value] of changes) if (this.#table.put(key, value) === "changed") isNew = true;
    if (isNew) this.#consider();
  }

  #consider(): void {
    const resources = this.#table.resources();
    const compiled = this.#ports.compile(resources);
    this.#candidate = { compiled, resources };
    this.#complain([...this.#table.complaints(), ...compiled.complaints]);
    if (this.#running === undefined) this.#remember(compiled);
    if (compiled.kind === "incomplete") return this.#running ? this.#hold([compiled.reason]) : this.#await(compiled.reason);
    const losses = this.#guard.judge(inventoryOf(compiled, resources, this.#settings.nodeName), performance.now());
    if (losses.length > 0) this.#hold(losses);
    else this.#run(compiled, resources);
  }

  /**
   * The first that the datastore says is measured by what was there before this life of ours. After a longer absence the
   * cluster may be another one; then only a datastore from which nothing can be run is not believed.
   */
  #remember(compiled: Compiled): void {
    const isRecent = this.#lastGood !== undefined && this.#lastGood.ageMs <= this.#settings.guard.windowMs;
    const known = this.#lastGood && (isRecent || compiled.kind === "incomplete") ? this.#compileLastGood(this.#lastGood) : undefined;
    if (!known) return;
    this.#guard.applied(inventoryOf(known.config, known.resources, this.#settings.nodeName), performance.now());
    const isLoss = compiled.kind === "incomplete" || this.#guard.judge(inventoryOf(compiled, this.#table.resources(), this.#settings.nodeName), performance.now()).length > 0;
    if (isLoss) this.#fallBack(this.#lastGood);
  }

  #run(config: Extract<Compiled, { readonly kind: "compiled" }>, resources: Resources): void {
    this.#adopt("datastore", config, resources);
    this.#held = undefined;
    this.#keeper.keep(new Map(this.#table.entries()));
  }

  #adopt(from: "datastore" | "last-good", config: CompiledConfig, resources: Resources): void {
    clearTimeout(this.#patience);
    this.#guard.applied(inventoryOf(config, resources, this.#settings.nodeName), performance.now());
    this.#running = from;
    this.#appliedAtMs = performance.now();
    this.#ports.apply(config);
  }

  #hold(reasons: readonly string[]): void {
    const isKnown = this.#held?.reasons.join() === reasons.join();
    this.#held = { reasons, sinceMs: this.#held?.sinceMs ?? performance.now() };
    if (!isKnown) this.#ports.report({ kind: "change-held", reasons });
  }

  #await(reason: string): void {
    if (reason === this.#awaited) return;
    this.#awaited = reason;
    this.#ports.report({ kind: "configuration-awaited", reason });
  }

  /** Nothing better has come in time. */
  #fallBack(lastGood: LastGood | undefined): void {
    if (this.#running !== undefined) return;
    const known = lastGood && this.#compileLastGood(lastGood);
    if (!lastGood || !known) return this.#await(this.#store.state.kind === "lost" ? `the datastore does not answer: ${this.#store.state.reason}` : "the datastore has not answered yet");
    this.#ports.report({ kind: "last-good-used", file: this.#ports.file.path, ageMs: Math.round(lastGood.ageMs) });
    this.#adopt("last-good", known.config, known.resources);
    this.#keeper.keep(lastGood.entries);
  }

  #compileLastGood({ entries }: LastGood): { readonly config: CompiledConfig; readonly resources: Resources } | undefined {
    const table = new ResourceTable();
    for (const [key, value] of entries) table.put(key, value);
    const resources = table.resources();
    const compiled = this.#ports.compile(resources);
    return compiled.kind === "compiled" ? { config: compiled, resources } : undefined;
  }

  #complain(complaints: readonly Complaint[]): void {
    const known = new Set(this.#complaints.map(textOf));
    for (const complaint of complaints) if (!known.has(textOf(complaint))) this.#ports.report({ kind: "resource-ignored", ...complaint });
    this.#complaints = complaints;
  }
}

function textOf({ key, reason }: Complaint): string {
  return `${key}: ${reason}`;
}
