/**
 * Hash -> rows: open addressing with linear probing in one typed array.
 * Pure. Each row's hash stands beside the row: a probe touches one cache line, and growing and removing never ask the
 * table what a row holds. Whether a row with the right hash is the right row is for the table to say.
 *
 *   for (let slot = index.first(hash); slot !== NO_SLOT; slot = index.next(slot)) if (same(index.row(slot))) ...
 *
 * Removal shifts the rest of the run back (no tombstones), so a table that lived through a million changes probes as
 * briefly as a fresh one.
 */

export const NO_SLOT = -1;

const FIRST_SLOTS = 2048;
const MAX_LOAD = 0.6;

export class HashIndex {
  /** Slot n: at 2n the row + 1, zero where the slot is empty; at 2n + 1 its hash. */
  #cells = new Int32Array(2 * FIRST_SLOTS);
  #mask = FIRST_SLOTS - 1;
  #count = 0;
  /** Where the last search for a hash came to its end: nearly always what is added is what was just looked for. */
  #vacant = NO_SLOT;
  #vacantHash = 0;

  /** The first slot whose row has this hash (32 bit, well mixed), or NO_SLOT. */
  first(hash: number): number {
    return this.#seek(hash | 0, hash & this.#mask);
  }

  /** The next slot after `slot` whose row has the same hash, or NO_SLOT. */
  next(slot: number): number {
    return this.#seek(this.#hash(slot), (slot + 1) & this.#mask);
  }

  row(slot: number): number {
    return this.#stored(slot) - 1;
  }

  /** The row must not be in the index yet. */
  add(hash: number, row: number): void {
    if (this.#count + 1 > (this.#mask + 1) * MAX_LOAD) this.#grow();
    if (this.#vacant !== NO_SLOT && this.#vacantHash === (hash | 0)) this.#write(this.#vacant, row + 1, hash | 0);
    else this.#put(hash | 0, row + 1);
    this.#vacant = NO_SLOT;
    this.#count++;
  }

  /** Does nothing when the row is not there. */
  remove(hash: number, row: number): void {
    let slot = this.first(hash);
    while (slot !== NO_SLOT && this.row(slot) !== row) slot = this.next(slot);
    if (slot === NO_SLOT) return;
    this.#close(slot);
    this.#vacant = NO_SLOT;
    this.#count--;
  }

  get size(): number {
    return this.#count;
  }

  #stored(slot: number): number {
    return this.#cells[2 * slot] as number;
  }

  #hash(slot: number): number {
    return this.#cells[2 * slot + 1] as number;
  }

  #seek(hash: number, from: number): number {
    const cells = this.#cells;
    const mask = this.#mask;
    let slot = from;
    for (; cells[2 * slot] !== 0; slot = (slot + 1) & mask) if (cells[2 * slot + 1] === hash) return slot;
    this.#vacant = slot;
    this.#vacantHash = hash;
    return NO_SLOT;
  }

  #put(hash: number, stored: number): void {
    const cells = this.#cells;
    const mask = this.#mask;
    let slot = hash & mask;
    while (cells[2 * slot] !== 0) slot = (slot + 1) & mask;
    cells[2 * slot] = stored;
    cells[2 * slot + 1] = hash;
  }

  #write(slot: number, stored: number, hash: number): void {
    this.#cells[2 * slot] = stored;
    this.#cells[2 * slot + 1] = hash;
  }

  /** Empties `hole` and moves into it whatever would no longer be found behind it. */
  #close(hole: number): void {
    for (let slot = (hole + 1) & this.#mask; this.#stored(slot) !== 0; slot = (slot + 1) & this.#mask) {
      const home = this.#hash(slot) & this.#mask;
      const reachesHole = ((slot - home) & this.#mask) >= ((slot - hole) & this.#mask);
      if (!reachesHole) continue;
      this.#write(hole, this.#stored(slot), this.#hash(slot));
      hole = slot;
    }
    this.#write(hole, 0, 0);
  }

  #grow(): void {
    const old = this.#cells;
    this.#cells = new Int32Array(2 * old.length);
    this.#mask = old.length - 1;
    this.#vacant = NO_SLOT;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] !== 0) this.#put(old[at + 1] as number, old[at] as number);
    }
  }
}

/** Stirs one 32-bit word into a hash. */
export function stir(hash: number, word: number): number {
  const stirred = Math.imul(hash ^ word, 0x85ebca6b);
  return Math.imul(stirred ^ (stirred >>> 15), 0xc2b2ae35);
}

/** Last step of a hash: every bit of the input reaches the low bits that choose the slot (MurmurHash3's finaliser). */
export function settle(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) | 0;
}

/** Hash of the octets from `from` to `to`: word by word, because a table that loads asks for one per UPDATE. */
export function hashBytes(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let hash = to - from;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    hash = Math.imul(hash ^ word, 0x01000193) ^ (hash >>> 15);
  }
  for (; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193); // FNV-1a's step
  return settle(hash);
}
