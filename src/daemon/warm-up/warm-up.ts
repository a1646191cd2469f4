/**
 * JIT warm-up: simulated peers and routes in the first moments of a daemon, so that V8 has compiled the code that real ones will need.
 * The door: the clock. A reflector warms up while nobody calls, in slices with rests between them, because V8 compiles in threads of
 * its own, which may have no other core than ours; it ends as soon as somebody connects, so a restart is delayed by nothing.
 * A host warms up before it listens, because its reflectors send their whole tables at once.
 *
 * A warm-up begins anew a few times: V8 lays out what is still empty otherwise than what has been filled, so code that has seen one
 * beginning only is thrown away at the next, which would be the real one.
 */

import { performance } from "node:perf_hooks";
import type { Family } from "../../bgp/wire/context.ts";
import type { HistoryBounds } from "../../history/change-ring.ts";
import { HostWarmUp } from "./host-warm-up.ts";
import { ReflectorWarmUp } from "./reflector-warm-up.ts";

const QUIET_MS = 50; // before it begins: after a restart callers are here by then
const SLICE_MS = 4; // the longest that anybody waits for its end, but for one turn
const REST_MS = 4;
const ROUNDS = [8, 8, 8]; // of each; with more of them nothing gets faster
const HOST_MS = [130, 60, 60]; // of each; with more of it little gets faster
const LONGEST_MS = 1_000; // of all slices together, on a machine that has other things to do

export interface WarmUpPorts {
  /** Nobody is connected yet. */
  isQuiet(): boolean;
  nowMs?(): number;
}

export class WarmUp {
  readonly #history: HistoryBounds | undefined;
  readonly #isQuiet: () => boolean;
  readonly #nowMs: () => number;
  #rest: NodeJS.Timeout | undefined;
  #spentMs = 0;

  /** `history` is what the real speaker has. */
  constructor(history: HistoryBounds | undefined, { isQuiet, nowMs = () => performance.now() }: WarmUpPorts) {
    this.#history = history;
    this.#isQuiet = isQuiet;
    this.#nowMs = nowMs;
  }

  get isOver(): boolean {
    return this.#rest === undefined;
  }

  begin(): void {
    this.#restBefore(clusters(this.#history), QUIET_MS);
  }

  stop(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined; // and with it the simulated cluster goes
  }

  #restBefore(play: Generator<void>, restMs = REST_MS): void {
    this.#rest = setTimeout(() => this.#goOn(play), restMs).unref();
  }

  #goOn(play: Generator<void>): void {
    this.#rest = undefined;
    if (!this.#isQuiet()) return;
    const startMs = this.#nowMs();
    let endMs = startMs;
    while (endMs < startMs + SLICE_MS) {
      if (play.next().done) return;
      endMs = this.#nowMs();
    }
    this.#spentMs += endMs - startMs;
    if (this.#spentMs < LONGEST_MS) this.#restBefore(play);
  }
}

/** What is asked of the kernel's side before a host calls anybody. */
export interface Forwarder {
  start(): Promise<void>;
  inherited(): readonly Family[];
}

/**
 * Starts a host's forwarding, and warms up: its reflectors tell it their whole table at once, and what is not compiled by then
 * takes three times as long. Not where routes of an earlier life stand: there is next to nothing to write, and peers that keep our
 * routes wait for us. Returns after HOST_MS, or when the start is called off, the families of which such routes stand.
 */
export async function startWarm(fib: Forwarder, history: HistoryBounds | undefined, isCalledOff: () => boolean, nowMs = (): number => performance.now()): Promise<readonly Family[]> {
  await fib.start();
  const preserved = fib.inherited();
  if (preserved.length > 0) return preserved;
  for (const ms of HOST_MS) {
    if (isCalledOff()) break;
    const untilMs = nowMs() + ms;
    await new HostWarmUp(history).play(() => isCalledOff() || nowMs() >= untilMs);
  }
  return preserved;
}

/** The peers of each are made in its first slice, not at the start. */
function* clusters(history: HistoryBounds | undefined): Generator<void> {
  for (const rounds of ROUNDS) yield* new ReflectorWarmUp(history).play(rounds);
}
