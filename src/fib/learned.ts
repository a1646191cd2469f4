/**
 * Routes that BGP may learn from this host's kernel: those of others, and connected networks.
 * Pure. A whole value every time something changed; what is missing in it is gone.
 *
 * Like BIRD: not what the kernel made itself, not what is local to a link or to this host; of several routes to one prefix
 * the one with the best metric, and of several next hops the first.
 */

import { isLinkLocal, isLoopback, isMulticastOrReserved } from "../ip/address.ts";
import { type Prefix, comparePrefixes, prefixAddress } from "../ip/prefix.ts";
import type { KernelRoute } from "../speaker/vocabulary.ts";
import { MAIN_TABLE } from "./rtnetlink-route.ts";
import type { ForeignRoute, KernelMirror } from "./kernel-mirror.ts";

/** rtm_protocol: nobody, a redirect, and the kernel itself. */
const UNLEARNED = [0, 1, 2];

const IPV6_DEFAULT_METRIC = 1024; // IP6_RT_PRIO_USER

export function learnedRoutes(mirror: KernelMirror): readonly KernelRoute[] {
  return [...directRoutes(mirror), ...foreignRoutes(mirror)].sort((a, b) => comparePrefixes(a.prefix, b.prefix));
}

/** What one of them is, as text: equal routes have equal texts. */
export function describeLearned({ prefix, kind, interface: name, gateway, metric }: KernelRoute): string {
  return `${prefix} ${kind} ${name} ${gateway} ${metric}`;
}

function directRoutes(mirror: KernelMirror): readonly KernelRoute[] {
  const direct = new Map<Prefix, KernelRoute>();
  for (const { link, network } of mirror.addresses()) {
    if (isGlobal(network) && !direct.has(network) && mirror.link(link)?.state !== "down") {
      direct.set(network, { prefix: network, kind: "direct", interface: mirror.linkName(link), gateway: undefined, metric: 0 });
    }
  }
  return [...direct.values()];
}

function foreignRoutes(mirror: KernelMirror): readonly KernelRoute[] {
  const learned = new Map<Prefix, KernelRoute>();
  for (const { prefix, route } of mirror.routes()) {
    if (route.table !== MAIN_TABLE || route.tos !== 0 || UNLEARNED.includes(route.protocol)) continue;
    const to = prefix();
    if (isGlobal(to) && !learned.has(to)) learned.set(to, { prefix: to, kind: "kernel", metric: metricOf(route), ...wayOf(route, mirror) }); // the best metric comes first
  }
  return [...learned.values()];
}

/** IPv6 has no route without a metric: the kernel gives it one, which is read as none elsewhere. */
function metricOf({ family, metric }: ForeignRoute): number {
  return family === "ipv6" && metric === 0 ? IPV6_DEFAULT_METRIC : metric;
}

function wayOf({ target }: ForeignRoute, mirror: KernelMirror): Pick<KernelRoute, "interface" | "gateway"> {
  const hop = target.kind === "via" ? target.hops[0] : undefined;
  return hop ? { interface: mirror.linkName(hop.device), gateway: hop.gateway } : { interface: "", gateway: undefined };
}

/** Somebody elsewhere may want to send there. */
function isGlobal(prefix: Prefix): boolean {
  const address = prefixAddress(prefix);
  return !isLinkLocal(address) && !isLoopback(address) && !isMulticastOrReserved(address);
}
