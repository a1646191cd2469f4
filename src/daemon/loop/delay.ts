/**
 * How late the event loop is: what a question, a timer or a keepalive that is due waits for.
 * The door: setTimeout. Looked at ten times a second, which costs nothing to speak of; a delay that is shorter than the time
 * between two looks is seen as often as it is likely to be met.
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
