/**
 * Encodes the snapshots of groups in idle time, so that the next peer to join does not wait for it.
 * Pure.
 *
 *   routes changed ── a second ──► a slice ── a tick ──► a slice ── ... ──► ready, until the log has outgrown it
 *                        ▲ busy ──────┘
 */

import type { Actions } from "../actions.ts";
import type { Outbound } from "./outbound.ts";

const CALM_MS = 1_000; // in which little may change
const BETWEEN_SLICES_MS = 20;

export class Preparation {
  readonly #outbound: Outbound;
  readonly #actions: Actions;
  #isArmed = false;

  constructor(outbound: Outbound, actions: Actions) {
    this.#outbound = outbound;
    this.#actions = actions;
  }

  /** Routes may have changed, or somebody may have joined. */
  consider(): void {
    if (!this.#isArmed && this.#outbound.isUnprepared) this.#arm(CALM_MS);
  }

  /** The time is over for which we waited. */
  proceed(): void {
    this.#isArmed = false;
    const outcome = this.#outbound.prepare();
    if (outcome !== "done") this.#arm(outcome === "busy" ? CALM_MS : BETWEEN_SLICES_MS);
  }

  #arm(ms: number): void {
    this.#isArmed = true;
    this.#actions.add({ kind: "arm", key: { kind: "speaker", timer: "preparation" }, ms, jitter: 0 });
  }
}
