/**
 * Up to which want() the kernel has answered, for convergence times.
 * Pure. Not kept per route, which would be dear: whenever everything that was wanted has been sent, the last datagram is noted; once it
 * is answered, so is everything that was wanted by then. Bounded by the datagrams in flight.
 */

/** What of the way to the kernel counts. */
export interface Traffic {
  /** Datagrams of routes sent, and how many of these are answered: in their order. */
  readonly sent: number;
  readonly answered: number;
  /** "some": routes wait to be sent. "doubtful": it is not known what the kernel holds, and a comparison will tell. */
  readonly unsent: "none" | "some" | "doubtful";
}

interface Cut {
  readonly wants: number;
  readonly sent: number;
}

export class Answered {
  #wants = 0;
  #answered = 0;
  readonly #cuts: Cut[] = [];

  /** Something more is wanted. */
  want(): void {
    this.#wants++;
  }

  get wants(): number {
    return this.#wants;
  }

  /** The first so many wants are answered for; undefined: no more than before. */
  look({ sent, answered, unsent }: Traffic): number | undefined {
    if (unsent === "doubtful") this.#cuts.length = 0; // what is under way may have been given up
    if (unsent === "none") this.#cut(sent);
    let reached: number | undefined;
    while (this.#cuts[0] && this.#cuts[0].sent <= answered) reached = this.#cuts.shift()?.wants;
    if (reached !== undefined) this.#answered = reached;
    return reached;
  }

  #cut(sent: number): void {
    const last = this.#cuts.at(-1);
    if ((last?.wants ?? this.#answered) === this.#wants) return;
    if (last?.sent === sent) this.#cuts.pop();
    this.#cuts.push({ wants: this.#wants, sent });
  }
}
