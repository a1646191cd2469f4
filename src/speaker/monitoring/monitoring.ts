/**
 * What peers announce, before any policy, for monitors: every UPDATE as it arrives, and the Adj-RIB-In before that.
 * Pure. What BMP calls Adj-RIB-In, pre-policy (RFC 7854 §2); an UPDATE with a fault counts as what RFC 7606 made of it.
 *
 * Hot: where nobody listens, an UPDATE costs one comparison.
 */

import type { PathRow } from "../../bgp/rib/ids.ts";
import type { DownReason } from "../../bgp/session/vocabulary.ts";
import type { CodecContext, Family } from "../../bgp/wire/context.ts";
import { endOfRibFrame, withdrawFrames } from "../../bgp/wire/frames.ts";
import type { NlriBlock, Update } from "../../bgp/wire/message-types.ts";
import { AdjRibInDump } from "./adj-rib-in-dump.ts";
import type { PeerName } from "../config/config.ts";
import type { Peer, Peers, Session } from "../peers/peers.ts";
import { PrefixOctets } from "./prefix-octets.ts";
import { announcing, retelling } from "./retelling.ts";
import type { Tables } from "../tables/tables.ts";

/** Somebody who hears all of it, in the order in which it happens; nobody is told of what was before. */
export interface Monitor {
  up(peer: PeerName, session: Session, nowMs: number): void;
  /** One whole UPDATE, in the encoding that was agreed with the peer; valid during the call. */
  heard(peer: PeerName, update: Uint8Array, nowMs: number): void;
  down(peer: PeerName, reason: DownReason, nowMs: number): void;
}

/** A session that is up, and since when. */
export interface MonitoredSession {
  readonly peer: PeerName;
  readonly session: Session;
  readonly sinceMs: number;
}

export class Monitoring {
  /** undefined: nobody listens. */
  monitor: Monitor | undefined;
  readonly #tables: Tables;
  readonly #peers: Peers;
  readonly #octets: PrefixOctets;

  constructor(tables: Tables, peers: Peers) {
    this.#tables = tables;
    this.#peers = peers;
    this.#octets = new PrefixOctets(tables);
  }

  /** The sessions of now; what they have told is in the dump. */
  *established(): Generator<MonitoredSession> {
    for (const { name, session, sinceMs } of this.#peers.all()) if (session) yield { peer: name, session, sinceMs };
  }

  /** What the peers of now have told until now, a part at a time. What they tell meanwhile goes past it, and may be told twice. */
  dump(): AdjRibInDump {
    return new AdjRibInDump(this.#tables, [...this.#peers.all()]);
  }

  /** An UPDATE that was decoded. */
  update({ name }: Peer, { negotiated }: Session, frame: Uint8Array, update: Update, nowMs: number): void {
    if (!this.monitor) return;
    if (update.faults.length === 0) return this.monitor.heard(name, frame, nowMs);
    for (const meant of framesOf(update, retelling(negotiated.codec))) this.monitor.heard(name, meant, nowMs);
  }

  /** That a stale path goes is something that the peer has not said in so many words. */
  sweeps(peer: Peer, family: Family, nowMs: number): void {
    if (!this.monitor) return;
    const { paths } = this.#tables.rib;
    this.#tables.rib.walk(peer.source, (row) => {
      if (peer.session && paths.family(row) === family && paths.isStale(row)) this.#withdraw(peer, peer.session, row, nowMs);
    });
  }

  #withdraw({ name }: Peer, { negotiated }: Session, row: PathRow, nowMs: number): void {
    const context = retelling(negotiated.codec);
    const nlri = this.#octets.block(row, context);
    for (const frame of withdrawFrames(nlri, context)) this.monitor?.heard(name, frame, nowMs);
  }
}

function framesOf({ withdrawn, announced, endOfRib }: Update, context: CodecContext): readonly Uint8Array[] {
  const end = endOfRib === undefined ? [] : [endOfRibFrame(endOfRib, context)];
  return [...withdrawn.flatMap((nlri: NlriBlock) => withdrawFrames(nlri, context)), ...announced.flatMap((announcement) => announcing(announcement, context)), ...end];
}
