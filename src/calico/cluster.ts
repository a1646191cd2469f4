/**
 * The cluster as one of its nodes sees it: who has which address, AS number and port, and what holds for all.
 * Pure.
 */

import { type IpAddress, addressToNumber, parseAddress, versionOf } from "../ip/address.ts";
import { type Prefix, comparePrefixes, prefixVersion } from "../ip/prefix.ts";
import { FAMILIES, type Family } from "../bgp/wire/context.ts";
import { resourceKey } from "./keys.ts";
import type { BgpConfiguration, IpPool, Node, NodeAddress, ProgramClusterRoutes, Resources } from "./resources.ts";
import type { Environment } from "./vocabulary.ts";

const DEFAULT_ASN = 64512;
const DEFAULT_PRIORITY = 1024;

/** Everything compile starts from. */
export interface Cluster {
  readonly me: Node;
  readonly resources: Resources;
  readonly environment: Environment;
  /** The configuration of all nodes, and what this one has of its own. */
  readonly common: BgpConfiguration | undefined;
  readonly own: BgpConfiguration | undefined;
  readonly pools: readonly IpPool[];
  /** What is left out, and why. */
  complain(key: string, reason: string): void;
}

export function clusterOf(me: Node, resources: Resources, environment: Environment, complain: Cluster["complain"]): Cluster {
  const common = resources.configurations.get("default");
  const own = resources.configurations.get(`node.${me.name}`);
  for (const name of resources.configurations.keys()) {
    if (name !== "default" && !name.startsWith("node.")) complain(resourceKey("BGPConfiguration", name), 'says nothing to anybody: its name is neither "default" nor "node." and a node\'s');
  }
  return { me, resources, environment, common, own, pools: distinctPools(resources, complain), complain };
}

/** Of two pools with one CIDR the one whose name comes first counts; in the order of their CIDRs as text. */
function distinctPools({ pools }: Resources, complain: Cluster["complain"]): readonly IpPool[] {
  const byCidr = new Map<Prefix, IpPool>();
  for (const pool of [...pools.values()].sort(byName)) {
    const first = byCidr.get(pool.cidr);
    if (first) complain(resourceKey("IPPool", pool.name), `has the CIDR of ${first.name}, which counts`);
    else byCidr.set(pool.cidr, pool);
  }
  return [...byCidr.values()].sort((a, b) => compareTexts(a.cidr, b.cidr));
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareTexts(a.name, b.name);
}

export function addressOf(node: Node, family: Family): NodeAddress | undefined {
  return node[family];
}

/** A family without an address of ours has no sessions. */
export function enabledFamilies({ me }: Cluster): readonly Family[] {
  return (["ipv4", "ipv6"] as const).filter((family) => addressOf(me, family) !== undefined);
}

export function commonAsn({ common }: Cluster): number {
  return common?.asNumber ?? DEFAULT_ASN;
}

export function asnOf(node: Node, cluster: Cluster): number {
  return node.asNumber ?? commonAsn(cluster);
}

/** The port that a node listens on, where anything is said about it. */
export function portOf(node: Node, { resources, common }: Cluster): number | undefined {
  return resources.configurations.get(`node.${node.name}`)?.listenPort ?? common?.listenPort;
}

export function isReflector(node: Node): boolean {
  return node.routeReflectorClusterId !== undefined;
}

export function normalPriority({ common }: Cluster, family: Family): number {
  return (family === "ipv4" ? common?.ipv4NormalRoutePriority : common?.ipv6NormalRoutePriority) ?? DEFAULT_PRIORITY;
}

/** Which routes in pools BIRD would put into the kernel; Felix does the others. */
export function programs({ common }: Cluster, encapsulation: "ipip" | "none"): boolean {
  const setting: ProgramClusterRoutes = common?.programClusterRoutes ?? "EnabledNoEncapOnly";
  return setting === "Enabled" || setting === (encapsulation === "ipip" ? "EnabledIPIPOnly" : "EnabledNoEncapOnly");
}

export function isOf(family: Family, prefix: Prefix): boolean {
  return prefixVersion(prefix) === FAMILIES[family].version;
}

export function familyOfAddress(address: IpAddress): Family {
  return versionOf(address) === 4 ? "ipv4" : "ipv6";
}

/** Blocks of this node; those about to go are still swallowed, but their addresses are told like any others. */
export function ownBlocks({ me, resources, environment }: Cluster, which: "confirmed" | "all"): readonly Prefix[] {
  const affinities = [...resources.affinities.values()].filter(({ state }) => which === "all" || state === "confirmed").map(({ block }) => block);
  const podCidrs = environment.podCidrs === "use-as-blocks" ? me.podCidrs : [];
  return [...new Set([...affinities, ...podCidrs])].sort(comparePrefixes);
}

/** CALICO_ROUTER_ID, or the node's IPv4 address; undefined: there is none. */
export function routerIdOf({ me, environment }: Cluster): number | undefined {
  if (environment.routerId === "hash") return hashedId(environment.sha256(me.name));
  const text = environment.routerId === undefined || environment.routerId === "" ? me.ipv4?.address : environment.routerId;
  const id = idFrom(text);
  return id === 0 ? undefined : id;
}

/** An id written as an IPv4 address. */
export function idFrom(text: string | undefined): number | undefined {
  const address = text === undefined ? undefined : parseAddress(text);
  return address && versionOf(address) === 4 ? addressToNumber(address) : undefined;
}

const LAST_UNICAST = 223; // first octets beyond it are multicast and reserved

function hashedId(digest: Uint8Array): number {
  const [first = 0, ...rest] = digest.subarray(0, 4);
  return [first > LAST_UNICAST ? first - 32 : first, ...rest].reduce((id, octet) => id * 256 + octet, 0);
}
