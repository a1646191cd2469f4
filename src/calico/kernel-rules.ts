/**
 * Which routes the kernel gets from us, and which are Felix's: the order of Calico's BIRD.
 * Pure. What stands in no pool and is no service is ours to program.
 */

import type { IpAddress } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import { ALL_FAMILIES, type Family } from "../bgp/wire/context.ts";
import type { Condition } from "../bgp/policy/policy.ts";
import type { ForwardingRule } from "../speaker/config/config.ts";
import { type Cluster, isOf, programs } from "./cluster.ts";
import type { IpPool, Node } from "./resources.ts";

const TUNNEL = "tunl0";

export function kernelRules(cluster: Cluster, keptOut: readonly Prefix[]): readonly ForwardingRule[] {
  return [
    ...(keptOut.length > 0 ? [{ name: "service-range", when: [withinAny("service-range", keptOut)], then: "leave" as const, tunnel: undefined }] : []),
    ...ALL_FAMILIES.flatMap((family) => wireguardRules(family, cluster)),
    ...ALL_FAMILIES.flatMap((family) => poolRules(family, cluster)),
  ];
}

function withinAny(name: string, prefixes: readonly Prefix[]): Condition {
  return { kind: "prefix-list", list: { name, entries: prefixes.map((prefix) => ({ prefix, le: prefix.includes(":") ? 128 : 32 })) } };
}

/** Between nodes that both have WireGuard, Felix encrypts: a route past it would leak. */
function wireguardRules(family: Family, { me, resources }: Cluster): readonly ForwardingRule[] {
  if (!wireguardOf(me, family)) return [];
  const others = [...resources.nodes.values()].filter((node) => node !== me && wireguardOf(node, family));
  const nextHops = others.flatMap((node) => node[family]?.address ?? []);
  return nextHops.length === 0 ? [] : [{ name: `wireguard-${family}`, when: [{ kind: "next-hop", anyOf: nextHops }], then: "leave", tunnel: undefined }];
}

function wireguardOf(node: Node, family: Family): IpAddress | undefined {
  return family === "ipv4" ? node.wireguardIpv4 : node.wireguardIpv6;
}

/** A node without an IPv4 network leaves all pools to themselves. */
function poolRules(family: Family, cluster: Cluster): readonly ForwardingRule[] {
  if (family === "ipv4" && !cluster.me.ipv4) return [];
  return cluster.pools.filter(({ cidr }) => isOf(family, cidr)).flatMap((pool) => rulesOf(pool, family, cluster));
}

function rulesOf(pool: IpPool, family: Family, cluster: Cluster): readonly ForwardingRule[] {
  const { cidr, ipipMode, vxlanMode, name } = pool;
  const inPool = withinAny(name, [cidr]);
  const isOurs = vxlanMode === "Never" && programs(cluster, ipipMode === "Never" ? "none" : "ipip");
  if (!isOurs) return [{ name, when: [inPool], then: "leave", tunnel: undefined }];
  const plain: ForwardingRule = { name, when: [inPool], then: "program", tunnel: undefined };
  if (family === "ipv6" || ipipMode === "Never") return [plain];
  const tunnelled: ForwardingRule = { ...plain, tunnel: TUNNEL };
  const network = cluster.me.ipv4?.network;
  if (ipipMode === "Always" || !network) return [tunnelled];
  return [{ ...plain, name: `${name}-in-own-network`, when: [inPool, { kind: "next-hop-in", anyOf: [network] }] }, tunnelled];
}
