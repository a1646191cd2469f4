/**
 * A RouteView as the JSON that `routes` answers.
 * Pure. Names are the RFC's nouns in camelCase; absent is null, so that every key is always there.
 */

import { addressFromNumber } from "../../ip/address.ts";
import type { AsPath, AsPathSegment, PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { Family } from "../../bgp/wire/context.ts";
import { formatCommunity, formatExtendedCommunity, formatLargeCommunity } from "../../speaker/config/communities.ts";
import type { RouteOrigin, RouteView } from "../../speaker/view.ts";
import { type Look, wallTime } from "../look.ts";

/** Where a path came from: a peer, or this machine. */
export interface OriginRow {
  readonly kind: RouteOrigin["kind"];
  readonly peer: string | null;
  readonly address: string | null;
}

/** A path's attributes, as every answer that shows some has them. */
export interface AttributeRow {
  readonly nextHop: string | null;
  readonly linkLocalNextHop: string | null;
  readonly localPref: number | null;
  readonly med: number | null;
  /** "64512 64513 {64520 64521}": sets in braces, confederation segments in parentheses. */
  readonly asPath: string;
  readonly origin: string | null;
  readonly atomicAggregate: boolean;
  readonly aggregator: { readonly asn: number; readonly address: string } | null;
  readonly communities: readonly string[];
  readonly extendedCommunities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly originatorId: string | null;
  readonly clusterList: readonly string[];
  readonly aigp: string | null;
  readonly otc: number | null;
  /** Codes of attributes that are passed on unread. */
  readonly unknownAttributes: readonly number[];
}

export interface RouteRow extends AttributeRow {
  readonly prefix: string;
  readonly family: Family;
  readonly best: boolean;
  readonly stale: boolean;
  /** The rule of RFC 4271 §9.1.2 by which it lost against the path before it. */
  readonly lostBy: string | null;
  /** Why it may not be used at all. */
  readonly rejectedBy: string | null;
  readonly from: OriginRow;
  readonly pathId: number;
  readonly since: string;
}

export function routeRow(route: RouteView, look: Look): RouteRow {
  return { ...standing(route), ...attributeRow(route.attributes), since: wallTime(route.sinceMs, look.clock) };
}

export function originRow(origin: RouteOrigin): OriginRow {
  return origin.kind === "peer" ? { kind: origin.kind, peer: origin.peer, address: origin.address } : { kind: origin.kind, peer: null, address: null };
}

function standing(route: RouteView): Pick<RouteRow, "prefix" | "family" | "best" | "stale" | "lostBy" | "rejectedBy" | "from" | "pathId"> {
  const { prefix, family, best, stale, origin, pathId } = route;
  return {
    prefix,
    family,
    best,
    stale,
    lostBy: route.lostBy ?? null,
    rejectedBy: route.rejectedBy ?? null,
    from: originRow(origin),
    pathId,
  };
}

export function attributeRow(attributes: PathAttributes): AttributeRow {
  return {
    nextHop: attributes.nextHop?.address ?? null,
    linkLocalNextHop: attributes.nextHop?.linkLocal ?? null,
    localPref: attributes.localPref ?? null,
    med: attributes.med ?? null,
    asPath: formatAsPath(attributes.asPath ?? []),
    origin: attributes.origin ?? null,
    atomicAggregate: attributes.atomicAggregate ?? false,
    aggregator: attributes.aggregator ?? null,
    communities: (attributes.communities ?? []).map(formatCommunity),
    extendedCommunities: (attributes.extendedCommunities ?? []).map(formatExtendedCommunity),
    largeCommunities: (attributes.largeCommunities ?? []).map(formatLargeCommunity),
    originatorId: attributes.originatorId === undefined ? null : addressFromNumber(attributes.originatorId),
    clusterList: (attributes.clusterList ?? []).map(addressFromNumber),
    aigp: attributes.aigp === undefined ? null : String(attributes.aigp),
    otc: attributes.otc ?? null,
    unknownAttributes: (attributes.unknown ?? []).map((attribute) => attribute.code),
  };
}

const SEGMENT_FORMS: { readonly [K in AsPathSegment["kind"]]: (asns: string) => string } = {
  sequence: (asns) => asns,
  set: (asns) => `{${asns}}`,
  "confed-sequence": (asns) => `(${asns})`,
  "confed-set": (asns) => `({${asns}})`,
};

export function formatAsPath(path: AsPath): string {
  return path.map((segment) => SEGMENT_FORMS[segment.kind](segment.asns.join(" "))).join(" ");
}
