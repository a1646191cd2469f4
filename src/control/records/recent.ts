/**
 * What recently went wrong with each peer: a reader of the same facts that are logged.
 * Pure. Holds one entry per peer that is not up, so it is bounded by the configuration and the limits of its ranges.
 */

import type { PeerName } from "../../speaker/config/config.ts";
import type { Fact } from "../../speaker/vocabulary.ts";
import type { Failure } from "../text/reasons.ts";

export interface RecentFailure {
  readonly atMs: number;
  readonly failure: Failure;
}

export class RecentFailures {
  readonly #failures = new Map<PeerName, RecentFailure>();

  /** Failures since the session was last up; undefined: none. */
  of(peer: PeerName): RecentFailure | undefined {
    return this.#failures.get(peer);
  }

  note(fact: Fact, atMs: number): void {
    switch (fact.kind) {
      case "dial-failed":
        this.#failures.set(fact.peer, { atMs, failure: { kind: "dial", reason: fact.reason } });
        return;
      case "peer-down":
        this.#failures.set(fact.peer, { atMs, failure: fact.reason });
        return;
      case "peer-up":
      case "range-peer-left":
        this.#failures.delete(fact.peer);
        return;
      case "configured":
        for (const change of fact.changes) if (change.kind === "remove-peer") this.#failures.delete(change.peer);
        return;
      default:
        return;
    }
  }
}
