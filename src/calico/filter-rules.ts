/**
 * BGPFilters -> rules of a policy for one session.
 * Pure. Rules that can never hold for this session are left out.
 *
 * Deviates: BIRD has put our AS in front of a path already when a filter is asked about it for another AS. Here it comes
 * later: asPathPrefix is asked without it, and what prependASPath adds stands behind it, so that neighbours who check the
 * first AS of a path find ours (RFC 4271 §6.3). The interface of a route that a peer told is not known to policy: it has none.
 */

import { assertNever } from "../ip/assert.ts";
import { maxLength, prefixLength, prefixVersion } from "../ip/prefix.ts";
import type { Condition, Modification, PolicyRule } from "../bgp/policy/policy.ts";
import type { Family } from "../bgp/wire/context.ts";
import { localPrefOf } from "../speaker/forwarding/priority.ts";
import type { BgpFilter, CommunityValue, FilterMatch, FilterOperation, FilterRule } from "./resources.ts";

/** What about a session its filters depend on. */
export interface FilterSetting {
  readonly direction: "import" | "export";
  readonly family: Family;
  readonly internal: boolean;
  readonly localAs: number;
}

export function filterRules(filter: BgpFilter, setting: FilterSetting): readonly PolicyRule[] {
  const version = setting.family === "ipv4" ? "V4" : "V6";
  return filter[`${setting.direction}${version}`].flatMap((rule, index) => ruleOf(`${filter.name}/${index + 1}`, rule, setting));
}

function ruleOf(name: string, rule: FilterRule, setting: FilterSetting): readonly PolicyRule[] {
  const { peerType, action } = rule;
  if (peerType !== undefined && (peerType === "iBGP") !== setting.internal) return [];
  const parts = [prefixConditions(name, rule.match), sourceConditions(rule), communityConditions(rule), pathConditions(rule.asPathPrefix, setting)];
  if (parts.includes("never")) return [];
  const when = (parts as readonly (readonly Condition[])[]).flat();
  return [{ name, when: [...when, ...priorityConditions(rule)], set: action === "Accept" ? rule.operations.flatMap(modificationsOf) : [], then: action === "Accept" ? "accept" : "reject" }];
}

type Conditions = readonly Condition[] | "never";

/** BIRD compares a prefix with a set of prefixes where Equal has lengths beside it: they are never equal. */
function prefixConditions(name: string, match: FilterMatch | undefined): Conditions {
  if (!match) return [];
  const { operator, cidr } = match;
  const isExact = operator === "Equal" || operator === "NotEqual";
  const isNegated = operator === "NotEqual" || operator === "NotIn";
  const lengths = isExact ? undefined : lengthsOf(match);
  if (isExact ? match.prefixLength : !lengths) return isNegated ? [] : "never";
  const list: Condition = { kind: "prefix-list", list: { name, entries: [{ prefix: cidr, ...lengths }] } };
  return [isNegated ? { kind: "not", condition: list } : list];
}

/** The lengths of prefixes within a CIDR that match; undefined: none. */
function lengthsOf({ cidr, prefixLength: asked }: FilterMatch): { readonly ge: number; readonly le: number } | undefined {
  const longest = maxLength(prefixVersion(cidr));
  const ge = Math.max(prefixLength(cidr), asked?.min ?? 0);
  const le = Math.min(longest, asked?.max ?? longest);
  return ge <= le ? { ge, le } : undefined;
}

function sourceConditions({ source, interface: pattern }: FilterRule): readonly Condition[] {
  return [
    ...(source === "RemotePeers" ? [{ kind: "source" as const, anyOf: ["internal" as const, "external" as const] }] : []),
    ...(pattern === undefined ? [] : [{ kind: "interface" as const, anyOf: [pattern] }]),
  ];
}

function communityConditions({ communities }: FilterRule): readonly Condition[] {
  return communities.map((community) => (community.kind === "standard" ? { kind: "community", anyOf: [community.value] } : { kind: "large-community", anyOf: [community.value] }));
}

function pathConditions(asns: readonly number[], { direction, internal, localAs }: FilterSetting): Conditions {
  if (asns.length === 0) return [];
  if (direction === "import" || internal) return [{ kind: "as-path", test: { kind: "begins-with", asns } }];
  const [first, ...rest] = asns;
  if (first !== localAs) return "never";
  return rest.length === 0 ? [] : [{ kind: "as-path", test: { kind: "begins-with", asns: rest } }];
}

function priorityConditions({ priority }: FilterRule): readonly Condition[] {
  if (priority === undefined) return [];
  return [{ kind: "local-pref", atLeast: localPrefOf(priority), atMost: localPrefOf(priority) }];
}

function modificationsOf(operation: FilterOperation): readonly Modification[] {
  switch (operation.kind) {
    case "add-community":
      return addCommunities([operation.value]);
    case "prepend-as-path":
      return operation.prefix.toReversed().map((asn) => ({ kind: "prepend", asn, times: 1 }));
    case "set-priority":
      return [{ kind: "local-pref", value: localPrefOf(operation.value) }];
    default:
      return assertNever(operation);
  }
}

/** Of both kinds, each where there is one. */
export function addCommunities(values: readonly CommunityValue[]): readonly Modification[] {
  const standard = values.flatMap((community) => (community.kind === "standard" ? community.value : []));
  const large = values.flatMap((community) => (community.kind === "large" ? community.value : []));
  return [
    ...(standard.length > 0 ? [{ kind: "communities" as const, change: "add" as const, values: standard }] : []),
    ...(large.length > 0 ? [{ kind: "large-communities" as const, change: "add" as const, values: large }] : []),
  ];
}
