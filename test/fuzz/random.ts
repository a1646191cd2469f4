/**
 * Chance that can be repeated: every number follows from the seed.
 * A generator of 32 bits of state (mulberry32) is enough; what matters is that a case is found again.
 */

export class Random {
  #state: number;

  /** Different parts make different streams: the seed of a run, the number of an episode. */
  constructor(...parts: readonly number[]) {
    this.#state = parts.reduce((state, part) => Math.imul(state ^ part, 0x9e3779b1) + 0x7f4a7c15, 0x2545f491) | 0;
    this.next();
  }

  /** Evenly in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** 0 to limit - 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  from(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new Error("nothing to pick from");
    return items[this.below(items.length)] as Item;
  }

  /** An octet: often one of those that mean something somewhere, otherwise any. */
  octet(): number {
    return this.oneIn(3) ? this.below(256) : this.pick(TELLING_OCTETS);
  }
}

/** Lengths, codes, flags and bounds of the protocol, and their neighbours. */
const TELLING_OCTETS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 9, 14, 15, 16, 17, 19, 23, 24, 31, 32, 33, 64, 65, 69, 70, 71, 127, 128, 129, 192, 224, 254, 255];
