/**
 * Routes as `show route` prints them: `%-18s <way> [<protocol> <time>[ from <peer>]][ *| !] (<preference>[/<metric>]) [AS…i]`.
 * Pure. BIRD 1.6, nest/rt-show.c and proto/bgp/attrs.c. Preferences are BIRD's: direct 240, static 200, BGP 100, kernel 10.
 */

import { addressFromNumber } from "../../ip/address.ts";
import { type Prefix, prefixAddress } from "../../ip/prefix.ts";
import type { AsPath, PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { LocalKind } from "../../speaker/forwarding/local-routes.ts";
import type { RouteView } from "../../speaker/view.ts";
import type { OtherRoute, OtherTarget } from "../../fib/kernel-view.ts";
import type { Look } from "../look.ts";
import { formatAsPath } from "../answers/route.ts";
import { since } from "./moments.ts";
import { symbolOf } from "./protocols.ts";
import { CODE, type ReplyLine, line } from "./reply.ts";

const KERNEL_PROTOCOL = 2; // RTPROT_KERNEL
const PROTOCOLS = { direct: { name: "direct1", preference: 240 }, static: { name: "static1", preference: 200 }, kernel: { name: "kernel1", preference: 10 } } as const;
const ORIGIN_LETTERS = { igp: "i", egp: "e", incomplete: "?" } as const;
const NET_WIDTH = 18;

/** One way to one network. */
export interface Way {
  readonly prefix: Prefix;
  readonly protocol: string;
  readonly primary: boolean;
  /** Without the network, which BIRD prints only on a network's first line. */
  readonly text: string;
  readonly attributes: PathAttributes | undefined;
}

export function printed(way: Way, place: "first" | "further"): ReplyLine {
  return line(CODE.route, `${(place === "first" ? way.prefix : "").padEnd(NET_WIDTH)} ${way.text}`);
}

/** What `all` adds below it. */
export function attributeLines({ attributes }: Way): readonly ReplyLine[] {
  if (!attributes) return [line(CODE.routeDetail, "\tType: static univ")];
  return [line(CODE.routeDetail, "\tType: BGP unicast univ"), ...[...bgpAttributes(attributes)].map(([name, value]) => line(CODE.routeAttribute, `\tBGP.${name}: ${value}`))];
}

/** A path that BGP knows, or one of our own; workloads are the kernel's to show. */
export function wayOf(route: RouteView, look: Look): Way {
  const { origin, prefix, best, attributes, sinceMs } = route;
  const moment = since(sinceMs, look.clock);
  if (origin.kind !== "peer") {
    const { name, preference } = PROTOCOLS[PROTOCOL_OF[origin.kind]];
    const target = localTarget(route, look);
    return { prefix, protocol: name, primary: best, text: `${target} [${name} ${moment}]${best ? " *" : ""} (${preference})`, attributes: undefined };
  }
  const protocol = symbolOf(origin.peer);
  const gateway = attributes.nextHop?.address;
  const from = gateway === origin.address ? "" : ` from ${origin.address}`;
  const text = `${towards(route, look)} [${protocol} ${moment}${from}]${best ? " *" : ""} ${preferenceOf(route)} [${lastAs(attributes.asPath)}${ORIGIN_LETTERS[attributes.origin ?? "incomplete"]}]`;
  return { prefix, protocol, primary: best, text, attributes };
}

const PROTOCOL_OF = { network: "static", block: "static", static: "static", direct: "direct", kernel: "kernel", workload: "kernel" } as const satisfies { readonly [K in LocalKind]: keyof typeof PROTOCOLS };

function localTarget(route: RouteView, look: Look): string {
  switch (route.origin.kind) {
    case "block":
      return "blackhole";
    case "network":
      return "unreachable"; // nothing here takes such packets
    default:
      return route.attributes.nextHop ? towards(route, look) : `dev ${look.kernel?.deviceTowards(prefixAddress(route.prefix)) ?? NO_DEVICE}`;
  }
}

export function otherWay({ prefix, target, protocol }: OtherRoute, look: Look): Way {
  const { name, preference } = protocol === KERNEL_PROTOCOL ? PROTOCOLS.direct : PROTOCOLS.kernel;
  const moment = since(look.speaker.router().startedAtMs, look.clock);
  return { prefix, protocol: name, primary: true, text: `${otherTarget(target)} [${name} ${moment}] * (${preference})`, attributes: undefined };
}

export function familyOfNetwork(prefix: Prefix): Family {
  return prefix.includes(":") ? "ipv6" : "ipv4";
}

function towards({ rejectedBy, attributes }: RouteView, look: Look): string {
  const gateway = attributes.nextHop?.address;
  if (rejectedBy !== undefined || gateway === undefined) return "unreachable";
  const device = look.kernel?.deviceTowards(gateway);
  return device === undefined ? `via ${gateway} on ${NO_DEVICE}` : `via ${gateway} on ${device}`;
}

/** A reflector forwards nothing, so it knows no devices; the column is never empty. */
const NO_DEVICE = "none";

function otherTarget(target: OtherTarget): string {
  if (target.kind !== "via") return target.kind === "blackhole" ? "blackhole" : "unreachable"; // Calico's reporter knows no other
  return target.gateway === undefined ? `dev ${target.device}` : `via ${target.gateway} on ${target.device}`;
}

function preferenceOf({ stale, rejectedBy }: RouteView): string {
  return `(100${stale ? "s" : ""}/${rejectedBy === undefined ? "0" : "-"})`;
}

function lastAs(path: AsPath | undefined): string {
  const last = path?.at(-1);
  const origin = last?.kind === "sequence" ? last.asns.at(-1) : undefined;
  return origin === undefined ? "" : `AS${origin}`;
}

function* bgpAttributes(attributes: PathAttributes): Iterable<readonly [name: string, value: string]> {
  const { origin, asPath, nextHop, med, localPref, aggregator, communities, originatorId, clusterList, largeCommunities } = attributes;
  if (origin) yield ["origin", { igp: "IGP", egp: "EGP", incomplete: "Incomplete" }[origin]];
  if (asPath) yield ["as_path", formatAsPath(asPath)];
  if (nextHop) yield ["next_hop", nextHop.linkLocal ? `${nextHop.address} ${nextHop.linkLocal}` : nextHop.address];
  if (med !== undefined) yield ["med", String(med)];
  if (localPref !== undefined) yield ["local_pref", String(localPref)];
  if (attributes.atomicAggregate) yield ["atomic_aggr", ""];
  if (aggregator) yield ["aggregator", `${aggregator.address} AS${aggregator.asn}`];
  if (communities) yield ["community", communities.map((community) => `(${community >>> 16},${community & 0xffff})`).join(" ")];
  if (originatorId !== undefined) yield ["originator_id", addressFromNumber(originatorId)];
  if (clusterList) yield ["cluster_list", clusterList.map(addressFromNumber).join(" ")];
  if (largeCommunities) yield ["large_community", largeCommunities.map(({ global, local1, local2 }) => `(${global}, ${local1}, ${local2})`).join(" ")];
}
