/**
 * What changed since when, each prefix once, at the place of its latest change: what a member that fell off the log
 * still has to hear about.
 * Pure. Bounded by the table, never by the backlog: a prefix that flaps a thousand times stands here once, last.
 *
 *   entries   | p7 | --- | p2 | --- | p9 | p4 |        ---: changed again later, stands further right
 *   stamps    | 31 |  32 | 33 |  34 | 35 | 36 |        of the change; rising, so a reader's place is a stamp
 *               ^ read(from) continues at the first entry whose stamp is not below
 *
 * A prefix that stands here is retained: its id must go on meaning that prefix until everybody has heard of its end.
 */

import { Int32Column, RowNumbers } from "../bgp/rib/columns.ts";
import { HashIndex, NO_SLOT, settle } from "../bgp/rib/hash-index.ts";
import type { GroupPrefixes, NlriId } from "./group-table.ts";

const FIRST_CAPACITY = 256;
const FLOOD = 4096; // prefixes; from here on new tables are cheaper than emptying the old ones

/** Rows of prefixes: which prefix, and at which entry it stands. */
class Standing {
  readonly rows = new RowNumbers();
  readonly prefixes = new Int32Column();
  readonly places = new Int32Column();
  readonly index = new HashIndex();
}

export class Journal {
  readonly #prefixes: Pick<GroupPrefixes, "retain" | "release">;
  #standing = new Standing();
  /** Row of each entry; an entry is current when its row's place points back at it. */
  #entries = new Int32Array(FIRST_CAPACITY);
  #stamps = new Float64Array(FIRST_CAPACITY);
  #length = 0;
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
    return this.#standing.rows.size;
  }

  /** This prefix changed; its stamp. One that already stands at `since` or later stays where it is. */
  record(prefix: NlriId, since: number): number {
    const { places, prefixes, rows, index } = this.#standing;
    let row = this.#find(prefix);
    if (row >= 0) {
      const stamp = this.#stamps[places.get(row)] as number;
      if (stamp >= since) return stamp;
    } else {
      row = rows.take();
      prefixes.set(row, prefix);
      index.add(settle(prefix), row);
      this.#prefixes.retain(prefix);
    }
    if (this.#length === this.#entries.length) this.#makeRoom();
    places.set(row, this.#length);
    this.#entries[this.#length] = row;
    this.#stamps[this.#length++] = this.#nextStamp;
    return this.#nextStamp++;
  }

  /** Shows up to `most` prefixes that changed at `from` or later, in order; returns the stamp to go on with. */
  read(from: number, most: number, visit: (prefix: NlriId) => void): number {
    let left = most;
    for (let at = this.#firstAt(from); at < this.#length; at++) {
      if (left === 0) return this.#stamps[at] as number;
      if (!this.#isCurrent(at)) continue;
      visit(this.#prefixAt(at));
      left--;
    }
    return this.#nextStamp;
  }

  /** Nobody asks for changes before `stamp` any more. Half of the entries may outlive this, so that forgetting stays cheap. */
  forgetBefore(stamp: number): void {
    const passed = this.#firstAt(stamp);
    if (passed === 0 || passed * 2 < this.#length) return;
    if (passed === this.#length && this.size > FLOOD) return this.#forgetAll();
    for (let at = 0; at < passed; at++) {
      if (this.#isCurrent(at)) this.#forget(this.#entries[at] as number);
    }
    this.#compact(passed);
  }

  /** The tables of a flood go with the flood. */
  #forgetAll(): void {
    for (let at = 0; at < this.#length; at++) {
      if (this.#isCurrent(at)) this.#prefixes.release(this.#prefixAt(at));
    }
    this.#standing = new Standing();
    this.#compact(this.#length);
  }

  #forget(row: number): void {
    const { places, prefixes, rows, index } = this.#standing;
    const prefix = prefixes.get(row) as NlriId;
    places.set(row, -1);
    index.remove(settle(prefix), row);
    rows.give(row);
    this.#prefixes.release(prefix);
  }

  #find(prefix: NlriId): number {
    const { index, prefixes } = this.#standing;
    for (let slot = index.first(settle(prefix)); slot !== NO_SLOT; slot = index.next(slot)) {
      const row = index.row(slot);
      if (prefixes.get(row) === prefix) return row;
    }
    return -1;
  }

  #isCurrent(at: number): boolean {
    return this.#standing.places.get(this.#entries[at] as number) === at;
  }

  #prefixAt(at: number): NlriId {
    return this.#standing.prefixes.get(this.#entries[at] as number) as NlriId;
  }

  /** Index of the first entry whose stamp is not below. */
  #firstAt(stamp: number): number {
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
      if (!this.#isCurrent(at)) continue;
      const row = this.#entries[at] as number;
      this.#standing.places.set(row, to);
      this.#entries[to] = row;
      this.#stamps[to++] = this.#stamps[at] as number;
    }
    this.#length = to;
    if (to * 4 <= this.#entries.length && this.#entries.length > FIRST_CAPACITY) this.#shrink(to);
  }

  #shrink(length: number): void {
    const capacity = Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(length * 2 + 1)));
    this.#entries = this.#entries.slice(0, capacity);
    this.#stamps = this.#stamps.slice(0, capacity);
  }
}
