/** What a run has to show: how many cases of each kind, what became of them, and what was found. */

/** Something that must never happen, with all that it takes to see it again. */
export class Finding extends Error {
  override readonly name = "Finding";

  constructor(where: string, replay: string, messages: readonly string[], cause: unknown) {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`${where}\nagain: ${replay}\n${messages.join("\n")}\n${why}`, { cause });
  }
}

export class Figures {
  readonly #counts = new Map<string, Map<string, number>>();

  count(topic: string, outcome: string): void {
    let outcomes = this.#counts.get(topic);
    if (!outcomes) this.#counts.set(topic, (outcomes = new Map()));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  /** How often that topic was counted. */
  total(topic: string): number {
    return [...(this.#counts.get(topic)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** Outcomes of a topic, in the order of the alphabet. */
  outcomes(topic: string): readonly string[] {
    return [...(this.#counts.get(topic)?.keys() ?? [])].sort();
  }

  /** A line per topic, the most frequent outcome first. */
  lines(): readonly string[] {
    return [...this.#counts.keys()].sort().map((topic) => {
      const outcomes = [...(this.#counts.get(topic) ?? [])].sort((a, b) => b[1] - a[1]);
      return `${topic}: ${this.total(topic)} (${outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(", ")})`;
    });
  }
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
