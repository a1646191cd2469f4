/**
 * Forwarding entries of the speaker -> ways of the kernel.
 * Pure. Thousands of routes share one entry; it is resolved once, and once more when a next hop moved.
 */

import type { Family } from "../bgp/wire/context.ts";
import { RowNumbers } from "../bgp/rib/columns.ts";
import type { ForwardingEntry } from "../speaker/vocabulary.ts";
import type { NextHops } from "./next-hops.ts";
import { type Hop, MAX_HOPS, type RouteTarget } from "./rtnetlink-route.ts";
import type { FibSettings } from "./vocabulary.ts";
import { NO_WAY, type WayTable } from "./ways.ts";

/** Number of an entry; NO_ENTRY is "nobody wants a route here". */
export const NO_ENTRY = 0;

interface Held {
  readonly entry: ForwardingEntry;
  routes: number;
  /** Resolved when first asked for; an entry is mostly used in one family only. */
  readonly ways: { [F in Family]?: number };
}

export class EntryTable {
  readonly #nextHops: NextHops;
  readonly #ways: WayTable;
  readonly #sources: NonNullable<FibSettings["preferredSource"]>;
  readonly #numbers = new RowNumbers();
  readonly #held: (Held | undefined)[] = [];
  readonly #byEntry = new Map<ForwardingEntry, number>();

  constructor(nextHops: NextHops, ways: WayTable, settings: FibSettings) {
    this.#nextHops = nextHops;
    this.#ways = ways;
    this.#sources = settings.preferredSource ?? {};
    this.#numbers.take(); // NO_ENTRY
  }

  /** The number of this entry for one more route. */
  take(entry: ForwardingEntry): number {
    let number = this.#byEntry.get(entry);
    if (number === undefined) {
      number = this.#numbers.take();
      this.#byEntry.set(entry, number);
      this.#held[number] = { entry, routes: 0, ways: {} };
    }
    this.#get(number).routes++;
    return number;
  }

  /** One route fewer. */
  give(number: number): void {
    const held = this.#get(number);
    if (--held.routes > 0) return;
    this.#byEntry.delete(held.entry);
    this.#held[number] = undefined;
    this.#numbers.give(number);
  }

  /** What the kernel is to do for it; NO_WAY: no next hop can be reached. */
  way(number: number, family: Family): number {
    const { ways, entry } = this.#get(number);
    return (ways[family] ??= this.#resolve(entry, family));
  }

  /** Resolves everything again; answers which numbers have another way now. */
  resolveAgain(): ReadonlySet<number> {
    const changed = new Set<number>();
    for (const [number, held] of this.#held.entries()) {
      if (!held) continue;
      for (const family of Object.keys(held.ways) as Family[]) {
        const way = this.#resolve(held.entry, family);
        if (way !== held.ways[family]) changed.add(number);
        held.ways[family] = way;
      }
    }
    return changed;
  }

  /** Marks every way that an entry stands for. */
  markWays(used: Uint8Array): void {
    for (const held of this.#held) for (const way of Object.values(held?.ways ?? {})) used[way] = 1;
  }

  #resolve(entry: ForwardingEntry, family: Family): number {
    const target = this.#target(entry, family);
    return target ? this.#ways.intern(family, target) : NO_WAY;
  }

  #target(entry: ForwardingEntry, family: Family): RouteTarget | undefined {
    if (entry.kind === "blackhole") return { kind: "blackhole" };
    const hops = entry.nextHops.flatMap((nextHop) => this.#nextHops.hopsTo(nextHop));
    const usable = family === "ipv4" ? hops : hops.filter((hop) => hop.gateway?.includes(":")); // IPv6 has no way through IPv4
    return usable.length > 0 ? { kind: "via", hops: distinct(usable).slice(0, MAX_HOPS), source: this.#sources[family] } : undefined;
  }

  #get(number: number): Held {
    return this.#held[number] as Held;
  }
}

function distinct(hops: readonly Hop[]): readonly Hop[] {
  if (hops.length < 2) return hops;
  return [...new Map(hops.map((hop) => [`${hop.device} ${hop.gateway}`, hop])).values()];
}
