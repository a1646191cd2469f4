/**
 * SpeakerView answered from the tables.
 * Pure. Makes objects and strings freely: it runs when somebody looks, not when routes move.
 */

import { type IpAddress, addressToBytes, versionOf } from "../ip/address.ts";
import { present } from "../ip/assert.ts";
import type { Prefix } from "../ip/prefix.ts";
import { NO_PATH, type PathRow, type PrefixId, type SourceId } from "../bgp/rib/ids.ts";
import { sessionStateOf } from "../bgp/session/peer.ts";
import type { Family } from "../bgp/wire/context.ts";
import type { ConfigChange, ForwardingRule, PeerName } from "./config.ts";
import type { LocalRoutes } from "./local-routes.ts";
import type { Peer } from "./peers.ts";
import type { Ranges } from "./ranges.ts";
import type { Reconfiguration } from "./reconfiguration.ts";
import type { Rooms } from "./route-exchange.ts";
import type { Sessions } from "./sessions.ts";
import type { RouteChanges } from "./route-changes.ts";
import { policyRules } from "./policy-answers.ts";
import type { PeerFamilyView, PeerView, PolicyRuleView, RangeView, RouteOrigin, RouteQuery, RouteView, RouterView, SpeakerView } from "./view.ts";

export interface AnswerRooms extends Rooms {
  readonly local: LocalRoutes;
  readonly ranges: Ranges;
  readonly sessions: Sessions;
  readonly reconfiguration: Reconfiguration;
}

export class Answers implements SpeakerView {
  readonly #rooms: AnswerRooms;
  readonly #startedAtMs: number;

  constructor(rooms: AnswerRooms, startedAtMs: number) {
    this.#rooms = rooms;
    this.#startedAtMs = startedAtMs;
  }

  router(): RouterView {
    const { reconfiguration, tables, convergence, sessions } = this.#rooms;
    const { asn, routerId, clusterId } = reconfiguration.router;
    return {
      asn,
      routerId,
      clusterId,
      startedAtMs: this.#startedAtMs,
      configuredAtMs: reconfiguration.configuredAtMs,
      converged: convergence.done,
      deferral: convergence.deferral,
      prefixes: tables.rib.paths.prefixes,
      paths: tables.rib.size,
      attributeSets: tables.attributes.size,
      unknownConnections: sessions.unknownConnections,
      pendingConnections: sessions.callers.pending,
      refusedConnections: sessions.callers.refused,
    };
  }

  peers(): readonly PeerView[] {
    return [...this.walkPeers()];
  }

  *walkPeers(): Iterable<PeerView> {
    for (const peer of this.#rooms.peers.all()) yield this.#peer(peer);
  }

  routeChanges(name: PeerName, family: Family): RouteChanges | undefined {
    const peer = this.#rooms.peers.named(name);
    return peer && this.#rooms.outbound.changesOf(peer, family);
  }

  ranges(): readonly RangeView[] {
    return this.#rooms.ranges.view();
  }

  routes(query: RouteQuery): readonly RouteView[] {
    const from = query.from === undefined ? undefined : this.#rooms.peers.named(query.from);
    if (query.from !== undefined && !from) return [];
    return this.#prefixes(query).flatMap((prefix) => this.#paths(prefix)).filter((route) => !from || (route.origin.kind === "peer" && route.origin.peer === from.name));
  }

  toldTo(name: PeerName, query: RouteQuery): readonly RouteView[] {
    const peer = this.#rooms.peers.named(name);
    if (!peer) return [];
    const wanted = isWhole(query) ? undefined : new Set(this.#prefixes(query));
    const routes: RouteView[] = [];
    this.#rooms.outbound.walkTold(peer.source, (row, attributes, pathId) => {
      const prefix = this.#rooms.tables.rib.paths.prefix(row);
      if (!wanted || wanted.has(prefix)) routes.push({ ...this.#path(prefix, row, undefined), attributes: attributes(), pathId });
    });
    return routes;
  }

  forwardingRules(): readonly ForwardingRule[] {
    return this.#rooms.reconfiguration.forwardingRules;
  }

  policyRules(): readonly PolicyRuleView[] {
    return policyRules([...this.#rooms.peers.all()].map(({ config }) => config), this.#rooms.tables.hits);
  }

  lastChanges(): readonly ConfigChange[] {
    return this.#rooms.reconfiguration.lastChanges;
  }

  #peer(peer: Peer): PeerView {
    return {
      name: peer.name,
      range: this.#rooms.ranges.rangeOf(peer.name),
      config: peer.config,
      state: sessionStateOf(peer.state),
      sinceMs: peer.sinceMs,
      localAddress: peer.session?.localAddress,
      link: peer.session?.link.id,
      negotiated: peer.session?.negotiated,
      lastDown: peer.lastDown,
      held: peer.held,
      counters: peer.counters.snapshot(),
      kept: this.#rooms.kept.of(peer),
      families: (peer.session?.negotiated.families ?? []).map((family) => this.#family(peer, family)),
    };
  }

  #family(peer: Peer, family: Family): PeerFamilyView {
    const { tables, outbound } = this.#rooms;
    return {
      family,
      ...tables.rib.counts(peer.source, family),
      advertised: outbound.advertised(peer.source, family),
      endOfRib: peer.session?.endOfRib.has(family) ?? false,
    };
  }

  #prefixes(query: RouteQuery): readonly PrefixId[] {
    if (query.prefix) return this.#exactly(query.prefix);
    if (query.covering) return this.#covering(query.covering);
    const { rib, prefixes } = this.#rooms.tables;
    return [...rib.prefixes(query.family)].sort((a, b) => prefixes.compare(a, b));
  }

  #exactly(prefix: Prefix): readonly PrefixId[] {
    const id = this.#rooms.tables.prefixes.findPrefix(prefix);
    return id !== undefined && this.#hasPaths(id) ? [id] : [];
  }

  /** The longest prefix that holds the address and that packets would follow; failing that, the longest known one. */
  #covering(address: IpAddress): readonly PrefixId[] {
    const { prefixes, rib } = this.#rooms.tables;
    const known = prefixes.covering(versionOf(address) === 4 ? "ipv4" : "ipv6", addressToBytes(address)).filter((id) => this.#hasPaths(id));
    const longest = known.find((id) => rib.best(id) !== NO_PATH) ?? known[0];
    return longest === undefined ? [] : [longest];
  }

  #hasPaths(prefix: PrefixId): boolean {
    return this.#rooms.tables.rib.paths.firstOfPrefix(prefix) !== NO_PATH;
  }

  #paths(prefix: PrefixId): readonly RouteView[] {
    const { rib } = this.#rooms.tables;
    return [
      ...rib.explain(prefix).map(({ row, lostBy }) => this.#path(prefix, row, lostBy)),
      ...rib.refused(prefix).map((row) => this.#path(prefix, row, undefined)),
    ];
  }

  #path(prefix: PrefixId, row: PathRow, lostBy: string | undefined): RouteView {
    const { rib, prefixes, attributes } = this.#rooms.tables;
    const { paths } = rib;
    return {
      prefix: prefixes.prefix(prefix),
      family: prefixes.family(prefix),
      origin: this.#origin(paths.source(row)),
      pathId: paths.pathId(row),
      attributes: attributes.get(paths.isRefused(row) ? paths.received(row) : paths.usable(row)),
      best: rib.best(prefix) === row,
      stale: paths.isStale(row),
      lostBy,
      rejectedBy: this.#rejectedBy(row),
      sinceMs: paths.sinceMs(row),
    };
  }

  #rejectedBy(row: PathRow): string | undefined {
    const { rib, verdicts } = this.#rooms.tables;
    if (!rib.paths.isRefused(row)) return rib.isEligible(row) ? undefined : "unreachable-next-hop";
    const verdict = verdicts.get(rib.paths.verdict(row));
    return verdict?.kind === "refused" ? `${verdict.by}${verdict.rule && ` ${verdict.rule}`}` : undefined;
  }

  #origin(source: SourceId): RouteOrigin {
    const local = this.#rooms.local.sourceOf(source);
    if (local) return { kind: local.kind };
    const peer = present(this.#rooms.peers.ofSource(source), "a path has a source");
    return { kind: "peer", peer: peer.name, address: peer.config.address };
  }
}

function isWhole(query: RouteQuery): boolean {
  return query.prefix === undefined && query.covering === undefined && query.family === undefined;
}
