/**
 * Paths that a well-behaved peer would not send: a too long AS_PATH, too many communities, another first AS than the peer's own.
 * Pure. RFC 4271 §6.3 with RFC 7606 §7.2 (first AS).
 *
 * Deviates: RFC 7606 §7.2 treats a path with another first AS as withdrawn. Here it is refused: unusable just the same, but kept, so
 * that the operator can see it. Paths beyond a bound likewise.
 */

import { firstAs } from "../../bgp/wire/as-path.ts";
import type { AsPath, PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { Peer } from "../peers/peers.ts";
import type { Misconduct } from "../tables/verdicts.ts";

interface Row {
  readonly misconduct: Misconduct;
  isAskedOf(peer: Peer): boolean;
  isIn(attributes: PathAttributes, peer: Peer): boolean;
}

const ROWS: readonly Row[] = [
  {
    misconduct: "as-path-length",
    isAskedOf: ({ config }) => config.maxAsPathLength !== undefined,
    isIn: ({ asPath = [] }, { config: { maxAsPathLength = Infinity } }) => asnsIn(asPath) > maxAsPathLength,
  },
  {
    misconduct: "communities",
    isAskedOf: ({ config }) => config.maxCommunities !== undefined,
    isIn: (attributes, { config: { maxCommunities = Infinity } }) => communitiesIn(attributes) > maxCommunities,
  },
  {
    misconduct: "first-as",
    isAskedOf: (peer) => !peer.internal && peer.config.firstAs === "its-own",
    isIn: ({ asPath = [] }, { config }) => firstAs(asPath) !== config.session.remoteAs,
  },
];

/** May a path of this peer be any of it at all? If not, nobody needs to look. */
export function mayMisbehave(peer: Peer): boolean {
  return ROWS.some((row) => row.isAskedOf(peer));
}

/** Of several the first. */
export function misconductIn(attributes: PathAttributes, peer: Peer): Misconduct | undefined {
  for (const row of ROWS) if (row.isAskedOf(peer) && row.isIn(attributes, peer)) return row.misconduct;
  return undefined;
}

/** AS numbers as they stand there, prepended ones and those in sets too: this is about size, not about preference. */
function asnsIn(asPath: AsPath): number {
  return asPath.reduce((count, { asns }) => count + asns.length, 0);
}

function communitiesIn({ communities, extendedCommunities, ipv6ExtendedCommunities, largeCommunities }: PathAttributes): number {
  return (communities?.length ?? 0) + (extendedCommunities?.length ?? 0) + (ipv6ExtendedCommunities?.length ?? 0) + (largeCommunities?.length ?? 0);
}
