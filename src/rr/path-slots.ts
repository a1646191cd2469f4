/**
 * Slots: (prefix, path identifier) <-> SlotId, for groups that hear several paths to a prefix.
 * Pure. RFC 7911 §3: with add-path, what an announcement replaces is no longer the prefix but the prefix with this
 * identifier. So such a group keeps its log, its journal and its snapshot by slots, as others do by prefixes.
 *
 * The identifier is the path's ordinal: unique among the paths to the prefix, and the path keeps it while it changes. A
 * slot that is empty may be filled by another path later, which replaces nothing.
 */

import { Int32Column, RowNumbers, Uint32Column } from "../bgp/rib/columns.ts";
import { HashIndex, NO_SLOT, settle, stir } from "../bgp/rib/hash-index.ts";
import { RefCounts } from "../bgp/rib/ref-counts.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import type { Writer } from "../bgp/wire/cursor.ts";
import type { GroupPrefixes, SlotId } from "./group-table.ts";

const MOST_LISTED = 1024; // paths to one prefix at a time, for whoever looks in

export class PathSlots implements GroupPrefixes {
  readonly #table: GroupPrefixes;
  readonly #rows = new RowNumbers();
  readonly #prefixes = new Int32Column();
  readonly #pathIds = new Uint32Column();
  readonly #index = new HashIndex();
  readonly #refs = new RefCounts();
  readonly #free = (row: number): void => this.#remove(row as SlotId);

  constructor(table: GroupPrefixes) {
    this.#table = table;
  }

  /** A new number is held by nobody; see retain(). While it means this slot, the prefix keeps its own number. */
  intern(prefix: PrefixId, pathId: number): SlotId {
    const hash = hashOf(prefix, pathId);
    const known = this.#find(hash, prefix, pathId);
    if (known !== undefined) return known;
    const row = this.#rows.take() as SlotId;
    this.#prefixes.set(row, prefix);
    this.#pathIds.set(row, pathId);
    this.#index.add(hash, row);
    this.#table.retain(prefix);
    this.#refs.begin(row);
    return row;
  }

  /** Every slot of the prefix in use; identifiers are given out from zero, the lowest that is free. */
  of(prefix: PrefixId): readonly SlotId[] {
    const slots: SlotId[] = [];
    for (let pathId = 0; pathId < MOST_LISTED; pathId++) {
      const slot = this.#find(hashOf(prefix, pathId), prefix, pathId);
      if (slot !== undefined) slots.push(slot);
    }
    return slots;
  }

  prefix(slot: SlotId): PrefixId {
    return this.#prefixes.get(slot) as PrefixId;
  }

  pathId(slot: SlotId): number {
    return this.#pathIds.get(slot);
  }

  bits(slot: SlotId): number {
    return this.#table.bits(this.prefix(slot));
  }

  copyAddress(slot: SlotId, into: Uint8Array, at: number): number {
    return this.#table.copyAddress(this.prefix(slot), into, at);
  }

  writeAddress(slot: SlotId, out: Writer): void {
    this.#table.writeAddress(this.prefix(slot), out);
  }

  retain(slot: SlotId): void {
    this.#refs.retain(slot);
  }

  release(slot: SlotId): void {
    this.#refs.release(slot);
  }

  /** Gives back the numbers that nobody holds. */
  sweep(): void {
    this.#refs.sweep(this.#free);
  }

  get size(): number {
    return this.#rows.size;
  }

  #find(hash: number, prefix: PrefixId, pathId: number): SlotId | undefined {
    for (let slot = this.#index.first(hash); slot !== NO_SLOT; slot = this.#index.next(slot)) {
      const row = this.#index.row(slot) as SlotId;
      if (this.prefix(row) === prefix && this.pathId(row) === pathId) return row;
    }
    return undefined;
  }

  #remove(slot: SlotId): void {
    this.#index.remove(hashOf(this.prefix(slot), this.pathId(slot)), slot);
    this.#table.release(this.prefix(slot));
    this.#rows.give(slot);
  }
}

function hashOf(prefix: PrefixId, pathId: number): number {
  return settle(stir(prefix, pathId));
}
