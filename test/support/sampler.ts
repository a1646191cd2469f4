/** Looks again and again at something that must hold all the while, and remembers what it looked like when it did not. */

import { until } from "./until.ts";

export class Sampler<Value> {
  /** What was seen while it did not hold. */
  readonly lapses: Value[] = [];
  readonly #looking: Promise<void>;
  #samples = 0;
  #ended = false;

  constructor(look: () => Promise<Value>, holds: (value: Value) => boolean) {
    this.#looking = this.#lookAgain(look, holds);
  }

  /** Resolves after that many further looks. */
  async samples(count: number): Promise<void> {
    const wanted = this.#samples + count;
    await until(() => this.#samples >= wanted, "further looks were taken");
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#looking;
  }

  async #lookAgain(look: () => Promise<Value>, holds: (value: Value) => boolean): Promise<void> {
    while (!this.#ended) {
      const value = await look();
      this.#samples++;
      if (!holds(value)) this.lapses.push(value);
    }
  }
}
