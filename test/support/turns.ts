/** Counts the turns of the event loop that go by. */

export class Turns {
  count = 0;
  #next: NodeJS.Immediate | undefined;

  constructor() {
    this.#turn();
  }

  stop(): void {
    clearImmediate(this.#next);
  }

  #turn(): void {
    this.#next = setImmediate(() => {
      this.count++;
      this.#turn();
    });
  }
}

/** How often the most frequent number occurs. */
export function mostAlike(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return Math.max(...counts.values());
}
