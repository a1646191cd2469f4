/**
 * How long a request may take from its first octet to its last.
 * The door: setTimeout. While nothing is read nothing can be late.
 */

export class RequestTimeout {
  readonly #ms: number;
  readonly #lost: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, lost: () => void) {
    this.#ms = ms;
    this.#lost = lost;
  }

  /** A request is begun and not whole; it has all the time if there was none before. */
  begin(): void {
    this.#timer ??= setTimeout(this.#lost, this.#ms).unref();
  }

  /** None is, or nothing is read. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
