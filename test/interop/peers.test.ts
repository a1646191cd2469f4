/**
 * ts-bgp against the real thing: every peer, in every place it can have in an iBGP network, through the same scenarios.
 *
 *   mesh        peer ── a, a ── b, b ── peer       one session per family
 *   our client  peer ── a ── b                     a reflects; both families in one IPv4 session
 *   reflector   a ── peer ── b                     the peer reflects; both families in one IPv6 session
 *
 * Whatever the place, all hear of all, with the next hop of who announced it.
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import { birdPeer } from "../support/bird-peer.ts";
import { exabgpPeer } from "../support/exabgp-peer.ts";
import { frrPeer } from "../support/frr-peer.ts";
import { gobgpPeer } from "../support/gobgp-peer.ts";
import { kernelNextHops } from "../support/kernel-table.ts";
import { Lan } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import { openbgpdPeer } from "../support/openbgpd-peer.ts";
import type { PeerKind } from "../support/peers.ts";
import { tsBgpPeer } from "../support/ts-bgp-peer.ts";
import { until } from "../support/until.ts";
import { type Arrangement, SPEAKERS, World, altered, routesOf } from "../support/world.ts";

const PEERS: readonly PeerKind[] = [birdPeer, frrPeer, gobgpPeer, openbgpdPeer, exabgpPeer];

const PER_FAMILY = [
  { over: "ipv4", families: ["ipv4"] },
  { over: "ipv6", families: ["ipv6"] },
] as const;

const PLACES: readonly Arrangement[] = [
  { title: "as a mesh peer", reflector: undefined, sessions: PER_FAMILY },
  { title: "as a client of our reflector", reflector: "a", sessions: [{ over: "ipv4", families: ["ipv4", "ipv6"] }] },
  { title: "as the reflector of our nodes", reflector: "peer", sessions: [{ over: "ipv6", families: ["ipv4", "ipv6"] }] },
];

for (const peer of PEERS) {
  for (const place of PLACES.filter(({ reflector }) => reflector !== "peer" || peer.reflects !== false)) {
    await describeWith(peer.programs, `${peer.title} ${place.title}`, () => scenarios(peer, place));
  }
}

function scenarios(peer: PeerKind, place: Arrangement): void {
  let world: World;

  beforeAll(async () => {
    world = new World(await Lan.raise(SPEAKERS), place, { peer, a: tsBgpPeer, b: tsBgpPeer });
    for (const name of SPEAKERS) await world.start(name);
  });

  afterAll(() => world?.remove());

  it("hears our IPv4 and IPv6 routes, and we hear its", async () => {
    for (const name of SPEAKERS) await world.announce(name, routesOf(world.lan, name));
    await world.converges();
  });

  it("leaves in our kernel what was learned", async () => {
    const learned = [...(await world.running("b").learned())].map(
      ([prefix, route]) => [prefix, /via (\S+),/.exec(route)?.[1]] as const,
    );
    expect(learned.length).toBe(8);
    await until(
      async () => sameEntries(await kernelNextHops(world.lan.host("b").namespace), learned),
      "the kernel has the same routes",
    );
  });

  it.each(["peer", "b"] as const)("carries a changed next hop and MED of %s", async (name) => {
    await world.announce(name, altered(routesOf(world.lan, name)));
    await world.converges();
  });

  it.each(["peer", "b"] as const)("carries what %s withdraws, and leaves the rest", async (name) => {
    await world.announce(name, routesOf(world.lan, name).slice(1, 3));
    await world.converges();
  });

  it.each(["peer", "a"] as const)("has every route again after %s ended every session with a NOTIFICATION", async (name) => {
    const before = await world.sessionsSoFar();
    await world.running(name).resetSessions();
    await until(async () => (await world.sessionsSoFar()) > before, "a session has ended and come up again"); // until then the routes may be there that were there before
    await world.converges();
  });

  it.each(["peer", "a"] as const)(
    "loses the routes of %s when it is killed, and has them again when it is back",
    async (name) => {
      await world.kill(name);
      await world.converges();
      await world.start(name);
      await world.converges();
    },
  );
}

function sameEntries(map: ReadonlyMap<string, string>, entries: readonly (readonly [string, string | undefined])[]): boolean {
  return map.size === entries.length && entries.every(([key, value]) => map.get(key) === value);
}
