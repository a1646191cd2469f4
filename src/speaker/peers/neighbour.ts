/**
 * Who told a path, as far as that says on which link a link-local next hop is.
 * Pure. RFC 2545 §3.
 */

import type { Neighbour } from "../../bgp/rib/next-hop.ts";
import type { SourceId } from "../../bgp/rib/ids.ts";
import type { Peers } from "./peers.ts";

/** By the session that is or was: routes outlive it for a while. undefined: no peer told it. */
export function neighbourOf(peers: Peers, source: SourceId): Neighbour | undefined {
  const peer = peers.ofSource(source);
  if (!peer) return undefined;
  const { address, localAddress, transport } = peer.config;
  return { address, localAddress: (peer.session ?? peer.last)?.localAddress ?? localAddress, device: transport.device };
}
