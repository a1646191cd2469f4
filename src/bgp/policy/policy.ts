/**
 * Policy as data: may this route pass, and changed how. Read this first; evaluate.ts carries it out.
 * Pure, types and two constants. Everything here prints as it reads: a policy shown is a policy explained.
 *
 * Rules are asked in order. A rule whose conditions all hold applies its modifications and then decides, or lets the
 * next rule go on with the modified route. When no rule decides, `otherwise` does.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import type { LargeCommunity, Origin } from "../wire/attribute-types.ts";
import type { Family } from "../wire/context.ts";

/** A policy has a name, so that whoever was refused can be told by what. */
export interface Policy {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly otherwise: "accept" | "reject";
}

export interface PolicyRule {
  readonly name: string;
  /** All of them hold; none: every route. */
  readonly when: readonly Condition[];
  readonly set: readonly Modification[];
  readonly then: "accept" | "reject" | "continue";
}

/** Where a route came into this speaker: from a peer of that kind, or from this machine. */
export const ROUTE_SOURCES = ["internal", "external", "network", "block", "static", "direct", "kernel", "workload"] as const;
export type RouteSource = (typeof ROUTE_SOURCES)[number];

export type Condition =
  | { readonly kind: "prefix-list"; readonly list: PrefixList }
  | { readonly kind: "community"; readonly anyOf: readonly number[] }
  | { readonly kind: "large-community"; readonly anyOf: readonly LargeCommunity[] }
  | { readonly kind: "extended-community"; readonly anyOf: readonly bigint[] }
  | { readonly kind: "as-path"; readonly test: AsPathTest }
  | { readonly kind: "source"; readonly anyOf: readonly RouteSource[] }
  | { readonly kind: "family"; readonly family: Family }
  | { readonly kind: "next-hop"; readonly anyOf: readonly IpAddress[] }
  | { readonly kind: "next-hop-in"; readonly anyOf: readonly Prefix[] }
  /** Both bounds included; a route without LOCAL_PREF has 100. */
  | { readonly kind: "local-pref"; readonly atLeast: number; readonly atMost: number }
  /** The interface that a route of this machine leads to: one of these patterns ("cali*"). Routes of peers have none. */
  | { readonly kind: "interface"; readonly anyOf: readonly string[] }
  | { readonly kind: "not"; readonly condition: Condition };

export type AsPathTest =
  | { readonly kind: "contains"; readonly asn: number }
  /** The neighbour that told it: the leftmost AS. */
  | { readonly kind: "starts-with"; readonly asn: number }
  /** The neighbour, and those before it. */
  | { readonly kind: "begins-with"; readonly asns: readonly number[] }
  /** Who announced it first: the rightmost AS. */
  | { readonly kind: "originated-by"; readonly asn: number }
  /** From inside our own AS. */
  | { readonly kind: "empty" }
  /** Counted as the decision process counts: a set is one AS. */
  | { readonly kind: "at-most"; readonly length: number };

/** A list matches a prefix when one of its entries does. */
export interface PrefixList {
  readonly name: string;
  readonly entries: readonly PrefixListEntry[];
}

/**
 * Prefixes inside `prefix` whose length lies between `ge` and `le`. With neither only `prefix` itself; with `ge` alone
 * up to single addresses; with `le` alone from `prefix`'s own length on.
 */
export interface PrefixListEntry {
  readonly prefix: Prefix;
  readonly ge?: number;
  readonly le?: number;
}

export type Modification =
  | { readonly kind: "local-pref"; readonly value: number }
  /** undefined takes it off. */
  | { readonly kind: "med"; readonly value: number | undefined }
  | { readonly kind: "origin"; readonly value: Origin }
  | { readonly kind: "next-hop"; readonly address: IpAddress }
  | { readonly kind: "communities"; readonly change: SetChange; readonly values: readonly number[] }
  | { readonly kind: "large-communities"; readonly change: SetChange; readonly values: readonly LargeCommunity[] }
  | { readonly kind: "extended-communities"; readonly change: SetChange; readonly values: readonly bigint[] }
  | { readonly kind: "prepend"; readonly asn: number; readonly times: number };

/** "replace" with no values takes the attribute off. */
export type SetChange = "add" | "remove" | "replace";

export const ACCEPT_ALL: Policy = { name: "accept-all", rules: [], otherwise: "accept" };
export const REJECT_ALL: Policy = { name: "reject-all", rules: [], otherwise: "reject" };
