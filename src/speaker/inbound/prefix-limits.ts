/**
 * The maximum-prefix limit: how many paths a peer may announce per family, a warning before, and what happens beyond.
 * Pure. RFC 4271 §6.7, RFC 4486 §4 (the data of 6/1).
 *
 *   fine ── warnPercent reached ──► near ── one more than the limit ──► over: stop, restart later, or only warn
 *
 * Each step is told once per session and family: a peer that flaps around a threshold does not fill the log. Paths are
 * counted, which is prefixes unless the peer tells several paths of one (RFC 7911).
 */

import type { Farewell } from "../../bgp/session/vocabulary.ts";
import { FAMILIES, type Family } from "../../bgp/wire/context.ts";
import type { Rib } from "../../bgp/rib/rib.ts";
import type { Actions } from "../actions.ts";
import type { PeerName, PrefixLimit } from "../config/config.ts";
import type { KeptRoutes } from "./kept-routes.ts";
import type { Peer, Session } from "../peers/peers.ts";
import type { TimerKey } from "../vocabulary.ts";

type Standing = "fine" | "near" | "over";

const RANK: { readonly [S in Standing]: number } = { fine: 0, near: 1, over: 2 };

/** Whoever waits after a start until peers have told their routes. */
interface WaitingForRoutes {
  /** Of this peer nothing more is waited for. */
  complete(peer: PeerName, nowMs: number): void;
}

export class PrefixLimits {
  readonly #rib: Rib;
  readonly #kept: KeptRoutes;
  readonly #actions: Actions;
  readonly #waiting: WaitingForRoutes;
  readonly #standings = new WeakMap<Session, Map<Family, Standing>>();

  constructor(rib: Rib, { kept, actions, deferral }: { readonly kept: KeptRoutes; readonly actions: Actions; readonly deferral: WaitingForRoutes }) {
    this.#rib = rib;
    this.#kept = kept;
    this.#actions = actions;
    this.#waiting = deferral;
  }

  /** How to end the session, when the peer has told more than it may; it is held down then. */
  check(peer: Peer, nowMs: number): Farewell | undefined {
    const limit = peer.config.maxPrefixes;
    if (!limit || !peer.session) return undefined;
    for (const family of peer.session.negotiated.families) {
      if (this.#rises(peer, peer.session, family, limit) !== "over") continue;
      this.#actions.report({ kind: "prefix-limit", peer: peer.name, family, limit: limit.limit, action: limit.action });
      if (limit.action !== "warn") return this.#holdDown(peer, family, limit, nowMs);
    }
    return undefined;
  }

  /** The limit is another one: steps are told anew. */
  changed({ session }: Peer): void {
    if (session) this.#standings.delete(session);
  }

  /** The peer may come back, or need not any more. */
  release(peer: Peer): void {
    if (peer.held?.untilMs !== undefined) this.#actions.add({ kind: "disarm", key: timerOf(peer) });
    peer.held = undefined;
  }

  /** The step that was reached with the last UPDATE; undefined: none. */
  #rises(peer: Peer, session: Session, family: Family, limit: PrefixLimit): Standing | undefined {
    const { [limit.count]: known, stale } = this.#rib.counts(peer.source, family);
    const paths = this.#kept.keeps(peer, family) ? Math.max(0, known - stale) : known; // what is kept of an earlier session counts for nothing
    const standing = standingOf(paths, limit);
    let standings = this.#standings.get(session);
    if (!standings) this.#standings.set(session, (standings = new Map()));
    if (RANK[standing] <= RANK[standings.get(family) ?? "fine"]) return undefined;
    standings.set(family, standing);
    if (standing === "near") this.#actions.report({ kind: "prefix-limit-near", peer: peer.name, family, paths, limit: limit.limit });
    return standing;
  }

  /** Nor does anybody wait for its routes: it will not tell them before it may come back. */
  #holdDown(peer: Peer, family: Family, { limit, action, restartSec }: PrefixLimit, nowMs: number): Farewell {
    const ms = restartSec * 1000;
    peer.held = { untilMs: action === "restart" ? nowMs + ms : undefined };
    if (action === "restart") this.#actions.add({ kind: "arm", key: timerOf(peer), ms, jitter: 0 });
    this.#waiting.complete(peer.name, nowMs);
    return { cease: "maximum-prefixes", text: "", exceeded: { family: FAMILIES[family], limit } };
  }
}

function standingOf(paths: number, { limit, warnPercent }: PrefixLimit): Standing {
  if (paths > limit) return "over";
  return paths * 100 >= limit * warnPercent ? "near" : "fine";
}

function timerOf({ name }: Peer): TimerKey {
  return { kind: "held-peer", peer: name };
}
