/**
 * What is wanted and what the kernel has, prefix by prefix.
 * Pure. Columns over prefix numbers: an entry wanted, a way that stands in the kernel, and what is special about the row.
 *
 *   row   prefix           entry   have   marks
 *     0   10.65.1.0/26       4       7
 *     1   10.65.2.0/26       4       0    dirty            to be added
 *     2   10.65.9.0/26       0       7    inherited        of an earlier life; stays until the speaker has converged
 */

import { type Prefix, prefixLength, prefixToBytes, prefixVersion } from "../ip/prefix.ts";
import type { Family } from "../bgp/wire/context.ts";
import { Int32Column, Uint8Column, Worklist } from "../bgp/rib/columns.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import { PrefixTable } from "../bgp/rib/prefix-table.ts";
import type { ForwardingChange } from "../speaker/vocabulary.ts";
import { type EntryTable, NO_ENTRY } from "./entries.ts";
import type { Destination, RouteReader } from "./rtnetlink-route.ts";
import { NO_WAY, type WayTable } from "./ways.ts";

/** Bits of the marks column. */
export const MARK = { known: 1, dirty: 2, inherited: 4, conflict: 8, refused: 16, everWanted: 32, inFlight: 64 } as const;
const TROUBLE = MARK.conflict | MARK.refused;

const DEFAULT_ROUTE = new Uint8Array(16);

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
  readonly #ways: WayTable;
  readonly #prefixes = new PrefixTable();
  readonly #entry = new Int32Column();
  readonly #have = new Int32Column();
  readonly #marks = new Uint8Column();
  readonly #seen = new Int32Column();
  readonly #octets = new Uint8Array(4);
  #dirty = new Worklist();
  #taken = new Worklist();
  readonly #vacated = new Worklist();
  readonly #destinations = { ipv4: destinationOf("ipv4"), ipv6: destinationOf("ipv6") };
  #end = 0;
  #dump = 0;
  #inheritedStay = true;

  constructor(entries: EntryTable, ways: WayTable) {
    this.#entries = entries;
    this.#ways = ways;
  }

  want(change: ForwardingChange): void {
    const row = this.#rowOfPrefix(change.prefix);
    const before = this.#entry.get(row);
    this.#entry.set(row, change.entry ? this.#entries.take(change.entry) : NO_ENTRY);
    if (before !== NO_ENTRY) this.#entries.give(before);
    this.unmark(row, MARK.inherited | TROUBLE);
    this.mark(row, MARK.everWanted);
    this.touch(row);
  }

  wantNothing(): void {
    this.#inheritedStay = false;
    for (let row = 0; row < this.#end; row++) {
      const entry = this.#entry.get(row);
      if (entry !== NO_ENTRY) this.#entries.give(entry);
      this.#entry.set(row, NO_ENTRY);
      if (this.#have.get(row) !== NO_WAY) this.touch(row);
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

  /** Next hops moved: rows whose entry is resolved to another way now are to be looked at. */
  resolveAgain(): void {
    const changed = this.#entries.resolveAgain();
    if (changed.size === 0) return;
    for (let row = 0; row < this.#end; row++) if (changed.has(this.#entry.get(row))) this.touch(row);
  }

  /** The way that should stand in the kernel for this row. */
  goal(row: number): number {
    const entry = this.#entry.get(row);
    if (entry !== NO_ENTRY) return this.#entries.way(entry, this.#prefixes.family(row as PrefixId));
    return this.#inheritedStay && this.isMarked(row, MARK.inherited) ? this.#have.get(row) : NO_WAY;
  }

  isWanted(row: number): boolean {
    return this.#entry.get(row) !== NO_ENTRY;
  }

  have(row: number): number {
    return this.#have.get(row);
  }

  /** What stands in the kernel now, as far as anybody knows. */
  setHave(row: number, way: number): void {
    this.#have.set(row, way);
    if (way === NO_WAY) this.#vacated.push(row);
  }

  touch(row: number): void {
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

  get hasDirty(): boolean {
    return this.#dirty.length > 0;
  }

  /** The rows to look at; valid until the next call. */
  takeDirty(): Worklist {
    const taken = this.#dirty;
    this.#dirty = this.#taken;
    this.#dirty.clear();
    this.#taken = taken;
    for (let i = 0; i < taken.length; i++) this.unmark(taken.at(i), MARK.dirty);
    return taken;
  }

  /** The row of a route of ours as the kernel told it. */
  rowOfRoute(reader: RouteReader): number {
    return reader.destinationAt === undefined
      ? this.#rowOf(reader.family, DEFAULT_ROUTE, 0, reader.bits)
      : this.#rowOf(reader.family, reader.bytes, reader.destinationAt, reader.bits);
  }

  /** The row of that route's prefix, if there is one. */
  findRow(reader: RouteReader): number | undefined {
    return reader.destinationAt === undefined
      ? this.#prefixes.find(reader.family, DEFAULT_ROUTE, 0, reader.bits)
      : this.#prefixes.find(reader.family, reader.bytes, reader.destinationAt, reader.bits);
  }

  beginDump(): void {
    this.#dump++;
  }

  sawInDump(row: number, way: number): void {
    this.#seen.set(row, this.#dump);
    this.#have.set(row, way);
    if (this.#inheritedStay && !this.isMarked(row, MARK.everWanted)) this.mark(row, MARK.inherited);
  }

  /** What the dump did not show is not there; every difference becomes dirty. */
  endDump(): Differences {
    const found = { kernel: 0, wanted: 0, added: 0, changed: 0, removed: 0 };
    for (let row = 0; row < this.#end; row++) {
      if (this.#have.get(row) !== NO_WAY && this.#seen.get(row) !== this.#dump) this.setHave(row, NO_WAY);
      const have = this.#have.get(row);
      if (have !== NO_WAY) found.kernel++;
      if (this.isWanted(row)) found.wanted++;
      else if (have === NO_WAY) continue;
      const goal = this.goal(row);
      if (goal === have) {
        this.unmark(row, TROUBLE);
        continue;
      }
      this.touch(row);
      if (this.isMarked(row, MARK.conflict)) continue; // known, and not ours to put right
      if (goal === NO_WAY) found.removed++;
      else if (have === NO_WAY) found.added++;
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

  /** Gives back empty rows and unused ways. Only while no request is under way: those name rows and ways. */
  tidy(): void {
    for (let i = 0; i < this.#vacated.length; i++) {
      const row = this.#vacated.at(i);
      const isEmpty = !this.isWanted(row) && this.#have.get(row) === NO_WAY;
      if (!isEmpty || !this.isMarked(row, MARK.known) || this.isMarked(row, MARK.dirty)) continue;
      this.#marks.set(row, 0);
      this.#prefixes.release(row as PrefixId);
    }
    this.#vacated.clear();
    this.#prefixes.sweep();
  }

  forgetUnusedWays(): void {
    const used = new Uint8Array(this.#ways.end);
    this.#entries.markWays(used);
    for (let row = 0; row < this.#end; row++) used[this.#have.get(row)] = 1;
    this.#ways.sweep(used);
  }

  #rowOfPrefix(prefix: Prefix): number {
    if (prefixVersion(prefix) === 6) return this.#rowOf("ipv6", prefixToBytes(prefix), 0, prefixLength(prefix));
    return this.#rowOf("ipv4", this.#octets, 0, readIpv4Prefix(prefix, this.#octets));
  }

  #rowOf(family: Family, bytes: Uint8Array, at: number, bits: number): number {
    const row = this.#prefixes.intern(family, bytes, at, bits);
    if (this.isMarked(row, MARK.known)) return row;
    this.#prefixes.retain(row);
    this.#marks.set(row, MARK.known);
    this.#entry.set(row, NO_ENTRY);
    this.#have.set(row, NO_WAY);
    this.#vacated.push(row);
    if (row >= this.#end) this.#end = row + 1;
    return row;
  }
}

function destinationOf(family: Family): Destination & { bits: number } {
  return { family, address: new Uint8Array(family === "ipv4" ? 4 : 16), bits: 0 };
}

const DOT = 46;
const SLASH = 47;
const ZERO = 48;

/** Octets and length of canonical IPv4 text, digit by digit: ten times as fast as by splitting, and changes come by the hundred thousand. */
function readIpv4Prefix(prefix: Prefix, octets: Uint8Array): number {
  let number = 0;
  let octet = 0;
  for (let i = 0; i < prefix.length; i++) {
    const code = prefix.charCodeAt(i);
    if (code === DOT || code === SLASH) {
      octets[octet++] = number;
      number = 0;
    } else number = number * 10 + code - ZERO;
  }
  return number;
}
