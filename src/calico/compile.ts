/**
 * Calico's resources -> what this node's speaker is to do, as confd and BIRD would have done it.
 * Pure: the same resources, name and environment give the same configuration, each time whole.
 *
 * What cannot be done is left out with a complaint, and costs only itself.
 */

import { type IpAddress, parseAddress } from "../ip/address.ts";
import { hostPrefix, maxLength, prefixLength, prefixVersion } from "../ip/prefix.ts";
import type { Family } from "../bgp/wire/context.ts";
import type { RouterConfig, SpeakerConfig, StaticRoute } from "../speaker/config/config.ts";
import { parseSpeakerConfig } from "../speaker/config/parse.ts";
import type { Endpoint } from "../speaker/vocabulary.ts";
import { type Cluster, addressOf, asnOf, clusterOf, enabledFamilies, idFrom, normalPriority, ownBlocks, portOf, routerIdOf } from "./cluster.ts";
import { kernelRules } from "./kernel-rules.ts";
import { resourceKey } from "./keys.ts";
import { type Peering, peeringsOf } from "./peerings.ts";
import { Policies } from "./policies.ts";
import type { Complaint, Resources } from "./resources.ts";
import { serviceRanges } from "./services.ts";
import { sessionsOf } from "./sessions.ts";
import type { Compiled, Environment } from "./vocabulary.ts";

const BGP_PORT = 179;

/** Of workloads, and of kube-proxy: never announced as connected networks. */
const NEVER_DIRECT = ["cali*", "kube-ipvs*"];

/** Everything that Calico says nothing about is as in a configuration that says nothing about it. */
const ORDINARY: SpeakerConfig = parseSpeakerConfig({ router: { asn: 1, id: "192.0.2.1" } });

export function compile(resources: Resources, nodeName: string, environment: Environment): Compiled {
  const complaints: Complaint[] = [];
  const me = resources.nodes.get(nodeName);
  if (!me) return { kind: "incomplete", reason: `there is no Node ${nodeName}`, complaints };
  const cluster = clusterOf(me, resources, environment, (key, reason) => complaints.push({ key, reason }));
  const routerId = routerIdOf(cluster);
  if (routerId === undefined) return { kind: "incomplete", reason: `Node ${nodeName} has no IPv4 address, and CALICO_ROUTER_ID says no other router id`, complaints };
  const speaker = speakerOf(cluster, routerId);
  const { own, common } = cluster;
  return { kind: "compiled", speaker, listen: endpoints(cluster), log: own?.logSeverityScreen ?? common?.logSeverityScreen ?? "info", complaints: distinct(complaints) };
}

function speakerOf(cluster: Cluster, routerId: number): SpeakerConfig {
  const services = serviceRanges(cluster);
  const policies = new Policies(cluster, services);
  const peerings = peeringsOf(cluster);
  return {
    ...ORDINARY,
    router: routerOf(cluster, routerId),
    networks: services.announced,
    blocks: ownBlocks(cluster, "all").filter((block) => prefixLength(block) < maxLength(prefixVersion(block))),
    statics: staticsOf(peerings),
    directExcept: [...(cluster.common?.ignoredInterfaces ?? []), ...NEVER_DIRECT],
    forwarding: kernelRules(cluster, services.keptOut),
    peers: sessionsOf(peerings, cluster, routerId, policies),
  };
}

function routerOf(cluster: Cluster, routerId: number): RouterConfig {
  const { me, complain } = cluster;
  const clusterId = idFrom(me.routeReflectorClusterId);
  if (me.routeReflectorClusterId !== undefined && clusterId === undefined) {
    complain(resourceKey("Node", me.name), `routeReflectorClusterID ${JSON.stringify(me.routeReflectorClusterId)} is no id: the router id stands for it`);
  }
  return {
    ...ORDINARY.router,
    asn: asnOf(me, cluster),
    routerId,
    clusterId: clusterId ?? routerId,
    routePriority: { ipv4: normalPriority(cluster, "ipv4"), ipv6: normalPriority(cluster, "ipv6") },
  };
}

/** To peers that are reached by a gateway. */
function staticsOf(peerings: readonly Peering[]): readonly StaticRoute[] {
  const byPrefix = new Map<string, StaticRoute>();
  for (const { address, reachableBy } of peerings) {
    if (reachableBy && !byPrefix.has(address)) byPrefix.set(address, { prefix: hostPrefix(address), via: reachableBy });
  }
  return [...byPrefix.values()];
}

const EVERY_ADDRESS: { readonly [F in Family]: IpAddress } = { ipv4: parseAddress("0.0.0.0") as IpAddress, ipv6: parseAddress("::") as IpAddress };

function endpoints(cluster: Cluster): readonly Endpoint[] {
  const port = portOf(cluster.me, cluster) ?? BGP_PORT;
  return enabledFamilies(cluster).map((family) => {
    const own = cluster.common?.bindMode === "NodeIP" ? addressOf(cluster.me, family)?.address : undefined;
    return { address: own ?? EVERY_ADDRESS[family], port };
  });
}

/** Two families, or two sessions, may give cause for the same complaint. */
function distinct(complaints: readonly Complaint[]): readonly Complaint[] {
  return [...new Map(complaints.map((complaint) => [`${complaint.key} ${complaint.reason}`, complaint])).values()];
}
