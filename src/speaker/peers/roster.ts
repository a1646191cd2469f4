/**
 * A peer comes into the books and goes out of them: its name, its address, and the source of its paths.
 * Pure. What its session does meanwhile is not decided here.
 */

import type { PeerConfig } from "../config/config.ts";
import { Peer, type Peers } from "./peers.ts";
import type { Tables } from "../tables/tables.ts";

export interface Books {
  readonly tables: Tables;
  readonly peers: Peers;
}

/** Its machine is not started yet. */
export function enlist(config: PeerConfig, { tables, peers }: Books, nowMs: number): Peer {
  const { remoteAs, localAs } = config.session;
  const source = tables.sources.add({ kind: remoteAs === localAs ? "internal" : "external", asn: remoteAs, routerId: 0, address: config.address });
  const peer = new Peer(config, source, nowMs);
  peers.add(peer);
  return peer;
}

/** Its session has ended before. */
export function strike(peer: Peer, { tables, peers }: Books): void {
  peers.remove(peer);
  tables.sources.remove(peer.source);
}
