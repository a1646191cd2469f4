/**
 * Enhanced route refresh, receiving side: paths that a peer does not announce again between BoRR and EoRR are removed, family by family.
 * Pure. RFC 7313 §4.
 *
 *   BoRR ── every path of the family is stale ──► EoRR, or the time is over: what is stale still goes
 *
 * A peer that offers graceful restart must not send marks before its End-of-RIB: they mean nothing then. So they do not meet
 * the stale paths that are kept over its restart, which wait for the same.
 */

import type { Family } from "../../bgp/wire/context.ts";
import type { Actions } from "../actions.ts";
import type { KeptRoutes } from "./kept-routes.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";
import type { Peer } from "../peers/peers.ts";
import type { Tables } from "../tables/tables.ts";
import type { TimerKey } from "../vocabulary.ts";

const LONGEST_MS = 180_000; // RFC 7313 §4 leaves the bound to us; as long as a restarted peer has where nobody said otherwise

export interface RefreshRooms {
  readonly tables: Tables;
  readonly actions: Actions;
  readonly kept: KeptRoutes;
  readonly monitoring: Monitoring;
}

export class RefreshRounds {
  readonly #rooms: RefreshRooms;
  readonly #open = new Map<Peer, Set<Family>>();

  constructor(rooms: RefreshRooms) {
    this.#rooms = rooms;
  }

  /** BoRR. A second one begins the round anew. */
  begin(peer: Peer, family: Family): void {
    const { tables, actions, kept } = this.#rooms;
    if (kept.keeps(peer, family) || owesEndOfRib(peer, family)) return;
    const families = this.#open.get(peer) ?? new Set();
    this.#open.set(peer, families.add(family));
    tables.rib.markStale(peer.source, family);
    const { gracefulRestart } = peer.config.session;
    actions.add({ kind: "arm", key: timerOf(peer, family), ms: gracefulRestart === "off" ? LONGEST_MS : gracefulRestart.staleTimeSec * 1000, jitter: 0 });
  }

  /** EoRR; without its BoRR it means nothing. */
  end(peer: Peer, family: Family, nowMs: number): void {
    if (!this.#close(peer, family)) return;
    const { tables, actions, monitoring } = this.#rooms;
    actions.add({ kind: "disarm", key: timerOf(peer, family) });
    monitoring.sweeps(peer, family, nowMs);
    tables.sourceChanges.departs(peer.source, "not-told-again");
    tables.rib.forgetStale(peer.source, family);
  }

  /** EoRR has not come in time. */
  expire(peer: Peer, family: Family, nowMs: number): void {
    if (!this.#close(peer, family)) return;
    const { tables, actions, monitoring } = this.#rooms;
    const { stale } = tables.rib.counts(peer.source, family);
    monitoring.sweeps(peer, family, nowMs);
    tables.sourceChanges.departs(peer.source, "not-told-again");
    tables.rib.forgetStale(peer.source, family);
    actions.report({ kind: "refresh-unfinished", peer: peer.name, family, gone: stale });
  }

  /** The session ended: what becomes of its paths is not decided here. */
  abandon(peer: Peer): void {
    for (const family of this.#open.get(peer) ?? []) this.#rooms.actions.add({ kind: "disarm", key: timerOf(peer, family) });
    this.#open.delete(peer);
  }

  #close(peer: Peer, family: Family): boolean {
    const families = this.#open.get(peer);
    const isOpen = families?.delete(family) ?? false;
    if (families?.size === 0) this.#open.delete(peer);
    return isOpen;
  }
}

function owesEndOfRib({ session }: Peer, family: Family): boolean {
  return session !== undefined && !session.endOfRib.has(family) && session.negotiated.theirs.some(({ kind }) => kind === "graceful-restart");
}

function timerOf({ name }: Peer, family: Family): TimerKey {
  return { kind: "refresh-round", peer: name, family };
}
