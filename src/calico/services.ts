/**
 * Which ranges of service addresses a node announces, and which it keeps out of its kernel.
 * Pure. The lists of BGPConfiguration only: single services are known to Kubernetes alone.
 */

import { type Prefix, maxLength, parsePrefix, prefixLength, prefixVersion } from "../ip/prefix.ts";
import type { Cluster } from "./cluster.ts";

const EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

export interface ServiceRanges {
  readonly announced: readonly Prefix[];
  /** Neither our own nor what other nodes say of them goes into the kernel: packets to services are somebody else's business. */
  readonly keptOut: readonly Prefix[];
  /** What a reflector passes on besides. */
  readonly reflected: readonly Prefix[];
}

export function serviceRanges(cluster: Cluster): ServiceRanges {
  const { common, me } = cluster;
  const external = common?.serviceExternalIps ?? [];
  const loadBalancer = common?.serviceLoadBalancerIps ?? [];
  const aggregated = common?.serviceLoadBalancerAggregation === "Disabled" ? [] : loadBalancer;
  const ranges = [...new Set([...clusterIps(cluster), ...[...external, ...aggregated].filter(isWide)])];
  const isExcluded = me.labels[EXCLUDE_LABEL] === "true";
  return { announced: isExcluded ? [] : ranges, keptOut: ranges, reflected: [...loadBalancer, ...external] };
}

function clusterIps({ common, environment, complain }: Cluster): readonly Prefix[] {
  const { advertiseClusterIps } = environment;
  if (advertiseClusterIps === undefined || advertiseClusterIps === "") return common?.serviceClusterIps ?? [];
  return advertiseClusterIps.split(",").flatMap((part) => {
    const range = parsePrefix(part.trim());
    if (!range) complain("CALICO_ADVERTISE_CLUSTER_IPS", `${JSON.stringify(part)} is no CIDR`);
    return range ?? [];
  });
}

/** A single address is announced with the service that has it. */
function isWide(range: Prefix): boolean {
  return prefixLength(range) < maxLength(prefixVersion(range));
}

