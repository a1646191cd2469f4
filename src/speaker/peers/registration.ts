/**
 * Registers a peer and takes it out again: its name, its address, and the source of its paths.
 * Pure. What its session does meanwhile is not decided here.
 */

import type { PeerConfig } from "../config/config.ts";
import { Peer, type Peers } from "./peers.ts";
import type { Tables } from "../tables/tables.ts";

export interface Registry {
  readonly tables: Tables;
  readonly peers: Peers;
}

/** Its machine is not started yet. */
export function register(config: PeerConfig, { tables, peers }: Registry, nowMs: number): Peer {
  const { remoteAs, localAs } = config.session;
  const source = tables.sources.add({ kind: remoteAs === localAs ? "internal" : "external", asn: remoteAs, routerId: 0, address: config.address });
  const peer = new Peer(config, source, nowMs);
  peers.add(peer);
  return peer;
}

/** Its session has ended before. */
export function unregister(peer: Peer, { tables, peers }: Registry): void {
  peers.remove(peer);
  tables.sources.remove(peer.source);
}
