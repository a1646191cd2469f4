/**
 * Three BGP speakers on one link, what each announces, and what therefore each must have learned.
 * The speakers may be of any kind; who talks with whom, and over what, is the arrangement.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { Family } from "../../src/bgp/wire/context.ts";
import { Lan, type LanHost } from "./lan.ts";
import {
  type Announcement,
  type EndSignal,
  type Learned,
  type Neighbor,
  type PeerKind,
  type PeerPlan,
  type Restarts,
  type RunningPeer,
  describeRoute,
  familyOf,
} from "./peers.ts";

const DEADLINE_MS = 60_000; // of a machine that has much else to do; peers call again after seconds
const POLL_MS = 50;

export const SPEAKERS = ["peer", "a", "b"] as const;
export type SpeakerName = (typeof SPEAKERS)[number];

export interface Arrangement {
  readonly title: string;
  /** undefined: a full mesh. */
  readonly reflector: SpeakerName | undefined;
  /** Each session between two speakers: over which IP version, with which families. */
  readonly sessions: readonly { readonly over: Family; readonly families: readonly Family[] }[];
  readonly restarts?: Restarts;
}

export class World {
  readonly lan: Lan;
  readonly arrangement: Arrangement;
  readonly #kinds: Readonly<Record<SpeakerName, PeerKind>>;
  readonly #running = new Map<SpeakerName, RunningPeer>();
  readonly #announced = new Map<SpeakerName, readonly Announcement[]>();

  constructor(lan: Lan, arrangement: Arrangement, kinds: Readonly<Record<SpeakerName, PeerKind>>) {
    this.lan = lan;
    this.arrangement = arrangement;
    this.#kinds = kinds;
  }

  /** Starts the speaker and lets it announce what it last announced. */
  async start(name: SpeakerName): Promise<void> {
    const running = await this.#kinds[name].start(this.#plan(name));
    this.#running.set(name, running);
    await running.announce(this.#announced.get(name) ?? []);
  }

  /** What it announces when it is started next. */
  remember(name: SpeakerName, routes: readonly Announcement[]): void {
    this.#announced.set(name, routes);
  }

  async announce(name: SpeakerName, routes: readonly Announcement[]): Promise<void> {
    this.#announced.set(name, routes);
    await this.running(name).announce(routes);
  }

  async kill(name: SpeakerName, signal: EndSignal = "SIGKILL"): Promise<void> {
    await this.running(name).kill(signal);
    this.#running.delete(name);
  }

  running(name: SpeakerName): RunningPeer {
    const found = this.#running.get(name);
    if (!found) throw new Error(`${name} does not run`);
    return found;
  }

  /** Waits until every speaker has learned exactly what the others announce; shows the difference when that does not come. */
  async converges(): Promise<void> {
    const endMs = performance.now() + DEADLINE_MS;
    for (;;) {
      const actual = await this.#learned();
      const wanted = this.#expected();
      if (JSON.stringify(actual) === JSON.stringify(wanted)) return;
      if (performance.now() > endMs) expect(actual).toEqual(wanted);
      await sleep(POLL_MS);
    }
  }

  /** Sessions that came up so far at those speakers that count them: grows when a session was really lost. */
  async sessionsSoFar(): Promise<number> {
    const counts = await Promise.all([...this.#running.values()].map(async (running) => (await running.sessionsSoFar?.()) ?? 0));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async remove(): Promise<void> {
    await this.lan.remove();
  }

  async #learned(): Promise<Record<string, object>> {
    const tables = await Promise.all([...this.#running].map(async ([name, running]) => [name, await running.learned()] as const));
    return Object.fromEntries(tables.map(([name, table]) => [name, sorted(table)]));
  }

  #expected(): Record<string, object> {
    const names = [...this.#running.keys()];
    return Object.fromEntries(names.map((name) => [name, sorted(new Map(names.flatMap((other) => this.#heard(name, other))))]));
  }

  /** What `name` hears of `other`, if there is a way between them. */
  #heard(name: SpeakerName, other: SpeakerName): readonly (readonly [Prefix, string])[] {
    const { reflector } = this.arrangement;
    const cut = name === other || (reflector !== undefined && !this.#running.has(reflector));
    return cut
      ? []
      : (this.#announced.get(other) ?? []).map(({ prefix, nextHop, med }) => [prefix, describeRoute(nextHop, med)] as const);
  }

  #plan(name: SpeakerName): PeerPlan {
    const { reflector, restarts } = this.arrangement;
    const host = this.lan.host(name);
    const partners = SPEAKERS.filter(
      (other) => other !== name && (reflector === undefined || reflector === name || reflector === other),
    );
    return {
      host,
      ...(restarts && { restarts }),
      routes: this.#announced.get(name) ?? [],
      role: reflector === name ? "reflector" : "plain",
      neighbors: partners.flatMap((other) => this.#neighbors(host, this.lan.host(other))),
    };
  }

  /**
   * Where restarts are graceful only one of two speakers calls. Calls that meet may make each side give up the other's (RFC 4271 §6.8 leaves that open),
   * and with the NOTIFICATION go the routes that were to be kept.
   */
  #neighbors(host: LanHost, other: LanHost): readonly Neighbor[] {
    const { sessions, restarts } = this.arrangement;
    const waits = restarts === "graceful" && this.lan.hosts.indexOf(host) < this.lan.hosts.indexOf(other);
    return sessions.map(({ over, families }) => ({
      name: `${other.name}_${over}`,
      local: host[over],
      remote: other[over],
      families,
      ...(waits && { passive: true as const }),
    }));
  }
}

/** A set of routes of one speaker: two prefixes per family, next hop itself. */
export function routesOf(lan: Lan, name: SpeakerName): readonly Announcement[] {
  const number = SPEAKERS.indexOf(name) + 1;
  const prefixes = [`10.${number}.0.0/24`, `10.${number}.1.0/26`, `2001:db8:${number}::/48`, `2001:db8:${number}:1::/64`];
  return prefixes.map((text) => announcement(lan.host(name), text as Prefix));
}

function announcement(host: LanHost, prefix: Prefix): Announcement {
  return { prefix, nextHop: host[familyOf(prefix)], med: 10 };
}

/** The same routes, the first of each family with another next hop and MED. */
export function altered(routes: readonly Announcement[]): readonly Announcement[] {
  const other = { ipv4: "10.77.0.99", ipv6: "fd77::99" } as Readonly<Record<Family, IpAddress>>;
  const firsts = new Set((["ipv4", "ipv6"] as const).map((family) => routes.find(({ prefix }) => familyOf(prefix) === family)));
  return routes.map((route) => (firsts.has(route) ? { ...route, nextHop: other[familyOf(route.prefix)], med: 77 } : route));
}

function sorted(table: Learned): object {
  return Object.fromEntries([...table].sort(([a], [b]) => (a < b ? -1 : 1)));
}
