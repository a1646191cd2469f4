/**
 * Route reflection: who may be told what came from whom, and what a reflected route is marked with.
 * Pure. RFC 4456 §6 and §8; RFC 4271 §9.2 for everybody who is no reflector client.
 *
 *   from \ to     client   non-client   external
 *   client          x          x           x
 *   non-client      x          -           x        a full mesh tells its members itself
 *   external        x          x           x
 *   local           x          x           x
 *
 * Never back to the peer it came from: that is not this table's business but the audience's (tell.ts).
 */

import type { PathAttributes } from "../bgp/wire/attribute-types.ts";

/** Where a path came into this speaker. */
export type CameFrom = "client" | "non-client" | "external" | "local";

/** What a listener is to us. */
export type Listener = "client" | "non-client" | "external";

const INTERNAL: ReadonlySet<string> = new Set<CameFrom & Listener>(["client", "non-client"]);

/** May a path that came from there be told to such a listener at all? */
export function mayTell(from: CameFrom, to: Listener): boolean {
  return from !== "non-client" || to !== "non-client";
}

/** Passing it on within the AS is reflection, and leaves marks. */
export function isReflection(from: CameFrom, to: Listener): boolean {
  return INTERNAL.has(from) && INTERNAL.has(to);
}

/**
 * The marks of a reflected route (RFC 4456 §8): ORIGINATOR_ID names the router that brought it into the AS and is set
 * once, CLUSTER_LIST grows by one at every reflector.
 */
export function stamp(attributes: PathAttributes, sourceRouterId: number, clusterId: number): PathAttributes {
  return {
    ...attributes,
    originatorId: attributes.originatorId ?? sourceRouterId,
    clusterList: [clusterId, ...(attributes.clusterList ?? [])],
  };
}
