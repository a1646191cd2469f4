/**
 * Implements SpeakerView: reads the tables and makes plain values of them.
 * Pure. Makes objects and strings freely: it runs when somebody asks, not when routes move.
 */

import { sessionStateOf } from "../../bgp/session/peer.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { ConfigChange, ForwardingRule, PeerName } from "../config/config.ts";
import type { Peer } from "../peers/peers.ts";
import type { Ranges } from "../peers/ranges.ts";
import { RouteListing } from "./route-listing.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { RouteChanges } from "../peers/route-changes.ts";
import { policyRules } from "./policy-answers.ts";
import type { PeerFamilyView, PeerView, PolicyRuleView, RangeView, RouteQuery, RouteView, RouterView, SpeakerView } from "../view.ts";
import { Why, type WhyRooms } from "./why.ts";
import type { WhyQuery, WhyView } from "./why-view.ts";

export interface AnswerRooms extends WhyRooms {
  readonly ranges: Ranges;
  readonly sessions: Sessions;
}

export class Answers implements SpeakerView {
  readonly #rooms: AnswerRooms;
  readonly #listing: RouteListing;
  readonly #startedAtMs: number;
  readonly #why: Why;

  constructor(rooms: AnswerRooms, startedAtMs: number) {
    this.#rooms = rooms;
    this.#listing = new RouteListing(rooms);
    this.#startedAtMs = startedAtMs;
    this.#why = new Why(rooms, (address) => this.#listing.covering(address).map((id) => rooms.tables.prefixes.prefix(id))[0]);
  }

  router(): RouterView {
    const { reconfiguration, tables, deferral, sessions } = this.#rooms;
    const { asn, routerId, clusterId } = reconfiguration.router;
    return {
      asn,
      routerId,
      clusterId,
      startedAtMs: this.#startedAtMs,
      configuredAtMs: reconfiguration.configuredAtMs,
      standing: reconfiguration.standing,
      converged: deferral.done,
      deferral: deferral.view,
      prefixes: tables.rib.paths.prefixes,
      paths: tables.rib.size,
      attributeSets: tables.attributes.size,
      unknownConnections: sessions.unknownConnections,
      pendingConnections: sessions.pending.count,
      refusedConnections: sessions.pending.refused,
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
    return [...this.walkRoutes(query)].filter((route) => route !== undefined);
  }

  walkRoutes(query: RouteQuery): Iterable<RouteView | undefined> {
    return this.#listing.each(query);
  }

  toldTo(name: PeerName, query: RouteQuery): readonly RouteView[] {
    return this.routes({ ...query, toldTo: name });
  }

  why(query: WhyQuery): Generator<undefined, WhyView> {
    return this.#why.about(query);
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
}
