/**
 * Many durations in little memory, and their percentiles.
 * Pure.
 */

const BUCKET_US = 2;
const BUCKETS = 500_000; // one second; whatever took longer is in the last one

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #mostMs = 0;

  add(ms: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.floor((ms * 1000) / BUCKET_US));
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total++;
    if (ms > this.#mostMs) this.#mostMs = ms;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#mostMs = 0;
  }

  get total(): number {
    return this.#total;
  }

  get mostMs(): number {
    return this.#mostMs;
  }

  /** The duration that `share` of all do not exceed; NaN where there are none. */
  quantileMs(share: number): number {
    let left = Math.ceil(this.#total * share);
    if (left === 0) return Number.NaN;
    for (let bucket = 0; bucket < BUCKETS - 1; bucket++) {
      left -= this.#counts[bucket] as number;
      if (left <= 0) return ((bucket + 0.5) * BUCKET_US) / 1000;
    }
    return this.#mostMs;
  }
}
