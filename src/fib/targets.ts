/**
 * Targets: what a route does with packets (next hops, blackhole, ...) at which metric, each distinct one once.
 * Pure. A route's wanted and actual target are two small numbers, so comparing them is comparing numbers, and what a request
 * needs beside its destination is encoded once per target, not once per route. The metric is part of a target: it is the place
 * where the route stands, and a route that moves to another place is another one to the kernel.
 */

import { addressToBytes } from "../ip/address.ts";
import type { Family } from "../bgp/wire/context.ts";
import { RowNumbers } from "../bgp/rib/columns.ts";
import { HashIndex, NO_SLOT, settle, stir } from "../bgp/rib/hash-index.ts";
import { type Hop, type RouteOwner, type RouteReader, type RouteTarget, type RouteTemplate, placeMetric, removalTemplate, routeTemplate } from "./rtnetlink-route.ts";

/** rtm_type of no route: one of ours that has what we never write. */
const NOT_OURS = 0;

/** Number of a target; NO_TARGET is "no route at all". */
export const NO_TARGET = 0;

interface TargetRow {
  readonly key: string;
  readonly target: RouteTarget;
  readonly metric: number;
  readonly template: RouteTemplate;
  /** The request that takes such a route away; shared by all targets of one place. */
  readonly removal: RouteTemplate;
  readonly plain: PlainHop | undefined;
}

/** One hop through a gateway of the route's own family, without a source: recognised without making an object. */
interface PlainHop {
  readonly family: Family;
  readonly device: number;
  readonly onLink: boolean;
  readonly metric: number;
  readonly gateway: Uint8Array;
}

export class TargetTable {
  readonly #owner: RouteOwner;
  readonly #numbers = new RowNumbers();
  readonly #rows: (TargetRow | undefined)[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #plain = new HashIndex();
  readonly #removals = new Map<string, RouteTemplate>();

  constructor(owner: RouteOwner) {
    this.#owner = owner;
    this.#numbers.take(); // NO_TARGET
  }

  intern(family: Family, target: RouteTarget, metric: number): number {
    const sorted = inOrder(target);
    const place = placeMetric(family, metric);
    const key = `${family} ${place} ${describeTarget(sorted, String)}`;
    return this.#byKey.get(key) ?? this.#add(family, key, sorted, place);
  }

  /** The number of the target of a route as the kernel told it. */
  internRead(route: RouteReader): number {
    const plain = route.plainHop();
    if (plain) {
      const known = this.#findPlain(route, plain);
      if (known !== NO_TARGET) return known;
    }
    return this.intern(route.family, route.hasWhatWeNeverWrite ? { kind: "other", type: NOT_OURS } : route.target(), route.metric);
  }

  template(id: number): RouteTemplate {
    return this.#row(id).template;
  }

  removal(id: number): RouteTemplate {
    return this.#row(id).removal;
  }

  get(id: number): RouteTarget {
    return this.#row(id).target;
  }

  metric(id: number): number {
    return this.#row(id).metric;
  }

  /** From the one target to the other a route leaves its place: the kernel has both for a moment. */
  isMove(before: number, after: number): boolean {
    return before !== NO_TARGET && after !== NO_TARGET && this.metric(before) !== this.metric(after);
  }

  /** Do packets of any target leave through this device? */
  anyUses(device: number): boolean {
    return this.#rows.some((row) => row?.target.kind === "via" && row.target.hops.some((hop) => hop.device === device));
  }

  /** One beyond the highest number in use. */
  get end(): number {
    return this.#numbers.end;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Forgets every target that `used` does not mark. */
  sweep(used: Uint8Array): void {
    for (let id = 1; id < this.#numbers.end; id++) {
      const forgotten = this.#rows[id];
      if (!forgotten || used[id] === 1) continue;
      this.#byKey.delete(forgotten.key);
      if (forgotten.plain) this.#plain.remove(hashPlain(forgotten.plain, forgotten.plain.gateway, 0), id);
      this.#rows[id] = undefined;
      this.#numbers.give(id);
    }
    if (this.#removals.size > this.size) this.#removals.clear(); // those in use are held by their targets
  }

  #add(family: Family, key: string, target: RouteTarget, metric: number): number {
    const id = this.#numbers.take();
    const plain = plainHop(family, target, metric);
    const template = routeTemplate(family, target, { ...this.#owner, metric });
    this.#rows[id] = { key, target, metric, template, removal: this.#removalFrom(family, metric), plain };
    this.#byKey.set(key, id);
    if (plain) this.#plain.add(hashPlain(plain, plain.gateway, 0), id);
    return id;
  }

  #removalFrom(family: Family, metric: number): RouteTemplate {
    const place = `${family} ${metric}`;
    const known = this.#removals.get(place) ?? removalTemplate(family, { ...this.#owner, metric });
    this.#removals.set(place, known);
    return known;
  }

  #findPlain(route: RouteReader, hop: { readonly device: number; readonly gatewayAt: number; readonly onLink: boolean }): number {
    const hash = hashPlain({ family: route.family, device: hop.device, metric: route.metric }, route.bytes, hop.gatewayAt);
    for (let slot = this.#plain.first(hash); slot !== NO_SLOT; slot = this.#plain.next(slot)) {
      const known = this.#row(this.#plain.row(slot)).plain as PlainHop;
      if (known.family !== route.family || known.device !== hop.device || known.onLink !== hop.onLink || known.metric !== route.metric) continue;
      if (stands(known.gateway, route.bytes, hop.gatewayAt)) return this.#plain.row(slot);
    }
    return NO_TARGET;
  }

  #row(id: number): TargetRow {
    return this.#rows[id] as TargetRow;
  }
}

/** "via 10.0.0.2 dev eth0", as `ip route` prints it behind the prefix. */
export function describeTarget(target: RouteTarget, deviceName: (device: number) => string): string {
  switch (target.kind) {
    case "blackhole":
    case "unreachable":
    case "prohibit":
      return target.kind;
    case "other":
      return target.type === NOT_OURS ? "changed by somebody" : `type ${target.type}`;
    case "via": {
      const hops = target.hops.map((hop) => describeHop(hop, deviceName));
      const source = target.source ? [`src ${target.source}`] : [];
      return [...(hops.length === 1 ? hops : hops.map((hop) => `nexthop ${hop}`)), ...source].join(" ");
    }
  }
}

function describeHop(hop: Hop, deviceName: (device: number) => string): string {
  const via = hop.gateway ? `via ${hop.gateway} ` : "";
  return `${via}dev ${deviceName(hop.device)}${hop.onLink ? " onlink" : ""}`;
}

/** The kernel keeps the order of IPv4 hops and shuffles those of IPv6; the order means nothing. */
function inOrder(target: RouteTarget): RouteTarget {
  if (target.kind !== "via" || target.hops.length < 2) return target;
  const sorted = new Map(target.hops.map((hop): readonly [string, Hop] => [describeHop(hop, String), hop]));
  return { ...target, hops: [...sorted.keys()].sort().map((key) => sorted.get(key) as Hop) };
}

function plainHop(family: Family, target: RouteTarget, metric: number): PlainHop | undefined {
  if (target.kind !== "via" || target.source || target.hops.length !== 1) return undefined;
  const hop = target.hops[0] as Hop;
  const gateway = hop.gateway && addressToBytes(hop.gateway);
  if (!gateway || gateway.length !== (family === "ipv4" ? 4 : 16)) return undefined;
  return { family, device: hop.device, onLink: hop.onLink, metric, gateway };
}

function stands(octets: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < octets.length; i++) if (octets[i] !== bytes[at + i]) return false;
  return true;
}

function hashPlain(hop: { readonly family: Family; readonly device: number; readonly metric: number }, octets: Uint8Array, at: number): number {
  const length = hop.family === "ipv4" ? 4 : 16;
  let hash = stir(hop.device, hop.metric);
  for (let i = 0; i < length; i++) hash = stir(hash, octets[at + i] as number);
  return settle(hash);
}
