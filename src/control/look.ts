/**
 * What an answer is made from, and what it is.
 * Pure.
 */

import type { IpAddress } from "../ip/address.ts";
import type { BfdView } from "../bfd/session-table.ts";
import type { SpeakerView } from "../speaker/view.ts";
import type { Absence } from "../speaker/vocabulary.ts";
import type { FibView } from "./fib-answer.ts";
import type { RecentFailures } from "./recent.ts";

/** Everything a question may look at, and the one thing that may be ordered. */
export interface Look {
  readonly speaker: SpeakerView;
  readonly failures: RecentFailures;
  /** undefined: this process keeps no kernel routes. */
  readonly fib: FibView | undefined;
  readonly bfd: BfdLook;
  /** Ends the process; returns before it does. */
  order(until: Absence): void;
  readonly version: string;
  readonly clock: Clock;
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

/** One value, a list that may be long, or why not. */
export type Answer =
  | { readonly kind: "value"; readonly value: object }
  | { readonly kind: "rows"; readonly rows: Iterable<object> }
  | { readonly kind: "refused"; readonly reason: string };

/** A point on the speaker's clock in ISO 8601, UTC. */
export function wallTime(atMs: number, clock: Clock): string {
  return new Date(clock.wallMs - (clock.nowMs - atMs)).toISOString();
}
