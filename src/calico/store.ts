/**
 * The datastore, followed for as long as the process lives: links come and go, the replica stays.
 * The door: timers; etcd itself is behind etcd-link.ts. Changes are handed on in batches: a moment of quiet ends one, and so
 * does a longest wait, so that a storm of changes is neither compiled one by one nor put off for ever.
 */

import type { DatastoreFact } from "./datastore-facts.ts";
import { AnotherDatastore, type EtcdAccess, EtcdLink, type LinkTimes } from "./etcd-link.ts";
import { type Changes, Replica } from "./replica.ts";

export interface StoreTimes extends LinkTimes {
  /** Between two links; it doubles from the first to the last. */
  readonly retryFirstMs: number;
  readonly retryLastMs: number;
  /** Without a change, after which a batch is whole, */
  readonly quietMs: number;
  /** and since its first change, after which it is whole all the same. */
  readonly gatherMs: number;
}

export const STORE_TIMES: StoreTimes = {
  requestMs: 10_000,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  retryFirstMs: 500,
  retryLastMs: 10_000,
  quietMs: 50,
  gatherMs: 500,
};

export interface StoreOptions {
  readonly prefixes: readonly string[];
  readonly times: StoreTimes;
  /** For the log. */
  readonly servers: string;
  /** Asked for every link. */
  access(): Promise<EtcdAccess>;
}

export interface StoreHooks {
  /** What is different now; the first time, everything there is. Never before every prefix has been listed. */
  changed(changes: Changes): void;
  report(fact: DatastoreFact): void;
}

/** "following": every change is told to us. */
export type StoreState = { readonly kind: "connecting" | "following"; readonly sinceMs: number } | { readonly kind: "lost"; readonly sinceMs: number; readonly reason: string };

export class Store {
  readonly #options: StoreOptions;
  readonly #hooks: StoreHooks;
  readonly #replica: Replica;
  #link: EtcdLink | undefined;
  #retryMs: number;
  #retry: NodeJS.Timeout | undefined;
  #batch: { readonly endsMs: number; timer: NodeJS.Timeout } | undefined;
  #state: StoreState = { kind: "connecting", sinceMs: performance.now() };
  #isToldComplete = false;
  #isClosed = false;

  constructor(options: StoreOptions, hooks: StoreHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#replica = new Replica(options.prefixes);
    this.#retryMs = options.times.retryFirstMs;
  }

  start(): void {
    void this.#live();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#batch?.timer);
    this.#link?.close();
  }

  get state(): StoreState {
    return this.#state;
  }

  /** Keys that stand in the datastore, as far as we know. */
  get keys(): number {
    return this.#replica.size;
  }

  /** One link from its beginning to its end, and then the next. */
  async #live(): Promise<void> {
    const startMs = performance.now();
    try {
      const access = await this.#options.access();
      if (this.#isClosed) return;
      this.#link = new EtcdLink(access, this.#options.times, {
        recognise: (cluster, revision) => this.#recognise(cluster, revision),
        listed: (prefix, found, revision) => this.#listed(prefix, found, revision),
        told: (prefix, changes, revision) => {
          this.#replica.told(prefix, changes, revision);
          this.#gather();
        },
        compacted: (prefix) => this.#mustList(prefix, "compacted"),
        following: () => this.#following(startMs),
      });
      await this.#link.follow(this.#replica.places());
    } catch (error) {
      this.#lost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #lost(error: Error): void {
    this.#link?.close();
    this.#link = undefined;
    if (this.#isClosed) return;
    const retryMs = error instanceof AnotherDatastore ? 0 : Math.round(this.#retryMs * (0.75 + Math.random() / 2)); // a thousand nodes lose etcd at the same moment
    this.#retryMs = Math.min(this.#options.times.retryLastMs, this.#retryMs * 2);
    const reason = explainEtcd(error);
    if (this.#state.kind !== "lost") this.#state = { kind: "lost", sinceMs: performance.now(), reason };
    this.#hooks.report({ kind: "datastore-lost", reason, retryMs });
    this.#retry = setTimeout(() => void this.#live(), retryMs);
  }

  #following(startMs: number): void {
    this.#retryMs = this.#options.times.retryFirstMs;
    this.#state = { kind: "following", sinceMs: performance.now() };
    this.#hooks.report({ kind: "datastore-followed", servers: this.#options.servers, keys: this.#replica.size, ms: Math.round(performance.now() - startMs) });
  }

  #recognise(cluster: string, revision: number): "same" | "another" {
    return this.#replica.recognise(cluster, revision);
  }

  #mustList(prefix: string, because: "compacted"): void {
    this.#replica.mustList(prefix);
    this.#hooks.report({ kind: "datastore-listed-again", prefix, because });
  }

  #listed(prefix: string, found: ReadonlyMap<string, string>, revision: number): void {
    const missed = this.#replica.listed(prefix, found, revision);
    if (missed > 0) this.#hooks.report({ kind: "datastore-missed", prefix, keys: missed });
    this.#gather();
  }

  /** Every change begins a moment of quiet; the longest wait runs from the first. */
  #gather(): void {
    if (!this.#replica.isComplete || (this.#isToldComplete && !this.#replica.hasChanges)) return;
    const nowMs = performance.now();
    const { quietMs, gatherMs } = this.#options.times;
    if (this.#batch) clearTimeout(this.#batch.timer);
    const endsMs = this.#batch?.endsMs ?? nowMs + gatherMs;
    this.#batch = { endsMs, timer: setTimeout(() => this.#deliver(), Math.max(0, Math.min(quietMs, endsMs - nowMs))) };
  }

  #deliver(): void {
    this.#batch = undefined;
    this.#isToldComplete = true;
    this.#hooks.changed(this.#replica.takeChanges());
  }
}

/** gRPC's errors begin with a number and end with what was sent; the middle is for people. */
function explainEtcd(error: Error): string {
  return error.message.replace(/^\d+ [A-Z_]+: /, "").replace(/\s+/g, " ").slice(0, 200);
}
