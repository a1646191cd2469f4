/**
 * Node, BGPConfiguration, IPPool and block affinity as they stand in the datastore -> resources.
 * Pure. A node or a configuration with a field at fault is there without that field: without the node its sessions would
 * go, without the configuration all its defaults would come back. A pool is whole or not there.
 */

import { type Prefix, parsePrefix } from "../ip/prefix.ts";
import { type ConfigFault, defaulted, fault, flag, integer, oneOf, optional, parsed, required } from "../speaker/config/schema.ts";
import { secretShape } from "./peer-parse.ts";
import { type BgpConfiguration, type BlockAffinity, type CommunityValue, type IpPool, LOG_SEVERITIES, type Node, PROGRAM_CLUSTER_ROUTES, type PrefixAdvertisement } from "./resources.ts";
import { address, anyCase, asNumber, cidr, communityOrName, communityValue, durationSec, each, interfacePattern, labels, loose, nodeAddress, nonEmpty } from "./shapes.ts";

const nodeSpec = loose({
  bgp: defaulted(
    loose({
      asNumber: optional(asNumber, "its AS number"),
      ipv4Address: optional(nodeAddress(4), "its IPv4 address"),
      ipv6Address: optional(nodeAddress(6), "its IPv6 address"),
      routeReflectorClusterID: optional(parsed((input) => input, "a text"), "its cluster id"),
    }),
    { asNumber: undefined, ipv4Address: undefined, ipv6Address: undefined, routeReflectorClusterID: undefined },
    "BGP",
  ),
  wireguard: optional(loose({ interfaceIPv4Address: optional(address, "an address"), interfaceIPv6Address: optional(address, "an address") }), "WireGuard"),
});

const metadataShape = loose({ labels: defaulted(labels, {}, "labels") });
const statusShape = loose({ podCIDRs: defaulted(each(cidr), [], "pod CIDRs") });

export function parseNode(name: string, { spec, metadata, status }: Written, faults: ConfigFault[]): Node | undefined {
  const written = nodeSpec.read(spec ?? {}, "spec", faults);
  if (!written) return undefined;
  const { bgp, wireguard } = written;
  return {
    name,
    labels: metadataShape.read(metadata ?? {}, "metadata", faults)?.labels ?? {},
    asNumber: bgp.asNumber || undefined,
    ipv4: bgp.ipv4Address,
    ipv6: bgp.ipv6Address,
    routeReflectorClusterId: bgp.routeReflectorClusterID || undefined,
    wireguardIpv4: wireguard?.interfaceIPv4Address,
    wireguardIpv6: wireguard?.interfaceIPv6Address,
    podCidrs: statusShape.read(status ?? {}, "status", faults)?.podCIDRs ?? [],
  };
}

/** The parts of a resource's JSON. */
export interface Written {
  readonly metadata?: unknown;
  readonly spec?: unknown;
  readonly status?: unknown;
}

const services = defaulted(each(loose({ cidr: optional(parsed((input) => (input === "" ? undefined : parsePrefix(input)), "a CIDR"), "a CIDR") })), [], "service CIDRs");
const normalPriority = optional(integer(1, 2147483646), "a priority");

const configurationSpec = loose({
  logSeverityScreen: optional(anyCase(LOG_SEVERITIES), "how much is logged"),
  nodeToNodeMeshEnabled: optional(flag, "whether all nodes are peers"),
  asNumber: optional(asNumber, "the cluster's AS number"),
  listenPort: optional(integer(1, 65535), "a port"),
  serviceClusterIPs: services,
  serviceExternalIPs: services,
  serviceLoadBalancerIPs: services,
  serviceLoadBalancerAggregation: defaulted(oneOf(["Enabled", "Disabled"]), "Enabled", "aggregation"),
  communities: defaulted(each(loose({ name: required(nonEmpty, "a name"), value: required(communityValue, "a community") })), [], "communities"),
  prefixAdvertisements: defaulted(each(loose({ cidr: required(cidr, "a CIDR"), communities: defaulted(each(communityOrName), [], "communities") })), [], "communities by prefix"),
  nodeMeshPassword: optional(secretShape, "the mesh's password"),
  nodeMeshMaxRestartTime: optional(durationSec, "how long routes are kept"),
  bindMode: defaulted(oneOf(["None", "NodeIP"]), "None", "where we listen"),
  ignoredInterfaces: defaulted(each(interfacePattern), [], "interfaces to leave out"),
  programClusterRoutes: optional(oneOf(PROGRAM_CLUSTER_ROUTES), "who programs routes"),
  ipv4NormalRoutePriority: normalPriority,
  ipv6NormalRoutePriority: normalPriority,
});

export function parseConfiguration(name: string, spec: unknown, faults: ConfigFault[]): BgpConfiguration | undefined {
  const written = configurationSpec.read(spec ?? {}, "spec", faults);
  if (!written) return undefined;
  return {
    name,
    logSeverityScreen: written.logSeverityScreen,
    nodeToNodeMeshEnabled: written.nodeToNodeMeshEnabled,
    asNumber: written.asNumber || undefined,
    listenPort: written.listenPort,
    serviceClusterIps: cidrsOf(written.serviceClusterIPs),
    serviceExternalIps: cidrsOf(written.serviceExternalIPs),
    serviceLoadBalancerIps: cidrsOf(written.serviceLoadBalancerIPs),
    serviceLoadBalancerAggregation: written.serviceLoadBalancerAggregation,
    communities: new Map(written.communities.map(({ name: known, value }): readonly [string, CommunityValue] => [known, value])),
    prefixAdvertisements: written.prefixAdvertisements satisfies readonly PrefixAdvertisement[],
    nodeMeshPassword: written.nodeMeshPassword?.secretKeyRef,
    nodeMeshMaxRestartSec: written.nodeMeshMaxRestartTime,
    bindMode: written.bindMode,
    ignoredInterfaces: written.ignoredInterfaces,
    programClusterRoutes: written.programClusterRoutes,
    ipv4NormalRoutePriority: written.ipv4NormalRoutePriority,
    ipv6NormalRoutePriority: written.ipv6NormalRoutePriority,
  };
}

function cidrsOf(entries: readonly { readonly cidr: Prefix | undefined }[]): readonly Prefix[] {
  return entries.flatMap(({ cidr: given }) => given ?? []);
}

const mode = defaulted(parsed((input) => (input === "" ? "Never" : (["Never", "Always", "CrossSubnet"] as const).find((known) => known === input)), "Never, Always or CrossSubnet"), "Never", "a mode");

const poolSpec = loose({ cidr: required(cidr, "the pool's CIDR"), ipipMode: mode, vxlanMode: mode, disableBGPExport: defaulted(flag, false, "whether it is told") });

export function parsePool(name: string, spec: unknown, faults: ConfigFault[]): IpPool | undefined {
  const written = poolSpec.read(spec ?? {}, "spec", faults);
  if (!written || faults.length > 0) return undefined;
  return { name, cidr: written.cidr, ipipMode: written.ipipMode, vxlanMode: written.vxlanMode, disableBgpExport: written.disableBGPExport };
}

/** A block that is only pending is as if it were not. */
export function parseAffinity(block: Prefix, input: unknown, faults: ConfigFault[]): BlockAffinity | undefined {
  const written = loose({ state: defaulted(parsed((given) => given, "a text"), "", "its state") }).read(input, "", faults);
  switch (written?.state) {
    case "":
    case "confirmed":
      return { block, state: "confirmed" };
    case "pendingDeletion":
      return { block, state: "pendingDeletion" };
    case "pending":
    case undefined:
      return undefined;
    default:
      return fault(faults, "state", written?.state, "confirmed, pending or pendingDeletion");
  }
}
