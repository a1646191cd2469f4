/**
 * Event-loop delay: how late a question, a timer or a keepalive that is due is served.
 * The door: setTimeout. Sampled ten times a second, which costs next to nothing; a delay shorter than the time between two samples is
 * seen as often as it is likely to be met.
 */

import { Histogram } from "../../control/records/histogram.ts";
import { nowMs } from "./event-loop.ts";

const LOOK_MS = 100;

export class LoopDelay {
  readonly delays = new Histogram();
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    const dueMs = nowMs() + LOOK_MS;
    this.#timer = setTimeout(() => {
      this.delays.observe(Math.max(0, nowMs() - dueMs), 1);
      this.start();
    }, LOOK_MS).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
