/**
 * KernelMirror: what the kernel has beside our routes; links, their addresses, the routes of others and the nexthop objects of these.
 * Pure. Filled by dumps, kept up to date by events. What the kernel removes without an event (routes of a link that went down or away)
 * is removed here at once too; the dump that follows corrects whatever this guessed wrong.
 */

import { type IpAddress, addressToBytes, versionOf } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { Family } from "../bgp/wire/context.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import type { PrefixTable } from "../bgp/rib/prefix-table.ts";
import { NextHopObjects } from "./nexthop-objects.ts";
import type { Link, LinkAddress } from "./rtnetlink-link.ts";
import type { NextHopObject } from "./rtnetlink-object.ts";
import type { RouteReader, RouteTarget } from "./rtnetlink-route.ts";

export interface ForeignRoute {
  readonly family: Family;
  readonly table: number;
  readonly protocol: number;
  readonly metric: number;
  readonly tos: number;
  readonly target: RouteTarget;
}

/** Two routes to one prefix cannot stand in the same place. */
interface RoutePlace {
  readonly table: number;
  readonly metric: number;
}

/** As it was told: without a hop where only the nexthop object knows. */
type Mirrored = ForeignRoute & { readonly object: number | undefined; readonly generation: number };

const DEFAULT_ROUTE = new Uint8Array(16);

export class KernelMirror {
  readonly #links = new Map<number, Link & { readonly generation: number }>();
  readonly #addresses = new Map<string, LinkAddress & { readonly generation: number }>();
  readonly #objects = new NextHopObjects();
  readonly #prefixes: PrefixTable;
  /** Per prefix, the best metric first. */
  readonly #routes = new Map<PrefixId, Mirrored[]>();
  /** Links over which the last dump showed hops that the kernel does not use. */
  readonly #deadOn = new Set<number>();
  /** Prefixes of which a route is taken to have gone without a word. */
  #left: PrefixId[] = [];
  #generation = 0;
  /** The last dump that showed a route through a nexthop object, or after which one was told of. */
  #objectsIn = -1;
  #version = 0;

  /** The numbers are shared with whoever asks by them. */
  constructor(prefixes: PrefixTable) {
    this.#prefixes = prefixes;
  }

  /** Grows whenever something is another way now. */
  get version(): number {
    return this.#version;
  }

  link(index: number): Link | undefined {
    return this.#links.get(index);
  }

  links(): Iterable<Link> {
    return this.#links.values();
  }

  linkNamed(name: string): Link | undefined {
    for (const link of this.#links.values()) if (link.name === name) return link;
    return undefined;
  }

  linkName(index: number): string {
    return this.#links.get(index)?.name ?? `if${index}`;
  }

  addresses(): Iterable<LinkAddress> {
    return this.#addresses.values();
  }

  isOwnAddress(address: IpAddress): boolean {
    for (const own of this.#addresses.values()) if (own.address === address) return true;
    return false;
  }

  addressesOn(link: number): readonly IpAddress[] {
    return [...this.#addresses.values()].filter((own) => own.link === link).map(({ address }) => address);
  }

  linksWith(address: IpAddress | undefined): readonly number[] {
    return [...this.#addresses.values()].filter((own) => own.address === address).map((own) => own.link);
  }

  /** Links that have a link-local IPv6 address, so that a link-local neighbour may be there. */
  linksWithLinkLocal(): readonly number[] {
    return [...this.#addresses.values()].filter((own) => own.address.startsWith("fe80:")).map((own) => own.link);
  }

  /** The routes of others for an address in that table, the longest prefix first, there the best metric first. */
  *covering(address: IpAddress, table: number): Iterable<ForeignRoute> {
    const family = versionOf(address) === 4 ? "ipv4" : "ipv6";
    for (const prefix of this.#prefixes.covering(family, addressToBytes(address))) {
      for (const route of this.#routes.get(prefix) ?? []) if (route.table === table && route.tos === 0) yield this.#shown(route);
    }
  }

  /** The routes of others to exactly that prefix in that table, the best metric first. */
  exactly(prefix: Prefix, table: number): readonly ForeignRoute[] {
    const id = this.#prefixes.findPrefix(prefix);
    return id === undefined ? [] : (this.#routes.get(id) ?? []).filter((route) => route.table === table).map((route) => this.#shown(route));
  }

  *routes(): Iterable<{ readonly prefix: () => Prefix; readonly bits: number; readonly route: ForeignRoute }> {
    for (const [id, routes] of this.#routes) {
      const prefix = (): Prefix => this.#prefixes.prefix(id);
      for (const route of routes) yield { prefix, bits: this.#prefixes.bits(id), route: this.#shown(route) };
    }
  }

  /** Whoever stands in the place that a route of ours would take. */
  inTheWay(prefix: PrefixId, { table, metric }: RoutePlace): ForeignRoute | undefined {
    const route = this.#routes.get(prefix)?.find((one) => one.table === table && one.metric === metric && one.tos === 0);
    return route && this.#shown(route);
  }

  /** A dump begins: whatever it does not show is gone when it ends. */
  beginDump(): void {
    this.#generation++;
    this.#deadOn.clear();
  }

  /** The kernel does not use some hop over that link now. */
  noteDeadHop(link: number): void {
    this.#deadOn.add(link);
  }

  /** When that link is up again or has an address, hops come back to life that nobody will tell us of. */
  hadDeadHops(link: number): boolean {
    return this.#deadOn.has(link);
  }

  /** Routes of others may hang on nexthop objects. What the last dump but one showed counts too: an event can overtake a dump that is under way. */
  get mayUseObjects(): boolean {
    return this.#objectsIn >= 0 && this.#generation - this.#objectsIn <= 1;
  }

  /** Prefixes from whose place somebody may have gone without a word, since this was asked last. */
  takeLeft(): readonly PrefixId[] {
    const left = this.#left;
    this.#left = [];
    return left;
  }

  endDump(): void {
    for (const [index, link] of this.#links) if (link.generation !== this.#generation) this.#forgetLink(index);
    for (const [key, own] of this.#addresses) if (own.generation !== this.#generation) this.#forgetAddress(key);
    this.#version += this.#objects.endDump(this.#generation);
    this.#dropRoutes((route) => route.generation !== this.#generation);
    this.#left = []; // whoever compares looks at everything
  }

  /** Answers whether the link's routes may have gone without a word, or may come back. */
  putLink(link: Link): "changed" | "same" {
    const before = this.#links.get(link.index);
    this.#links.set(link.index, { ...link, generation: this.#generation });
    if (before && before.name === link.name && before.state === link.state) return "same";
    this.#version++;
    if (before && link.state !== "up") this.#dropObjectsThrough(link.index); // also where only the carrier is lost
    if (link.state === "down" && before && before.state !== "down") this.#dropRoutesThrough(link.index);
    return "changed";
  }

  dropLink(index: number): void {
    this.#forgetLink(index);
    this.#dropObjectsThrough(index);
    this.#dropRoutesThrough(index);
    for (const [key, own] of this.#addresses) if (own.link === index) this.#forgetAddress(key);
  }

  putAddress(own: LinkAddress): "new" | "known" {
    const key = `${own.link} ${own.address}`;
    const isNew = !this.#addresses.has(key);
    if (isNew) this.#version++;
    this.#addresses.set(key, { ...own, generation: this.#generation });
    return isNew ? "new" : "known";
  }

  dropAddress(own: LinkAddress): void {
    this.#forgetAddress(`${own.link} ${own.address}`);
  }

  putObject(object: NextHopObject): void {
    const is = this.#objects.put(object, this.#generation);
    if (is === "changed" || (is === "new" && this.mayUseObjects)) this.#version++;
  }

  /** The kernel takes away every route that leads through it. */
  dropObject(id: number): void {
    this.#objects.drop(id);
    this.#left.push(...this.#dropRoutes(({ object }) => object === id));
  }

  /**
   * `replaces`: the kernel said that it took the place of the route with that metric. "unclear": several stood there, of which it
   * takes the first, and only a dump can tell which that was.
   */
  putRoute(reader: RouteReader, how: "beside" | "replaces"): "clear" | "unclear" {
    const id = this.#idOf(reader, "intern") as PrefixId;
    if (reader.object !== undefined) this.#objectsIn = this.#generation;
    const route: Mirrored = { ...mirrored(reader), generation: this.#generation };
    const known = this.#routes.get(id);
    if (!known) return this.#putFirst(id, route);
    const replaced = how === "replaces" ? known.filter((other) => samePlace(other, route)).length : 0;
    const others = known.filter((other) => !(how === "replaces" ? samePlace(other, route) : includes(route, other)));
    if (others.length !== known.length - 1 || !known.some((other) => isEqual(other, route))) this.#version++;
    this.#routes.set(id, [...others, route].sort((a, b) => a.metric - b.metric));
    return replaced > 1 ? "unclear" : "clear";
  }

  #putFirst(id: PrefixId, route: Mirrored): "clear" {
    this.#prefixes.retain(id);
    this.#routes.set(id, [route]);
    this.#version++;
    return "clear";
  }

  /** "unclear": which one it was, or what is left of it, only a dump can tell. */
  dropRoute(reader: RouteReader): "clear" | "unclear" {
    const id = this.#idOf(reader, "find");
    const told = mirrored(reader);
    const candidates = id === undefined ? [] : (this.#routes.get(id) ?? []).filter((route) => sameRoute(route, told));
    const gone = candidates.find((route) => isEqual(route, told)) ?? (candidates.length === 1 && !isOneHopOf(told, candidates[0]) ? candidates[0] : undefined);
    if (id !== undefined && gone) this.#keepRoutes(id, (route) => route !== gone);
    return gone || candidates.length === 0 ? "clear" : "unclear";
  }

  #idOf(reader: RouteReader, how: "find" | "intern"): PrefixId | undefined {
    const { bytes, at } = reader.destinationAt === undefined ? { bytes: DEFAULT_ROUTE, at: 0 } : { bytes: reader.bytes, at: reader.destinationAt };
    return this.#prefixes[how](reader.family, bytes, at, reader.bits);
  }

  #forgetLink(index: number): void {
    if (this.#links.delete(index)) this.#version++;
  }

  #forgetAddress(key: string): void {
    if (this.#addresses.delete(key)) this.#version++;
  }

  /** The route as it leads now. */
  #shown(route: Mirrored): ForeignRoute {
    const { object, target } = route;
    if (object === undefined || (target.kind === "via" && target.hops.length > 0)) return route;
    return { ...route, target: this.#objects.target(object, target.kind === "via" ? target.source : undefined) };
  }

  #dropObjectsThrough(device: number): void {
    const gone = this.#objects.dropThrough(device);
    if (gone.size > 0) this.#left.push(...this.#dropRoutes(({ object }) => object !== undefined && gone.has(object)));
  }

  /** The end of IPv6 routes is told, unless net.ipv6.route.skip_notify_on_dev_down forbids it. */
  #dropRoutesThrough(device: number): void {
    const goes = ({ target }: Mirrored): boolean => target.kind === "via" && target.hops.length > 0 && target.hops.every((hop) => hop.device === device);
    this.#left.push(...this.#dropRoutes(goes));
  }

  /** Answers to which prefixes. */
  #dropRoutes(goes: (route: Mirrored) => boolean): readonly PrefixId[] {
    const stays = (route: Mirrored): boolean => !goes(route);
    return [...this.#routes.keys()].filter((id) => this.#keepRoutes(id, stays) === "fewer");
  }

  #keepRoutes(id: PrefixId, stays: (route: Mirrored) => boolean): "fewer" | "all" {
    const known = this.#routes.get(id) ?? [];
    const kept = known.filter(stays);
    if (kept.length === known.length) return "all";
    this.#version++;
    if (kept.length > 0) this.#routes.set(id, kept);
    else {
      this.#routes.delete(id);
      this.#prefixes.release(id);
    }
    return "fewer";
  }
}

type Told = Omit<Mirrored, "generation">;

function mirrored(reader: RouteReader): Told {
  const { family, table, protocol, metric, tos, object } = reader;
  return { family, table, protocol, metric, tos, object, target: reader.target() };
}

function samePlace(a: ForeignRoute, b: ForeignRoute): boolean {
  return a.table === b.table && a.metric === b.metric && a.tos === b.tos;
}

function sameRoute(a: Told, b: Told): boolean {
  return samePlace(a, b) && a.protocol === b.protocol && a.object === b.object && a.target.kind === b.target.kind;
}

function isEqual(a: Told, b: Told): boolean {
  return sameRoute(a, b) && JSON.stringify(a.target) === JSON.stringify(b.target);
}

/** What stood there as `other` is `route` now: in IPv6 a hop that is put beside others becomes one route with them. */
function includes(route: Told, other: Told): boolean {
  return isEqual(route, other) || (sameRoute(route, other) && isPart(other, route));
}

/** IPv6 tells the end of each hop alone. */
function isOneHopOf(told: Told, standing: Told | undefined): boolean {
  return standing !== undefined && isPart(told, standing);
}

function isPart(some: Told, all: Told): boolean {
  if (all.family !== "ipv6" || some.target.kind !== "via" || all.target.kind !== "via") return false;
  const hops = new Set(all.target.hops.map((hop) => JSON.stringify(hop)));
  return some.target.hops.length < hops.size && some.target.hops.every((hop) => hops.has(JSON.stringify(hop)));
}
