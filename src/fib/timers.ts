/**
 * The timers around the reconciler: when to compare again, when to try again, when to give up waiting.
 * Guards the clock of this room.
 */

import type { ResyncReason } from "./vocabulary.ts";

const SETTLE_MS = 100; // events come in flocks: a link that goes takes its addresses and routes along
const SHARE = 5; // comparing takes at most a sixth of the time, however many events there are
const UNANSWERED_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export interface TimerHooks {
  resync(reason: ResyncReason): void;
  retryRefused(): void;
  unanswered(): void;
  look(): void;
}

/** What the reconciler is at. */
export interface Watched {
  readonly isWaiting: boolean;
  readonly answers: number;
  readonly refused: number;
}

export class FibTimers {
  readonly #rescanMs: number;
  readonly #hooks: TimerHooks;
  #resync: NodeJS.Timeout | undefined;
  #rescan: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #seen: Watched = { isWaiting: false, answers: 0, refused: 0 };
  #retryMs = FIRST_RETRY_MS;
  #earliestMs = 0;
  /** When something was answered last, or asked after a silence. */
  #heardMs = 0;

  constructor(rescanMs: number, hooks: TimerHooks) {
    this.#rescanMs = rescanMs;
    this.#hooks = hooks;
  }

  /** Within a moment; later when comparing was expensive. */
  resyncSoon(reason: ResyncReason): void {
    if (this.#resync) return;
    const waitMs = Math.max(SETTLE_MS, this.#earliestMs - performance.now());
    this.#resync = setTimeout(() => {
      this.#resync = undefined;
      this.#hooks.resync(reason);
    }, waitMs);
  }

  get isResyncDue(): boolean {
    return this.#resync !== undefined;
  }

  resyncStarted(): void {
    clearTimeout(this.#resync);
    this.#resync = undefined;
  }

  resyncDone(tookMs: number): void {
    this.#earliestMs = performance.now() + tookMs * SHARE;
    clearTimeout(this.#rescan);
    this.#rescan = setTimeout(() => this.#hooks.resync("rescan"), this.#rescanMs);
  }

  /** Then there is to be a turn, although nothing may have come. */
  lookAgain(inMs: number): void {
    this.#look ??= setTimeout(() => {
      this.#look = undefined;
      this.#hooks.look();
    }, inMs);
  }

  /** To be told after every turn: starts and stops what depends on it. */
  watch(now: Watched): void {
    if (now.answers !== this.#seen.answers || !this.#seen.isWaiting) this.#heardMs = performance.now();
    this.#seen = now;
    if (now.isWaiting) this.#watchdog ??= this.#startWatchdog(UNANSWERED_MS);
    if (now.refused === 0) this.#retryMs = FIRST_RETRY_MS;
    else this.#retry ??= this.#startRetry();
  }

  /** There is nothing to wait for while the relay is away. */
  pause(): void {
    for (const timer of [this.#resync, this.#rescan, this.#retry, this.#watchdog, this.#look]) clearTimeout(timer);
    this.#resync = this.#rescan = this.#retry = this.#watchdog = this.#look = undefined;
    this.#seen = { ...this.#seen, isWaiting: false };
  }

  stop(): void {
    this.pause();
  }

  /** Waits for it, but not longer than that. */
  atMost(ms: number, promise: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      void promise.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #startWatchdog(inMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#watchdog = undefined;
      if (!this.#seen.isWaiting) return;
      const leftMs = this.#heardMs + UNANSWERED_MS - performance.now();
      if (leftMs <= 0) this.#hooks.unanswered();
      else this.#watchdog = this.#startWatchdog(leftMs);
    }, Math.ceil(inMs));
  }

  #startRetry(): NodeJS.Timeout {
    const delayMs = this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    return setTimeout(() => {
      this.#retry = undefined;
      this.#hooks.retryRefused();
    }, delayMs);
  }
}
