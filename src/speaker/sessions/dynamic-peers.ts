/**
 * Dynamic peers: callers from an address that a configured range covers become peers for as long as their sessions last.
 * Pure.
 *
 * A dynamic peer is removed with the last of its routes, its counters too: whoever can connect from many addresses must not be able
 * to leave state behind at each. Where its routes are kept over a restart (RFC 4724) it is "away" and keeps its place in the range;
 * when the range is full, the one that is away longest gives way. One that exceeded its prefix limit stays, refused, until the limit
 * is changed: otherwise it would be back at once.
 *
 *   calls ──► present ── session ends, routes are kept ──► away ── comes back ──► present
 *                └─ nothing is kept ──► gone ◄── nothing is left, or gives way ──┘
 */

import type { Actions } from "../actions.ts";
import type { PeerName, RangeConfig } from "../config/config.ts";
import { CALLERS, type SelectionDeferral } from "./selection-deferral.ts";
import type { KeptRoutes } from "../inbound/kept-routes.ts";
import type { Peer } from "../peers/peers.ts";
import { memberOf } from "../config/range-parse.ts";
import type { Ranges } from "../peers/ranges.ts";
import { type Registry, register, unregister } from "../peers/registration.ts";
import type { Endpoint } from "../vocabulary.ts";

export interface DynamicPeerRooms extends Registry {
  readonly actions: Actions;
  readonly ranges: Ranges;
  readonly kept: KeptRoutes;
  readonly deferral: SelectionDeferral;
}

/** "full": there is a range, and no room in it. */
export type Admission = { readonly kind: "peer"; readonly peer: Peer } | { readonly kind: "full"; readonly name: PeerName } | { readonly kind: "stranger" };

export const STRANGER: Admission = { kind: "stranger" };

export class DynamicPeers {
  readonly #rooms: DynamicPeerRooms;
  #door: "open" | "shut" = "open";
  #news: "some" | "none" = "none";

  constructor(rooms: DynamicPeerRooms) {
    this.#rooms = rooms;
  }

  /** Makes a peer of whoever calls from there; its machine is not started yet. */
  admit(remote: Endpoint, nowMs: number): Admission {
    const { ranges, actions } = this.#rooms;
    const range = this.#door === "open" ? ranges.holding(remote.address) : undefined;
    if (!range) return STRANGER;
    const config = memberOf(range, remote.address);
    if (!ranges.hasRoom(range) && !this.#makeRoom(range, nowMs)) {
      actions.report({ kind: "range-full", range: range.name, remote, limit: range.limit, refused: ranges.refuse(range) });
      return { kind: "full", name: config.name };
    }
    const peer = register(config, this.#rooms, nowMs);
    ranges.join(range, peer.name);
    this.#news = "some";
    return { kind: "peer", peer };
  }

  /** Takes the peer out when nothing is left of it; called whenever something has happened to it. */
  dismissIfOver(peer: Peer, nowMs: number): void {
    const { ranges, kept } = this.#rooms;
    if (isPresent(peer) || peer.held !== undefined || kept.of(peer).length > 0) return;
    const range = ranges.rangeOf(peer.name);
    if (range !== undefined) this.#dismiss(peer, range, nowMs);
  }

  /** Its OPEN told which of the range's AS numbers it has: from now on that is its one. */
  settle(peer: Peer, remoteAs: number): void {
    if (this.#rooms.ranges.rangeOf(peer.name) === undefined) return;
    peer.reconfigure({ ...peer.config, session: { ...peer.config.session, remoteAs, otherRemoteAses: [] } });
  }

  /** It has a session: when that is everybody for whom there is room, nobody waits for further callers. */
  arrived(peer: Peer, nowMs: number): void {
    const { ranges, peers, deferral } = this.#rooms;
    if (ranges.rangeOf(peer.name) === undefined || !deferral.awaitsCallers) return;
    if (ranges.areFull((member) => peers.named(member)?.session !== undefined)) deferral.complete(CALLERS, nowMs);
  }

  /** Has somebody come or gone since the last time? */
  takeNews(): "some" | "none" {
    const news = this.#news;
    this.#news = "none";
    return news;
  }

  /** Nobody new any more. */
  shut(): void {
    this.#door = "shut";
  }

  /** Whoever is away longest gives way; is there a place now? */
  #makeRoom({ name }: RangeConfig, nowMs: number): boolean {
    const { ranges, peers, kept } = this.#rooms;
    let longest: Peer | undefined;
    for (const member of ranges.membersOf(name)) {
      const peer = peers.named(member);
      if (peer && !isPresent(peer) && peer.held === undefined && peer.sinceMs < (longest?.sinceMs ?? Infinity)) longest = peer;
    }
    if (!longest) return false;
    kept.forget(longest, nowMs);
    this.#dismiss(longest, name, nowMs);
    return true;
  }

  #dismiss(peer: Peer, range: string, nowMs: number): void {
    const { ranges, actions, deferral } = this.#rooms;
    if (peer.state.kind === "resting") actions.add({ kind: "disarm", key: { kind: "peer", peer: peer.name, timer: "rest" } });
    ranges.leave(peer.name);
    unregister(peer, this.#rooms);
    deferral.complete(peer.name, nowMs);
    this.#news = "some";
    actions.report({ kind: "range-peer-left", peer: peer.name, range });
  }
}

/** Has it a connection, or is it about to get its first? Whoever was established before is a peer without one only for its routes. */
function isPresent({ state, counters }: Peer): boolean {
  return state.kind === "trying" && (state.connections.length > 0 || counters.established === 0);
}
