/**
 * Runs of octets, each owned by a row: what attribute sets are kept as.
 * Pure. A typed array for each run would cost more than its content; here they lie one behind the other in slabs.
 *
 *   slab   | owner (4) | length (2) | octets      | owner | length | octets | ...
 *
 * Room is won back in two ways: a slab in which nothing lives is used again, and when more than half of what is taken is
 * dead, the emptiest slab moves its living to where new runs go, one slab at a time, so that no moment is long.
 */

import { readU32 } from "../wire/cursor.ts";
import { Int32Column, Uint32Column } from "./columns.ts";

const SLAB_BYTES = 256 * 1024; // longer than any run: a message has 65535 octets at most
const MARK_BYTES = 6; // whose run it is, and how long
const NONE = 0;

export class OctetPool {
  readonly #slabs: Uint8Array[] = [];
  /** Octets of each slab that somebody owns, and up to where it is filled; marks included. */
  readonly #living: number[] = [];
  readonly #filled: number[] = [];
  readonly #empty: number[] = [];
  /** By owner: where its octets begin, counted through all slabs, and one more than their number; NONE: it has no run. */
  readonly #starts = new Uint32Column();
  readonly #lengths = new Int32Column();
  #current = -1;
  #livingBytes = 0;

  /** Copies a run in. The owner has none yet. */
  put(owner: number, bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    const at = this.#room(count);
    const slab = this.#slabs[this.#current] as Uint8Array;
    writeMark(slab, at, owner, count);
    for (let i = 0; i < count; i++) slab[at + MARK_BYTES + i] = bytes[from + i] as number;
    this.#starts.set(owner, this.#current * SLAB_BYTES + at + MARK_BYTES);
    this.#lengths.set(owner, count + 1);
    this.#account(this.#current, count + MARK_BYTES);
  }

  has(owner: number): boolean {
    return this.#lengths.get(owner) !== NONE;
  }

  /** The slab that the run lies in; see startOf() and lengthOf(). */
  slabOf(owner: number): Uint8Array {
    return this.#slabs[Math.floor(this.#starts.get(owner) / SLAB_BYTES)] as Uint8Array;
  }

  startOf(owner: number): number {
    return this.#starts.get(owner) % SLAB_BYTES;
  }

  lengthOf(owner: number): number {
    return this.#lengths.get(owner) - 1;
  }

  /** The run as a view, valid until the next put() or compact(). */
  get(owner: number): Uint8Array {
    const at = this.startOf(owner);
    return this.slabOf(owner).subarray(at, at + this.lengthOf(owner));
  }

  /** Is the owner's run equal to these octets? */
  matches(owner: number, bytes: Uint8Array, from: number, to: number): boolean {
    const count = to - from;
    if (this.lengthOf(owner) !== count) return false;
    const at = this.startOf(owner);
    const slab = this.slabOf(owner);
    for (let i = 0; i < count; i++) if (slab[at + i] !== bytes[from + i]) return false;
    return true;
  }

  /** Does nothing where there is none. */
  drop(owner: number): void {
    const length = this.#lengths.get(owner);
    if (length === NONE) return;
    this.#lengths.set(owner, NONE);
    const slab = Math.floor(this.#starts.get(owner) / SLAB_BYTES);
    this.#account(slab, -(length - 1 + MARK_BYTES));
    if (this.#living[slab] === 0) this.#clear(slab);
  }

  /** Wins back some room, where half of it is lost. */
  compact(): void {
    const taken = this.#slabs.length - this.#empty.length;
    if (taken < 3 || this.#livingBytes * 2 > taken * SLAB_BYTES) return;
    let emptiest = -1;
    for (let slab = 0; slab < this.#slabs.length; slab++) {
      const isCandidate = slab !== this.#current && (this.#filled[slab] as number) > 0;
      if (isCandidate && (emptiest === -1 || (this.#living[slab] as number) < (this.#living[emptiest] as number))) emptiest = slab;
    }
    if (emptiest !== -1) this.#evacuate(emptiest);
  }

  /** Octets of all slabs. */
  get bytes(): number {
    return this.#slabs.length * SLAB_BYTES;
  }

  #room(count: number): number {
    const needed = count + MARK_BYTES;
    if (this.#current === -1 || (this.#filled[this.#current] as number) + needed > SLAB_BYTES) this.#open();
    const at = this.#filled[this.#current] as number;
    this.#filled[this.#current] = at + needed;
    return at;
  }

  #open(): void {
    const slab = this.#empty.pop();
    if (slab !== undefined) {
      this.#current = slab;
      return;
    }
    this.#current = this.#slabs.push(new Uint8Array(SLAB_BYTES)) - 1;
    this.#living.push(0);
    this.#filled.push(0);
  }

  #account(slab: number, bytes: number): void {
    this.#living[slab] = (this.#living[slab] as number) + bytes;
    this.#livingBytes += bytes;
  }

  /** Nothing in it is owned any more. */
  #clear(slab: number): void {
    this.#filled[slab] = 0;
    if (slab !== this.#current) this.#empty.push(slab);
  }

  /** Moves its living to where new runs go. A run is alive when its owner points at it. */
  #evacuate(slab: number): void {
    const bytes = this.#slabs[slab] as Uint8Array;
    const end = this.#filled[slab] as number;
    for (let at = 0; at < end; ) {
      const owner = readU32(bytes, at);
      const from = at + MARK_BYTES;
      const to = from + (((bytes[at + 4] as number) << 8) | (bytes[at + 5] as number));
      if (this.has(owner) && this.#starts.get(owner) === slab * SLAB_BYTES + from) this.put(owner, bytes, from, to);
      at = to;
    }
    this.#account(slab, -(this.#living[slab] as number));
    this.#clear(slab);
  }
}

function writeMark(slab: Uint8Array, at: number, owner: number, length: number): void {
  slab[at] = owner >>> 24;
  slab[at + 1] = owner >>> 16;
  slab[at + 2] = owner >>> 8;
  slab[at + 3] = owner;
  slab[at + 4] = length >>> 8;
  slab[at + 5] = length;
}
