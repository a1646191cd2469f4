/**
 * How often routes are decided and told: at once when little happens, in larger batches when telling takes long.
 * Pure: time is always an argument.
 *
 *   told ├── cost ──┤├ half ┤ told ├── cost ──┤├ half ┤ ...             changes
 *   told ├── cost ──┤├─────── three times ───────┤ told ...             changes while callers come in
 *
 * What changes in between is told together: a message to a thousand members costs the same whether it is about one change or a
 * hundred. While a cluster comes back every new session makes the next telling dearer, so waiting longer gains more; and nobody
 * holds routes yet that could be outdated.
 */

const REST = 0.5; // of what the last telling cost
const REST_DURING_CALLS = 3;
const SHORTEST_REST_MS = 1; // what would be shorter is none: timers know no less
const LONGEST_REST_MS = 50; // a change is never kept back longer

export class Pace {
  #dueMs = 0;
  #calls = 0;
  #standing: "done" | "unfinished" = "done";

  /** When routes may be told again. */
  get dueMs(): number {
    return this.#dueMs;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs;
  }

  /** Somebody connected. */
  called(): void {
    this.#calls++;
  }

  /** What was due has only begun to be told: there is nothing to be gained by waiting. */
  unfinished(): void {
    this.#standing = "unfinished";
  }

  /** Routes were decided, told, and moved into sockets, in that time. */
  told(startMs: number, endMs: number): void {
    const restMs = (this.#calls === 0 ? REST : REST_DURING_CALLS) * (endMs - startMs);
    this.#calls = 0;
    if (this.#standing === "unfinished") {
      this.#standing = "done";
      this.#dueMs = endMs;
      return;
    }
    this.#dueMs = restMs < SHORTEST_REST_MS ? endMs : endMs + Math.min(LONGEST_REST_MS, restMs);
  }
}
