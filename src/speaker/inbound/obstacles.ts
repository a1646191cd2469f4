/**
 * What makes a path unusable whatever policy says: a loop, a next hop that is this router, a route leak.
 * Pure. RFC 4271 §9.1.2 (AS loop) and §5.1.3 (own next hop), RFC 4456 §8 (ORIGINATOR_ID, CLUSTER_LIST), RFC 9234 §5 (leaks).
 */

import { type IpAddress, isLoopback } from "../../ip/address.ts";
import { countAs } from "../../bgp/wire/as-path.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import { isLeak } from "../../rr/only-to-customer.ts";
import type { PeerConfig, RouterConfig } from "../config/config.ts";
import type { Peer } from "../peers/peers.ts";
import { externalRole } from "./reception.ts";
import type { Refusal } from "../tables/verdicts.ts";

/** Where a path has been, by what it was marked with on the way. A plain section answers from its octets. */
export interface Traces {
  /** How often that AS stands in the path. */
  countAs(asn: number): number;
  hasCluster(clusterId: number): boolean;
  readonly originatorId: number | undefined;
}

/** The same of an attribute set that is an object. */
export class TracesOf implements Traces {
  readonly originatorId: number | undefined;
  readonly #attributes: PathAttributes;

  constructor(attributes: PathAttributes) {
    this.#attributes = attributes;
    this.originatorId = attributes.originatorId;
  }

  countAs(asn: number): number {
    return countAs(this.#attributes.asPath ?? [], asn);
  }

  hasCluster(clusterId: number): boolean {
    return this.#attributes.clusterList?.includes(clusterId) ?? false;
  }
}

/** The loop or own address that stands in the way. */
export function loopIn(traces: Traces, nextHop: IpAddress | undefined, router: RouterConfig, peer: Peer): Refusal | undefined {
  const { allowOwnAs, session } = peer.config;
  if (traces.countAs(session.localAs) > allowOwnAs) return "as-loop";
  if (traces.originatorId === router.routerId) return "own-originator-id";
  if (traces.hasCluster(router.clusterId)) return "cluster-loop";
  if (!nextHop) return undefined;
  if (nextHop === peer.session?.localAddress || nextHop === router.ipv4 || nextHop === router.ipv6) return "own-next-hop";
  return isLoopback(nextHop) && !isLoopback(peer.config.address) ? "loopback-next-hop" : undefined;
}

/** RFC 9234 §5: such a route is ineligible. */
export function leakIn(attributes: PathAttributes, peer: PeerConfig): Refusal | undefined {
  const role = externalRole(peer);
  return role && isLeak(attributes, role, peer.session.remoteAs) ? "route-leak" : undefined;
}
