/**
 * One row per path: (prefix, source, path identifier).
 * Pure. A struct of arrays; rows of one prefix form a chain, rows of one source another, so that "what do we know about
 * this prefix" and "forget this peer" both cost what they touch.
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
import { Float64Column, Int32Column, RowNumbers, Uint16Column, Uint32Column, Uint8Column } from "./columns.ts";
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

const UNLINKED = 0;
const LINKED = 1;
const IPV6 = 2;
/** Of a source; then its ages begin anew. */
export const OLDEST = 0xffff;

export class PathTable implements Paths {
  readonly #rows = new RowNumbers();
  readonly #prefix = new Int32Column();
  readonly #source = new Int32Column();
  readonly #pathId = new Uint32Column();
  readonly #ordinal = new Uint32Column();
  readonly #received = new Int32Column();
  readonly #usable = new Int32Column();
  readonly #verdict = new Int32Column();
  readonly #flags = new Uint8Column();
  readonly #toldAt = new Uint16Column();
  readonly #ages = { ipv4: new Int32Column(), ipv6: new Int32Column() };
  readonly #sinceMs = new Float64Column();
  readonly #nextOfPrefix = new Int32Column();
  readonly #nextOfSource = new Int32Column();
  readonly #previousOfSource = new Int32Column();
  readonly #headOfPrefix = new Int32Column(NO_PATH);
  readonly #headOfSource = new Int32Column(NO_PATH);
  /** Scratch: which ordinals are taken; all zero between two calls. */
  readonly #taken = new Uint8Column();
  #linked = 0;
  #prefixes = 0;
  additions = 0;

  prefix(row: PathRow): PrefixId {
    return this.#prefix.get(row) as PrefixId;
  }

  source(row: PathRow): SourceId {
    return this.#source.get(row) as SourceId;
  }

  pathId(row: PathRow): number {
    return this.#pathId.get(row);
  }

  ordinal(row: PathRow): number {
    return this.#ordinal.get(row);
  }

  received(row: PathRow): AttrId {
    return this.#received.get(row) as AttrId;
  }

  usable(row: PathRow): AttrId {
    return this.#usable.get(row) as AttrId;
  }

  isRefused(row: PathRow): boolean {
    return this.#usable.get(row) === NO_ATTRIBUTES;
  }

  verdict(row: PathRow): number {
    return this.#verdict.get(row);
  }

  isStale(row: PathRow): boolean {
    return this.#toldAt.get(row) !== this.age(this.source(row), this.family(row));
  }

  family(row: PathRow): Family {
    return (this.#flags.get(row) & IPV6) === 0 ? "ipv4" : "ipv6";
  }

  /** How old the source is in that family. */
  age(source: SourceId, family: Family): number {
    return this.#ages[family].get(source);
  }

  /** At which age of its source the row was told last. */
  toldAt(row: PathRow): number {
    return this.#toldAt.get(row);
  }

  isOnly(row: PathRow): boolean {
    return this.nextOfPrefix(row) === NO_PATH && this.firstOfPrefix(this.prefix(row)) === row;
  }

  isLinked(row: PathRow): boolean {
    return (this.#flags.get(row) & LINKED) !== 0;
  }

  sinceMs(row: PathRow): number {
    return this.#sinceMs.get(row);
  }

  firstOfPrefix(prefix: PrefixId): PathRow {
    return this.#headOfPrefix.get(prefix) as PathRow;
  }

  nextOfPrefix(row: PathRow): PathRow {
    return this.#nextOfPrefix.get(row) as PathRow;
  }

  /** Like firstOfPrefix(), by source. A row may be unlinked as soon as the next one was read. */
  firstOfSource(source: SourceId): PathRow {
    return this.#headOfSource.get(source) as PathRow;
  }

  nextOfSource(row: PathRow): PathRow {
    return this.#nextOfSource.get(row) as PathRow;
  }

  find(source: SourceId, prefix: PrefixId, pathId: number): PathRow {
    let row = this.firstOfPrefix(prefix);
    while (row !== NO_PATH && (this.#source.get(row) !== source || this.#pathId.get(row) !== pathId)) row = this.nextOfPrefix(row);
    return row;
  }

  hasRoom(source: SourceId, prefix: PrefixId, pathId: number, most: number): boolean {
    let told = 0;
    for (let row = this.firstOfPrefix(prefix); row !== NO_PATH; row = this.nextOfPrefix(row)) {
      if (this.#source.get(row) !== source) continue;
      if (this.#pathId.get(row) === pathId) return true;
      if (!this.isStale(row)) told++; // it goes when the source has told its paths again
    }
    return told < most;
  }

  /** Cells one by one instead of an object: this is where a million routes come in. */
  add(prefix: PrefixId, family: Family, source: SourceId, pathId: number, received: AttrId, usable: AttrId, verdict: number, sinceMs: number): PathRow {
    const row = this.#rows.take() as PathRow;
    this.#prefix.set(row, prefix);
    this.#source.set(row, source);
    this.#pathId.set(row, pathId);
    this.#received.set(row, received);
    this.#usable.set(row, usable);
    this.#verdict.set(row, verdict);
    this.#sinceMs.set(row, sinceMs);
    this.#flags.set(row, family === "ipv6" ? LINKED | IPV6 : LINKED);
    this.#toldAt.set(row, this.age(source, family));
    this.#ordinal.set(row, this.#freeOrdinal(prefix));
    this.#link(row, prefix, source);
    this.additions++;
    return row;
  }

  /** `row` stands where the unlinked path `before` stood: whoever knew that by its number knows this by the same. */
  succeed(row: PathRow, before: PathRow): void {
    this.#ordinal.set(row, this.ordinal(before));
  }

  setVerdict(row: PathRow, verdict: number): void {
    this.#verdict.set(row, verdict);
  }

  /** All paths of the source in that family are stale from now on. */
  grow(source: SourceId, family: Family): void {
    const age = this.age(source, family);
    this.#ages[family].set(source, age === OLDEST ? this.#beginAges(source, family) : age + 1);
  }

  /** Told again: not stale any more. */
  refresh(row: PathRow): void {
    this.#toldAt.set(row, this.age(this.source(row), this.family(row)));
  }

  /** As stale as the other one. */
  ageLike(row: PathRow, other: PathRow): void {
    this.#toldAt.set(row, this.toldAt(other));
  }

  /** Out of both chains; its cells stay readable until free(). */
  unlink(row: PathRow): void {
    this.#unlinkFromPrefix(row);
    this.#unlinkFromSource(row);
    this.#flags.set(row, this.#flags.get(row) & ~LINKED);
    this.#linked--;
  }

  /** Its number may be used again. */
  free(row: PathRow): void {
    this.#flags.set(row, UNLINKED);
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
      if (this.family(row) === family) this.#toldAt.set(row, 0);
    }
    return 1;
  }

  #freeOrdinal(prefix: PrefixId): number {
    const taken = this.#taken;
    for (let row = this.firstOfPrefix(prefix); row !== NO_PATH; row = this.nextOfPrefix(row)) taken.set(this.ordinal(row), 1);
    let free = 1;
    while (taken.get(free) === 1) free++;
    for (let row = this.firstOfPrefix(prefix); row !== NO_PATH; row = this.nextOfPrefix(row)) taken.set(this.ordinal(row), 0);
    return free;
  }

  #link(row: PathRow, prefix: PrefixId, source: SourceId): void {
    const first = this.firstOfPrefix(prefix);
    if (first === NO_PATH) this.#prefixes++;
    this.#nextOfPrefix.set(row, first);
    this.#headOfPrefix.set(prefix, row);
    const next = this.firstOfSource(source);
    this.#nextOfSource.set(row, next);
    this.#previousOfSource.set(row, NO_PATH);
    if (next !== NO_PATH) this.#previousOfSource.set(next, row);
    this.#headOfSource.set(source, row);
    this.#linked++;
  }

  #unlinkFromPrefix(row: PathRow): void {
    const prefix = this.prefix(row);
    let before: PathRow = NO_PATH;
    for (let at = this.firstOfPrefix(prefix); at !== row; at = this.nextOfPrefix(at)) before = at;
    const after = this.nextOfPrefix(row);
    if (before === NO_PATH && after === NO_PATH) this.#prefixes--;
    if (before === NO_PATH) this.#headOfPrefix.set(prefix, after);
    else this.#nextOfPrefix.set(before, after);
  }

  #unlinkFromSource(row: PathRow): void {
    const next = this.nextOfSource(row);
    const previous = this.#previousOfSource.get(row);
    if (previous === NO_PATH) this.#headOfSource.set(this.source(row), next);
    else this.#nextOfSource.set(previous, next);
    if (next !== NO_PATH) this.#previousOfSource.set(next, previous);
  }
}
