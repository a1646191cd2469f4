/**
 * The origin of a path for people: the peer that announced it, or this machine.
 * Pure. A source without a peer or a local kind (its peer was taken out of the configuration, and paths are left for some turns) is
 * called by the address that it had.
 */

import type { SourceId } from "../../bgp/rib/ids.ts";
import type { PeerName } from "../config/config.ts";
import type { LocalRoutes } from "../forwarding/local-routes.ts";
import type { Peers } from "../peers/peers.ts";
import type { Tables } from "../tables/tables.ts";
import type { RouteOrigin } from "../view.ts";

export interface OriginRooms {
  readonly tables: Tables;
  readonly peers: Peers;
  readonly local: LocalRoutes;
}

/** Of every source that a path names. */
export function originOf(source: SourceId, rooms: OriginRooms): RouteOrigin {
  return bookedOrigin(source, rooms) ?? bareOrigin(source, rooms);
}

/** undefined: the source is in the books no more. */
export function bookedOrigin(source: SourceId, { peers, local }: OriginRooms): RouteOrigin | undefined {
  const peer = peers.ofSource(source);
  if (peer) return { kind: "peer", peer: peer.name, address: peer.config.address };
  const own = local.sourceOf(source);
  return own && { kind: own.kind };
}

/** What is left to say then. */
export function bareOrigin(source: SourceId, { tables }: OriginRooms): RouteOrigin {
  const { address } = tables.sources.get(source);
  return address === undefined ? { kind: "network" } : { kind: "peer", peer: address as string as PeerName, address };
}
