/**
 * Through here goes one answer, or one slice of a long one, in a turn of the event loop: whoever else asks meanwhile waits
 * in line, and the routing has its turn in between. All doors share one, so a crowd at any of them costs no more than one client.
 * The door: setImmediate. Bounded by the clients: each waits for one thing at a time.
 */

export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #turn: NodeJS.Immediate | undefined;

  /** Resolves when it is one's turn, in the order of asking. */
  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#turn ??= setImmediate(() => this.#next());
    });
  }

  #next(): void {
    this.#waiting.shift()?.();
    this.#turn = this.#waiting.length > 0 ? setImmediate(() => this.#next()) : undefined;
  }
}
