/**
 * Only to Customer: a route that once went down or across between ASes never goes up or across again.
 * Pure. RFC 9234 §5, the whole of it; what the attribute looks like is the codec's business, who has which role the session's.
 *
 *   our role              they are   heard with OTC                 heard without   told with OTC   told without
 *   provider              below      a leak                         as it is        as it is        our AS added
 *   route-server          below      a leak                         as it is        as it is        our AS added
 *   peer                  beside     a leak, unless it names them   theirs added    not told        our AS added
 *   customer              above      as it is                       theirs added    not told        as it is
 *   route-server-client   above      as it is                       theirs added    not told        as it is
 *
 * The role is the one configured here: a peer that told none, where that is tolerated, is treated by it (RFC 9234 §4.2).
 */

import type { PathAttributes } from "../bgp/wire/attribute-types.ts";
import type { Role } from "../bgp/wire/message-types.ts";

type Position = "below" | "beside" | "above";

const THEY_ARE: { readonly [R in Role]: Position } = {
  provider: "below",
  "route-server": "below",
  peer: "beside",
  customer: "above",
  "route-server-client": "above",
};

/** Is this a route that the neighbour should never have told us? */
export function isLeak({ otc }: PathAttributes, ourRole: Role, remoteAs: number): boolean {
  if (otc === undefined) return false;
  const position = THEY_ARE[ourRole];
  return position === "below" || (position === "beside" && otc !== remoteAs);
}

/** Is a route without OTC marked with the neighbour's AS when it comes in? */
export function marksOnEntry(ourRole: Role): boolean {
  return THEY_ARE[ourRole] !== "below";
}

/** May a neighbour be told this route? */
export function mayGoTo({ otc }: PathAttributes, ourRole: Role): boolean {
  return otc === undefined || THEY_ARE[ourRole] === "below";
}

/** The route as a neighbour hears it, who may. */
export function markedForExit(attributes: PathAttributes, ourRole: Role, localAs: number): PathAttributes {
  return attributes.otc === undefined && THEY_ARE[ourRole] !== "above" ? { ...attributes, otc: localAs } : attributes;
}
