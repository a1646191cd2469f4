/**
 * Callers whom no peer's address names: those whom a range holds become peers, as long as their sessions last.
 * Pure.
 *
 * A peer of a range is gone as soon as its session has ended, its routes and its counters with it: whoever may come from
 * so many addresses must not be able to leave something behind at each. Only one that told too many prefixes stays,
 * refused, until the limit is another one: otherwise it would be back at once.
 */

import type { Actions } from "./actions.ts";
import type { PeerName } from "./config.ts";
import type { Peer } from "./peers.ts";
import { memberOf } from "./range-parse.ts";
import type { Ranges } from "./ranges.ts";
import { type Books, enlist, strike } from "./roster.ts";
import type { Endpoint } from "./vocabulary.ts";

export interface NewcomerRooms extends Books {
  readonly actions: Actions;
  readonly ranges: Ranges;
}

/** "full": there is a range, and no room in it. */
export type Admission = { readonly kind: "peer"; readonly peer: Peer } | { readonly kind: "full"; readonly name: PeerName } | { readonly kind: "stranger" };

export const STRANGER: Admission = { kind: "stranger" };

export class Newcomers {
  readonly #rooms: NewcomerRooms;
  #door: "open" | "shut" = "open";
  #news: "some" | "none" = "none";

  constructor(rooms: NewcomerRooms) {
    this.#rooms = rooms;
  }

  /** Makes a peer of whoever calls from there; its machine is not started yet. */
  admit(remote: Endpoint, nowMs: number): Admission {
    const { ranges, actions } = this.#rooms;
    const range = this.#door === "open" ? ranges.holding(remote.address) : undefined;
    if (!range) return STRANGER;
    const config = memberOf(range, remote.address);
    if (!ranges.hasRoom(range)) {
      actions.report({ kind: "range-full", range: range.name, remote, limit: range.limit, refused: ranges.refuse(range) });
      return { kind: "full", name: config.name };
    }
    const peer = enlist(config, this.#rooms, nowMs);
    ranges.join(range, peer.name);
    this.#news = "some";
    return { kind: "peer", peer };
  }

  /** Takes the peer out when nothing is left of it; called whenever something has happened to it. */
  dismissIfOver(peer: Peer): void {
    if (peer.state.kind === "trying" || peer.held !== undefined) return;
    const { ranges, actions } = this.#rooms;
    const range = ranges.rangeOf(peer.name);
    if (range === undefined) return;
    if (peer.state.kind === "resting") actions.add({ kind: "disarm", key: { kind: "peer", peer: peer.name, timer: "rest" } });
    ranges.leave(peer.name);
    strike(peer, this.#rooms);
    this.#news = "some";
    actions.report({ kind: "range-peer-left", peer: peer.name, range });
  }

  /** Its OPEN told which of the range's AS numbers it has: from now on that is its one. */
  settle(peer: Peer, remoteAs: number): void {
    if (this.#rooms.ranges.rangeOf(peer.name) === undefined) return;
    peer.reconfigure({ ...peer.config, session: { ...peer.config.session, remoteAs, otherRemoteAses: [] } });
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
}
