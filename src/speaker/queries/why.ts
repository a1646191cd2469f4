/**
 * Computes the answer to `why` for one prefix.
 * Pure. Makes objects freely: it runs when somebody asks. Each station's reason comes from the code that decides there.
 */

import { present } from "../../ip/assert.ts";
import type { IpAddress } from "../../ip/address.ts";
import { type Prefix, hostPrefix, prefixLength, prefixToBytes, prefixVersion } from "../../ip/prefix.ts";
import { type PathRow, NO_PATH, type PrefixId } from "../../bgp/rib/ids.ts";
import { PathFacts } from "../../bgp/rib/path-facts.ts";
import type { NextHopView } from "../../bgp/rib/next-hop.ts";
import type { RankedPath } from "../../bgp/rib/rib.ts";
import { RULE_VALUES } from "../../bgp/rib/rule-values.ts";
import { REJECT_ALL } from "../../bgp/policy/policy.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { Forwarding } from "../forwarding/forwarding.ts";
import type { LocalRoutes } from "../forwarding/local-routes.ts";
import { type LongerPrefixes, longerPrefixes } from "./longer-prefixes.ts";
import type { Peer } from "../peers/peers.ts";
import type { Reconfiguration } from "../orders/reconfiguration.ts";
import type { Rooms } from "../sessions/route-exchange.ts";
import { Tellings } from "./tellings.ts";
import type { Decided, Heard, Own, WhyPath, WhyQuery, WhyView } from "./why-view.ts";

export interface WhyRooms extends Rooms {
  readonly local: LocalRoutes;
  readonly forwarding: Forwarding;
  readonly nextHops: NextHopView;
  readonly reconfiguration: Reconfiguration;
}

/** The prefix that `routes` finds for an address. */
type PrefixFor = (address: IpAddress) => Prefix | undefined;

const NONE_LONGER: LongerPrefixes = { count: 0, first: [] };
const NO_RULE = { policy: undefined, rule: undefined } as const;

export class Why {
  readonly #rooms: WhyRooms;
  readonly #prefixFor: PrefixFor;
  readonly #facts: PathFacts;
  readonly #tellings: Tellings;

  constructor(rooms: WhyRooms, prefixFor: PrefixFor) {
    const { rib, sources, attributes } = rooms.tables;
    this.#rooms = rooms;
    this.#prefixFor = prefixFor;
    this.#facts = new PathFacts(rib.paths, sources, attributes, rooms.nextHops);
    this.#tellings = new Tellings(rooms);
  }

  /** Everything is of the moment in which it ends; undefined before that: a breath. */
  *about(query: WhyQuery): Generator<undefined, WhyView> {
    const longer = yield* this.#longer(this.#subjectOf(query));
    return this.#now(query, longer);
  }

  #now(query: WhyQuery, longer: LongerPrefixes): WhyView {
    const { tables, reconfiguration, peers, forwarding } = this.#rooms;
    const prefix = this.#subjectOf(query);
    const family: Family = prefixVersion(prefix) === 4 ? "ipv4" : "ipv6";
    const id = tables.prefixes.findPrefix(prefix);
    const ranked = id === undefined ? [] : tables.rib.explain(id);
    const rows = id === undefined ? [] : [...ranked.map(({ row }) => row), ...tables.rib.refused(id)];
    const own = this.#own(query, prefix);
    const peer = query.peer === undefined ? undefined : peers.named(query.peer);
    return {
      prefix,
      family,
      decided: this.#decided(),
      paths: id === undefined ? [] : this.#paths(id, ranked, rows),
      forwarding: id === undefined ? { entry: "no-usable-path", purpose: "best-path", rule: undefined } : forwarding.explain(id, reconfiguration.router.multipath),
      tellings: this.#told(id, family, rows, own, peer),
      heard: peer && this.#heard(peer, id, rows),
      covering: this.#covering(prefix, family),
      longer: rows.length > 0 ? NONE_LONGER : longer,
      own,
    };
  }

  #subjectOf(query: WhyQuery): Prefix {
    if ("prefix" in query) return query.prefix;
    return this.#prefixFor(query.covering) ?? hostPrefix(query.covering);
  }

  #decided(): WhyView["decided"] {
    const { deferral, tables } = this.#rooms;
    if (deferral.deferring) return "deferred";
    return tables.rib.undecided > 0 || tables.rib.walks > 0 ? "unfinished" : "settled";
  }

  #paths(id: PrefixId, ranked: readonly RankedPath[], rows: readonly PathRow[]): readonly WhyPath[] {
    const { tables, reconfiguration } = this.#rooms;
    const { rib, attributes } = tables;
    const sharing = new Set(rib.multipath(id, reconfiguration.router.multipath));
    return rows.map((row, at) => ({
      received: attributes.get(rib.paths.received(row)),
      import: this.#importOf(row),
      kept: rib.paths.isStale(row),
      decision: at < ranked.length ? this.#decisionOf(ranked, at) : undefined,
      sharesTraffic: sharing.size > 1 && sharing.has(row),
    }));
  }

  #importOf(row: PathRow): WhyPath["import"] {
    const { rib, verdicts, sources } = this.#rooms.tables;
    const source = rib.paths.source(row);
    const verdict = present(verdicts.get(rib.paths.verdict(row)), "a path came with a verdict");
    if (sources.isLocal(source)) return { reason: "originated", policy: undefined, rule: undefined };
    const { policy, rule } = verdict.spoke ?? NO_RULE;
    if (verdict.kind === "accepted") return { reason: "accepted", policy, rule };
    const chosen = !sources.isExternal(source) || policy !== REJECT_ALL.name;
    return { reason: verdict.by === "import-policy" && !chosen ? "no-import-policy" : verdict.by, policy, rule };
  }

  #decisionOf(ranked: readonly RankedPath[], at: number): Decided {
    const { rib } = this.#rooms.tables;
    const { row, lostBy } = present(ranked[at], "a path has a rank");
    const waits = this.#rooms.deferral.deferring && rib.best(rib.paths.prefix(row)) === NO_PATH; // what was chosen before the wait stays
    if (waits) return { reason: "undecided", against: undefined, values: undefined };
    const before = ranked[at - 1]?.row;
    if (!rib.isEligible(row) || lostBy === "resolvable") return { reason: "unreachable-next-hop", against: undefined, values: undefined };
    if (before === undefined || lostBy === undefined) return { reason: "best", against: undefined, values: undefined };
    const value = RULE_VALUES[lostBy];
    const [own, other] = [value(row, this.#facts), value(before, this.#facts)];
    return { reason: lostBy, against: at - 1, values: own === undefined || other === undefined ? undefined : { own, other } };
  }

  /** Where nobody has the prefix only those matter who may still hold it. */
  #told(id: PrefixId | undefined, family: Family, rows: readonly PathRow[], own: Own, peer: Peer | undefined): WhyView["tellings"] {
    const { tables, peers } = this.#rooms;
    const usable = rows.filter((row) => tables.rib.isEligible(row));
    const whom = peer ? [peer] : peers.all();
    const tellings = this.#tellings.of({ prefix: id, family, rows: usable }, whom, peer ? "every" : "what-matters");
    const placed = tellings.map((telling) => ({ ...telling, path: telling.path === undefined ? undefined : rows.indexOf(present(usable[telling.path], "a path that was shown")) }));
    if (rows.length > 0) return placed;
    if (own.block !== undefined && own.workload !== undefined) return placed.map((telling) => (telling.reason === "no-best-path" ? { ...telling, reason: "inside-own-block" } : telling));
    return peer ? placed : placed.filter(({ withdrawal }) => withdrawal === "queued");
  }

  #heard({ name, source, config, session }: Peer, id: PrefixId | undefined, rows: readonly PathRow[]): Heard {
    const { paths } = this.#rooms.tables.rib;
    const own = rows.flatMap((row, at) => (paths.source(row) === source ? [at] : []));
    if (own.length === 0 || id === undefined) return { peer: name, paths: [], reason: "not-received" };
    const several = session?.negotiated.codec.addPathReceive.has(this.#rooms.tables.prefixes.family(id)) ?? false;
    const isFull = several && own.length >= config.maxPathsPerPrefix;
    return { peer: name, paths: own, reason: isFull ? "path-limit" : undefined };
  }

  #own(query: WhyQuery, prefix: Prefix): Own {
    const asked = "prefix" in query ? prefix : hostPrefix(query.covering);
    const { block, workload } = this.#rooms.local.holding(asked);
    return { block, workload: workload ? asked : undefined };
  }

  #covering(prefix: Prefix, family: Family): readonly Prefix[] {
    const { prefixes } = this.#rooms.tables;
    const holding = prefixes.covering(family, prefixToBytes(prefix)).filter((id) => prefixes.bits(id) < prefixLength(prefix));
    return holding.filter((id) => this.#hasPaths(id)).map((id) => prefixes.prefix(id));
  }

  /** Only for a prefix that nobody has: the whole table is walked. */
  *#longer(prefix: Prefix): Generator<undefined, LongerPrefixes> {
    const { tables } = this.#rooms;
    const id = tables.prefixes.findPrefix(prefix);
    return id !== undefined && this.#hasPaths(id) ? NONE_LONGER : yield* longerPrefixes(prefix, tables);
  }

  #hasPaths(id: PrefixId): boolean {
    return this.#rooms.tables.rib.paths.firstOfPrefix(id) !== NO_PATH;
  }
}
