/**
 * The routing information base: every path we know and which are best. The face of this room.
 * Pure. RFC 4271 §3.2, §9.1: Adj-RIBs-In and Loc-RIB are one table; what a policy refused stays in it, marked.
 *
 *   learn, forget, ... ──> path rows, touched prefixes ──> decide() ──> BestChanges
 *
 * Life of a number: a path that is replaced or forgotten keeps its row, and with it its prefix, source and attribute
 * sets, through the decide() that reports the change and until the next one. The same holds for any number that
 * was interned and not picked up.
 */

import { ALL_FAMILIES, type Family } from "../wire/context.ts";
import type { AttributeStore } from "./attribute-store.ts";
import { BestChangeList, type BestChanges } from "./best-changes.ts";
import { COUNTED, Census, type PathCounts } from "./census.ts";
import { Int32Column } from "./columns.ts";
import { DECISION_DEFAULTS, Decision, type DecisionOptions, type RuleName } from "./decide.ts";
import { type AttrId, NO_ATTRIBUTES, NO_PATH, type PathRow, type PrefixId, type SourceId } from "./ids.ts";
import type { NextHopView } from "./next-hop.ts";
import { NextHopCheck } from "./next-hop-check.ts";
import { PathFacts } from "./path-facts.ts";
import { OLDEST, type Paths, PathTable } from "./path-table.ts";
import { type RankChange, Rankings } from "./rankings.ts";
import type { PrefixTable } from "./prefix-table.ts";
import { Rounds } from "./rounds.ts";
import type { SourceTable } from "./source-table.ts";
import { type Visit, Walks } from "./walks.ts";

const STEPS_PER_TURN = 16_384; // of walks: a few milliseconds

/** The tables a Rib stands on; it holds rows in them, and sweeps them. */
export interface RibTables {
  readonly nextHops: NextHopView;
  readonly sources: SourceTable;
  readonly attributes: AttributeStore;
  readonly prefixes: PrefixTable;
}

/** A path in its rank, and the rule by which it lost against the path before it. */
export interface RankedPath {
  readonly row: PathRow;
  readonly lostBy: RuleName | undefined;
}

export class Rib {
  /** The cells of path rows, to read. */
  readonly paths: Paths;
  readonly #paths = new PathTable();
  readonly #tables: RibTables;
  readonly #facts: PathFacts;
  readonly #decision: Decision;
  readonly #best = new Int32Column(NO_PATH);
  readonly #census = new Census();
  /** undefined: nobody asks for more than the best path. */
  #rankings: Rankings | undefined;
  readonly #changes = new BestChangeList();
  readonly #rounds = new Rounds();
  readonly #walks: Walks;
  readonly #nextHopCheck: NextHopCheck;
  readonly #free = (row: PathRow): void => this.#release(row);
  #hasDecided = false;
  #stands = false;

  constructor(tables: RibTables, options: Partial<DecisionOptions> = {}, stepsPerTurn = STEPS_PER_TURN) {
    this.#tables = tables;
    this.paths = this.#paths;
    this.#walks = new Walks(this.#paths, stepsPerTurn);
    this.#nextHopCheck = new NextHopCheck(this.#paths, tables, stepsPerTurn, (prefix) => this.#rounds.touch(prefix));
    this.#facts = new PathFacts(this.#paths, tables.sources, tables.attributes, tables.nextHops);
    this.#decision = new Decision(this.#facts, { ...DECISION_DEFAULTS, ...options });
  }

  /**
   * A source told a path: `received` as it came, `usable` after import policy (NO_ATTRIBUTES: refused, `verdict` says
   * why). The same path told again changes nothing, except that it is no longer stale and its verdict may be another.
   */
  learn(source: SourceId, prefix: PrefixId, pathId: number, received: AttrId, usable: AttrId, verdict: number, nowMs: number): void {
    const known = this.#paths.find(source, prefix, pathId);
    if (known === NO_PATH) {
      this.#add(source, prefix, pathId, received, usable, verdict, nowMs);
    } else if (this.#paths.received(known) === received && this.#paths.usable(known) === usable) {
      this.#setVerdict(known, verdict);
      this.#clearStale(known);
    } else {
      this.#remove(known);
      this.#paths.succeed(this.#add(source, prefix, pathId, received, usable, verdict, nowMs), known);
    }
  }

  /** Import policy has changed its mind about a path; it keeps its age and stays stale if it was. */
  rejudge(row: PathRow, usable: AttrId, verdict: number): void {
    if (this.#paths.usable(row) === usable) {
      this.#setVerdict(row, verdict);
      return;
    }
    const paths = this.#paths;
    const rejudged = this.#add(paths.source(row), paths.prefix(row), paths.pathId(row), paths.received(row), usable, verdict, paths.sinceMs(row));
    paths.standIn(rejudged, row);
    if (paths.isStale(row)) this.#census.add(paths.source(row), paths.family(row), COUNTED.stale, 1);
    this.#remove(row);
  }

  /** A source took a path back; nothing happens where there was none. */
  forget(source: SourceId, prefix: PrefixId, pathId: number): void {
    const row = this.#paths.find(source, prefix, pathId);
    if (row !== NO_PATH) this.#remove(row);
  }

  /** The session is gone, or one family of it. */
  forgetSource(source: SourceId, ...families: readonly Family[]): void {
    for (const family of families.length === 0 ? ALL_FAMILIES : families) {
      this.markStale(source, family);
      this.forgetStale(source, family);
    }
  }

  /** The source's paths stay as good as they were, but only until it has told them again (RFC 4724 §4.2, RFC 7313 §4). */
  markStale(source: SourceId, family: Family): void {
    if (this.#paths.age(source, family) === OLDEST) this.#walks.finish(source); // they compare ages
    this.#paths.grow(source, family);
    this.#census.allStale(source, family);
  }

  /** What the source has not told again by now goes, soon: a path that it tells until then stays. */
  forgetStale(source: SourceId, family: Family): void {
    const age = this.#paths.age(source, family);
    this.walk(source, (row) => {
      if (this.#paths.family(row) === family && this.#paths.toldAt(row) < age) this.#remove(row);
    });
  }

  /** Shows every path that the source has now, but those that are gone until their turn comes; see Walks. */
  walk(source: SourceId, visit: Visit): void {
    this.#walks.begin(source, visit);
  }

  /** Goes on with the walks that are not at their end. */
  goOn(): void {
    this.#walks.turn();
    this.#nextHopCheck.turn();
  }

  /** The source is to be another one: walks over its paths are made to their end, now. */
  finishWalks(source: SourceId): void {
    this.#walks.finish(source);
  }

  /** Walks that are not at their end: there is more for goOn(). */
  get walks(): number {
    return this.#walks.pending + (this.#nextHopCheck.isPending ? 1 : 0);
  }

  /** Prefixes that were touched and not decided: there is more for decide(). */
  get undecided(): number {
    return this.#rounds.left;
  }

  /** What was there when decide() was called first is decided to the last prefix. */
  get stands(): boolean {
    return this.#stands;
  }

  /** Answers of the NextHopView have changed: every path that depends on one of those is looked at again, soon. */
  reconsiderNextHops(): void {
    this.#nextHopCheck.begin();
  }

  /** From now on decide() ranks every usable path, for rankChanges() and standing(). */
  rankAll(): void {
    if (this.#rankings) return;
    this.#rankings = new Rankings();
    for (const prefix of this.prefixes()) this.#rankings.set(prefix, this.#usable(prefix));
  }

  /** Nobody asks for rankings any more. */
  rankBest(): void {
    this.#rankings = undefined;
  }

  /** What the last decide() changed in the order of usable paths; only after rankAll(). */
  rankChanges(): readonly RankChange[] {
    return this.#rankings?.changes ?? [];
  }

  /** The usable paths as of the last decide(), best first; without rankAll() the best alone. */
  standing(prefix: PrefixId): readonly PathRow[] {
    const several = this.#rankings?.get(prefix);
    if (several) return several;
    const best = this.best(prefix);
    return best === NO_PATH ? [] : [best];
  }

  /**
   * Looks at the prefixes that were touched, at most so many of them, and says where another path is best now; see Rounds.
   * Valid until the next call.
   */
  decide(most = Number.POSITIVE_INFINITY): BestChanges {
    this.#hasDecided = true;
    if (this.#rounds.isOver) {
      this.#bury();
      this.#rounds.begin();
    }
    this.#changes.clear();
    this.#rankings?.begin();
    this.#rounds.slice(most);
    for (let at = 0; at < this.#rounds.sliceLength; at++) this.#decidePrefix(this.#rounds.inSlice(at));
    if (this.#rounds.isOver) this.#stands = true;
    return this.#changes;
  }

  /**
   * Instead of decide(), as long as the first one is put off: what came and went meanwhile was never shown to anybody,
   * and peers that come and go in that time must not fill the table with it.
   */
  discardRemoved(): void {
    if (!this.#hasDecided) this.#bury();
  }

  /** How many prefixes the last decide() looked at, changed or not: paths beside the best may have come or gone. */
  get decidedCount(): number {
    return this.#rounds.sliceLength;
  }

  decided(at: number): PrefixId {
    return this.#rounds.inSlice(at);
  }

  /** As of the last decide(). */
  best(prefix: PrefixId): PathRow {
    return this.#best.get(prefix) as PathRow;
  }

  /** The paths that policy let in, best first; those whose next hop cannot be reached come last and are never best. */
  ranked(prefix: PrefixId): readonly PathRow[] {
    return this.#decision.rank(this.#paths.ofPrefix(prefix).filter((row) => !this.#paths.isRefused(row)));
  }

  /** ranked(), each with the rule by which it lost. */
  explain(prefix: PrefixId): readonly RankedPath[] {
    const rows = this.ranked(prefix);
    return rows.map((row, index) => {
      const before = rows[index - 1];
      return { row, lostBy: before === undefined ? undefined : this.#decision.decidingRule(before, row) };
    });
  }

  /** The name of the rule by which a path lost against the one ranked before it; undefined for the first and the refused. */
  lostBy(row: PathRow): string | undefined {
    return this.explain(this.#paths.prefix(row)).find((ranked) => ranked.row === row)?.lostBy;
  }

  /** The paths that policy refused, in the order of their sources. */
  refused(prefix: PrefixId): readonly PathRow[] {
    const order = (row: PathRow): number => this.#paths.source(row);
    return this.#paths.ofPrefix(prefix)
      .filter((row) => this.#paths.isRefused(row))
      .sort((a, b) => order(a) - order(b) || this.#paths.pathId(a) - this.#paths.pathId(b));
  }

  /** Let in by policy, and its next hop can be reached. */
  isEligible(row: PathRow): boolean {
    return !this.#paths.isRefused(row) && this.#facts.unresolvable(row) === 0;
  }

  /** The paths equal to the best through IGP cost, best first, at most `max` and each next hop once. */
  multipath(prefix: PrefixId, max: number): readonly PathRow[] {
    this.#enterPaths(prefix);
    return this.#decision.equals().slice(0, max);
  }

  /** Every prefix that has paths, of one family or of all. */
  *prefixes(family?: Family): Generator<PrefixId> {
    const { prefixes } = this.#tables;
    for (let id = 0 as PrefixId; id < prefixes.end; id = (id + 1) as PrefixId) {
      if (this.#paths.firstOfPrefix(id) !== NO_PATH && (family === undefined || prefixes.family(id) === family)) yield id;
    }
  }

  /**
   * Visits prefixes that had usable paths as of the last decide(), though they may be gone by now: looks at `most` numbers
   * from `from` on, 0 at first, and returns where to go on; undefined: those were the last.
   */
  walkStanding(family: Family, from: number, most: number, visit: (prefix: PrefixId) => void): number | undefined {
    const { prefixes } = this.#tables;
    const until = Math.min(prefixes.end, from + most);
    for (let id = from as PrefixId; id < until; id = (id + 1) as PrefixId) {
      const stands = this.best(id) !== NO_PATH || this.#rankings?.get(id) !== undefined;
      if (stands && prefixes.family(id) === family) visit(id);
    }
    return until < prefixes.end ? until : undefined;
  }

  /** Every path of a source; the one just shown may be forgotten or judged anew. */
  rowsOf(source: SourceId): Generator<PathRow> {
    return this.#paths.ofSource(source);
  }

  counts(source: SourceId, family: Family): PathCounts {
    return this.#census.counts(source, family);
  }

  /** Paths known, the refused included. */
  get size(): number {
    return this.#paths.size;
  }

  #add(source: SourceId, prefix: PrefixId, pathId: number, received: AttrId, usable: AttrId, verdict: number, sinceMs: number): PathRow {
    const { sources, attributes, prefixes } = this.#tables;
    const row = this.#paths.add(prefix, prefixes.family(prefix), source, pathId, received, usable, verdict, sinceMs);
    prefixes.retain(prefix);
    sources.retain(source);
    attributes.retain(received);
    if (usable !== received && usable !== NO_ATTRIBUTES) attributes.retain(usable);
    this.#count(row, 1);
    this.#rounds.touch(prefix);
    return row;
  }

  #remove(row: PathRow): void {
    this.#walks.leaving(row);
    this.#paths.unlink(row);
    this.#count(row, -1);
    this.#rounds.touch(this.#paths.prefix(row));
    this.#rounds.die(row);
  }

  /** Whoever acts on verdicts finds the prefix among the decided ones. */
  #setVerdict(row: PathRow, verdict: number): void {
    if (this.#paths.verdict(row) === verdict) return;
    this.#paths.setVerdict(row, verdict);
    this.#rounds.touch(this.#paths.prefix(row));
  }

  #clearStale(row: PathRow): void {
    if (!this.#paths.isStale(row)) return;
    this.#paths.refresh(row);
    this.#census.add(this.#paths.source(row), this.#paths.family(row), COUNTED.stale, -1);
  }

  #count(row: PathRow, by: 1 | -1): void {
    const source = this.#paths.source(row);
    const family = this.#paths.family(row);
    this.#census.add(source, family, COUNTED.received, by);
    if (!this.#paths.isRefused(row)) this.#census.add(source, family, COUNTED.accepted, by);
    if (by < 0 && this.#paths.isStale(row)) this.#census.add(source, family, COUNTED.stale, by);
  }

  #decidePrefix(prefix: PrefixId): void {
    const after = this.#winner(prefix);
    const before = this.best(prefix);
    this.#rankings?.change(prefix, this.standing(prefix), this.#usable(prefix));
    if (after === before) return;
    this.#best.set(prefix, after);
    if (before !== NO_PATH) this.#census.add(this.#paths.source(before), this.#paths.family(before), COUNTED.best, -1);
    if (after !== NO_PATH) this.#census.add(this.#paths.source(after), this.#paths.family(after), COUNTED.best, 1);
    this.#changes.push(prefix, before, after);
  }

  /** Nearly every prefix has one path: there is nothing to choose from. */
  #winner(prefix: PrefixId): PathRow {
    const first = this.#paths.firstOfPrefix(prefix);
    if (first === NO_PATH) return NO_PATH;
    if (this.#paths.nextOfPrefix(first) === NO_PATH) return this.isEligible(first) ? first : NO_PATH;
    this.#enterPaths(prefix);
    return this.#decision.winner();
  }

  #usable(prefix: PrefixId): readonly PathRow[] {
    return this.ranked(prefix).filter((row) => this.isEligible(row));
  }

  #enterPaths(prefix: PrefixId): void {
    this.#decision.begin();
    for (let row = this.#paths.firstOfPrefix(prefix); row !== NO_PATH; row = this.#paths.nextOfPrefix(row)) {
      if (!this.#paths.isRefused(row)) this.#decision.enter(row);
    }
  }

  /** Frees what the last round still had to show, then every number that nobody holds. */
  #bury(): void {
    const { sources, attributes, prefixes } = this.#tables;
    this.#rounds.bury(this.#free);
    prefixes.sweep();
    attributes.sweep();
    sources.sweep();
  }

  #release(row: PathRow): void {
    const { sources, attributes, prefixes } = this.#tables;
    prefixes.release(this.#paths.prefix(row));
    sources.release(this.#paths.source(row));
    const received = this.#paths.received(row);
    const usable = this.#paths.usable(row);
    attributes.release(received);
    if (usable !== received && usable !== NO_ATTRIBUTES) attributes.release(usable);
    this.#paths.free(row);
  }
}
