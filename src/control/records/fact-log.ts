/**
 * Facts as they were logged, for whoever looks: the last ones for those who watch, and those worth keeping for the timeline.
 * Pure. Both lists are bounded; readers have places in them and no queue of their own.
 */

import type { Prefix } from "../../ip/prefix.ts";
import type { ChangeRing } from "../../history/change-ring.ts";
import type { RouteOrigin } from "../../speaker/view.ts";
import { RecentList } from "./recent-list.ts";

const LIVE = 1024; // between two looks of somebody who watches
const KEPT = 4096; // of some hundred octets each

/** A line of the log, and whom or what it is about. */
export interface ToldFact {
  readonly atMs: number;
  /** What it is about: a topic of the log. */
  readonly topic: string;
  /** Which fact: "peer-down", "conflict". */
  readonly fact: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly peer: string | undefined;
  readonly prefix: Prefix | undefined;
  readonly text: string;
  readonly fields: object;
  /** More than one where the log told the last of many like it. */
  readonly times: number;
}

/** What happened lately: to best paths, and otherwise. */
export interface HistoryLook {
  /** undefined: it is switched off. */
  readonly routes: ChangeRing<RouteOrigin> | undefined;
  readonly facts: FactLog;
}

export class FactLog {
  readonly live = new RecentList<ToldFact>(LIVE);
  readonly #kept = new RecentList<ToldFact>(KEPT);
  readonly #maxAgeMs: number;
  #reachMs: number;

  /** `maxAgeMs` 0: nothing is kept. */
  constructor(maxAgeMs: number, nowMs: number) {
    this.#maxAgeMs = maxAgeMs;
    this.#reachMs = Math.floor(nowMs);
  }

  note(fact: ToldFact, worth: "keeping" | "a look"): void {
    this.live.push(fact);
    if (worth === "a look" || this.#maxAgeMs === 0) return;
    this.#forgetOld(fact.atMs);
    if (this.#kept.end - this.#kept.first === KEPT) this.#reachMs = this.#kept.dropFirst().atMs;
    this.#kept.push(fact);
  }

  /** Everything worth keeping that was told after that is here. */
  reachMs(nowMs: number): number {
    return Math.max(this.#reachMs, Math.floor(nowMs) - this.#maxAgeMs);
  }

  /** What was kept since then, in its order. */
  *since(atMs: number): Generator<ToldFact> {
    for (let place = this.#kept.first; place < this.#kept.end; place++) {
      const fact = this.#kept.at(place);
      if (fact.atMs >= atMs) yield fact;
    }
  }

  #forgetOld(nowMs: number): void {
    while (this.#kept.first < this.#kept.end && this.#kept.at(this.#kept.first).atMs < nowMs - this.#maxAgeMs) this.#reachMs = this.#kept.dropFirst().atMs;
  }
}
