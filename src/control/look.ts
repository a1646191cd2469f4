/**
 * What an answer is made from, and what it is.
 * Pure.
 */

import type { IpAddress } from "../ip/address.ts";
import type { ClusterView } from "../calico/cluster-watch.ts";
import type { BfdView } from "../bfd/session-table.ts";
import type { SpeakerView } from "../speaker/view.ts";
import type { Absence, PeerOrder, TimerKey } from "../speaker/vocabulary.ts";
import type { KernelLook } from "../fib/kernel-view.ts";
import type { PeerName } from "../speaker/config/config.ts";
import type { Plan } from "../speaker/dry-run/plan.ts";
import type { DoorView } from "./records/door-counts.ts";
import type { LogLook } from "./answers/log-levels.ts";
import type { ConvergenceTimes } from "./records/convergence-times.ts";
import type { StationView } from "./answers/station.ts";
import type { HistoryLook } from "./records/fact-log.ts";
import type { FibView } from "./answers/fib.ts";
import type { Histogram } from "./records/histogram.ts";
import type { RecentFailures } from "./records/recent.ts";

/** Everything a question may look at, and what may be ordered. */
export interface Look {
  readonly speaker: SpeakerView;
  readonly failures: RecentFailures;
  readonly convergence: ConvergenceTimes;
  readonly timers: TimerLook;
  /** undefined: this process keeps no kernel routes. */
  readonly fib: FibView | undefined;
  /** undefined: as with `fib`. */
  readonly kernel: KernelLook | undefined;
  readonly bfd: BfdLook;
  /** Monitoring stations, in the order of the configuration. */
  readonly bmp: readonly StationView[];
  /** undefined: the configuration is a file. */
  readonly datastore: DatastoreLook | undefined;
  readonly history: HistoryLook;
  /** Through which one looks in. */
  readonly doors: readonly DoorView[];
  readonly log: LogLook;
  readonly orders: Orders;
  /** Octets of the process. */
  readonly memory: { readonly resident: number; readonly heap: number; readonly buffers: number };
  /** Processor time of the process, so far. */
  readonly cpuSec: number;
  /** How late the event loop was. */
  readonly loopDelay: Histogram;
  readonly version: string;
  readonly platform: { readonly node: string; readonly arch: string };
  readonly clock: Clock;
}

export interface TimerLook {
  /** When it is over; undefined: it is not armed. */
  dueAtMs(key: TimerKey): number | undefined;
}

export interface Orders {
  /** Ends the process; returns before it does. */
  end(until: Absence): void;
  /** Carried out in the next turn. */
  administer(peer: PeerName, order: PeerOrder): void;
  /** Reads the configuration again, to live by it or only to check it; what is wrong with it, a line each. */
  reread(why: "apply" | "check"): Promise<Reread>;
  /** What that configuration would change; nothing is changed. */
  plan(candidate: Candidate): Promise<Planned>;
}

/** A configuration that somebody thinks of. */
export interface Candidate {
  /** As JSON has it. */
  readonly document: unknown;
  /** Where it stands: files that it names are looked for beside it. */
  readonly file: string;
}

export type Planned =
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "planned"; readonly plan: Plan; readonly doors: Doors };

/** What a reload does not change, or changes beside the speaker. */
export interface Doors {
  /** Sections that only a restart changes. */
  readonly restartNeeded: readonly string[];
  readonly listening: "otherwise" | "the-same";
}

export interface Reread {
  /** Where the configuration stands. */
  readonly source: string;
  readonly faults: readonly string[];
  /** Sections that changed, and that only a restart applies. */
  readonly restartNeeded: readonly string[];
}

/** The cluster that a datastore describes, and the one thing that may be ordered about it. */
export interface DatastoreLook {
  view(): ClusterView;
  /** What is held back shall be; undefined: it is. Otherwise why not. */
  accept(): string | undefined;
}

export interface BfdLook {
  /** undefined: that neighbor is not watched. */
  view(neighbor: IpAddress): BfdView | undefined;
  /** Discarded packets from addresses that nobody watches. */
  readonly unknownPackets: number;
}

/** The same moment on two clocks: the speaker's monotonic one, and the one on the wall. */
export interface Clock {
  readonly nowMs: number;
  readonly wallMs: number;
}

/** Made as they are read; undefined in between: others may have their turn. */
export type Rows = Iterable<object | undefined>;

/** One value, a list that may be long, or why not. */
export type PromptAnswer =
  | { readonly kind: "value"; readonly value: object }
  /** A value that may be some work: undefined before it, as among rows. */
  | { readonly kind: "steps"; readonly steps: Generator<undefined, object> }
  | { readonly kind: "rows"; readonly rows: Rows }
  | { readonly kind: "refused"; readonly reason: string };

export type Answer =
  | PromptAnswer
  | { readonly kind: "later"; readonly answer: Promise<PromptAnswer> }
  /** Without an end: rows as they come, for as long as somebody takes them. */
  | { readonly kind: "live"; readonly rows: LiveRows };

/** Asked again and again by whoever serves the reader, never more often than the reader reads: it keeps nothing for it. */
export interface LiveRows {
  /** What is new, a bounded number; the look is one of this moment. */
  take(look: Look): readonly object[];
}

/** A point on the speaker's clock in ISO 8601, UTC. */
export function wallTime(atMs: number, clock: Clock): string {
  return new Date(clock.wallMs - (clock.nowMs - atMs)).toISOString();
}
