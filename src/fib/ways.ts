/**
 * Ways: what a route does with packets, each distinct one once.
 * Pure. A route's wanted and actual way are two small numbers, so comparing them is comparing numbers, and what a request
 * needs behind its destination is encoded once per way, not once per route.
 */

import { addressToBytes } from "../ip/address.ts";
import type { Family } from "../bgp/wire/context.ts";
import { RowNumbers } from "../bgp/rib/columns.ts";
import { HashIndex, NO_SLOT, settle, stir } from "../bgp/rib/hash-index.ts";
import { type EncodedTarget, type Hop, type RouteOwner, type RouteReader, type RouteTarget, encodeTarget } from "./rtnetlink-route.ts";

/** Number of a way; NO_WAY is "no route at all". */
export const NO_WAY = 0;

interface Way {
  readonly key: string;
  readonly target: RouteTarget;
  readonly encoded: EncodedTarget;
  readonly plain: PlainHop | undefined;
}

/** One hop through a gateway of the route's own family, without a source: recognised without making an object. */
interface PlainHop {
  readonly family: Family;
  readonly device: number;
  readonly onLink: boolean;
  readonly gateway: Uint8Array;
}

export class WayTable {
  readonly #owner: RouteOwner;
  readonly #numbers = new RowNumbers();
  readonly #ways: (Way | undefined)[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #plain = new HashIndex();

  constructor(owner: RouteOwner) {
    this.#owner = owner;
    this.#numbers.take(); // NO_WAY
  }

  intern(family: Family, target: RouteTarget): number {
    const sorted = inOrder(target);
    const key = `${family} ${describeTarget(sorted, String)}`;
    return this.#byKey.get(key) ?? this.#add(family, key, sorted);
  }

  /** The way of a route as the kernel told it. */
  internRead(route: RouteReader): number {
    const plain = route.plainHop();
    if (plain) {
      const known = this.#findPlain(route, plain);
      if (known !== NO_WAY) return known;
    }
    return this.intern(route.family, route.throughNextHopObject ? { kind: "other", type: 0 } : route.target());
  }

  encoded(way: number): EncodedTarget {
    return this.#way(way).encoded;
  }

  target(way: number): RouteTarget {
    return this.#way(way).target;
  }

  /** Do packets of any way leave through this device? */
  anyUses(device: number): boolean {
    return this.#ways.some((way) => way?.target.kind === "via" && way.target.hops.some((hop) => hop.device === device));
  }

  /** One beyond the highest number in use. */
  get end(): number {
    return this.#numbers.end;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Forgets every way that `used` does not mark. */
  sweep(used: Uint8Array): void {
    for (let way = 1; way < this.#numbers.end; way++) {
      const forgotten = this.#ways[way];
      if (!forgotten || used[way] === 1) continue;
      this.#byKey.delete(forgotten.key);
      if (forgotten.plain) this.#plain.remove(hashPlain(forgotten.plain, forgotten.plain.gateway, 0), way);
      this.#ways[way] = undefined;
      this.#numbers.give(way);
    }
  }

  #add(family: Family, key: string, target: RouteTarget): number {
    const way = this.#numbers.take();
    const plain = plainHop(family, target);
    this.#ways[way] = { key, target, encoded: encodeTarget(family, target, this.#owner), plain };
    this.#byKey.set(key, way);
    if (plain) this.#plain.add(hashPlain(plain, plain.gateway, 0), way);
    return way;
  }

  #findPlain(route: RouteReader, hop: { readonly device: number; readonly gatewayAt: number; readonly onLink: boolean }): number {
    const hash = hashPlain({ family: route.family, device: hop.device }, route.bytes, hop.gatewayAt);
    for (let slot = this.#plain.first(hash); slot !== NO_SLOT; slot = this.#plain.next(slot)) {
      const known = this.#way(this.#plain.row(slot)).plain as PlainHop;
      if (known.family !== route.family || known.device !== hop.device || known.onLink !== hop.onLink) continue;
      if (known.gateway.every((octet, i) => octet === route.bytes[hop.gatewayAt + i])) return this.#plain.row(slot);
    }
    return NO_WAY;
  }

  #way(way: number): Way {
    return this.#ways[way] as Way;
  }
}

/** "via 10.0.0.2 dev eth0", as `ip route` prints it behind the prefix. */
export function describeTarget(target: RouteTarget, deviceName: (device: number) => string): string {
  switch (target.kind) {
    case "blackhole":
      return "blackhole";
    case "other":
      return `type ${target.type}`;
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

function plainHop(family: Family, target: RouteTarget): PlainHop | undefined {
  if (target.kind !== "via" || target.source || target.hops.length !== 1) return undefined;
  const hop = target.hops[0] as Hop;
  const gateway = hop.gateway && addressToBytes(hop.gateway);
  if (!gateway || gateway.length !== (family === "ipv4" ? 4 : 16)) return undefined;
  return { family, device: hop.device, onLink: hop.onLink, gateway };
}

function hashPlain(hop: { readonly family: Family; readonly device: number }, octets: Uint8Array, at: number): number {
  const length = hop.family === "ipv4" ? 4 : 16;
  let hash = hop.device;
  for (let i = 0; i < length; i++) hash = stir(hash, octets[at + i] as number);
  return settle(hash);
}
