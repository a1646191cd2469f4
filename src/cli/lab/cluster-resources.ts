/**
 * What calicoctl and Calico's address management would have written about a lab: keys and values.
 * Pure.
 */

import { affinityKey, resourceKey, type ResourceKind } from "../../calico/keys.ts";
import { type Host, type Lab, LAB_ASN, POOL } from "./topology.ts";

/** One key and its value. */
export type Written = readonly [key: string, value: string];

const CLUSTER_ID = "244.0.0.1";
const REFLECTOR_LABEL = "route-reflector";

/** The cluster before anybody has thought of reflectors: a pool, its settings, and a node with its block for each host that is one. */
export function clusterResources(lab: Lab): readonly Written[] {
  const pool = resource("IPPool", "default-ipv4-ippool", { cidr: POOL, blockSize: 26, ipipMode: "Never", vxlanMode: "Never", natOutgoing: false, nodeSelector: "all()" });
  return [pool, meshResource("on"), ...lab.hosts.filter(({ role }) => role === "node").flatMap(nodeResources)];
}

/** A node and the block that it has. */
export function nodeResources(host: Host): readonly Written[] {
  const isReflector = host.role === "reflector";
  const bgp = { ipv4Address: `${host.address}/24`, ...(isReflector && { routeReflectorClusterID: CLUSTER_ID }) };
  const node = resource("Node", host.name, { addresses: [{ address: host.address, type: "InternalIP" }], bgp }, isReflector ? { [REFLECTOR_LABEL]: "true" } : {});
  return [node, ...(host.block ? [[affinityKey(host.name, host.block), JSON.stringify({ state: "confirmed", deleted: false })] as const] : [])];
}

/** The settings of the whole cluster: its AS, and whether every node peers with every other. */
export function meshResource(mesh: "on" | "off"): Written {
  return resource("BGPConfiguration", "default", { asNumber: LAB_ASN, logSeverityScreen: "Info", nodeToNodeMeshEnabled: mesh === "on" });
}

/** Every node peers with every reflector. */
export function reflectorPeering(): Written {
  return resource("BGPPeer", "to-reflectors", { nodeSelector: "all()", peerSelector: `${REFLECTOR_LABEL} == 'true'` });
}

function resource(kind: ResourceKind, name: string, spec: object, labels: object = {}): Written {
  return [resourceKey(kind, name), JSON.stringify({ kind, apiVersion: "projectcalico.org/v3", metadata: { name, labels }, spec, ...(kind === "Node" && { status: {} }) })];
}
