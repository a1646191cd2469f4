/**
 * Forwarding entries of the speaker -> targets of kernel routes.
 * Pure. Thousands of routes share one entry; it is resolved once, and again when a next hop moved.
 */

import type { Family } from "../bgp/wire/context.ts";
import { Int32Column, RowNumbers } from "../bgp/rib/columns.ts";
import type { ForwardingEntry } from "../speaker/vocabulary.ts";
import type { NextHops } from "./next-hops.ts";
import { type Hop, MAX_HOPS, type RouteTarget } from "./rtnetlink-route.ts";
import type { FibSettings } from "./vocabulary.ts";
import { NO_TARGET, type TargetTable } from "./targets.ts";

/** Number of an entry; NO_ENTRY is "nobody wants a route here". */
export const NO_ENTRY = 0;

/** Of a family in which nobody has asked yet: an entry is mostly used in one only. */
const NOT_ASKED = -1;

interface Held {
  readonly entry: ForwardingEntry;
  routes: number;
}

type Route = Extract<ForwardingEntry, { readonly kind: "via" }>;

export class EntryTable {
  readonly #nextHops: NextHops;
  readonly #targets: TargetTable;
  readonly #settings: FibSettings;
  readonly #numbers = new RowNumbers();
  readonly #held: (Held | undefined)[] = [];
  readonly #byEntry = new Map<ForwardingEntry, number>();
  readonly #resolved: { readonly [F in Family]: Int32Column } = { ipv4: new Int32Column(NOT_ASKED), ipv6: new Int32Column(NOT_ASKED) };

  constructor(nextHops: NextHops, targets: TargetTable, settings: FibSettings) {
    this.#nextHops = nextHops;
    this.#targets = targets;
    this.#settings = settings;
    this.#numbers.take(); // NO_ENTRY
  }

  /** The number of this entry for one more route. */
  take(entry: ForwardingEntry): number {
    let number = this.#byEntry.get(entry);
    if (number === undefined) {
      number = this.#numbers.take();
      this.#byEntry.set(entry, number);
      this.#held[number] = { entry, routes: 0 };
      this.#resolved.ipv4.set(number, NOT_ASKED);
      this.#resolved.ipv6.set(number, NOT_ASKED);
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

  /** What the kernel is to do for it; NO_TARGET: nothing, because no next hop can be reached. */
  target(number: number, family: Family): number {
    const known = this.#resolved[family].get(number);
    if (known !== NOT_ASKED) return known;
    const target = this.#resolve(this.#get(number).entry, family);
    this.#resolved[family].set(number, target);
    return target;
  }

  /** False: it names next hops, and none of them can be reached. */
  isReachable(number: number, family: Family): boolean {
    const target = this.target(number, family);
    if (target === NO_TARGET) return false;
    return this.#get(number).entry.kind !== "via" || this.#targets.get(target).kind === "via";
  }

  /** Where among the routes to its prefix its route stands, wherever it leads. */
  metric(number: number): number {
    return this.#get(number).entry.metric ?? this.#settings.metric;
  }

  /** Resolves everything again; answers which numbers have another target now. */
  resolveAgain(): ReadonlySet<number> {
    const changed = new Set<number>();
    for (const [number, held] of this.#held.entries()) {
      if (held) for (const family of this.#settings.families) if (this.#hasMoved(number, held.entry, family)) changed.add(number);
    }
    return changed;
  }

  /** Marks every target that an entry stands for. */
  markWays(used: Uint8Array): void {
    for (const [number, held] of this.#held.entries()) {
      if (!held) continue;
      for (const family of this.#settings.families) {
        const target = this.#resolved[family].get(number);
        if (target !== NOT_ASKED) used[target] = 1;
      }
    }
  }

  #hasMoved(number: number, entry: ForwardingEntry, family: Family): boolean {
    const before = this.#resolved[family].get(number);
    if (before === NOT_ASKED) return false;
    const target = this.#resolve(entry, family);
    this.#resolved[family].set(number, target);
    return target !== before;
  }

  #resolve(entry: ForwardingEntry, family: Family): number {
    const target = this.#target(entry, family);
    return target ? this.#targets.intern(family, target, entry.metric ?? this.#settings.metric) : NO_TARGET;
  }

  #target(entry: ForwardingEntry, family: Family): RouteTarget | undefined {
    if (entry.kind !== "via") return { kind: entry.kind };
    const hops = this.#hops(entry, family);
    if (hops.length > 0) return { kind: "via", hops, source: entry.source ?? this.#settings.preferredSource?.[family] };
    return this.#settings.withoutNextHop === "unreachable" ? { kind: "unreachable" } : undefined;
  }

  #hops({ nextHops, tunnel }: Route, family: Family): readonly Hop[] {
    const hops = nextHops.flatMap((nextHop) => this.#nextHops.hopsTo(nextHop, tunnel ?? this.#settings.overlayDevice));
    const usable = family === "ipv4" ? hops : hops.filter((hop) => hop.gateway?.includes(":")); // IPv6 has no way through IPv4
    return distinct(usable).slice(0, MAX_HOPS);
  }

  #get(number: number): Held {
    return this.#held[number] as Held;
  }
}

function distinct(hops: readonly Hop[]): readonly Hop[] {
  if (hops.length < 2) return hops;
  return [...new Map(hops.map((hop) => [`${hop.device} ${hop.gateway}`, hop])).values()];
}
