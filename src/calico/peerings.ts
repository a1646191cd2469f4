/**
 * BGPPeers -> the peerings of this node, before they become sessions.
 * Pure. A BGPPeer says who has the peering and with whom; where the other side is a node too, that node has it back, without
 * a BGPPeer of its own. Of two peerings with one address and port the first counts: global ones before those of a node, and
 * those before what comes back; within each, by the name of the BGPPeer.
 */

import { assertNever } from "../ip/assert.ts";
import type { IpAddress } from "../ip/address.ts";
import type { Family } from "../bgp/wire/context.ts";
import { type Cluster, addressOf, asnOf, byName, commonAsn, familyOfAddress, portOf } from "./cluster.ts";
import { resourceKey } from "./keys.ts";
import type { BgpPeer, Labels, LocalSide, Node } from "./resources.ts";
import { type Selector, selects } from "./selector.ts";

export interface Peering {
  readonly scope: "Global" | "Node" | "Local_Workload";
  readonly address: IpAddress;
  /** undefined: nothing says which, so 179. */
  readonly port: number | undefined;
  readonly remoteAs: number;
  /** Ours, where it is another one than the node's. */
  readonly localAs: number | undefined;
  readonly allowOwnAs: number;
  /** Of the other side, where it was chosen by selector. */
  readonly clusterId: string | undefined;
  /** Who dials: one side alone where the BGPPeer names the address of a node, both where it does not, only they where they are workloads. */
  readonly dials: "one" | "both" | "they";
  readonly reachableBy: IpAddress | undefined;
  readonly peer: BgpPeer;
}

export function peeringsOf(cluster: Cluster): readonly Peering[] {
  const { resources, me } = cluster;
  const peers = [...resources.peers.values()].sort(byName);
  const addresses = nodesByAddress(resources.nodes);
  const found = new Map<string, Peering>();
  const add = (peering: Peering): Peering => {
    const key = `${peering.address} ${peering.port ?? 179}`;
    const first = found.get(key) ?? peering;
    found.set(key, first);
    return first;
  };
  const addForward = (peering: Peering): void => {
    const first = add(peering);
    if (first.peer !== peering.peer) cluster.complain(resourceKey("BGPPeer", peering.peer.name), `${peering.address} is a peer by ${first.peer.name} already`);
  };
  for (const peer of peers) if (peer.local.kind === "all") forward("Global", peer, addresses, cluster).forEach(addForward);
  for (const peer of peers) if (peer.local.kind !== "all" && isLocal(peer.local, me)) forward("Node", peer, addresses, cluster).forEach(addForward);
  for (const peer of peers) backward(peer, cluster).forEach(add);
  return [...found.values()].filter(({ address }) => address !== me[familyOfAddress(address)]?.address);
}

function nodesByAddress(nodes: ReadonlyMap<string, Node>): ReadonlyMap<IpAddress, Node> {
  const byAddress = new Map<IpAddress, Node>();
  for (const node of nodes.values()) for (const own of [node.ipv4, node.ipv6]) if (own && !byAddress.has(own.address)) byAddress.set(own.address, node);
  return byAddress;
}

function isLocal(local: LocalSide, node: Node): boolean {
  switch (local.kind) {
    case "all":
      return true;
    case "node":
      return local.name === node.name;
    case "nodes":
      return selects(local.selector, node.labels);
    default:
      return assertNever(local);
  }
}

/** What the BGPPeer says to those that have it. */
function forward(scope: "Global" | "Node", peer: BgpPeer, addresses: ReadonlyMap<IpAddress, Node>, cluster: Cluster): readonly Peering[] {
  const { remote } = peer;
  switch (remote.kind) {
    case "nodes":
      return selected(remote.selector, cluster).flatMap((node) => withNode(scope, peer, node, BOTH, cluster));
    case "local-workloads":
      return cluster.environment.workloads
        .filter(({ bgpPeerName }) => bgpPeerName === peer.name)
        .flatMap(({ addresses: own }) => own.map((address) => ({ ...basics("Local_Workload", peer, address), remoteAs: remote.asNumber, localAs: peer.localAsNumber, dials: "they" as const })));
    case "address": {
      const node = addresses.get(remote.address);
      const port = remote.port ?? (node && asnOf(node, cluster) === remote.asNumber ? portOf(node, cluster) : undefined);
      const { localAsNumber: localAs, numAllowedLocalAsNumbers: allowOwnAs } = peer;
      return [{ ...basics(scope, peer, remote.address), port, remoteAs: remote.asNumber, localAs, allowOwnAs, dials: node && scope === "Global" ? "one" : "both" }];
    }
    default:
      return assertNever(remote);
  }
}

/** What it says to those on its other side, when they are nodes. */
function backward(peer: BgpPeer, cluster: Cluster): readonly Peering[] {
  const { remote, local } = peer;
  if (peer.reversePeering === "Manual" || remote.kind === "local-workloads") return [];
  const { me, resources } = cluster;
  if (remote.kind === "nodes" ? !selects(remote.selector, me.labels) : !isMe(remote, cluster)) return [];
  const families = remote.kind === "nodes" ? BOTH : [familyOfAddress(remote.address)];
  const others = local.kind === "nodes" ? selected(local.selector, cluster) : [...resources.nodes.values()].filter((node) => isLocal(local, node));
  return others.flatMap((node) => withNode("Node", peer, node, families, cluster));
}

/** Deviates: Calico also wants a port that is set for all nodes to be this one, though the node's own counts everywhere else. */
function isMe({ address, port, asNumber }: { readonly address: IpAddress; readonly port: number | undefined; readonly asNumber: number }, cluster: Cluster): boolean {
  const { me } = cluster;
  if (me[familyOfAddress(address)]?.address !== address) return false;
  return asNumber === (me.asNumber ?? commonAsn(cluster)) && (port === undefined || port === (portOf(me, cluster) ?? 179));
}

const BOTH: readonly Family[] = ["ipv4", "ipv6"];

function withNode(scope: "Global" | "Node", peer: BgpPeer, node: Node, families: readonly Family[], cluster: Cluster): readonly Peering[] {
  return families.flatMap((family): readonly Peering[] => {
    const address = addressOf(node, family)?.address;
    if (!address) return [];
    return [{ ...basics(scope, peer, address), port: portOf(node, cluster), remoteAs: asnOf(node, cluster), clusterId: node.routeReflectorClusterId }];
  });
}

function basics(scope: Peering["scope"], peer: BgpPeer, address: IpAddress): Omit<Peering, "remoteAs"> {
  const { reachableBy } = peer;
  const isReachable = reachableBy !== undefined && familyOfAddress(reachableBy) === familyOfAddress(address);
  return { scope, peer, address, port: undefined, localAs: undefined, allowOwnAs: 0, clusterId: undefined, dials: "both", reachableBy: isReachable ? reachableBy : undefined };
}

function selected(selector: Selector, { resources }: Cluster): readonly Node[] {
  const isSelected = (labels: Labels): boolean => selects(selector, labels);
  return [...resources.nodes.values()].filter(({ labels }) => isSelected(labels));
}
