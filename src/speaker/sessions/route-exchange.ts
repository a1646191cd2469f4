/**
 * What an established session means for the routes: its peer's paths come in, the table goes out, and both end with it.
 * Pure. RFC 4271 §9, RFC 2918 and RFC 7313 (refresh), RFC 4724 §2 (End-of-RIB) and §4 (restarts).
 *
 * After a restart of ours nothing is told before best paths are chosen: sessions that came up until then join the groups together.
 */

import type { OwnRestart } from "../../bgp/session/restart-agreement.ts";
import type { DownReason, Farewell } from "../../bgp/session/vocabulary.ts";
import type { RouteRefresh, Update } from "../../bgp/wire/message-types.ts";
import { type Family, familyOf } from "../../bgp/wire/context.ts";
import type { PlainUpdate } from "../../bgp/wire/plain-update.ts";
import type { Source } from "../../bgp/rib/source-table.ts";
import type { Actions } from "../actions.ts";
import type { BestPathHistory } from "../history/best-paths.ts";
import type { PeerName, RouterConfig } from "../config/config.ts";
import type { SelectionDeferral } from "./selection-deferral.ts";
import { Inbound } from "../inbound/inbound.ts";
import type { KeptRoutes } from "../inbound/kept-routes.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";
import type { DynamicPeers } from "./dynamic-peers.ts";
import type { Outbound } from "../outbound/outbound.ts";
import type { Peer, Peers, Session } from "../peers/peers.ts";
import { PrefixLimits } from "../inbound/prefix-limits.ts";
import { RefreshRounds } from "../inbound/refresh-rounds.ts";
import type { SessionListener } from "./sessions.ts";
import type { Slices } from "../slices.ts";
import type { Tables } from "../tables/tables.ts";

/** How much of a large table one turn takes on. */
export interface TurnLimits {
  /** Prefixes, decided and told. */
  readonly decided: number;
  /** Paths that are judged again, or forgotten, or looked at for peers that are to hear something else. */
  readonly walked: number;
  /** Sessions that begin to hear the table; absent: all that wait for it, so that they join the groups together. */
  readonly joined?: number;
}

/** Some twenty milliseconds. */
export const FULL_TURN: TurnLimits = { decided: 32_768, walked: 16_384 };

/** The rooms that most others work with. */
export interface Rooms {
  readonly tables: Tables;
  readonly peers: Peers;
  readonly actions: Actions;
  readonly outbound: Outbound;
  readonly deferral: SelectionDeferral;
  readonly kept: KeptRoutes;
  readonly dynamicPeers: DynamicPeers;
  readonly monitoring: Monitoring;
}

export class RouteExchange implements SessionListener {
  readonly #rooms: Rooms;
  readonly #turn: TurnLimits;
  readonly #inbound: Inbound;
  readonly limits: PrefixLimits;
  readonly #refreshes: RefreshRounds;
  /** Sessions that came up and have been told nothing yet. */
  readonly #untold = new Set<Peer>();
  /** Some of them might have been told by now. */
  #waiting: "some" | "nobody" = "nobody";
  /** undefined: nobody keeps one. */
  readonly #history: BestPathHistory | undefined;
  #router: RouterConfig | undefined;

  constructor(rooms: Rooms, turn: TurnLimits, history: BestPathHistory | undefined) {
    this.#rooms = rooms;
    this.#turn = turn;
    this.#history = history;
    this.#inbound = new Inbound(rooms.tables);
    this.limits = new PrefixLimits(rooms.tables.rib, rooms);
    this.#refreshes = new RefreshRounds(rooms);
  }

  set router(router: RouterConfig) {
    this.#router = router;
  }

  get router(): RouterConfig {
    if (!this.#router) throw new Error("no session without a configuration");
    return this.#router;
  }

  up(peer: Peer, session: Session, nowMs: number): void {
    const { tables, kept, deferral, dynamicPeers } = this.#rooms;
    const { remoteAs, remoteRouterId, restart } = session.negotiated;
    if (tables.sources.get(peer.source).routerId !== remoteRouterId) this.#succeed(peer, nowMs);
    const source: Source = { kind: peer.internal ? "internal" : "external", asn: remoteAs, routerId: remoteRouterId, address: peer.config.address };
    if (!isSame(tables.sources.get(peer.source), source)) tables.rib.finishWalks(peer.source); // no path of it is left to be ranked by other facts
    tables.sources.update(peer.source, source);
    kept.back(peer, session, nowMs);
    deferral.up(peer.name, restart, nowMs);
    dynamicPeers.arrived(peer, nowMs);
    this.#untold.add(peer);
  }

  /** Somebody else has its address now. */
  #succeed(peer: Peer, nowMs: number): void {
    this.#rooms.kept.forget(peer, nowMs);
    this.#rooms.tables.sourceChanges.succeeded(peer.source);
  }

  deliver(peer: Peer, update: Update, nowMs: number): Farewell | undefined {
    if (update.endOfRib) this.#endOfRib(peer, update.endOfRib, nowMs);
    if (peer.session) this.#noteIgnored(peer, this.#inbound.update(peer, peer.session, update, this.router, nowMs));
    this.#noteMisconduct(peer);
    return this.limits.check(peer, nowMs);
  }

  deliverPlain(peer: Peer, update: PlainUpdate, nowMs: number): Farewell | undefined {
    if (peer.session) this.#noteIgnored(peer, this.#inbound.plainUpdate(peer, peer.session, update, this.router, nowMs));
    this.#noteMisconduct(peer);
    return this.limits.check(peer, nowMs);
  }

  refresh(peer: Peer, request: RouteRefresh, nowMs: number): void {
    const family = familyOf(request.family);
    if (!peer.session || !family) return;
    if (request.subtype === "request") return this.#rooms.outbound.resend(peer, peer.session, family);
    if (!peer.session.negotiated.enhancedRouteRefresh) return;
    if (request.subtype === "begin") this.#refreshes.begin(peer, family);
    else if (request.subtype === "end") this.#refreshes.end(peer, family, nowMs);
  }

  down(peer: Peer, session: Session, reason: DownReason, nowMs: number): void {
    this.#untold.delete(peer);
    this.#rooms.outbound.leave(peer);
    this.#refreshes.abandon(peer);
    this.#rooms.kept.lost(peer, session, reason, nowMs);
  }

  failed(peer: Peer, nowMs: number): void {
    this.#rooms.deferral.failed(peer.name, nowMs);
  }

  ownRestart(peer: Peer): OwnRestart {
    return this.#rooms.deferral.ownRestart(peer.counters.established > 0 ? "known" : "unknown");
  }

  /** The time is over in which a peer that went away was to come back, or to tell everything again. */
  keptLongEnough(name: PeerName, family: Family, nowMs: number): void {
    const peer = this.#rooms.peers.named(name);
    if (!peer) return;
    this.#rooms.kept.expire(peer, family, nowMs);
    this.#rooms.dynamicPeers.dismissIfOver(peer, nowMs);
  }

  /** The time is over in which a peer was to finish a refresh. */
  refreshedLongEnough(name: PeerName, family: Family, nowMs: number): void {
    const peer = this.#rooms.peers.named(name);
    if (peer) this.#refreshes.expire(peer, family, nowMs);
  }

  /** Initial convergence has waited long enough, for everybody or for those who are not there. */
  waited(timer: "selection-deferral" | "patience", nowMs: number): void {
    const { deferral, peers } = this.#rooms;
    if (timer === "selection-deferral") deferral.expire(nowMs);
    else deferral.losePatience((name) => peers.named(name)?.session !== undefined, nowMs);
  }

  /** Nobody will come back as this peer: another configuration says so. */
  forgetKept(peer: Peer, nowMs: number): void {
    this.#rooms.kept.forget(peer, nowMs);
    this.#rooms.dynamicPeers.dismissIfOver(peer, nowMs);
  }

  /** Policy or settings of the way in have changed. */
  reimport(peer: Peer): void {
    const { tables, kept } = this.#rooms;
    tables.sourceChanges.judged(peer.source);
    this.#inbound.reimport(peer, this.router, (row, usable) => kept.marked(peer, row, usable));
    kept.judgedAgain(peer);
  }

  /** Policy or settings of the way out have changed. */
  reexport(peer: Peer): void {
    if (peer.session) this.#rooms.outbound.reexport(peer, peer.session, this.router);
  }

  /** No session has been told anything, and none will be unless it comes up again. */
  *forgetTold(): Slices {
    for (const peer of [...this.#rooms.peers.all()]) {
      this.#rooms.outbound.leave(peer);
      yield;
    }
  }

  /** Every session that has been told nothing hears the whole table. */
  tellAnew(): void {
    const { peers, outbound } = this.#rooms;
    for (const peer of peers.all()) if (peer.session && [...outbound.groupsOf(peer.source)].length === 0) this.#untold.add(peer);
  }

  /** Decides prefixes that were touched, as many as a turn may take, and hands the changes to the journal and the groups. */
  flush(nowMs: number): void {
    const { tables, deferral, outbound } = this.#rooms;
    tables.rib.goOn();
    if (deferral.deferring) return tables.rib.discardRemoved();
    if (outbound.moving === "some") outbound.goOn(this.#turn.walked, this.router);
    const changes = tables.rib.decide(this.#turn.decided);
    this.#history?.record(changes, nowMs);
    outbound.changed(changes);
    if (this.standing === "settled") this.#settled(nowMs);
    if (tables.rib.stands) this.#tellEverything(); // its end would be taken for the end of the table
  }

  #settled(nowMs: number): void {
    this.#history?.settled(nowMs);
    this.#rooms.tables.sourceChanges.settled();
  }

  /** Whether everything that was absorbed is decided and handed on; if not, there is more for the next flush(). */
  get standing(): "settled" | "unfinished" {
    const { tables, deferral, outbound } = this.#rooms;
    const waits = tables.rib.walks > 0 || (!deferral.deferring && (tables.rib.undecided > 0 || outbound.moving === "some" || this.#waiting === "some"));
    return waits ? "unfinished" : "settled";
  }

  /** Sessions that are new to the groups hear the whole table. */
  #tellEverything(): void {
    const { outbound, actions, deferral } = this.#rooms;
    let left = this.#turn.joined ?? Infinity;
    this.#waiting = "nobody";
    for (const peer of this.#untold) {
      if (!peer.session || !deferral.mayTell(peer.session.negotiated.restart)) continue;
      if (left-- === 0) return void (this.#waiting = "some");
      this.#untold.delete(peer);
      for (const family of outbound.join(peer, peer.session, this.router)) actions.report({ kind: "family-without-next-hop", peer: peer.name, family });
    }
  }

  #noteIgnored(peer: Peer, paths: number): void {
    if (paths === 0) return;
    peer.counters.pathsIgnored += paths;
    this.#rooms.actions.report({ kind: "path-limit", peer: peer.name, limit: peer.config.maxPathsPerPrefix });
  }

  #noteMisconduct(peer: Peer): void {
    const by = peer.counters.takeMisconduct();
    if (by) this.#rooms.actions.report({ kind: "path-refused", peer: peer.name, by });
  }

  #endOfRib(peer: Peer, family: Exclude<Update["endOfRib"], undefined>, nowMs: number): void {
    const { session } = peer;
    if (!session || !session.negotiated.families.includes(family) || session.endOfRib.has(family)) return;
    session.endOfRib.add(family);
    this.#rooms.kept.endOfRib(peer, family, nowMs);
    this.#rooms.actions.report({ kind: "end-of-rib", peer: peer.name, family });
    if (session.negotiated.families.every((agreed) => session.endOfRib.has(agreed))) this.#rooms.deferral.complete(peer.name, nowMs);
  }
}

/** Whether paths of the one are ranked and passed on like those of the other. */
function isSame(a: Source, b: Source): boolean {
  return a.kind === b.kind && a.asn === b.asn && a.routerId === b.routerId && a.address === b.address;
}
