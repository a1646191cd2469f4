/**
 * Restarts without loss between ts-bgp and the real thing, both ways:
 *
 *   peer ── a ── b      a is our reflector, b our node; whoever restarts, the others keep its routes
 *
 * b's kernel is the witness: a route that went and came back would have left a trace there.
 */

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { askValue } from "../../src/control/sockets/client.ts";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import { birdPeer } from "../support/bird-peer.ts";
import { frrPeer } from "../support/frr-peer.ts";
import { RouteWitness } from "../support/kernel-table.ts";
import { Lan } from "../support/lan.ts";
import { describeWith } from "../support/needs.ts";
import type { EndSignal, Learned, PeerKind } from "../support/peers.ts";
import { Sampler } from "../support/sampler.ts";
import { tsBgpPeer } from "../support/ts-bgp-peer.ts";
import { until } from "../support/until.ts";
import { type Arrangement, SPEAKERS, World, routesOf } from "../support/world.ts";

const PLACE: Arrangement = { title: "", reflector: "a", sessions: [{ over: "ipv4", families: ["ipv4", "ipv6"] }], restarts: "graceful" };

for (const peer of [birdPeer, frrPeer]) await describeWith(peer.programs, `${peer.title} and ts-bgp`, () => scenarios(peer));

function scenarios(kind: PeerKind): void {
  let world: World;
  let witness: RouteWitness;
  let peersView: Sampler<Learned>;
  let watched = 0;

  beforeAll(async () => {
    world = new World(await Lan.raise(SPEAKERS), PLACE, { peer: kind, a: tsBgpPeer, b: tsBgpPeer });
    for (const name of SPEAKERS) await world.start(name);
    for (const name of SPEAKERS) await world.announce(name, routesOf(world.lan, name));
    await world.converges();
  });

  afterAll(() => world?.remove());

  beforeEach(async () => {
    const { namespace, directory } = world.lan.host("b");
    await nothingIsStale();
    witness = await RouteWitness.begin(namespace, `${directory}/monitor-${watched++}.log`);
  });

  afterEach(() => peersView?.end());

  it("agree on it", async () => {
    expect(await atA()).toMatchObject({ restart: { ourRoutesKept: true, families: { ipv4: { restartTimeSec: 120 }, ipv6: { restartTimeSec: 120 } } } });
  });

  it.each<EndSignal>(["SIGTERM", "SIGKILL"])("our reflector restarts after %s: the peer and our node lose no route", async (signal) => {
    const learned = [...(await world.running("peer").learned())].map(([prefix]) => prefix);
    expect(learned.length).toBeGreaterThanOrEqual(4);
    peersView = new Sampler(() => world.running("peer").learned(), (table) => learned.every((prefix) => table.has(prefix)));
    await world.kill("a", signal);
    await peersView.samples(3);
    await world.start("a");
    await world.converges();
    await nothingIsStale();
    await peersView.samples(3);
    expect(peersView.lapses).toEqual([]);
    expect(await witness.testimony()).toEqual([]);
  });

  it("the peer is killed and comes back: nobody loses a route", async () => {
    const before = await atA();
    await world.kill("peer");
    await until(async () => (await atA()).kept.ipv4?.stage === "restarting", "a keeps the routes of the peer");
    await world.start("peer");
    await until(async () => (await atA()).counters.established > before.counters.established, "the peer is back");
    await world.converges();
    await nothingIsStale();
    expect(await witness.testimony()).toEqual([]);
  });

  it("the peer comes back with fewer routes: those that it does not tell again go, and only those", async () => {
    const [first, ...rest] = routesOf(world.lan, "peer");
    await world.kill("peer");
    world.remember("peer", rest);
    await world.start("peer");
    await world.converges();
    expect(await witness.testimony()).toEqual([expect.stringContaining(`Deleted ${first?.prefix} `)]);
    await world.announce("peer", routesOf(world.lan, "peer"));
    await world.converges();
  });

  /** Our reflector's view of the peer. */
  function atA(): Promise<PeerDetail> {
    return askValue<PeerDetail>(`${world.lan.host("a").directory}/ts-bgp.sock`, { ask: "peer", peer: "peer_ipv4" });
  }

  /** Every speaker has told a everything, and a has told b everything. */
  async function nothingIsStale(): Promise<void> {
    const questions = [["a", "peer_ipv4"], ["a", "b_ipv4"], ["b", "a_ipv4"]] as const;
    await until(async () => {
      const views = await Promise.all(questions.map(([host, peer]) => askValue<PeerDetail>(`${world.lan.host(host).directory}/ts-bgp.sock`, { ask: "peer", peer })));
      return views.every(({ state, kept }) => state === "Established" && Object.keys(kept).length === 0);
    }, "nothing is stale");
  }
}
