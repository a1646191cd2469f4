/**
 * Alarms: the timer wheel with jitter; a timer that waits for a peer is checked twice before it expires.
 * Pure: clock and random numbers are handed in.
 *
 * When this process was busy for seconds, a peer's KEEPALIVE may lie unread in a socket while its hold timer is over.
 * Such a timer is told only after the sockets were read once more and everything that had arrived was absorbed; if that
 * re-armed it, it had not expired.
 *
 *   over ──► next turn (sockets were read): note how much is queued ──► all of it absorbed ──► told
 */

import type { Delay } from "../../bgp/session/vocabulary.ts";
import type { TimerKey } from "../../speaker/vocabulary.ts";
import { TimerWheel } from "./timer-wheel.ts";

/** How far the loop is; all three only grow. */
export interface Progress {
  readonly turn: number;
  readonly posted: number;
  readonly absorbed: number;
}

type Suspicion =
  | { readonly kind: "over"; readonly key: TimerKey; readonly turn: number }
  | { readonly kind: "sockets-read"; readonly key: TimerKey; readonly posted: number };

export class Alarms {
  readonly #wheel: TimerWheel<TimerKey>;
  readonly #random: () => number;
  readonly #suspects = new Map<string, Suspicion>();

  constructor(nowMs: number, random: () => number) {
    this.#wheel = new TimerWheel(nowMs, timerName);
    this.#random = random;
  }

  /** Evenly between ms × (1 - jitter) and ms (RFC 4271 §10). */
  arm(key: TimerKey, delay: Delay, nowMs: number): void {
    this.#suspects.delete(timerName(key));
    this.#wheel.arm(key, nowMs + delay.ms * (1 - delay.jitter * this.#random()));
  }

  disarm(key: TimerKey): void {
    this.#suspects.delete(timerName(key));
    this.#wheel.disarm(key);
  }

  /** When it is over; undefined: it is not armed, or over already. */
  dueAtMs(key: TimerKey): number | undefined {
    return this.#wheel.dueAtMs(key);
  }

  /** The timers to tell the speaker about in this turn. */
  expired(nowMs: number, progress: Progress): readonly TimerKey[] {
    const over = this.#wheel.due(nowMs);
    if (over.length === 0 && this.#suspects.size === 0) return [];
    const confirmed = this.#secondLook(progress);
    for (const key of over) if (waitsForPeer(key)) this.#suspects.set(timerName(key), { kind: "over", key, turn: progress.turn });
    return [...over.filter((key) => !waitsForPeer(key)), ...confirmed];
  }

  /** When to look again at the earliest; undefined: nothing is armed. */
  nextAtMs(nowMs: number): number | undefined {
    return this.#suspects.size > 0 ? nowMs : this.#wheel.nextAtMs();
  }

  #secondLook(progress: Progress): readonly TimerKey[] {
    const confirmed: TimerKey[] = [];
    for (const [name, suspicion] of this.#suspects) {
      if (suspicion.kind === "over") {
        if (progress.turn > suspicion.turn) this.#suspects.set(name, { kind: "sockets-read", key: suspicion.key, posted: progress.posted });
      } else if (progress.absorbed >= suspicion.posted) {
        this.#suspects.delete(name);
        confirmed.push(suspicion.key);
      }
    }
    return confirmed;
  }
}

/** Two keys of one name are one timer. */
export function timerName(key: TimerKey): string {
  switch (key.kind) {
    case "peer":
      return `peer ${key.peer} ${key.timer}`;
    case "link":
      return `link ${key.link} ${key.timer}`;
    case "held-peer":
      return `held-peer ${key.peer}`;
    case "kept":
    case "refresh-round":
      return `${key.kind} ${key.peer} ${key.family}`;
    case "speaker":
      return `speaker ${key.timer}`;
  }
}

/** Our own KEEPALIVE waits for nobody. */
function waitsForPeer(key: TimerKey): boolean {
  return key.kind === "link" && key.timer !== "keepalive";
}
