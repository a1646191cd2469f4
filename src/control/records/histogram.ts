/**
 * Histograms of durations: since the start, as Prometheus counts, and of the last minutes, as people ask.
 * Pure: time is always an argument. Four buckets for each doubling, so that a quantile is at most a fifth too high;
 * Prometheus is shown the doublings. Bounded: the number of buckets is fixed.
 */

const LEAST_MS = 0.25; // upper bound of the first bucket
const DOUBLINGS = 18; // the last bound is 65.5 s
const STEPS = 4; // buckets for each doubling
const BOUNDS = DOUBLINGS * STEPS + 1;
const BUCKETS = BOUNDS + 1; // the last one has no bound

const SLOT_MS = 60_000;
const SLOTS = 5;

/** How far back recent durations go. */
export const RECENT_MS = SLOT_MS * SLOTS;

/** How many durations were at most that long. */
export interface CumulativeBucket {
  readonly atMostMs: number;
  readonly count: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sumMs = 0;

  get count(): number {
    return this.#count;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** `weight`: so many of that length. */
  observe(ms: number, weight: number): void {
    const at = bucketOf(ms);
    this.#counts[at] = (this.#counts[at] as number) + weight;
    this.#count += weight;
    this.#sumMs += ms * weight;
  }

  add(other: Histogram): void {
    for (let at = 0; at < BUCKETS; at++) this.#counts[at] = (this.#counts[at] as number) + (other.#counts[at] as number);
    this.#count += other.#count;
    this.#sumMs += other.#sumMs;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumMs = 0;
  }

  /** A bucket per doubling, the last one without a bound. */
  cumulative(): readonly CumulativeBucket[] {
    const buckets: CumulativeBucket[] = [];
    let count = 0;
    for (let at = 0; at < BOUNDS; at++) {
      count += this.#counts[at] as number;
      if (at % STEPS === 0) buckets.push({ atMostMs: boundMs(at), count });
    }
    return [...buckets, { atMostMs: Infinity, count: this.#count }];
  }

  /** That part of all durations was at most so long; undefined: there were none. */
  quantileMs(part: number): number | undefined {
    if (this.#count === 0) return undefined;
    let left = part * this.#count;
    for (let at = 0; at < BOUNDS; at++) {
      left -= this.#counts[at] as number;
      if (left <= 0) return boundMs(at);
    }
    return Infinity;
  }
}

/** All durations there were, and those of the last minutes. */
export class RecentHistogram {
  readonly all = new Histogram();
  readonly #slots = Array.from({ length: SLOTS }, () => ({ number: -1, histogram: new Histogram() }));

  observe(ms: number, weight: number, nowMs: number): void {
    this.all.observe(ms, weight);
    const number = slotOf(nowMs);
    const slot = this.#slots[number % SLOTS] as { number: number; readonly histogram: Histogram };
    if (slot.number !== number) {
      slot.number = number;
      slot.histogram.clear();
    }
    slot.histogram.observe(ms, weight);
  }

  /** Of the last RECENT_MS, give or take one slot. */
  recent(nowMs: number): Histogram {
    const recent = new Histogram();
    for (const { number, histogram } of this.#slots) if (number > slotOf(nowMs) - SLOTS) recent.add(histogram);
    return recent;
  }
}

function slotOf(nowMs: number): number {
  return Math.max(0, Math.floor(nowMs / SLOT_MS));
}

function bucketOf(ms: number): number {
  if (ms <= LEAST_MS) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(STEPS * Math.log2(ms / LEAST_MS)));
}

function boundMs(at: number): number {
  return LEAST_MS * 2 ** (at / STEPS);
}
