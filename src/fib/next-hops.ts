/**
 * Where a BGP next hop is: on which link, through which gateway, at what cost.
 * Pure. RFC 4271 §5.1.3 and §9.1.2.1; one level of recursion through routes of others in the main table, because the
 * kernel has already resolved the gateways of those. Where our routes go into another table, a network that is connected
 * there comes first, as with the kernel, which looks for a gateway among the connected networks of the route's own table
 * before it looks elsewhere. Our own routes are never asked: a next hop that is reached through a route
 * which depends on it would keep itself alive.
 */

import { type IpAddress, isLinkLocal, isUnspecified, versionOf } from "../ip/address.ts";
import type { Neighbour, NextHopView } from "../bgp/rib/next-hop.ts";
import type { ForwardingHop } from "../speaker/vocabulary.ts";
import { type Hop, MAIN_TABLE } from "./rtnetlink-route.ts";
import type { ForeignRoute, KernelMirror } from "./kernel-mirror.ts";

/** How a next hop is reached; no hops: not at all. */
interface Reach {
  readonly metric: number;
  readonly direct: boolean;
  readonly hops: readonly Hop[];
}

/** A next hop that was asked for, and who had told it. */
interface Answer {
  readonly nextHop: IpAddress;
  readonly neighbour: Neighbour | undefined;
  readonly reach: Reach;
}

const UNREACHABLE: Reach = { metric: 0, direct: false, hops: [] };
const MAX_REMEMBERED = 100_000; // next hops asked for; beyond, all answers are forgotten and said to have changed

export interface NextHopOptions {
  /** Where our routes go. */
  readonly table: number;
  /** Links where no BGP neighbour lives. */
  readonly isWorkload: (linkName: string) => boolean;
}

/** What of the answers given so far is another one now. */
export interface Changed {
  readonly metrics: boolean;
  readonly hops: boolean;
}

export class NextHops implements NextHopView {
  readonly #mirror: KernelMirror;
  readonly #options: NextHopOptions;
  /** Every answer given, so that a change of one can be told. */
  readonly #answers = new Map<string, Answer>();
  /** Every tunnel device asked for, and its link; undefined: it is not there, or down. */
  readonly #tunnels = new Map<string, number | undefined>();
  #forgotten = false;
  #isBlind = false;

  constructor(mirror: KernelMirror, options: NextHopOptions) {
    this.#mirror = mirror;
    this.#options = options;
  }

  /** There is no kernel to ask: from now on every next hop is as good as any other, so that BGP goes on. */
  giveUp(): void {
    this.#isBlind = true;
  }

  metric(nextHop: IpAddress, neighbour?: Neighbour): number | undefined {
    if (this.#isBlind) return 0;
    const reach = this.#reach(nextHop, neighbour);
    return reach.hops.length > 0 ? reach.metric : undefined;
  }

  /** The targets out of this host towards it, or the one through a tunnel to it; none: unreachable. */
  hopsTo(nextHop: ForwardingHop, tunnel: string | undefined): readonly Hop[] {
    const { hops, direct } = this.#reach(nextHop.address, nextHop.neighbour);
    if (tunnel !== undefined) return hops.length > 0 ? this.#through(tunnel, nextHop.address) : [];
    const { linkLocal } = nextHop;
    if (!direct || !linkLocal) return hops;
    return hops.map((hop) => ({ ...hop, gateway: linkLocal })); // RFC 2545 §3: the neighbour shares that link with us
  }

  /** Asks the mirror again for everything that was ever answered. */
  refresh(): Changed {
    let metrics = this.#forgotten;
    let hops = this.#forgotten;
    this.#forgotten = false;
    for (const [key, { nextHop, neighbour, reach: before }] of this.#answers) {
      const now = this.#find(nextHop, neighbour);
      if (isEqual(before, now)) continue;
      this.#answers.set(key, { nextHop, neighbour, reach: now });
      hops = true;
      metrics ||= now.metric !== before.metric || (now.hops.length > 0) !== (before.hops.length > 0);
    }
    for (const [name, before] of this.#tunnels) {
      const now = this.#linkNamed(name);
      this.#tunnels.set(name, now);
      hops ||= now !== before;
    }
    return { metrics, hops };
  }

  #reach(nextHop: IpAddress, neighbour: Neighbour | undefined): Reach {
    const key = neighbour ? `${nextHop} ${neighbour.address} ${neighbour.localAddress} ${neighbour.device}` : nextHop;
    const known = this.#answers.get(key);
    if (known) return known.reach;
    if (this.#answers.size >= MAX_REMEMBERED) {
      this.#answers.clear();
      this.#forgotten = true;
    }
    const reach = this.#find(nextHop, neighbour);
    this.#answers.set(key, { nextHop, neighbour, reach });
    return reach;
  }

  #find(nextHop: IpAddress, neighbour: Neighbour | undefined): Reach {
    if (isUnspecified(nextHop) || this.#mirror.isOwnAddress(nextHop)) return UNREACHABLE;
    if (versionOf(nextHop) === 6 && isLinkLocal(nextHop)) return this.#findLinkLocal(nextHop, neighbour);
    return this.#findConnected(nextHop) ?? this.#findInMain(nextHop);
  }

  /** In our own table, where that is another one than main. */
  #findConnected(nextHop: IpAddress): Reach | undefined {
    if (this.#options.table === MAIN_TABLE) return undefined;
    for (const route of this.#mirror.covering(nextHop, this.#options.table)) {
      const hops = this.#usableHops(route);
      if (hops.length > 0 && isConnected(hops)) return reachBy(hops, route, nextHop);
    }
    return undefined;
  }

  #findInMain(nextHop: IpAddress): Reach {
    for (const route of this.#mirror.covering(nextHop, MAIN_TABLE)) {
      if (route.target.kind !== "via") return UNREACHABLE;
      const hops = this.#usableHops(route);
      if (hops.length > 0) return reachBy(hops, route, nextHop);
    }
    return UNREACHABLE;
  }

  #usableHops({ target }: ForeignRoute): readonly Hop[] {
    return target.kind === "via" ? target.hops.filter((hop) => this.#mirror.link(hop.device)?.state !== "down") : [];
  }

  /** A link-local address says nothing about its link: that is the one we share with whoever told it, as with BIRD. */
  #findLinkLocal(nextHop: IpAddress, neighbour: Neighbour | undefined): Reach {
    const device = neighbour ? this.#linkTo(neighbour) : this.#onlyLink();
    return device === undefined ? UNREACHABLE : { metric: 0, direct: true, hops: [{ device, gateway: nextHop, onLink: false }] };
  }

  /** Undefined: it is behind a router, or its link is down or cannot be told. */
  #linkTo({ address, localAddress, device }: Neighbour): number | undefined {
    if (device !== undefined) return this.#linkNamed(device);
    if (isLinkLocal(address)) return this.#onlyOf(this.#mirror.linksWith(localAddress));
    const { direct, hops } = this.#find(address, undefined);
    return direct ? this.#onlyOf(hops.map((hop) => hop.device)) : undefined;
  }

  #onlyLink(): number | undefined {
    return this.#onlyOf(this.#mirror.linksWithLinkLocal().filter((index) => this.#mayHoldNeighbour(index)));
  }

  /** Of several nobody says which one is meant. */
  #onlyOf(links: readonly number[]): number | undefined {
    const [only, ...others] = new Set(links.filter((index) => this.#mirror.link(index)?.state !== "down"));
    return others.length > 0 ? undefined : only;
  }

  #mayHoldNeighbour(index: number): boolean {
    const link = this.#mirror.link(index);
    return link !== undefined && link.state !== "down" && !link.loopback && !this.#options.isWorkload(link.name);
  }

  #through(tunnel: string, nextHop: IpAddress): readonly Hop[] {
    const device = this.#tunnels.has(tunnel) ? this.#tunnels.get(tunnel) : this.#linkNamed(tunnel);
    this.#tunnels.set(tunnel, device);
    return device === undefined ? [] : [{ device, gateway: nextHop, onLink: true }];
  }

  #linkNamed(name: string): number | undefined {
    const link = this.#mirror.linkNamed(name);
    return link && link.state !== "down" ? link.index : undefined;
  }
}

function reachBy(hops: readonly Hop[], { metric }: ForeignRoute, nextHop: IpAddress): Reach {
  const direct = isConnected(hops);
  const cost = direct ? 0 : Math.max(1, metric); // whatever is on a link of ours is nearer than what is not
  return { metric: cost, direct, hops: hops.map((hop) => (hop.gateway ? hop : { ...hop, gateway: nextHop })) };
}

function isConnected(hops: readonly Hop[]): boolean {
  return hops.every((hop) => hop.gateway === undefined);
}

function isEqual(a: Reach, b: Reach): boolean {
  if (a.metric !== b.metric || a.direct !== b.direct || a.hops.length !== b.hops.length) return false;
  return a.hops.every((hop, i) => {
    const other = b.hops[i] as Hop;
    return hop.device === other.device && hop.gateway === other.gateway && hop.onLink === other.onLink;
  });
}
