/**
 * How far the speaker is with what it absorbed: counters for whoever measures convergence (daemon/loop/stopwatch.ts).
 * Pure.
 */

import type { Rib } from "../../bgp/rib/rib.ts";
import type { Outbound } from "../outbound/outbound.ts";
import type { Sessions } from "../sessions/sessions.ts";

export class Progress {
  readonly #sessions: Sessions;
  readonly #rib: Rib;
  readonly #outbound: Outbound;

  constructor(sessions: Sessions, rib: Rib, outbound: Outbound) {
    this.#sessions = sessions;
    this.#rib = rib;
    this.#outbound = outbound;
  }

  /** UPDATEs about routes that sessions have delivered so far; marks of the end of a table are none. */
  get updates(): number {
    return this.#sessions.updates;
  }

  /** Prefixes that something was heard about and that are not decided. */
  get undecided(): number {
    return this.#rib.undecided;
  }

  /** Another number than before: groups have frames that they had not. */
  get frames(): number {
    return this.#outbound.frames;
  }
}
