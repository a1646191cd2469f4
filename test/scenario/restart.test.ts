/**
 * Restarts without loss (RFC 4724, RFC 9494) with whole speakers:
 *
 *      a ── rr ── b          a, b and c are clients of rr
 *            │
 *            c
 */

import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { ALL_REACHABLE } from "../../src/bgp/rib/next-hop.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability, Update } from "../../src/bgp/wire/message-types.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const RR = "10.0.0.1";
const A = "10.0.0.11";
const B = "10.0.0.12";
const C = "10.0.0.13";
const RESTART_MS = 120_000;

const LLGR_STALE = 0xffff0006;

function client(address: string, networks: readonly string[], peer: object = {}, rest: object = {}): object {
  return { router: { asn: AS, id: address }, networks, peers: [{ name: "rr", address: RR, asn: AS, ...peer }], ...rest };
}

function reflector(peer: object = {}, only: object = {}): object {
  const peers = [["a", A], ["b", B], ["c", C]].map(([name, address]) => ({ name, address, asn: AS, reflectorClient: true, ...peer, ...(name === "c" ? only : {}) }));
  return { router: { asn: AS, id: RR }, peers };
}

function restarted(node: TestSpeaker): TestSpeaker {
  node.absorb({ kind: "restarted", preserved: ["ipv4"] });
  return node;
}

/** Lets time pass and watches: is that route there all the while? */
function staysAt(network: Network, node: TestSpeaker, prefix: string, ms: number): boolean {
  for (let passed = 0; passed < ms; passed += 100) {
    network.run(100);
    if (!(prefix in node.table())) return false;
  }
  return true;
}

describe("a client that goes away", () => {
  let network: Network;
  let rr: TestSpeaker;
  let a: TestSpeaker;
  let b: TestSpeaker;

  function raise(peer: object = {}): void {
    network = new Network();
    rr = network.add(RR, reflector(peer));
    a = network.add(A, client(A, ["10.11.0.0/16", "10.111.0.0/16"], peer));
    b = network.add(B, client(B, ["10.12.0.0/16"], peer));
    network.run(30_000);
  }

  const heardByB = (): number => b.peer("rr").counters.received.update;

  beforeEach(() => raise());

  it("and comes back in time: nobody else hears of it [5.3-restart-time]", () => {
    const heard = heardByB();
    network.kill(a);
    network.run(20_000);
    expect(rr.peer("a").kept).toMatchObject([{ family: "ipv4", stage: "restarting", stale: 2 }]);
    restarted(network.add(A, client(A, ["10.11.0.0/16", "10.111.0.0/16"])));
    network.run(60_000);
    expect(rr.peer("a")).toMatchObject({ state: "Established", kept: [] });
    expect(heardByB()).toBe(heard);
  });

  it("and does not tell a route again: that one goes at its End-of-RIB, and only that", () => {
    network.kill(a);
    network.run(5_000);
    restarted(network.add(A, client(A, ["10.11.0.0/16"])));
    expect(staysAt(network, b, "10.11.0.0/16", 60_000)).toBe(true);
    expect(b.table()).not.toHaveProperty(["10.111.0.0/16"]);
  });

  it("and stays away: its routes go when the restart time is over, and not before [5.3-restart-time]", () => {
    network.kill(a);
    expect(staysAt(network, b, "10.11.0.0/16", RESTART_MS - 1_000)).toBe(true);
    network.run(2_000);
    expect(Object.keys(b.table())).toEqual(["10.12.0.0/16"]);
    expect(rr.facts).toContainEqual({ kind: "routes-kept", peer: "a", family: "ipv4", stage: "fresh", paths: 0, gone: 2, forMs: undefined });
  });

  it("and comes back without having forwarded packets meanwhile: its old routes go at once", () => {
    network.kill(a);
    network.run(5_000);
    network.add(A, client(A, ["10.11.0.0/16"]));
    network.run(60_000);
    expect(rr.facts).toContainEqual(expect.objectContaining({ kind: "routes-kept", stage: "fresh", paths: 0, gone: 2 }));
    expect(b.table()).toHaveProperty(["10.11.0.0/16"]);
  });

  it("and comes back as somebody else: what is kept was another router's", () => {
    network.kill(a);
    network.run(5_000);
    restarted(network.add(A, { ...client(A, []), router: { asn: AS, id: "10.0.0.99" } }));
    network.run(20_000);
    expect(b.table()).not.toHaveProperty(["10.11.0.0/16"]);
  });

  it("without a trace, and calls again while its old session stands (RFC 4724 §5) [5.1-collision-graceful-restart]", () => {
    network.unplug(a);
    network.run(5_000);
    restarted(network.add(A, client(A, ["10.11.0.0/16", "10.111.0.0/16"])));
    expect(staysAt(network, b, "10.11.0.0/16", 30_000)).toBe(true);
    expect(rr.peer("a")).toMatchObject({ state: "Established", lastDown: { reason: { kind: "replaced" } } });
  });

  it("without a trace: its routes go with the hold time, unless RFC 8538 was agreed; then its restart time follows", () => {
    network.unplug(a);
    network.run(91_000);
    expect(b.table()).not.toHaveProperty(["10.11.0.0/16"]);
    raise({ gracefulRestart: { notifications: true } });
    network.unplug(a);
    expect(staysAt(network, b, "10.11.0.0/16", 91_000 + RESTART_MS - 35_000)).toBe(true);
    network.run(36_000);
    expect(b.table()).not.toHaveProperty(["10.11.0.0/16"]);
  });

  it("for good: its routes go at once, also where RFC 8538 was agreed [5.2-hard-reset]", () => {
    raise({ gracefulRestart: { notifications: true } });
    a.absorb({ kind: "shutdown", until: "further-notice", text: "" });
    network.run(100);
    expect(b.table()).not.toHaveProperty(["10.11.0.0/16"]);
    expect(rr.peer("a").lastDown?.reason).toMatchObject({ kind: "received", notification: { code: 6, subcode: 9 } });
  });

  it("to restart: not a word is said, and its routes stay", () => {
    a.absorb({ kind: "shutdown", until: "restart", text: "" });
    network.kill(a);
    expect(staysAt(network, b, "10.11.0.0/16", 10_000)).toBe(true);
    expect(rr.peer("a").counters.received.notification).toBe(0);
  });

  it("and is taken out of the configuration meanwhile: its routes go with it", () => {
    network.kill(a);
    network.run(5_000);
    rr.configure({ ...reflector(), peers: [{ name: "b", address: B, asn: AS, reflectorClient: true }] });
    network.run(100);
    expect(b.table()).not.toHaveProperty(["10.11.0.0/16"]);
  });

  it("and for which another import policy is configured meanwhile: what is kept is judged anew", () => {
    network.kill(a);
    network.run(5_000);
    rr.configure(reflector({ importPolicy: "reject-all" }));
    network.run(100);
    expect(b.table()).not.toHaveProperty(["10.11.0.0/16"]);
    rr.configure(reflector());
    network.run(100);
    expect(b.table()).toHaveProperty(["10.11.0.0/16"]);
  });

  it("twice, without having told everything in between: what was stale already goes (RFC 4724 §4.2)", () => {
    network.kill(a);
    network.run(5_000);
    const scripted = new ScriptedPeer(rr, A);
    scripted.establish(AS, 0x0a00000b, [
      { kind: "multiprotocol", family: FAMILIES.ipv4 },
      { kind: "four-octet-as", asn: AS },
      { kind: "graceful-restart", restarting: true, notification: false, restartTimeSec: 120, entries: [{ afi: 1, safi: 1, forwarding: true }] },
    ]);
    const nlri = nlriOf("ipv4", false, [{ prefix: "10.11.0.0/16" as Prefix, pathId: 0 }]);
    scripted.say({ kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath: [], localPref: 100, nextHop: { address: A as IpAddress } } }], faults: [] });
    rr.absorb({ kind: "closed", link: scripted.link });
    network.run(100);
    expect(b.table()).toHaveProperty(["10.11.0.0/16"]);
    expect(b.table()).not.toHaveProperty(["10.111.0.0/16"]);
  });

  describe("for long (RFC 9494)", () => {
    const LONG = { gracefulRestart: { longLivedSec: { ipv4: 3600 } } };

    function attributesAt(node: TestSpeaker, prefix: string): readonly number[] | undefined {
      return node.best().find((route) => route.prefix === prefix)?.attributes.communities;
    }

    it("leaves its routes as the last choice, marked as such, until the stale time is over [5.3-long-lived]", () => {
      raise(LONG);
      network.kill(a);
      network.run(RESTART_MS + 1_000);
      expect(attributesAt(b, "10.11.0.0/16")).toEqual([LLGR_STALE]);
      expect(rr.peer("a").kept).toMatchObject([{ stage: "long-lived", stale: 2 }]);
      network.run(3_590_000);
      expect(b.table()).toHaveProperty(["10.11.0.0/16"]);
      network.run(20_000);
      expect(b.table()).not.toHaveProperty(["10.11.0.0/16"]);
    });

    it("leaves nothing that is marked NO_LLGR [5.7-long-lived-stale]", () => {
      const policies = { mark: { rules: [{ when: [{ prefixList: "some" }], set: [{ addCommunities: ["no-llgr"] }], then: "accept" }], otherwise: "accept" } };
      raise(LONG);
      a.configure(client(A, ["10.11.0.0/16", "10.111.0.0/16"], { ...LONG, exportPolicy: "mark" }, { policies, prefixLists: { some: [{ prefix: "10.111.0.0/16" }] } }));
      network.run(100);
      network.kill(a);
      network.run(RESTART_MS + 1_000);
      expect(b.table()).toEqual({ "10.11.0.0/16": A, "10.12.0.0/16": "local" });
    });

    it.each([
      ["is not told to who does not know what that means", { gracefulRestart: { enabled: false } }, {}],
      ["is told to who knows, though he keeps nothing so long himself", {}, { "10.11.0.0/16": A }],
    ])("loses against every other path, and %s [5.7-long-lived-stale]", (_title, terms, told) => {
      network = new Network();
      rr = network.add(RR, reflector(LONG, { gracefulRestart: {} }));
      a = network.add(A, client(A, ["10.11.0.0/16", "10.50.0.0/16"], LONG));
      b = network.add(B, client(B, ["10.12.0.0/16", "10.50.0.0/16"], LONG));
      const c = network.add(C, client(C, [], terms));
      network.run(30_000);
      expect(c.table()).toMatchObject({ "10.11.0.0/16": A, "10.50.0.0/16": A });
      network.kill(a);
      network.run(RESTART_MS + 1_000);
      expect(c.table()).toEqual({ "10.12.0.0/16": B, "10.50.0.0/16": B, ...told });
    });

    it("is judged anew by another policy and stays the last choice", () => {
      raise(LONG);
      network.kill(a);
      network.run(RESTART_MS + 1_000);
      const policies = { prefer: { rules: [{ set: [{ localPref: 500 }], then: "accept" }] } };
      rr.configure({ ...reflector({ ...LONG, importPolicy: "prefer" }), policies });
      network.run(100);
      expect(rr.best().find(({ prefix }) => prefix === "10.11.0.0/16")?.attributes).toMatchObject({ localPref: 500, communities: [LLGR_STALE] });
    });

    it("is the last choice all the while it is judged anew, however many turns that takes", () => {
      network = new Network();
      rr = network.add(RR, reflector(LONG), ALL_REACHABLE, { turn: { decided: 100, walked: 1 } });
      a = network.add(A, client(A, ["10.11.0.0/16", "10.111.0.0/16", "10.112.0.0/16"], LONG));
      network.run(30_000);
      network.kill(a);
      network.run(RESTART_MS + 1_000);
      rr.nextTurn = "later";
      const policies = { prefer: { rules: [{ set: [{ localPref: 500 }], then: "accept" }] } };
      rr.configure({ ...reflector({ ...LONG, importPolicy: "prefer" }), policies });
      const seen = new Set<string>();
      for (let turns = 0; rr.unfinished || turns === 0; turns++) {
        for (const { attributes } of rr.best()) seen.add(`${attributes.localPref} ${attributes.communities}`);
        rr.flush();
      }
      for (const { attributes } of rr.best()) seen.add(`${attributes.localPref} ${attributes.communities}`);
      expect(seen).toEqual(new Set([`100 ${LLGR_STALE}`, `500 ${LLGR_STALE}`]));
    });

    it("and comes back: its routes are as good as ever", () => {
      raise(LONG);
      network.kill(a);
      network.run(RESTART_MS + 1_000);
      restarted(network.add(A, client(A, ["10.11.0.0/16"], LONG)));
      expect(staysAt(network, b, "10.11.0.0/16", 60_000)).toBe(true);
      expect(attributesAt(b, "10.11.0.0/16")).toBeUndefined();
      expect(b.table()).not.toHaveProperty(["10.111.0.0/16"]);
    });
  });
});

describe("a reflector that restarts", () => {
  let network: Network;
  let rr: TestSpeaker;
  let clients: readonly TestSpeaker[];

  beforeEach(() => {
    network = new Network();
    rr = network.add(RR, reflector());
    const plans = [[A, "10.11.0.0/16", 1], [B, "10.12.0.0/16", 4], [C, "10.13.0.0/16", 7]] as const;
    clients = plans.map(([address, prefix, connectRetrySec]) => network.add(address, client(address, [prefix], { connectRetrySec })));
    network.run(30_000);
    network.kill(rr);
  });

  /** Clients whose table ever lacked another client's route within `ms`. */
  function losers(alive: readonly TestSpeaker[], ms: number): readonly IpAddress[] {
    const lost = new Set<IpAddress>();
    for (let passed = 0; passed < ms; passed += 100) {
      network.run(100);
      for (const node of alive) for (const other of alive) if (!Object.keys(node.table()).some((prefix) => other.table()[prefix] === "local")) lost.add(node.address);
    }
    return [...lost];
  }

  it("costs nobody a route, though its clients come back one by one [5.3-deferral]", () => {
    rr = restarted(network.add(RR, reflector({ passive: true })));
    expect(losers(clients, 60_000)).toEqual([]);
    expect(clients.map((node) => node.peer("rr").counters.flaps)).toEqual([1, 1, 1]);
    expect(clients.map((node) => node.peer("rr").kept)).toEqual([[], [], []]);
    expect(rr.facts).toContainEqual(expect.objectContaining({ kind: "restart-complete", missing: [] }));
  });

  it("says so while it waits, and tells nothing", () => {
    rr = restarted(network.add(RR, reflector()));
    const scripted = new ScriptedPeer(rr, A);
    scripted.establish(AS, 0x0a00000b, HELPER);
    expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["b", "c", "a"], peers: 3, capMs: 30_000 });
    expect(scripted.take("update")).toEqual([]);
  });

  it("does not wait for a dead client longer than two attempts take", () => {
    const [a, b, c] = clients as [TestSpeaker, TestSpeaker, TestSpeaker];
    network.kill(c);
    rr = restarted(network.add(RR, reflector()));
    expect(losers([a, b], 9_000)).toEqual([]);
    expect(rr.speaker.view().router().deferral).toBeUndefined();
    expect(rr.facts).toContainEqual(expect.objectContaining({ kind: "restart-complete", missing: [] }));
    expect(rr.converged).toBe(false);
  });

  it("does not wait for one that never calls longer than a third of the time", () => {
    network.kill(clients[2] as TestSpeaker);
    rr = restarted(network.add(RR, reflector({}, { passive: true })));
    network.run(9_900);
    expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["c"] });
    network.run(200);
    expect(rr.speaker.view().router().deferral).toBeUndefined();
  });

  it("waits for one that is there and silent for no longer than the cap [5.3-deferral]", () => {
    for (const node of clients.slice(1)) network.kill(node);
    rr = restarted(network.add(RR, { ...reflector(), router: { asn: AS, id: RR, deferralSec: 60 } }));
    const scripted = new ScriptedPeer(rr, B);
    scripted.establish(AS, 0x0a00000c, HELPER);
    network.run(59_900);
    expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["b"] });
    network.run(200);
    expect(rr.speaker.view().router().deferral).toBeUndefined();
    expect(rr.facts).toContainEqual(expect.objectContaining({ kind: "restart-complete", missing: ["b"] }));
    expect(scripted.take("update").at(-1)?.endOfRib).toBe("ipv4");
  });

  it.each(["stop", "restart"])("does not wait for one that tells too much and is held down for it: %s", (action) => {
    rr = restarted(network.add(RR, reflector({}, { maxPrefixes: { limit: 1, action, restartSec: 600 } })));
    clients[2]?.configure(client(C, ["10.13.0.0/16", "10.113.0.0/16"]));
    network.run(9_000);
    expect(rr.peer("c").held).toBeDefined();
    expect(rr.speaker.view().router().deferral).toBeUndefined();
    expect(rr.facts).toContainEqual(expect.objectContaining({ kind: "restart-complete", missing: [] }));
    expect(rr.facts).toContainEqual(expect.objectContaining({ kind: "converged", missing: [] }));
  });

  it("does not wait for clients that know nothing of restarts (RFC 4724 §4.1)", () => {
    for (const node of clients) network.kill(node);
    rr = restarted(network.add(RR, reflector()));
    new ScriptedPeer(rr, A).establish(AS, 0x0a00000b, HELPER.filter(({ kind }) => kind !== "graceful-restart"));
    expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["b", "c"] });
  });

  it("tells a client that has restarted itself before that has told everything (RFC 4724 §3), and the steady ones after", () => {
    for (const node of clients) network.kill(node);
    rr = restarted(network.add(RR, { ...reflector(), networks: ["10.1.0.0/16"] }));
    const [a, b] = [new ScriptedPeer(rr, A), new ScriptedPeer(rr, B)];
    a.establish(AS, 0x0a00000b, HELPER.map((capability) => (capability.kind === "graceful-restart" ? { ...capability, restarting: true } : capability)));
    b.establish(AS, 0x0a00000c, HELPER);
    b.say(END_OF_RIB);
    expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["c", "a"] });
    network.run(10_100);
    expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["a"] });
    expect([a.take("update").at(-1)?.endOfRib, b.take("update")]).toEqual(["ipv4", []]);
    a.say(END_OF_RIB);
    expect(rr.speaker.view().router().deferral).toBeUndefined();
    expect(b.take("update").at(-1)?.endOfRib).toBe("ipv4");
  });

  it("sets the R bit until it has told its routes, and the F bit of what was forwarded all the while", () => {
    for (const node of clients) network.kill(node);
    rr = restarted(network.add(RR, reflector()));
    const first = new ScriptedPeer(rr, A);
    expect(restartBits(first)).toEqual({ restarting: true, forwarding: [true] });
    network.run(31_000);
    const second = new ScriptedPeer(rr, B);
    expect(restartBits(second)).toEqual({ restarting: false, forwarding: [true] });
  });

  it("sets neither where nothing was preserved, until the peer has had a session with it", () => {
    for (const node of clients) network.kill(node);
    rr = network.add(RR, reflector());
    const first = new ScriptedPeer(rr, A);
    expect(restartBits(first)).toEqual({ restarting: false, forwarding: [false] });
    first.establish(AS, 0x0a00000b, HELPER);
    rr.absorb({ kind: "closed", link: first.link });
    expect(restartBits(new ScriptedPeer(rr, A))).toEqual({ restarting: false, forwarding: [true] });
  });
});

const END_OF_RIB: Update = { kind: "update", withdrawn: [], announced: [], endOfRib: "ipv4", faults: [] };

const HELPER: readonly Capability[] = [
  { kind: "multiprotocol", family: FAMILIES.ipv4 },
  { kind: "four-octet-as", asn: AS },
  { kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: 120, entries: [{ afi: 1, safi: 1, forwarding: true }] },
];

function restartBits(peer: ScriptedPeer): object {
  const [open] = peer.take("open");
  const capability = open?.capabilities.find((candidate) => candidate.kind === "graceful-restart");
  return { restarting: capability?.restarting, forwarding: capability?.entries.map(({ forwarding }) => forwarding) };
}
