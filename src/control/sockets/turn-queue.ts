/**
 * Turns of the event loop, for answers: one answer, or one slice of a long one, in each, first come first served; the routing has
 * its turn in between. All sockets share one queue, so a crowd at any of them costs no more than one client.
 * The door: setImmediate. Bounded by the clients: each waits for one thing at a time.
 */

export class TurnQueue {
  readonly #waiting: (() => void)[] = [];
  #turn: NodeJS.Immediate | undefined;

  /** Resolves when it is the caller's turn, in the order of asking. */
  wait(): Promise<void> {
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
