/**
 * One row per path: (prefix, source, path identifier).
 * Pure. What every path has lies side by side, a row of cells in a page of rows: a path is read and written as a whole, and a
 * table that grows takes another page and copies nothing. Rows of one prefix form a chain, rows of one source another, so that
 * "what do we know about this prefix" and "forget this peer" both cost what they touch.
 *
 *   by prefix   head[prefix] ─> row ─> row ─> NO_PATH               (singly linked: chains are short)
 *   by source   first[source] <─> row <─> row <─> row               (doubly linked: a peer may have a million)
 *
 * Every source has an age in each family, and a row the age at which it was told: when the source grows older, all its rows are
 * stale at once, and those that are told again are not.
 *
 * An unlinked row keeps its cells until it is freed, so that whoever hears "the best path changed from X to Y" can
 * still read X.
 */

import type { Family } from "../wire/context.ts";
import { Float64Column, Int32Column, RowNumbers, Uint32Column, Uint8Column } from "./columns.ts";
import { type AttrId, NO_ATTRIBUTES, NO_PATH, type PathRow, type PrefixId, type SourceId } from "./ids.ts";

/** Reading only: what everybody but the Rib sees. */
export interface Paths {
  prefix(row: PathRow): PrefixId;
  source(row: PathRow): SourceId;
  /** RFC 7911; zero where the session has none. */
  pathId(row: PathRow): number;
  /** Its number among the paths to its prefix, from 1: the smallest that was free, and kept when the path is replaced. */
  ordinal(row: PathRow): number;
  /** As it came. */
  received(row: PathRow): AttrId;
  /** After import policy; NO_ATTRIBUTES where the path was refused. */
  usable(row: PathRow): AttrId;
  isRefused(row: PathRow): boolean;
  /** Is it a path still? A number stays readable until another path takes it. */
  isLinked(row: PathRow): boolean;
  /** Why it was refused: a small number whose meaning belongs to the caller. */
  verdict(row: PathRow): number;
  isStale(row: PathRow): boolean;
  family(row: PathRow): Family;
  sinceMs(row: PathRow): number;
  /** Grows with every path that was not there as it is. */
  readonly additions: number;
  /** Prefixes that have paths. */
  readonly prefixes: number;
  /** The first path of a prefix, then nextOfPrefix() until NO_PATH; in no order that means anything. */
  firstOfPrefix(prefix: PrefixId): PathRow;
  nextOfPrefix(row: PathRow): PathRow;
  /** Is it the only path to its prefix, refused ones counted? */
  isOnly(row: PathRow): boolean;
  find(source: SourceId, prefix: PrefixId, pathId: number): PathRow;
  /** Has the source told this path before, or fewer than `most` paths of this prefix? */
  hasRoom(source: SourceId, prefix: PrefixId, pathId: number, most: number): boolean;
}

/** Of a source; then its ages begin anew. */
export const OLDEST = 0xffff;

/** What a row has in a page of rows, a cell each. */
const CELL = { prefix: 0, source: 1, received: 2, usable: 3, verdict: 4, standing: 5, nextOfPrefix: 6, nextOfSource: 7, previousOfSource: 8 } as const;
const CELLS = 9;
const PAGE_BITS = 12;
const PAGE_ROWS = 1 << PAGE_BITS;
const IN_PAGE = PAGE_ROWS - 1;

/** The cell `standing`: the age of its source at which the row was told last, above two flags. */
const LINKED = 1;
const IPV6 = 2;
const AGE_SHIFT = 2;
const FLAGS = LINKED | IPV6;
const FIRST_ORDINAL = 1;

export class PathTable implements Paths {
  readonly #rows = new RowNumbers();
  readonly #pages: Int32Array[] = [];
  readonly #sinceMs = new Float64Column();
  /** Zero, and then no memory at all, for nearly every path: without add-path, and without a second path. */
  readonly #pathId = new Uint32Column();
  readonly #ordinalAfterFirst = new Uint32Column();
  readonly #ages = { ipv4: new Int32Column(), ipv6: new Int32Column() };
  readonly #headOfPrefix = new Int32Column(NO_PATH);
  readonly #headOfSource = new Int32Column(NO_PATH);
  /** Scratch: which ordinals are taken; all zero between two calls. */
  readonly #taken = new Uint8Column();
  #linked = 0;
  #prefixes = 0;
  additions = 0;

  prefix(row: PathRow): PrefixId {
    return this.#cell(row, CELL.prefix) as PrefixId;
  }

  source(row: PathRow): SourceId {
    return this.#cell(row, CELL.source) as SourceId;
  }

  pathId(row: PathRow): number {
    return this.#pathId.get(row);
  }

  ordinal(row: PathRow): number {
    return this.#ordinalAfterFirst.get(row) + FIRST_ORDINAL;
  }

  received(row: PathRow): AttrId {
    return this.#cell(row, CELL.received) as AttrId;
  }

  usable(row: PathRow): AttrId {
    return this.#cell(row, CELL.usable) as AttrId;
  }

  isRefused(row: PathRow): boolean {
    return this.#cell(row, CELL.usable) === NO_ATTRIBUTES;
  }

  verdict(row: PathRow): number {
    return this.#cell(row, CELL.verdict);
  }

  isStale(row: PathRow): boolean {
    return this.toldAt(row) !== this.age(this.source(row), this.family(row));
  }

  family(row: PathRow): Family {
    return (this.#cell(row, CELL.standing) & IPV6) === 0 ? "ipv4" : "ipv6";
  }

  /** How old the source is in that family. */
  age(source: SourceId, family: Family): number {
    return this.#ages[family].get(source);
  }

  /** At which age of its source the row was told last. */
  toldAt(row: PathRow): number {
    return this.#cell(row, CELL.standing) >> AGE_SHIFT;
  }

  isOnly(row: PathRow): boolean {
    return this.nextOfPrefix(row) === NO_PATH && this.firstOfPrefix(this.prefix(row)) === row;
  }

  isLinked(row: PathRow): boolean {
    return (this.#cell(row, CELL.standing) & LINKED) !== 0;
  }

  sinceMs(row: PathRow): number {
    return this.#sinceMs.get(row);
  }

  firstOfPrefix(prefix: PrefixId): PathRow {
    return this.#headOfPrefix.get(prefix) as PathRow;
  }

  nextOfPrefix(row: PathRow): PathRow {
    return this.#cell(row, CELL.nextOfPrefix) as PathRow;
  }

  /** Like firstOfPrefix(), by source. A row may be unlinked as soon as the next one was read. */
  firstOfSource(source: SourceId): PathRow {
    return this.#headOfSource.get(source) as PathRow;
  }

  nextOfSource(row: PathRow): PathRow {
    return this.#cell(row, CELL.nextOfSource) as PathRow;
  }

  /** All paths of a prefix, for whoever is not in a hurry. */
  ofPrefix(prefix: PrefixId): PathRow[] {
    const rows: PathRow[] = [];
    for (let row = this.firstOfPrefix(prefix); row !== NO_PATH; row = this.nextOfPrefix(row)) rows.push(row);
    return rows;
  }

  /** All paths of a source; the one just shown may be unlinked. */
  *ofSource(source: SourceId): Generator<PathRow> {
    for (let row = this.firstOfSource(source); row !== NO_PATH; ) {
      const next = this.nextOfSource(row);
      yield row;
      row = next;
    }
  }

  find(source: SourceId, prefix: PrefixId, pathId: number): PathRow {
    let row = this.firstOfPrefix(prefix);
    while (row !== NO_PATH && (this.source(row) !== source || this.#pathId.get(row) !== pathId)) row = this.nextOfPrefix(row);
    return row;
  }

  hasRoom(source: SourceId, prefix: PrefixId, pathId: number, most: number): boolean {
    let told = 0;
    for (let row = this.firstOfPrefix(prefix); row !== NO_PATH; row = this.nextOfPrefix(row)) {
      if (this.source(row) !== source) continue;
      if (this.#pathId.get(row) === pathId) return true;
      if (!this.isStale(row)) told++; // it goes when the source has told its paths again
    }
    return told < most;
  }

  /** Cells one by one instead of an object: this is where a million routes come in. */
  add(prefix: PrefixId, family: Family, source: SourceId, pathId: number, received: AttrId, usable: AttrId, verdict: number, sinceMs: number): PathRow {
    const row = this.#rows.take() as PathRow;
    const page = this.#pages[row >> PAGE_BITS] ?? this.#addPage();
    const at = (row & IN_PAGE) * CELLS;
    const ordinal = this.#freeOrdinal(prefix);
    const first = this.firstOfPrefix(prefix);
    const next = this.firstOfSource(source);
    page[at + CELL.prefix] = prefix;
    page[at + CELL.source] = source;
    page[at + CELL.received] = received;
    page[at + CELL.usable] = usable;
    page[at + CELL.verdict] = verdict;
    page[at + CELL.standing] = (this.age(source, family) << AGE_SHIFT) | (family === "ipv6" ? FLAGS : LINKED);
    page[at + CELL.nextOfPrefix] = first;
    page[at + CELL.nextOfSource] = next;
    page[at + CELL.previousOfSource] = NO_PATH;
    this.#headOfPrefix.set(prefix, row);
    if (next !== NO_PATH) this.#put(next, CELL.previousOfSource, row);
    this.#headOfSource.set(source, row);
    this.#pathId.set(row, pathId);
    this.#ordinalAfterFirst.set(row, ordinal - FIRST_ORDINAL);
    this.#sinceMs.set(row, sinceMs);
    if (first === NO_PATH) this.#prefixes++;
    this.#linked++;
    this.additions++;
    return row;
  }

  /** `row` stands where the unlinked path `before` stood: whoever knew that by its number knows this by the same. */
  succeed(row: PathRow, before: PathRow): void {
    this.#ordinalAfterFirst.set(row, this.#ordinalAfterFirst.get(before));
  }

  /** `row` is for `path`, which goes: as stale, by its number, and right behind it, so that walks that are still to come by the one come by the other. */
  standIn(row: PathRow, path: PathRow): void {
    this.succeed(row, path);
    this.#setToldAt(row, this.toldAt(path));
    this.#unlinkFromSource(row);
    const next = this.nextOfSource(path);
    this.#put(row, CELL.nextOfSource, next);
    this.#put(row, CELL.previousOfSource, path);
    this.#put(path, CELL.nextOfSource, row);
    if (next !== NO_PATH) this.#put(next, CELL.previousOfSource, row);
  }

  setVerdict(row: PathRow, verdict: number): void {
    this.#put(row, CELL.verdict, verdict);
  }

  /** All paths of the source in that family are stale from now on. */
  grow(source: SourceId, family: Family): void {
    const age = this.age(source, family);
    this.#ages[family].set(source, age === OLDEST ? this.#beginAges(source, family) : age + 1);
  }

  /** Told again: not stale any more. */
  refresh(row: PathRow): void {
    this.#setToldAt(row, this.age(this.source(row), this.family(row)));
  }

  /** Out of both chains; its cells stay readable until free(). */
  unlink(row: PathRow): void {
    this.#unlinkFromPrefix(row);
    this.#unlinkFromSource(row);
    this.#put(row, CELL.standing, this.#cell(row, CELL.standing) & ~LINKED);
    this.#linked--;
  }

  /** Its number may be used again. */
  free(row: PathRow): void {
    this.#rows.give(row);
  }

  /** Rows in the chains. */
  get size(): number {
    return this.#linked;
  }

  /** Prefixes with rows in their chain: counted as they come and go, because to walk a million holds everybody up. */
  get prefixes(): number {
    return this.#prefixes;
  }

  /** One beyond the highest row ever in use; see isLinked(). */
  get end(): number {
    return this.#rows.end;
  }

  /** All rows there are were told at the first age, and the source is at the second. */
  #beginAges(source: SourceId, family: Family): number {
    for (let row = this.firstOfSource(source); row !== NO_PATH; row = this.nextOfSource(row)) {
      if (this.family(row) === family) this.#setToldAt(row, 0);
    }
    return 1;
  }

  #setToldAt(row: PathRow, age: number): void {
    this.#put(row, CELL.standing, (age << AGE_SHIFT) | (this.#cell(row, CELL.standing) & FLAGS));
  }

  #freeOrdinal(prefix: PrefixId): number {
    const first = this.firstOfPrefix(prefix);
    if (first === NO_PATH) return FIRST_ORDINAL;
    const taken = this.#taken;
    for (let row = first; row !== NO_PATH; row = this.nextOfPrefix(row)) taken.set(this.ordinal(row), 1);
    let free = FIRST_ORDINAL;
    while (taken.get(free) === 1) free++;
    for (let row = first; row !== NO_PATH; row = this.nextOfPrefix(row)) taken.set(this.ordinal(row), 0);
    return free;
  }

  #unlinkFromPrefix(row: PathRow): void {
    const prefix = this.prefix(row);
    let before: PathRow = NO_PATH;
    for (let at = this.firstOfPrefix(prefix); at !== row; at = this.nextOfPrefix(at)) before = at;
    const after = this.nextOfPrefix(row);
    if (before === NO_PATH && after === NO_PATH) this.#prefixes--;
    if (before === NO_PATH) this.#headOfPrefix.set(prefix, after);
    else this.#put(before, CELL.nextOfPrefix, after);
  }

  #unlinkFromSource(row: PathRow): void {
    const next = this.nextOfSource(row);
    const previous = this.#cell(row, CELL.previousOfSource) as PathRow;
    if (previous === NO_PATH) this.#headOfSource.set(this.source(row), next);
    else this.#put(previous, CELL.nextOfSource, next);
    if (next !== NO_PATH) this.#put(next, CELL.previousOfSource, previous);
  }

  #cell(row: PathRow, cell: number): number {
    return (this.#pages[row >> PAGE_BITS] as Int32Array)[(row & IN_PAGE) * CELLS + cell] as number;
  }

  #put(row: PathRow, cell: number, value: number): void {
    (this.#pages[row >> PAGE_BITS] as Int32Array)[(row & IN_PAGE) * CELLS + cell] = value;
  }

  /** Rows are numbered without gaps, so it is always the next one that is missing. */
  #addPage(): Int32Array {
    const page = new Int32Array(PAGE_ROWS * CELLS);
    this.#pages.push(page);
    return page;
  }
}
