/**
 * Calico's resources as far as BGP depends on them. Read this first: compile.ts turns them into what the speaker does.
 * Pure, types only. Field names are Calico's; what is absent in a resource is undefined here, defaults belong to compile.
 */

import type { IpAddress } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { LargeCommunity } from "../bgp/wire/attribute-types.ts";
import type { Selector } from "./selector.ts";

/** All that is known of the cluster, by name. Whole values: a change makes new ones of what it touched. */
export interface Resources {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly configurations: ReadonlyMap<string, BgpConfiguration>;
  readonly peers: ReadonlyMap<string, BgpPeer>;
  readonly filters: ReadonlyMap<string, BgpFilter>;
  readonly pools: ReadonlyMap<string, IpPool>;
  /** Of the one node whose keys are watched. */
  readonly affinities: ReadonlyMap<Prefix, BlockAffinity>;
}

/** Something that was left out, and why; `key` is the etcd key, or the name of the resource where compile found it. */
export interface Complaint {
  readonly key: string;
  readonly reason: string;
}

export interface Labels {
  readonly [label: string]: string;
}

/** A host's address in one family, and the network it stands in: a single address where no length is written. */
export interface NodeAddress {
  readonly address: IpAddress;
  readonly network: Prefix;
}

export interface Node {
  readonly name: string;
  readonly labels: Labels;
  readonly asNumber: number | undefined;
  readonly ipv4: NodeAddress | undefined;
  readonly ipv6: NodeAddress | undefined;
  /** Any text makes the node a route reflector. */
  readonly routeReflectorClusterId: string | undefined;
  readonly wireguardIpv4: IpAddress | undefined;
  readonly wireguardIpv6: IpAddress | undefined;
  readonly podCidrs: readonly Prefix[];
}

export interface SecretKeyRef {
  readonly name: string;
  readonly key: string;
}

export const PROGRAM_CLUSTER_ROUTES = ["Enabled", "Disabled", "EnabledIPIPOnly", "EnabledNoEncapOnly"] as const;
export type ProgramClusterRoutes = (typeof PROGRAM_CLUSTER_ROUTES)[number];

export const LOG_SEVERITIES = ["trace", "debug", "info", "warning", "error", "fatal"] as const;
export type LogSeverity = (typeof LOG_SEVERITIES)[number];

export interface BgpConfiguration {
  readonly name: string;
  readonly logSeverityScreen: LogSeverity | undefined;
  readonly nodeToNodeMeshEnabled: boolean | undefined;
  readonly asNumber: number | undefined;
  readonly listenPort: number | undefined;
  readonly serviceClusterIps: readonly Prefix[];
  readonly serviceExternalIps: readonly Prefix[];
  readonly serviceLoadBalancerIps: readonly Prefix[];
  readonly serviceLoadBalancerAggregation: "Enabled" | "Disabled";
  /** Communities by the names that prefixAdvertisements use. */
  readonly communities: ReadonlyMap<string, CommunityValue>;
  readonly prefixAdvertisements: readonly PrefixAdvertisement[];
  readonly nodeMeshPassword: SecretKeyRef | undefined;
  readonly nodeMeshMaxRestartSec: number | undefined;
  readonly bindMode: "None" | "NodeIP";
  /** Patterns of interface names ("docker0", "br-*"). */
  readonly ignoredInterfaces: readonly string[];
  readonly programClusterRoutes: ProgramClusterRoutes | undefined;
  readonly ipv4NormalRoutePriority: number | undefined;
  readonly ipv6NormalRoutePriority: number | undefined;
}

export type CommunityValue =
  | { readonly kind: "standard"; readonly value: number }
  | { readonly kind: "large"; readonly value: LargeCommunity };

export interface PrefixAdvertisement {
  readonly cidr: Prefix;
  /** A value, or a name to look up in the same object. */
  readonly communities: readonly (CommunityValue | string)[];
}

/** Who is on the other side of a BGPPeer. */
export type RemoteSide =
  | { readonly kind: "address"; readonly address: IpAddress; readonly port: number | undefined; readonly asNumber: number }
  | { readonly kind: "nodes"; readonly selector: Selector }
  | { readonly kind: "local-workloads"; readonly asNumber: number };

/** Which nodes have a BGPPeer. */
export type LocalSide =
  | { readonly kind: "all" }
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "nodes"; readonly selector: Selector };

export interface BgpPeer {
  readonly name: string;
  readonly local: LocalSide;
  readonly remote: RemoteSide;
  readonly localAsNumber: number | undefined;
  readonly password: SecretKeyRef | undefined;
  readonly sourceAddress: "UseNodeIP" | "None";
  readonly maxRestartSec: number | undefined;
  readonly keepaliveSec: number | undefined;
  readonly numAllowedLocalAsNumbers: number;
  /** Hops; 0 is off. */
  readonly ttlSecurity: number;
  readonly reachableBy: IpAddress | undefined;
  /** "legacy-keep": keepOriginalNextHop, towards other ASes only. */
  readonly nextHopMode: "Auto" | "Self" | "Keep" | "legacy-keep";
  readonly filters: readonly string[];
  readonly reversePeering: "Auto" | "Manual";
}

export interface BgpFilter {
  readonly name: string;
  readonly importV4: readonly FilterRule[];
  readonly importV6: readonly FilterRule[];
  readonly exportV4: readonly FilterRule[];
  readonly exportV6: readonly FilterRule[];
}

export interface FilterRule {
  readonly action: "Accept" | "Reject";
  readonly match: FilterMatch | undefined;
  readonly source: "RemotePeers" | undefined;
  /** A pattern of interface names. */
  readonly interface: string | undefined;
  readonly peerType: "eBGP" | "iBGP" | undefined;
  readonly communities: readonly CommunityValue[];
  readonly asPathPrefix: readonly number[];
  readonly priority: number | undefined;
  readonly operations: readonly FilterOperation[];
}

export interface FilterMatch {
  readonly cidr: Prefix;
  readonly operator: "Equal" | "NotEqual" | "In" | "NotIn";
  readonly prefixLength: { readonly min: number | undefined; readonly max: number | undefined } | undefined;
}

export type FilterOperation =
  | { readonly kind: "add-community"; readonly value: CommunityValue }
  | { readonly kind: "prepend-as-path"; readonly prefix: readonly number[] }
  | { readonly kind: "set-priority"; readonly value: number };

export type EncapsulationMode = "Never" | "Always" | "CrossSubnet";

export interface IpPool {
  readonly name: string;
  readonly cidr: Prefix;
  readonly ipipMode: EncapsulationMode;
  readonly vxlanMode: EncapsulationMode;
  readonly disableBgpExport: boolean;
}

export interface BlockAffinity {
  readonly block: Prefix;
  /** "pending" ones are as if they were not; what says nothing is confirmed. */
  readonly state: "confirmed" | "pendingDeletion";
}

/** What Felix writes for a local workload that speaks BGP. */
export interface WorkloadStatus {
  readonly bgpPeerName: string;
  readonly addresses: readonly IpAddress[];
}
