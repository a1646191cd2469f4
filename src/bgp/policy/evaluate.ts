/**
 * Asks a policy about a route.
 * Pure: the same policy and route always give the same answer; outbound tables rely on it, because what a peer was told
 * is not stored but computed again.
 *
 * Prefixes come as octets: a policy may be asked about every route of a full table.
 */

import { assertNever } from "../../ip/assert.ts";
import { containsAddress } from "../../ip/prefix.ts";
import { asPathLength, beginsWith, containsAs, firstAs, originAs } from "../wire/as-path.ts";
import type { AsPath, PathAttributes } from "../wire/attribute-types.ts";
import type { Family } from "../wire/context.ts";
import { matchesInterface } from "./interface-pattern.ts";
import { modify, sameLargeCommunity } from "./modify.ts";
import type { AsPathTest, Condition, Policy, PolicyRule, RouteSource } from "./policy.ts";
import { matchesPrefixList } from "./prefix-list.ts";

/** A prefix and its attributes, as a policy sees them. */
export interface PolicyRoute {
  readonly family: Family;
  /** The prefix of `bits` bits whose octets start at `at`, as NLRI have it. */
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly bits: number;
  readonly attributes: PathAttributes;
  readonly source: RouteSource;
  /** Where a route of this machine leads to; "" where that is said by a next hop. */
  readonly interface: string;
}

export interface PolicyVerdict {
  /** The attributes to go on with: the route's own object where nothing changed. undefined: refused. */
  readonly accepted: PathAttributes | undefined;
  /** The name of the rule that decided, or OTHERWISE. */
  readonly rule: string;
}

const DEFAULT_LOCAL_PREF = 100;

/** Stands for the rule's name where no rule decided. */
export const OTHERWISE = "otherwise";

export function evaluate(policy: Policy, route: PolicyRoute): PolicyVerdict {
  let attributes = route.attributes;
  for (const rule of policy.rules) {
    if (!allHold(rule.when, route, attributes)) continue;
    if (rule.then === "reject") return { accepted: undefined, rule: rule.name };
    attributes = modified(rule, attributes);
    if (rule.then === "accept") return { accepted: attributes, rule: rule.name };
  }
  return { accepted: policy.otherwise === "accept" ? attributes : undefined, rule: OTHERWISE };
}

/** Whether routes that differ in nothing but their prefix may be judged differently; if not, ask once per attribute set. */
export function dependsOnPrefix(policy: Policy): boolean {
  return policy.rules.some(({ when }) => when.some(asksForPrefix));
}

function asksForPrefix(condition: Condition): boolean {
  return condition.kind === "not" ? asksForPrefix(condition.condition) : condition.kind === "prefix-list";
}

/** What each rule made of which attributes: routes of one UPDATE share a set, and go on sharing one. */
const made = new WeakMap<PolicyRule, WeakMap<PathAttributes, PathAttributes>>();

function modified(rule: PolicyRule, attributes: PathAttributes): PathAttributes {
  if (rule.set.length === 0) return attributes;
  let byRule = made.get(rule);
  if (!byRule) made.set(rule, (byRule = new WeakMap()));
  let after = byRule.get(attributes);
  if (!after) byRule.set(attributes, (after = rule.set.reduce(modify, attributes)));
  return after;
}

/** Do all of these hold? */
export function allHold(conditions: readonly Condition[], route: PolicyRoute, attributes: PathAttributes): boolean {
  for (const condition of conditions) if (!holds(condition, route, attributes)) return false;
  return true;
}

/** `attributes` are the route's as the rules before have left them. */
function holds(condition: Condition, route: PolicyRoute, attributes: PathAttributes): boolean {
  switch (condition.kind) {
    case "prefix-list":
      return matchesPrefixList(condition.list, route.family, route.bytes, route.at, route.bits);
    case "community":
      return attributes.communities?.some((community) => condition.anyOf.includes(community)) ?? false;
    case "large-community":
      return attributes.largeCommunities?.some((has) => condition.anyOf.some((asked) => sameLargeCommunity(has, asked))) ?? false;
    case "extended-community":
      return attributes.extendedCommunities?.some((community) => condition.anyOf.includes(community)) ?? false;
    case "as-path":
      return passes(condition.test, attributes.asPath ?? []);
    case "source":
      return condition.anyOf.includes(route.source);
    case "family":
      return condition.family === route.family;
    case "next-hop":
      return attributes.nextHop !== undefined && condition.anyOf.includes(attributes.nextHop.address);
    case "next-hop-in": {
      const nextHop = attributes.nextHop?.address;
      return nextHop !== undefined && condition.anyOf.some((prefix) => containsAddress(prefix, nextHop));
    }
    case "local-pref": {
      const { localPref = DEFAULT_LOCAL_PREF } = attributes;
      return localPref >= condition.atLeast && localPref <= condition.atMost;
    }
    case "interface":
      return matchesInterface(condition.anyOf, route.interface);
    case "not":
      return !holds(condition.condition, route, attributes);
    default:
      return assertNever(condition);
  }
}

function passes(test: AsPathTest, asPath: AsPath): boolean {
  switch (test.kind) {
    case "contains":
      return containsAs(asPath, test.asn);
    case "starts-with":
      return firstAs(asPath) === test.asn;
    case "begins-with":
      return beginsWith(asPath, test.asns);
    case "originated-by":
      return originAs(asPath) === test.asn;
    case "empty":
      return asPath.length === 0;
    case "at-most":
      return asPathLength(asPath) <= test.length;
    default:
      return assertNever(test);
  }
}
