/**
 * What a session lets in and out, as policies of the speaker: rules in the order in which Calico's BIRD asks them.
 * Pure. A policy depends on few things about a session; sessions that agree on them share one.
 *
 * Deviates: a route without a metric inside an own block is no elevated one, as it would be in Calico since 3.32 (0 is less than
 * any priority). Felix before 3.32 gives the routes of its workloads no metric, and each of them would be told.
 */

import type { Prefix } from "../ip/prefix.ts";
import { ACCEPT_ALL, type Condition, type Modification, type Policy, type PolicyRule } from "../bgp/policy/policy.ts";
import type { Family } from "../bgp/wire/context.ts";
import { PRIORITY_BASE } from "../speaker/forwarding/priority.ts";
import { type Cluster, compareTexts, isOf, isReflector, normalPriority, ownBlocks, programs } from "./cluster.ts";
import { type FilterSetting, addCommunities, filterRules } from "./filter-rules.ts";
import { resourceKey } from "./keys.ts";
import type { BgpConfiguration, BgpFilter, CommunityValue } from "./resources.ts";
import type { ServiceRanges } from "./services.ts";

/** What about a session its policies depend on. */
export interface PolicySetting {
  readonly family: Family;
  readonly internal: boolean;
  readonly localAs: number;
  /** Names of BGPFilters, in order. */
  readonly filters: readonly string[];
}

export class Policies {
  readonly #cluster: Cluster;
  readonly #services: ServiceRanges;
  readonly #known = new Map<string, Policy>();
  readonly #tails = new Map<string, readonly PolicyRule[]>();

  constructor(cluster: Cluster, services: ServiceRanges) {
    this.#cluster = cluster;
    this.#services = services;
  }

  importPolicy(setting: PolicySetting): Policy {
    if (setting.filters.length === 0) return ACCEPT_ALL;
    return this.#shared("import", setting, (rules) => ({ rules, otherwise: "accept" }));
  }

  exportPolicy(setting: PolicySetting): Policy {
    return this.#shared("export", setting, (rules) => ({ rules: [...rules, ...this.#tail(setting)], otherwise: "reject" }));
  }

  /** Only filters may ask for our AS. */
  #shared(direction: FilterSetting["direction"], setting: PolicySetting, finish: (rules: readonly PolicyRule[]) => Omit<Policy, "name">): Policy {
    const { family, internal, localAs, filters } = setting;
    const kind = internal ? "ibgp" : "ebgp";
    const name = `${direction}-${family}-${kind}${filters.length > 0 ? ` ${filters.join(" ")}` : ""}`;
    const key = filters.length > 0 ? `${name} ${localAs}` : name;
    const known = this.#known.get(key);
    if (known) return known;
    const rules = this.#filters(filters).flatMap((filter) => filterRules(filter, { direction, family, internal, localAs }));
    const policy = { name, ...finish(rules) };
    this.#known.set(key, policy);
    return policy;
  }

  #filters(names: readonly string[]): readonly BgpFilter[] {
    const { filters } = this.#cluster.resources;
    return names.flatMap((name) => filters.get(name) ?? []);
  }

  /** What holds where no filter has decided. */
  #tail({ family, internal }: PolicySetting): readonly PolicyRule[] {
    const key = `${family} ${internal}`;
    const known = this.#tails.get(key);
    if (known) return known;
    const rules = exportTail(family, internal ? "internal" : "external", this.#cluster, this.#services);
    this.#tails.set(key, rules);
    return rules;
  }
}

function exportTail(family: Family, kind: "internal" | "external", cluster: Cluster, services: ServiceRanges): readonly PolicyRule[] {
  const pools = (disabled: boolean): readonly Prefix[] => cluster.pools.filter(({ disableBgpExport }) => disableBgpExport === disabled).map(({ cidr }) => cidr);
  const reflected = isReflector(cluster.me) ? services.reflected : [];
  const rules: readonly (PolicyRule | undefined)[] = [
    within("pool-not-exported", pools(true), family, "reject"),
    kind === "internal" ? leadingTo("overlay-interface", ["*.cali", "*.calico", ...(programs(cluster, "ipip") ? [] : ["tunl0"])]) : undefined,
    leadingTo("bpf-interface", ["bpf*.cali"]),
    ...advertisedCommunities(family, cluster),
    ...ownBlockRules(family, cluster),
    within("service-range", services.announced, family, "accept"),
    within("reflected-service-range", reflected, family, "accept"),
    within("pool", pools(false), family, "accept"),
  ];
  return rules.filter((rule) => rule !== undefined);
}

/** Nothing to ask for: no rule. */
function within(name: string, prefixes: readonly Prefix[], family: Family, then: PolicyRule["then"], more: readonly Condition[] = [], set: readonly Modification[] = []): PolicyRule | undefined {
  const own = prefixes.filter((prefix) => isOf(family, prefix));
  if (own.length === 0) return undefined;
  const le = family === "ipv4" ? 32 : 128;
  return { name, when: [{ kind: "prefix-list", list: { name, entries: own.map((prefix) => ({ prefix, le })) } }, ...more], set, then };
}

function leadingTo(name: string, patterns: readonly string[]): PolicyRule {
  return { name, when: [{ kind: "interface", anyOf: patterns }], set: [], then: "reject" };
}

/** A block stands for the addresses in it, but for one that moves here: that has a better priority than normal ones. */
function ownBlockRules(family: Family, cluster: Cluster): readonly (PolicyRule | undefined)[] {
  const blocks = ownBlocks(cluster, "confirmed").filter((block) => isOf(family, block));
  if (blocks.length === 0) return [];
  const exact: Condition = { kind: "prefix-list", list: { name: "own-block", entries: blocks.map((prefix) => ({ prefix })) } };
  const elevated: Condition = { kind: "local-pref", atLeast: PRIORITY_BASE - normalPriority(cluster, family) + 1, atMost: PRIORITY_BASE - 1 };
  return [
    { name: "own-block", when: [exact], set: [], then: "accept" },
    within("elevated-in-own-block", blocks, family, "accept", [elevated]),
    within("in-own-block", blocks, family, "reject"),
  ];
}

/** A node's own list stands instead of the common one, and names mean what the same object says. */
function advertisedCommunities(family: Family, { common, own, complain }: Cluster): readonly (PolicyRule | undefined)[] {
  const source = own && own.prefixAdvertisements.length > 0 ? own : common;
  if (!source) return [];
  return source.prefixAdvertisements.filter(({ cidr }) => isOf(family, cidr)).map(({ cidr, communities }) => {
    const values = communities.flatMap((named) => valueOf(named, source, complain));
    return values.length === 0 ? undefined : within(`communities-for-${cidr}`, [cidr], family, "continue", [], addCommunities(inOrder(values)));
  });
}

function valueOf(named: CommunityValue | string, source: BgpConfiguration, complain: Cluster["complain"]): readonly CommunityValue[] {
  if (typeof named !== "string") return [named];
  const value = source.communities.get(named);
  if (!value) complain(resourceKey("BGPConfiguration", source.name), `no community is called ${JSON.stringify(named)}`);
  return value ? [value] : [];
}

function inOrder(values: readonly CommunityValue[]): readonly CommunityValue[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...byText].sort(([a], [b]) => compareTexts(a, b)).map(([, value]) => value);
}
