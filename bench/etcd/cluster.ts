/** A cluster as it stands in etcd: so many nodes, so many block affinities shared among them, a pool, a full mesh on one port. */

import type { Prefix } from "../../src/ip/prefix.ts";
import { affinityKey, resourceKey } from "../../src/calico/keys.ts";

export interface ClusterSize {
  readonly nodes: number;
  readonly affinities: number;
}

export type Written = readonly [key: string, value: string];

/** On loopback; another node has an address each. */
export function addressOf(index: number): string {
  return `127.20.${index >> 8}.${index & 255}`;
}

export function nodeName(index: number): string {
  return `node-${index}`;
}

/** As calicoctl shows such a Node, of the usual length. */
export function node(index: number, labels: object = {}): Written {
  const name = nodeName(index);
  const address = addressOf(index);
  const value = {
    kind: "Node",
    apiVersion: "projectcalico.org/v3",
    metadata: { name, uid: `5f0e8f3c-2c1d-4a55-9d7c-${String(index).padStart(12, "0")}`, creationTimestamp: "2025-05-03T09:12:44Z", labels: { "kubernetes.io/hostname": name, rack: `r${index % 40}`, ...labels }, annotations: {} },
    spec: {
      addresses: [{ address: `${address}/8`, type: "CalicoNodeIP" }, { address, type: "InternalIP" }],
      bgp: { ipv4Address: `${address}/8` },
      orchRefs: [{ nodeName: name, orchestrator: "k8s" }],
    },
    status: { podCIDRs: [`10.${index >> 8}.${index & 255}.0/24`] },
  };
  return [resourceKey("Node", name), JSON.stringify(value)];
}

export function clusterOf({ nodes, affinities }: ClusterSize, port: number): readonly Written[] {
  const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
  return [
    [resourceKey("BGPConfiguration", "default"), JSON.stringify({ kind: "BGPConfiguration", metadata: { name: "default" }, spec: { asNumber: 64512, listenPort: port, bindMode: "NodeIP" } })],
    [resourceKey("IPPool", "default"), JSON.stringify({ kind: "IPPool", metadata: { name: "default" }, spec: { cidr: "10.128.0.0/9", ipipMode: "Never", vxlanMode: "Never" } })],
    ...numbers.map((index) => node(index)),
    ...Array.from({ length: affinities }, (_, index) => affinity(index, nodes)),
  ];
}

function affinity(index: number, nodes: number): Written {
  const block = `10.${128 + (index >> 10)}.${(index >> 2) & 255}.${(index & 3) * 64}/26` as Prefix;
  return [affinityKey(nodeName((index % nodes) + 1), block), JSON.stringify({ state: "confirmed", deleted: false })];
}
