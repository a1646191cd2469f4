/**
 * The journal of a group: which prefixes changed since when, each once, at the place of its latest change; read by members that fell
 * off the log.
 * Pure. Bounded by the table, never by the backlog: a prefix that flaps a thousand times stands here once, last.
 *
 *   entries   | p7 | --- | p2 | --- | p9 | p4 |        ---: gone; changed again later, stands further right
 *   stamps    | 31 |  32 | 33 |  34 | 35 | 36 |        of the change; rising, so a reader's place is a stamp
 *               ^ read(from) continues at the first entry whose stamp is not below
 *
 * A prefix that stands here is retained: its id must go on meaning that prefix until everybody has heard of its end.
 */

import { Int32Column } from "../bgp/rib/columns.ts";
import type { GroupPrefixes, NlriId } from "./group-table.ts";

const FIRST_CAPACITY = 256;
const FLOOD = 4096; // prefixes; from here on a new column is worth more than the old one
const GONE = -1;

export class Journal {
  readonly #prefixes: Pick<GroupPrefixes, "retain" | "release">;
  /** By prefix: the entry at which it last stood. It still does if that entry names it, so nothing has to be taken out. */
  #places = new Int32Column();
  #entries = new Int32Array(FIRST_CAPACITY);
  #stamps = new Float64Array(FIRST_CAPACITY);
  #length = 0;
  #gone = 0;
  #nextStamp = 0;

  constructor(prefixes: Pick<GroupPrefixes, "retain" | "release">) {
    this.#prefixes = prefixes;
  }

  /** The stamp that the next change gets. */
  get end(): number {
    return this.#nextStamp;
  }

  /** Prefixes standing here. */
  get size(): number {
    return this.#length - this.#gone;
  }

  /** This prefix changed; its stamp. One that already stands at `since` or later stays where it is. */
  record(prefix: NlriId, since: number): number {
    const at = this.#places.get(prefix);
    if (at < this.#length && this.#entries[at] === prefix) {
      const stamp = this.#stamps[at] as number;
      if (stamp >= since) return stamp;
      this.#entries[at] = GONE;
      this.#gone++;
    } else this.#prefixes.retain(prefix);
    if (this.#length === this.#entries.length) this.#makeRoom();
    this.#places.set(prefix, this.#length);
    this.#entries[this.#length] = prefix;
    this.#stamps[this.#length++] = this.#nextStamp;
    return this.#nextStamp++;
  }

  /** Of this prefix's latest change; undefined: everybody has heard of it. */
  stampOf(prefix: NlriId): number | undefined {
    const at = this.#places.get(prefix);
    return at < this.#length && this.#entries[at] === prefix ? this.#stamps[at] : undefined;
  }

  /** Shows up to `most` prefixes that changed at `from` or later, in order; returns the stamp to go on with. */
  read(from: number, most: number, visit: (prefix: NlriId) => void): number {
    let left = most;
    for (let at = this.#firstAt(from); at < this.#length; at++) {
      if (left === 0) return this.#stamps[at] as number;
      const prefix = this.#entries[at] as NlriId;
      if (prefix === GONE) continue;
      visit(prefix);
      left--;
    }
    return this.#nextStamp;
  }

  /** Nobody asks for changes before `stamp` any more. Half of the entries may outlive this, so that forgetting stays cheap. */
  forgetBefore(stamp: number): void {
    const passed = this.#firstAt(stamp);
    if (passed === 0 || passed * 2 < this.#length) return;
    if (passed === this.#length && this.size > FLOOD) this.#places = new Int32Column();
    for (let at = 0; at < passed; at++) {
      const prefix = this.#entries[at] as NlriId;
      if (prefix === GONE) this.#gone--;
      else this.#prefixes.release(prefix);
    }
    this.#compact(passed);
  }

  /** Index of the first entry whose stamp is not below. */
  #firstAt(stamp: number): number {
    if (stamp >= this.#nextStamp) return this.#length;
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stamps[middle] as number) < stamp) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(): void {
    if (this.size * 2 <= this.#length) this.#compact(0);
    else {
      const { entries, stamps } = { entries: this.#entries, stamps: this.#stamps };
      this.#entries = new Int32Array(entries.length * 2);
      this.#entries.set(entries);
      this.#stamps = new Float64Array(stamps.length * 2);
      this.#stamps.set(stamps);
    }
  }

  /** Closes the gaps from entry `first` on; stamps stay, so nobody's place moves. */
  #compact(first: number): void {
    let to = 0;
    for (let at = first; at < this.#length; at++) {
      const prefix = this.#entries[at] as number;
      if (prefix === GONE) continue;
      this.#places.set(prefix, to);
      this.#entries[to] = prefix;
      this.#stamps[to++] = this.#stamps[at] as number;
    }
    this.#length = to;
    this.#gone = 0;
    if (to * 4 <= this.#entries.length && this.#entries.length > FIRST_CAPACITY) this.#shrink(to);
  }

  #shrink(length: number): void {
    const capacity = Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(length * 2 + 1)));
    this.#entries = this.#entries.slice(0, capacity);
    this.#stamps = this.#stamps.slice(0, capacity);
  }
}
