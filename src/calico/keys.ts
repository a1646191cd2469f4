/**
 * Keys of the etcd datastore: what a node watches, and what a key is the name of.
 * Pure. Resources stand below one root by plural and name; block affinities below the host that has them, with "-" for the
 * "/" of their CIDR.
 */

import { type Prefix, parsePrefix } from "../ip/prefix.ts";

const RESOURCES = "/calico/resources/v3/projectcalico.org";
const HOSTS = "/calico/ipam/v2/host";

/** Resources that decide what BGP does, by the plural in their key. */
export const PLURALS = {
  ippools: "IPPool",
  bgpconfigurations: "BGPConfiguration",
  nodes: "Node",
  bgppeers: "BGPPeer",
  bgpfilters: "BGPFilter",
} as const;

export type ResourceKind = (typeof PLURALS)[keyof typeof PLURALS];

/** What a key names. */
export type ResourceKey =
  | { readonly kind: ResourceKind; readonly name: string }
  | { readonly kind: "BlockAffinity"; readonly node: string; readonly block: Prefix };

/** Prefixes of keys to list and to watch. Each ends in "/": node-1 is not node-10. */
export function watchedPrefixes(nodeName: string): readonly string[] {
  return [...Object.keys(PLURALS).map((plural) => `${RESOURCES}/${plural}/`), `${HOSTS}/${nodeName}/`];
}

/** The key of a resource of cluster scope. */
export function resourceKey(kind: ResourceKind, name: string): string {
  return `${RESOURCES}/${PLURAL_OF.get(kind)}/${name}`;
}

const PLURAL_OF = new Map<ResourceKind, string>(Object.entries(PLURALS).map(([plural, kind]) => [kind, plural]));

/** The key by which a host has a block. */
export function affinityKey(node: string, block: Prefix): string {
  return `${HOSTS}/${node}/${block.includes(":") ? "ipv6" : "ipv4"}/block/${block.replace("/", "-")}`;
}

/** What the key names; undefined: nothing that BGP depends on. */
export function parseKey(key: string): ResourceKey | undefined {
  return key.startsWith(`${RESOURCES}/`) ? parseResourceKey(key.slice(RESOURCES.length + 1)) : parseAffinityKey(key);
}

function parseResourceKey(rest: string): ResourceKey | undefined {
  const [plural = "", name = "", ...deeper] = rest.split("/");
  if (!Object.hasOwn(PLURALS, plural) || name === "" || deeper.length > 0) return undefined;
  return { kind: PLURALS[plural as keyof typeof PLURALS], name };
}

const AFFINITY = new RegExp(`^${HOSTS}/([^/]+)/ipv[46]/block/([0-9a-fA-F.:]+)-(\\d+)$`);

function parseAffinityKey(key: string): ResourceKey | undefined {
  const [, node = "", address, length] = AFFINITY.exec(key) ?? [];
  const block = address === undefined ? undefined : parsePrefix(`${address}/${length}`);
  return block && { kind: "BlockAffinity", node, block };
}
