/**
 * Writes every change of a best path into the journal of src/history, with its cause.
 * Pure. The cause is read off the tables in the turn of the decision: what has become of the path that was best, and how the one
 * that is best now came to be there.
 *
 * Hot: every change of a loading table comes through here. Sources and next hops become what stays true only when they are new.
 */

import { type IpAddress, addressToBytes } from "../../ip/address.ts";
import type { BestChanges } from "../../bgp/rib/best-changes.ts";
import { Uint32Column } from "../../bgp/rib/columns.ts";
import { RULES, type Rule } from "../../bgp/rib/decide.ts";
import { type AttrId, NO_ATTRIBUTES, NO_PATH, type PathRow, type PrefixId, type SourceId } from "../../bgp/rib/ids.ts";
import type { NextHopView } from "../../bgp/rib/next-hop.ts";
import { NO_NEXT_HOP } from "../../bgp/rib/next-hop-table.ts";
import { PathFacts } from "../../bgp/rib/path-facts.ts";
import { CAUSE_CODES, CHANGES, type Cause, ChangeDraft, RULE_CODES } from "../../history/change.ts";
import { ChangeRing, type HistoryBounds } from "../../history/change-ring.ts";
import { type OriginRooms, bareOrigin, bookedOrigin } from "./route-origin.ts";
import type { RouteOrigin } from "../view.ts";

const APPEARED = CHANGES.indexOf("appeared");
const CHANGED = CHANGES.indexOf("changed");
const WENT = CHANGES.indexOf("went");
const DIFFERS = { nextHop: 1, localPref: 2, med: 4, asPath: 8, origin: 16, attributes: 32 } as const;
const HOP_WORDS = 4;
const SWITCHED_OFF = ["aigp", "oldest-external"]; // as DECISION_DEFAULTS have it
const IN_FORCE = RULES.filter(({ name }) => !SWITCHED_OFF.includes(name));

export class BestPathHistory {
  readonly ring: ChangeRing<RouteOrigin>;
  readonly #rooms: OriginRooms;
  readonly #facts: PathFacts;
  readonly #draft = new ChangeDraft<RouteOrigin>();
  readonly #octets = new Uint8Array(16);
  /** By number of the source, as it was named last: its paths may outlive it in the books. */
  readonly #origins: (RouteOrigin | undefined)[] = [];
  /** By number of the next hop: the address that its words stand for. */
  readonly #hops: (IpAddress | undefined)[] = [];
  #hopWords = new Uint32Array(HOP_WORDS * 64);
  /** When everything that had been absorbed was decided: what was told before was a choice then. */
  #settledMs = Number.NEGATIVE_INFINITY;
  /** By number of the source: the decision in which its name was looked up last. */
  readonly #named = new Uint32Column();
  #decisions = 0;
  /** The set that the draft describes: those of one UPDATE mostly stand together. */
  #drafted: AttrId = NO_ATTRIBUTES;
  /** The sets that were compared last. */
  readonly #pair = { before: NO_ATTRIBUTES, after: NO_ATTRIBUTES, differs: 0 };

  constructor(rooms: OriginRooms, nextHops: NextHopView, bounds: HistoryBounds, nowMs: number) {
    this.#rooms = rooms;
    this.ring = new ChangeRing(bounds, nowMs);
    const { rib, sources, attributes } = rooms.tables;
    this.#facts = new PathFacts(rib.paths, sources, attributes, nextHops);
  }

  /** What a decision changed, before anything else is absorbed. */
  record(changes: BestChanges, nowMs: number): void {
    this.#draft.atMs = Math.floor(nowMs);
    this.#decisions++; // peers and sets may have other numbers by now
    this.#drafted = NO_ATTRIBUTES;
    this.#pair.before = NO_ATTRIBUTES;
    for (let at = 0; at < changes.length; at++) this.#record(changes.prefix(at), changes.before(at), changes.after(at));
  }

  /** Everything that was absorbed is decided. */
  settled(nowMs: number): void {
    this.#settledMs = nowMs;
  }

  #record(prefix: PrefixId, before: PathRow, after: PathRow): void {
    const draft = this.#draft;
    const { paths } = this.#rooms.tables.rib;
    this.#setPrefix(prefix);
    draft.before = before === NO_PATH ? undefined : this.#originOf(paths.source(before));
    draft.after = after === NO_PATH ? undefined : this.#originOf(paths.source(after));
    draft.rule = 0;
    draft.differs = 0;
    if (before === NO_PATH) {
      draft.change = APPEARED;
      draft.cause = CAUSE_CODES[this.#causeOfAppearance(after)];
    } else {
      draft.change = after === NO_PATH ? WENT : CHANGED;
      const cause = this.#causeOfEnd(before, after);
      draft.cause = CAUSE_CODES[cause];
      if (after !== NO_PATH) draft.differs = this.#differences(paths.usable(before), paths.usable(after));
      if (cause === "better-path") draft.rule = this.#ruleBetween(after, before);
    }
    if (after !== NO_PATH && paths.usable(after) !== this.#drafted) this.#draftPath(paths.usable(after));
    this.ring.append(draft);
  }

  #setPrefix(prefix: PrefixId): void {
    const { prefixes } = this.#rooms.tables;
    const draft = this.#draft;
    const octets = prefixes.copyAddress(prefix, this.#octets, 0);
    draft.family = octets === 4 ? 0 : 1;
    draft.bits = prefixes.bits(prefix);
    for (let at = 0; at < octets; at += 4) draft.address[at >> 2] = wordAt(this.#octets, at);
  }

  #draftPath(set: AttrId): void {
    const { ranking } = this.#rooms.tables.attributes;
    const draft = this.#draft;
    this.#drafted = set;
    draft.hopWords = 0;
    draft.localPref = ranking.localPref.get(set);
    draft.med = ranking.med.get(set);
    draft.asPathLength = ranking.pathLength.get(set);
    draft.neighbourAs = ranking.neighbourAs.get(set);
    draft.origin = ranking.origin.get(set);
    const hop = ranking.nextHop(set);
    if (hop === NO_NEXT_HOP) return;
    const address = this.#rooms.tables.attributes.nextHops.address(hop);
    if (this.#hops[hop] !== address) this.#learnHop(hop, address);
    draft.hopWords = address.includes(":") ? 4 : 1;
    for (let at = 0; at < draft.hopWords; at++) draft.nextHop[at] = this.#hopWords[HOP_WORDS * hop + at] as number;
  }

  #learnHop(hop: number, address: IpAddress): void {
    if (HOP_WORDS * (hop + 1) > this.#hopWords.length) {
      const old = this.#hopWords;
      this.#hopWords = new Uint32Array(2 * HOP_WORDS * (hop + 1));
      this.#hopWords.set(old);
    }
    const octets = addressToBytes(address);
    for (let at = 0; at < octets.length; at += 4) this.#hopWords[HOP_WORDS * hop + (at >> 2)] = wordAt(octets, at);
    this.#hops[hop] = address;
  }

  /** It was not told just now where it had been known when everything was last decided. */
  #causeOfAppearance(after: PathRow): Cause {
    const { rib, sourceChanges } = this.#rooms.tables;
    if (rib.paths.sinceMs(after) >= this.#settledMs) return "announced";
    return sourceChanges.isJudged(rib.paths.source(after)) ? "policy" : "next-hop-found";
  }

  /** What has become of the path that was best. */
  #causeOfEnd(before: PathRow, after: PathRow): Cause {
    const { rib, attributes, sourceChanges } = this.#rooms.tables;
    const { paths } = rib;
    const source = paths.source(before);
    const now = paths.find(source, paths.prefix(before), paths.pathId(before));
    if (now === before) return rib.isEligible(before) ? "better-path" : "next-hop-lost";
    if (now === NO_PATH) return paths.isStale(before) ? sourceChanges.departure(source) : "withdrawn";
    const isSame = paths.received(now) === paths.received(before);
    if (paths.isRefused(now)) return isSame ? "policy" : "refused";
    const { longLivedStale } = attributes.ranking;
    if (!isSame || longLivedStale.get(paths.usable(now)) < longLivedStale.get(paths.usable(before))) return after !== NO_PATH || rib.isEligible(now) ? "updated" : "next-hop-lost";
    return longLivedStale.get(paths.usable(now)) > longLivedStale.get(paths.usable(before)) ? "stale" : "policy";
  }

  /** As the ranking has it, where both are in it and the one is right behind the other. */
  #ruleBetween(winner: PathRow, loser: PathRow): number {
    const isOneNeighbour = this.#facts.neighbourAs(winner) === this.#facts.neighbourAs(loser);
    for (let at = 0; at < IN_FORCE.length; at++) {
      const rule = IN_FORCE[at] as Rule;
      if (rule.among === "one-neighbour" && !isOneNeighbour) continue;
      if (rule.compare(winner, loser, this.#facts) !== 0) return RULE_CODES.get(rule.name) ?? 0;
    }
    return 0;
  }

  /** Answered once for the prefixes of one UPDATE that meet those of another one. */
  #differences(before: AttrId, after: AttrId): number {
    const pair = this.#pair;
    if (pair.before === before && pair.after === after) return pair.differs;
    pair.before = before;
    pair.after = after;
    return (pair.differs = before === after ? 0 : this.#compare(before, after));
  }

  #compare(before: AttrId, after: AttrId): number {
    const { ranking } = this.#rooms.tables.attributes;
    const isOtherPath = ranking.pathLength.get(before) !== ranking.pathLength.get(after) || ranking.neighbourAs.get(before) !== ranking.neighbourAs.get(after);
    const differs =
      (ranking.nextHop(before) === ranking.nextHop(after) ? 0 : DIFFERS.nextHop) |
      (ranking.localPref.get(before) === ranking.localPref.get(after) ? 0 : DIFFERS.localPref) |
      (ranking.med.get(before) === ranking.med.get(after) ? 0 : DIFFERS.med) |
      (isOtherPath ? DIFFERS.asPath : 0) |
      (ranking.origin.get(before) === ranking.origin.get(after) ? 0 : DIFFERS.origin);
    return differs === 0 ? DIFFERS.attributes : differs;
  }

  /** Looked up once in a decision. */
  #originOf(source: SourceId): RouteOrigin {
    const known = this.#origins[source];
    if (known && this.#named.get(source) === this.#decisions) return known;
    this.#named.set(source, this.#decisions);
    return this.#nameOf(source);
  }

  /** The same object for as long as the name is the same. */
  #nameOf(source: SourceId): RouteOrigin {
    const known = this.#origins[source];
    const name = bookedOrigin(source, this.#rooms) ?? known ?? bareOrigin(source, this.#rooms); // its last paths may outlive it
    if (known && isSame(known, name)) return known;
    this.#origins[source] = name;
    return name;
  }
}

function isSame(a: RouteOrigin, b: RouteOrigin): boolean {
  if (a.kind !== "peer" || b.kind !== "peer") return a.kind === b.kind;
  return a.peer === b.peer && a.address === b.address;
}

function wordAt(octets: Uint8Array, at: number): number {
  return (((octets[at] as number) << 24) | ((octets[at + 1] as number) << 16) | ((octets[at + 2] as number) << 8) | (octets[at + 3] as number)) >>> 0;
}
