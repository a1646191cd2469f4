/**
 * What a path looks like to one identity: the attributes a speaker changes on the way out.
 * Pure. RFC 4271 §5.1 and §9.2, RFC 4456 §8, RFC 1997 (well-known communities), RFC 8326 (graceful shutdown), RFC 4360 §6,
 * RFC 5065 §5.1, RFC 7311 §3.2, RFC 8950, RFC 9234 §5, RFC 9494 §4.3 (LLGR_STALE).
 *
 * Export policy runs before this, on the path as the RIB has it. What it sets on purpose survives: a MED or a next hop
 * that differs from what the path was learned with is the operator's word.
 *
 * Deviates: a path through the listener's own AS is not sent to it. RFC 4271 §9.1.2 leaves the loop check to the
 * receiver; he would throw it away. A path whose next hop is the listener itself is sent, for all of a group hear the
 * same (RFC 4271 §5.1.3 would withhold it); he finds that he cannot use it.
 */

import { isLinkLocal, versionOf } from "../ip/address.ts";
import { modify } from "../bgp/policy/modify.ts";
import type { AsPath, NextHop, PathAttributes } from "../bgp/wire/attribute-types.ts";
import { containsAs, prependAs, withoutConfederation } from "../bgp/wire/as-path.ts";
import { COMMUNITY } from "../bgp/wire/code-points.ts";
import { FAMILIES } from "../bgp/wire/context.ts";
import type { ExportIdentity } from "./export-identity.ts";
import { markedForExit, mayGoTo } from "./only-to-customer.ts";
import { type CameFrom, isReflection, mayTell, stamp } from "./reflect.ts";

/** Why an identity must not hear a path at all. */
export type Withholding =
  | "reflection" | "no-advertise" | "long-lived-stale" | "no-export" | "no-export-subconfed" | "only-to-customer" | "as-in-path"
  | "no-own-address" | "next-hop-family";

/** Where a path came from, as far as the way out depends on it. */
export interface PathSource {
  readonly kind: CameFrom;
  /** Of the peer who told it; unused for what we originate. */
  readonly routerId: number;
}

export const DEFAULT_LOCAL_PREF = 100;
const LAST_RESORT = 0; // LOCAL_PREF, RFC 8326 §4.1
const NON_TRANSITIVE = 0x40; // RFC 4360 §2: bit of an extended community's first octet

/**
 * The attributes this identity hears, or why it must not hear the path at all. `attributes` is the path after export policy,
 * `learned` the path before it.
 */
export function exportAttributes(
  attributes: PathAttributes,
  from: PathSource,
  identity: ExportIdentity,
  learned: PathAttributes = attributes,
): PathAttributes | Withholding {
  if (!mayTell(from.kind, identity.remoteIs)) return "reflection";
  const withheld = withheldBy(learned, identity);
  if (withheld) return withheld;
  const nextHop = nextHopFor(attributes, from, identity, learned);
  if (nextHop === undefined) return "no-own-address";
  if (!fits(nextHop, identity)) return "next-hop-family";
  const marked = stillStale(attributes, learned);
  const told = identity.draining === "yes" ? leaving(marked) : marked;
  if (identity.remoteIs === "external") return { ...withRole(leavingTheAs(told, from, identity, learned), identity), nextHop };
  const reflected = isReflection(from.kind, identity.remoteIs) ? stamp(told, from.routerId, identity.clusterId) : told;
  return { ...reflected, localPref: reflected.localPref ?? DEFAULT_LOCAL_PREF, nextHop };
}

/** Avoided by whoever has another path: for other ASes the community asks for it, inside ours LOCAL_PREF does. */
function leaving(attributes: PathAttributes): PathAttributes {
  const marked = modify(attributes, { kind: "communities", change: "add", values: [COMMUNITY.gracefulShutdown] });
  return { ...marked, localPref: LAST_RESORT };
}

/** Asked of the path as it was learned: a community that export policy adds is meant for the listener. */
function withheldBy(attributes: PathAttributes, identity: ExportIdentity): Withholding | undefined {
  const communities = attributes.communities ?? [];
  if (communities.includes(COMMUNITY.noAdvertise)) return "no-advertise";
  if (communities.includes(COMMUNITY.llgrStale) && identity.longLivedStale === "withheld") return "long-lived-stale";
  if (identity.remoteIs !== "external") return undefined;
  // without confederations the two say the same (RFC 1997)
  if (communities.includes(COMMUNITY.noExport)) return "no-export";
  if (communities.includes(COMMUNITY.noExportSubconfed)) return "no-export-subconfed";
  if (identity.role && !mayGoTo(attributes, identity.role)) return "only-to-customer";
  return containsAs(attributes.asPath ?? [], identity.remoteAs) ? "as-in-path" : undefined;
}

/** No policy takes the mark away (RFC 9494 §4.3). */
function stillStale(attributes: PathAttributes, { communities }: PathAttributes): PathAttributes {
  const isMarked = attributes.communities?.includes(COMMUNITY.llgrStale) ?? false;
  if (isMarked || !communities?.includes(COMMUNITY.llgrStale)) return attributes;
  return { ...attributes, communities: [...(attributes.communities ?? []), COMMUNITY.llgrStale] };
}

function withRole(attributes: PathAttributes, { role, localAs }: ExportIdentity): PathAttributes {
  return role ? markedForExit(attributes, role, localAs) : attributes;
}

function nextHopFor({ nextHop }: PathAttributes, from: PathSource, identity: ExportIdentity, learned: PathAttributes): NextHop | undefined {
  const byPolicy = nextHop !== learned.nextHop;
  return isSelf(from, nextHop, identity) && !byPolicy ? identity.self : nextHop;
}

/** A route of ours through a gateway is told with that gateway inside the AS, like a route of a peer (RFC 4271 §5.1.3 (2) (b)). */
function isSelf(from: PathSource, nextHop: NextHop | undefined, identity: ExportIdentity): boolean {
  if (identity.nextHop === "self" || (from.kind === "local" && (nextHop === undefined || isLinkLocal(nextHop.address)))) return true;
  return identity.nextHop === "auto" && identity.remoteIs === "external";
}

/** An IPv6 next hop of an IPv4 prefix is only understood where that was agreed (RFC 8950). */
function fits(nextHop: NextHop, identity: ExportIdentity): boolean {
  return versionOf(nextHop.address) === FAMILIES[identity.family].version || (identity.family === "ipv4" && identity.extendedNextHop);
}

/** Without what is meant for our AS alone, and with our AS in front. */
function leavingTheAs(
  attributes: PathAttributes,
  from: PathSource,
  identity: ExportIdentity,
  learned: PathAttributes,
): PathAttributes {
  const { localPref, originatorId, clusterList, aigp, med, extendedCommunities, ipv6ExtendedCommunities, ...rest } = attributes;
  const asPath: AsPath = prependAs(withoutConfederation(attributes.asPath ?? []), identity.localAs, 1);
  const ownMed = from.kind === "local" || med !== learned.med; // RFC 4271 §5.1.4: another AS's MED goes no further
  const extended = extendedCommunities?.filter((community) => (Number(community >> 56n) & NON_TRANSITIVE) === 0);
  const ipv6Extended = ipv6ExtendedCommunities?.filter((community) => ((community[0] ?? 0) & NON_TRANSITIVE) === 0);
  return {
    ...rest,
    asPath,
    ...(ownMed && med !== undefined ? { med } : {}),
    ...(extended?.length ? { extendedCommunities: extended } : {}),
    ...(ipv6Extended?.length ? { ipv6ExtendedCommunities: ipv6Extended } : {}),
  };
}
