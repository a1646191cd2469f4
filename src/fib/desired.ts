/**
 * What is wanted and what the kernel has, prefix by prefix.
 * Pure. Columns over the speaker's own PrefixIds, so that a route is looked up once on its road and not once per room: the wanted
 * entry, the target that stands in the kernel, and marks.
 *
 *   row   prefix           entry   have   marks
 *     0   10.65.1.0/26       4       7
 *     1   10.65.2.0/26       4       0    dirty            to be added
 *     2   10.65.9.0/26       0       7    inherited        of an earlier life; stays until the speaker has converged
 *
 * A row that is wanted or installed retains its PrefixId.
 */

import type { Prefix } from "../ip/prefix.ts";
import type { Family } from "../bgp/wire/context.ts";
import { Int32Column, Uint8Column, Worklist } from "../bgp/rib/columns.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import type { PrefixTable } from "../bgp/rib/prefix-table.ts";
import type { ForwardingChanges } from "../speaker/vocabulary.ts";
import { type EntryTable, NO_ENTRY } from "./entries.ts";
import { ROW_STATE, type RowState, RowTally } from "./row-tally.ts";
import type { Destination, RouteReader } from "./rtnetlink-route.ts";
import { NO_TARGET, type TargetTable } from "./targets.ts";

/** Bits of the marks column. */
export const MARK = { known: 1, dirty: 2, inherited: 4, conflict: 8, refused: 16, everWanted: 32, inFlight: 64 } as const;
const TROUBLE = MARK.conflict | MARK.refused;

const ANYWHERE = new Uint8Array(16);

/** What a comparison with the kernel found to be done. */
export interface Differences {
  readonly kernel: number;
  readonly wanted: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export class Desired {
  readonly #entries: EntryTable;
  readonly #targets: TargetTable;
  readonly #prefixes: PrefixTable;
  readonly #entry = new Int32Column();
  readonly #have = new Int32Column();
  /** By target: how many rows have it. */
  readonly #uses = new Int32Column();
  readonly #marks = new Uint8Column();
  readonly #seen = new Int32Column();
  readonly #tally = new RowTally();
  #wanted = 0;
  readonly #dirty = new Worklist();
  #dirtyTaken = 0;
  readonly #vacated = new Worklist();
  readonly #destinations = { ipv4: destinationOf("ipv4"), ipv6: destinationOf("ipv6") };
  #end = 0;
  #dump = 0;
  #surprises = 0;
  #inheritedStay = true;

  constructor(prefixes: PrefixTable, entries: EntryTable, targets: TargetTable) {
    this.#prefixes = prefixes;
    this.#entries = entries;
    this.#targets = targets;
  }

  want(changes: ForwardingChanges): void {
    for (let at = 0; at < changes.length; at++) {
      const row = this.#hold(changes.prefix(at));
      const entry = changes.entry(at);
      this.#setEntry(row, entry ? this.#entries.take(entry) : NO_ENTRY);
      this.unmark(row, MARK.inherited | TROUBLE);
      this.mark(row, MARK.everWanted);
      this.touch(row);
    }
  }

  wantNothing(): void {
    this.#inheritedStay = false;
    for (let row = 0; row < this.#end; row++) {
      this.#setEntry(row, NO_ENTRY);
      if (this.#have.get(row) !== NO_TARGET) this.touch(row);
      else this.recount(row);
    }
  }

  /** From now on nothing of an earlier life stays only because it was there. */
  releaseInherited(): void {
    this.#inheritedStay = false;
    for (let row = 0; row < this.#end; row++) if (this.isMarked(row, MARK.inherited)) this.touch(row);
  }

  get inheritedStay(): boolean {
    return this.#inheritedStay;
  }

  /** Next hops moved: rows whose entry is resolved to another target now are to be looked at. */
  resolveAgain(): void {
    const changed = this.#entries.resolveAgain();
    if (changed.size === 0) return;
    for (let row = 0; row < this.#end; row++) if (changed.has(this.#entry.get(row))) this.touch(row);
  }

  /** The target that should stand in the kernel for this row. */
  goal(row: number): number {
    const entry = this.#entry.get(row);
    if (entry !== NO_ENTRY) return this.#entries.target(entry, this.family(row));
    return this.#inheritedStay && this.isMarked(row, MARK.inherited) ? this.#have.get(row) : NO_TARGET;
  }

  /** Where the wanted route belongs among those to its prefix; undefined: none is wanted. */
  goalMetric(row: number): number | undefined {
    const entry = this.#entry.get(row);
    return entry === NO_ENTRY ? undefined : this.#entries.metric(entry);
  }

  isWanted(row: number): boolean {
    return this.#entry.get(row) !== NO_ENTRY;
  }

  have(row: number): number {
    return this.#have.get(row);
  }

  /** Does any route have that target now? */
  stands(target: number): boolean {
    return this.#uses.get(target) > 0;
  }

  /** What stands in the kernel now, as far as anybody knows. */
  setHave(row: number, target: number): void {
    this.#place(row, target);
    if (target === NO_TARGET) this.#vacated.push(row);
  }

  touch(row: number): void {
    this.recount(row);
    if (this.isMarked(row, MARK.dirty)) return;
    this.mark(row, MARK.dirty);
    this.#dirty.push(row);
  }

  isMarked(row: number, bits: number): boolean {
    return (this.#marks.get(row) & bits) !== 0;
  }

  mark(row: number, bits: number): void {
    this.#marks.set(row, this.#marks.get(row) | bits);
  }

  unmark(row: number, bits: number): void {
    this.#marks.set(row, this.#marks.get(row) & ~bits);
  }

  /** To be called when the row's entry, target or marks have become others: its state is counted. */
  recount(row: number): void {
    this.#tally.move(row, ROW_STATE[this.#stateNow(row)]);
  }

  state(row: number): RowState {
    return this.#tally.state(row);
  }

  /** Rows wanted, and rows in each state: kept, not walked. */
  get counts(): { readonly wanted: number; readonly tally: RowTally } {
    return { wanted: this.#wanted, tally: this.#tally };
  }

  get hasDirty(): boolean {
    return this.#dirty.length > this.#dirtyTaken;
  }

  /** At most so many of the rows to look at. */
  takeDirty(atMost: number): Int32Array {
    const rows = new Int32Array(Math.min(atMost, this.#dirty.length - this.#dirtyTaken));
    for (let i = 0; i < rows.length; i++) {
      const row = this.#dirty.at(this.#dirtyTaken++);
      this.unmark(row, MARK.dirty);
      rows[i] = row;
    }
    if (this.#dirtyTaken === this.#dirty.length) {
      this.#dirty.clear();
      this.#dirtyTaken = 0;
    }
    return rows;
  }

  /** The row of a route of ours as the kernel told it. */
  rowOfRoute(reader: RouteReader): number {
    const { destinationAt: at } = reader;
    const [bytes, from] = at === undefined ? [ANYWHERE, 0] : [reader.bytes, at];
    return this.#hold(this.#prefixes.intern(reader.family, bytes, from, reader.bits));
  }

  /** The same, for a prefix as text. */
  rowOf(prefix: Prefix): number | undefined {
    return this.#prefixes.findPrefix(prefix);
  }

  /** The row of that route's prefix, if there is one. */
  findRow(reader: RouteReader): number | undefined {
    const { destinationAt: at } = reader;
    const [bytes, from] = at === undefined ? [ANYWHERE, 0] : [reader.bytes, at];
    const id = this.#prefixes.find(reader.family, bytes, from, reader.bits);
    return id !== undefined && this.isMarked(id, MARK.known) ? id : undefined;
  }

  beginDump(): void {
    this.#dump++;
    this.#surprises = 0;
  }

  /** How many rows the last dump showed otherwise than they were known. */
  get surprises(): number {
    return this.#surprises;
  }

  wasSeenInDump(row: number): boolean {
    return this.#seen.get(row) === this.#dump;
  }

  sawInDump(row: number, target: number): void {
    this.#seen.set(row, this.#dump);
    if (this.#have.get(row) !== target) this.#surprises++;
    this.#place(row, target);
    if (this.#inheritedStay && !this.isMarked(row, MARK.everWanted)) this.mark(row, MARK.inherited);
    this.recount(row); // an event may have been heard in the middle of the dump
  }

  /** What the dump did not show is not there; every difference becomes dirty. */
  endDump(): Differences {
    const found = { kernel: 0, wanted: 0, added: 0, changed: 0, removed: 0 };
    for (let row = 0; row < this.#end; row++) {
      if (this.#have.get(row) !== NO_TARGET && !this.wasSeenInDump(row)) this.#isGone(row);
      const have = this.#have.get(row);
      if (have !== NO_TARGET) found.kernel++;
      if (this.isWanted(row)) found.wanted++;
      else if (have === NO_TARGET) {
        this.recount(row);
        continue;
      }
      const goal = this.goal(row);
      if (goal === have) {
        this.unmark(row, TROUBLE);
        this.recount(row);
        continue;
      }
      this.touch(row);
      if (this.isMarked(row, MARK.conflict)) continue; // known, and not ours to put right
      if (goal === NO_TARGET) found.removed++;
      else if (have === NO_TARGET) found.added++;
      else found.changed++;
    }
    return found;
  }

  /** Valid until the next call: a hundred thousand routes are written through two of these. */
  destination(row: number): Destination {
    const destination = this.#destinations[this.family(row)];
    this.#prefixes.copyAddress(row as PrefixId, destination.address, 0);
    destination.bits = this.#prefixes.bits(row as PrefixId);
    return destination;
  }

  family(row: number): Family {
    return this.#prefixes.family(row as PrefixId);
  }

  prefix(row: number): Prefix {
    return this.#prefixes.prefix(row as PrefixId);
  }

  /** One beyond the highest row; rows that are neither wanted nor there are holes. */
  get end(): number {
    return this.#end;
  }

  /** Gives back empty rows and unused targets. Only while no request is under way: those name rows and targets. */
  tidy(): void {
    for (let i = 0; i < this.#vacated.length; i++) {
      const row = this.#vacated.at(i);
      const isEmpty = !this.isWanted(row) && this.#have.get(row) === NO_TARGET;
      if (!isEmpty || !this.isMarked(row, MARK.known) || this.isMarked(row, MARK.dirty)) continue;
      this.#marks.set(row, 0);
      this.recount(row);
      this.#prefixes.release(row as PrefixId);
    }
    this.#vacated.clear();
  }

  forgetUnusedWays(): void {
    const used = new Uint8Array(this.#targets.end);
    this.#entries.markWays(used);
    for (let target = 0; target < used.length; target++) if (this.stands(target)) used[target] = 1;
    this.#targets.sweep(used);
  }

  #setEntry(row: number, entry: number): void {
    const before = this.#entry.get(row);
    this.#entry.set(row, entry);
    if (before !== NO_ENTRY) this.#entries.give(before);
    this.#wanted += Number(entry !== NO_ENTRY) - Number(before !== NO_ENTRY);
    if (entry === NO_ENTRY && this.#have.get(row) === NO_TARGET) this.#vacated.push(row); // it never stood there
  }

  #stateNow(row: number): RowState {
    const entry = this.#entry.get(row);
    const have = this.#have.get(row);
    if (entry === NO_ENTRY && have === NO_TARGET) return "none";
    const marks = this.#marks.get(row);
    if ((marks & TROUBLE) !== 0) return (marks & MARK.conflict) !== 0 ? "conflict" : "refused";
    if (entry === NO_ENTRY) return this.#inheritedStay && (marks & MARK.inherited) !== 0 ? "inherited" : "pending";
    const family = this.family(row);
    if (!this.#entries.isReachable(entry, family)) return "unreachable";
    return (marks & MARK.inFlight) === 0 && this.#entries.target(entry, family) === have ? "installed" : "pending";
  }

  #place(row: number, target: number): void {
    const before = this.#have.get(row);
    this.#uses.set(before, this.#uses.get(before) - 1);
    this.#uses.set(target, this.#uses.get(target) + 1);
    this.#have.set(row, target);
  }

  #isGone(row: number): void {
    this.#surprises++;
    this.setHave(row, NO_TARGET);
  }

  /** The row of that number; from now on the number stays this prefix's. */
  #hold(row: PrefixId): number {
    if (this.isMarked(row, MARK.known)) return row;
    this.#prefixes.retain(row);
    this.#marks.set(row, MARK.known);
    this.#entry.set(row, NO_ENTRY);
    this.#vacated.push(row); // nothing stands there: such rows are given back only then
    if (row >= this.#end) this.#end = row + 1;
    return row;
  }
}

function destinationOf(family: Family): Destination & { bits: number } {
  return { family, address: new Uint8Array(family === "ipv4" ? 4 : 16), bits: 0 };
}
