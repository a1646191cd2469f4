/**
 * EventLoop: the one queue, and the only place where the order of things is decided.
 * The doors: the clock, setImmediate and setTimeout.
 * A turn is: timers that expired, events absorbed for at most ABSORB_MS, one flush, its actions, bytes for the sockets.
 *
 *   post(event) ──► queue ──► absorb × n ──► flush once ──► for each action: socket | timer | fib | log
 *                    ▲                                                      │
 *      sockets, timers, configuration, kernel ◄─────────────────────────────┘   (results come back as events)
 *
 * Routes are told at a pace of their own (pace.ts); sessions and timers are served in every turn.
 * Between two turns Node serves its sockets, so that keepalives and the control socket stay prompt however much is queued.
 */

import { performance } from "node:perf_hooks";
import type { Delay } from "../../bgp/session/vocabulary.ts";
import type { RoutesDue, SpeakerAction, SpeakerEvent, TimerKey } from "../../speaker/vocabulary.ts";
import { Alarms } from "./alarms.ts";
import { Pace } from "./pace.ts";

const ABSORB_MS = 10; // one turn delays a keepalive or an operator's question by no more than it takes to notice; in shorter ones slow start (fib/slow-start.ts) ends too early

/** The three verbs, as far as the loop speaks them. */
export interface Absorber {
  absorb(event: SpeakerEvent, nowMs: number): void;
  flush(nowMs: number, routes: RoutesDue): readonly SpeakerAction[];
}

/** Timers and turns are the loop's own business; everything else is performed elsewhere. */
export type OutwardAction = Exclude<SpeakerAction, { readonly kind: "arm" | "disarm" | "unfinished" }>;

export interface LoopPorts {
  readonly speaker: Absorber;
  /** `atMs`: of the flush that asked for it. */
  perform(action: OutwardAction, atMs: number): void;
  /** The speaker has taken this event: what it occupied is free again. */
  absorbed(event: SpeakerEvent): void;
  /** Moves bytes from the speaker into the sockets, for a bounded time. */
  pump(): "done" | "more";
  /** Our own mistake: the process cannot go on. */
  crashed(error: unknown): void;
}

/** Monotonic milliseconds: the clock on which every point in time of the speaker lies. */
export function nowMs(): number {
  return performance.now();
}

export class EventLoop {
  readonly #ports: LoopPorts;
  readonly #alarms = new Alarms(nowMs(), Math.random);
  readonly #pace = new Pace();
  #queue: SpeakerEvent[] = [];
  /** The queue's first event that is not absorbed. */
  #head = 0;
  #progress = { turn: 0, posted: 0, absorbed: 0 };
  #turn: NodeJS.Immediate | undefined;
  #sleep: { readonly timeout: NodeJS.Timeout; readonly untilMs: number } | undefined;
  #state: "waiting" | "running" | "stopped" = "waiting";

  constructor(ports: LoopPorts) {
    this.#ports = ports;
  }

  /** Events that wait. */
  get backlog(): number {
    return this.#queue.length - this.#head;
  }

  /** When that timer is over; undefined: it is not armed. */
  dueAtMs(key: TimerKey): number | undefined {
    return this.#alarms.dueAtMs(key);
  }

  get running(): boolean {
    return this.#state === "running";
  }

  post(event: SpeakerEvent): void {
    this.#queue.push(event);
    this.#progress.posted++;
    this.wake();
  }

  /** From now on there are turns; what was posted before comes first, in its order. */
  start(): void {
    if (this.#state === "waiting") this.#state = "running";
    this.wake();
  }

  /** Asks for a turn: there is an event, or a socket that can take bytes. */
  wake(): void {
    if (this.#state !== "running" || this.#turn) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#guardedTurn();
    });
  }

  /** No further turn. */
  stop(): void {
    this.#state = "stopped";
    clearImmediate(this.#turn);
    clearTimeout(this.#sleep?.timeout);
  }

  #guardedTurn(): void {
    try {
      this.#runTurn();
    } catch (error) {
      this.stop();
      this.#ports.crashed(error);
    }
  }

  #runTurn(): void {
    const startMs = nowMs();
    this.#progress.turn++;
    for (const key of this.#alarms.expired(startMs, this.#progress)) this.#ports.speaker.absorb({ kind: "timer", key }, startMs);
    this.#absorbUntil(startMs + ABSORB_MS);
    const flushMs = nowMs();
    const routes: RoutesDue = this.#pace.isDue(flushMs) ? "now" : "later";
    for (const action of this.#ports.speaker.flush(flushMs, routes)) this.#perform(action, flushMs);
    const sockets = this.#ports.pump();
    const endMs = nowMs();
    if (routes === "now") this.#pace.told(flushMs, endMs);
    if (this.backlog > 0 || sockets === "more") this.wake();
    this.#sleepUntil(earlier(this.#alarms.nextAtMs(endMs), routes === "later" ? this.#pace.dueMs : undefined), endMs);
  }

  #absorbUntil(deadlineMs: number): void {
    for (let atMs = nowMs(); this.#head < this.#queue.length && atMs < deadlineMs; atMs = nowMs()) {
      const event = this.#queue[this.#head++] as SpeakerEvent;
      this.#ports.speaker.absorb(event, atMs);
      this.#ports.absorbed(event);
      if (event.kind === "accepted" || event.kind === "dialled") this.#pace.called();
      this.#progress.absorbed++;
    }
    if (this.#head === this.#queue.length) this.#queue.length = 0;
    else if (this.#head > 1024) this.#queue = this.#queue.slice(this.#head);
    else return;
    this.#head = 0;
  }

  #perform(action: SpeakerAction, atMs: number): void {
    switch (action.kind) {
      case "arm":
        return this.#arm(action.key, action, atMs);
      case "disarm":
        return this.#alarms.disarm(action.key);
      case "unfinished":
        this.#pace.unfinished();
        return this.wake();
      default:
        return this.#ports.perform(action, atMs);
    }
  }

  #arm(key: TimerKey, delay: Delay, atMs: number): void {
    this.#alarms.arm(key, delay, atMs);
  }

  /** One setTimeout for everything that is due later; it is moved only when something is due before it. */
  #sleepUntil(untilMs: number | undefined, atMs: number): void {
    if (untilMs === undefined || this.#state !== "running") return;
    if (this.#sleep && this.#sleep.untilMs <= untilMs) return;
    clearTimeout(this.#sleep?.timeout);
    const timeout = setTimeout(() => {
      this.#sleep = undefined;
      this.wake();
    }, Math.max(1, Math.ceil(untilMs - atMs)));
    this.#sleep = { timeout, untilMs };
  }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
