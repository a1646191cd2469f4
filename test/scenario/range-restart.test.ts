/**
 * Restarts of peers that a reflector knows by range, and of the reflector that knows all of its peers so (RFC 4724):
 *
 *   a 10.1.0.1 ──┐
 *   b 10.1.0.2 ──┼── rr 10.0.0.9     "rack-a": whoever calls from 10.1.0.0/16 is a client
 *   c 10.1.0.3 ──┘
 */

import { beforeEach, describe, expect, it } from "vitest";
import { ALL_REACHABLE } from "../../src/bgp/rib/next-hop.ts";
import { Network, type TestSpeaker } from "../support/network.ts";

const AS = 64512;
const RR = "10.0.0.9";
const RANGE = { name: "rack-a", prefix: "10.1.0.0/16", asn: AS, reflectorClient: true };
const RESTART_MS = 120_000;

let network: Network;
let rr: TestSpeaker;
let a: TestSpeaker;
let b: TestSpeaker;

function reflector(range: object = {}): object {
  return { router: { asn: AS, id: RR }, ranges: [{ ...RANGE, ...range }] };
}

function client(host: number, peer: object = {}): object {
  return { router: { asn: AS, id: `10.1.0.${host}` }, networks: [`192.168.${host}.0/24`], peers: [{ name: "rr", address: RR, asn: AS, ...peer }] };
}

function start(host: number, peer: object = {}): TestSpeaker {
  return network.add(`10.1.0.${host}`, client(host, peer));
}

function restarted(node: TestSpeaker): TestSpeaker {
  node.absorb({ kind: "restarted", preserved: ["ipv4"] });
  return node;
}

function raise(range: object = {}): void {
  network = new Network();
  rr = network.add(RR, reflector(range));
  [a, b] = [start(1), start(2)];
  network.run(60_000);
}

function names(): readonly string[] {
  return rr.speaker.view().peers().map(({ name }) => name);
}

beforeEach(() => raise());

describe("a peer of a range that goes away [5.8-ranges, 5.3-restart-time]", () => {
  it("and comes back in time is the same peer, and nobody else hears of it", () => {
    const heard = b.peer("rr").counters.received.update;
    network.kill(a);
    network.run(20_000);
    expect(rr.peer("rack-a_10_1_0_1").kept).toMatchObject([{ stage: "restarting", stale: 1 }]);
    expect(rr.speaker.view().ranges()).toMatchObject([{ peers: 2 }]);
    restarted(start(1));
    network.run(60_000);
    expect(rr.peer("rack-a_10_1_0_1")).toMatchObject({ state: "Established", kept: [], counters: { established: 2 } });
    expect(b.peer("rr").counters.received.update).toBe(heard);
  });

  it("and stays away is gone with its routes when the restart time is over, and leaves no timer behind", () => {
    network.kill(a);
    network.kill(b);
    network.run(RESTART_MS - 1_000);
    expect(names()).toHaveLength(2);
    network.run(2_000);
    expect([names(), rr.table(), rr.armed()]).toEqual([[], {}, []]);
    expect(rr.speaker.view().ranges()).toMatchObject([{ peers: 0 }]);
  });

  it("for good is gone at once", () => {
    a.absorb({ kind: "shutdown", until: "further-notice", text: "" });
    network.run(100);
    expect(names()).toEqual(["rack-a_10_1_0_2"]);
  });

  it("and comes back as somebody else, or without having forwarded packets: its old routes go, it stays", () => {
    network.kill(a);
    network.run(5_000);
    network.add("10.1.0.1", { ...client(7), networks: ["192.168.70.0/24"] });
    network.run(20_000);
    expect(b.table()).toEqual({ "192.168.2.0/24": "local", "192.168.70.0/24": "10.1.0.1" });
  });
});

describe("in a range that is full [5.8-ranges]", () => {
  beforeEach(() => {
    raise({ limit: 2 });
    network.kill(b);
    network.run(1_000);
    network.kill(a);
    network.run(1_000);
  });

  it("whoever is away longest gives way to a caller, and nobody more than needed", () => {
    start(3);
    network.run(10_000);
    expect(names()).toEqual(["rack-a_10_1_0_1", "rack-a_10_1_0_3"]);
    expect(Object.keys(rr.table()).sort()).toEqual(["192.168.1.0/24", "192.168.3.0/24"]);
    expect(rr.speaker.view().ranges()).toMatchObject([{ peers: 2, refused: 0 }]);
  });

  it("those who are there do not give way", () => {
    for (const host of [3, 4, 5]) start(host);
    network.run(10_000);
    expect(rr.speaker.view().ranges()).toMatchObject([{ peers: 2 }]);
    expect(rr.speaker.view().ranges()[0]?.refused).toBeGreaterThan(0);
  });
});

describe("a reload while a peer of a range is away", () => {
  beforeEach(() => {
    network.kill(a);
    network.run(1_000);
  });

  it("that leaves the range as it is keeps its routes", () => {
    rr.configure(reflector());
    expect(rr.table()).toHaveProperty(["192.168.1.0/24"]);
  });

  it("that changes what the peer may tell judges its routes anew", () => {
    rr.configure(reflector({ importPolicy: "reject-all" }));
    expect(rr.table()).toEqual({});
    rr.configure(reflector());
    expect(rr.table()).toHaveProperty(["192.168.1.0/24"]);
  });

  it("that changes its session waits for it on the new terms, with its routes", () => {
    rr.configure(reflector({ holdTimeSec: 30 }));
    expect(rr.table()).toHaveProperty(["192.168.1.0/24"]);
    restarted(start(1));
    network.run(10_000);
    expect(rr.peer("rack-a_10_1_0_1")).toMatchObject({ state: "Established", negotiated: { liveness: { holdMs: 30_000 } }, kept: [] });
  });

  it.each([
    ["takes the range away", { router: { asn: AS, id: RR } }],
    ["keeps routes no longer", reflector({ gracefulRestart: { enabled: false } })],
    ["makes another kind of it", reflector({ reflectorClient: false })],
  ])("that %s takes its routes and the peer away", (_title, document) => {
    rr.configure(document);
    expect(names()).not.toContain("rack-a_10_1_0_1");
    expect(rr.table()).not.toHaveProperty(["192.168.1.0/24"]);
    network.run(60_000);
    expect(rr.armed().filter((key) => key.kind === "kept")).toEqual([]);
  });
});

it("the AS number that a peer of a range told is still its one while it is away", () => {
  const asns = [65001, 65002];
  network = new Network();
  rr = network.add(RR, reflector({ asn: undefined, asns, reflectorClient: false, importPolicy: "accept-all" }));
  const external = (asn: number): object => ({ ...client(1, { asn: AS, exportPolicy: "accept-all" }), router: { asn, id: "10.1.0.1" }, peers: [{ name: "rr", address: RR, asn: AS, exportPolicy: "accept-all" }] });
  const other = network.add("10.1.0.1", external(65002));
  network.run(40_000);
  network.kill(other);
  network.run(1_000);
  rr.configure(reflector({ asn: undefined, asns: [...asns, 65003], reflectorClient: false, importPolicy: "accept-all" }));
  expect(rr.table()).toEqual({ "192.168.1.0/24": "10.1.0.1" });
  expect(rr.peer("rack-a_10_1_0_1").config.session.remoteAs).toBe(65002);
});

describe("a reflector that restarts and knows its clients by range", () => {
  /** Clients whose table ever lacked the other's route within `ms`. */
  function losers(clients: readonly TestSpeaker[], ms: number): readonly string[] {
    const lost = new Set<string>();
    for (let passed = 0; passed < ms; passed += 100) {
      network.run(100);
      for (const node of clients) if (Object.keys(node.table()).length < clients.length) lost.add(node.address);
    }
    return [...lost];
  }

  it("gives them time to call and waits for what they tell: nobody loses a route [5.3-deferral]", () => {
    network = new Network();
    rr = network.add(RR, reflector());
    const clients = [1, 4, 8].map((connectRetrySec, index) => start(index + 1, { connectRetrySec }));
    network.run(60_000);
    network.kill(rr);
    rr = restarted(network.add(RR, reflector()));
    expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["callers from ranges"] });
    expect(losers(clients, 60_000)).toEqual([]);
    expect(clients.map((node) => node.peer("rr").counters.flaps)).toEqual([1, 1, 1]);
    expect(rr.facts).toContainEqual(expect.objectContaining({ kind: "restart-complete", missing: [] }));
  });

  it("waits no longer than a third of the time for callers that never come [5.3-deferral]", () => {
    network.kill(rr);
    network.kill(a);
    network.kill(b);
    rr = restarted(network.add(RR, reflector()));
    network.run(9_900);
    expect([rr.speaker.view().router().deferral === undefined, rr.converged]).toEqual([false, false]);
    network.run(200);
    expect([rr.speaker.view().router().deferral === undefined, rr.converged]).toEqual([true, true]);
  });

  it("waits for no further caller when there is room for none: as soon as those who are there have told their routes", () => {
    network.kill(rr);
    rr = restarted(network.add(RR, reflector({ limit: 2 })));
    expect(losers([a, b], 6_000)).toEqual([]);
    expect([rr.speaker.view().router().deferral, rr.converged]).toEqual([undefined, true]);
    expect(rr.facts).toContainEqual(expect.objectContaining({ kind: "restart-complete", missing: [] }));
  });

  it("waits for further callers as long as there is room for one in any range", () => {
    network.kill(rr);
    network.kill(b);
    rr = restarted(network.add(RR, { ...reflector(), ranges: [{ ...RANGE, limit: 1 }, { ...RANGE, name: "rack-b", prefix: "10.2.0.0/16", limit: 1 }] }));
    network.run(9_900);
    expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["callers from ranges"] });
  });

  it("does not wait for a caller that came and went for good", () => {
    network.kill(rr);
    rr = restarted(network.add(RR, reflector()));
    network.run(8_000);
    for (const node of [a, b]) node.absorb({ kind: "shutdown", until: "further-notice", text: "" });
    network.run(2_100);
    expect(rr.speaker.view().router().deferral).toBeUndefined();
  });

  describe("and forwards no packets", () => {
    const forwardingNone = (): TestSpeaker => restarted(network.add(RR, reflector(), ALL_REACHABLE, { packets: "not-ours" }));
    const forgetful = (host: number): TestSpeaker => start(host, { gracefulRestart: { enabled: false } });

    it("tells callers at once that have kept nothing: there is nothing that it could make them forget [5.3-deferral]", () => {
      network = new Network();
      rr = forwardingNone();
      const clients = [forgetful(1), forgetful(2)];
      network.run(5_000);
      expect(rr.speaker.view().router().deferral).toMatchObject({ waitingFor: ["callers from ranges"] });
      expect(clients.map((node) => Object.keys(node.table()).sort())).toEqual([["192.168.1.0/24", "192.168.2.0/24"], ["192.168.1.0/24", "192.168.2.0/24"]]);
    });

    it("costs those nothing that have kept its routes, whoever else is told early [5.3-deferral]", () => {
      network = new Network();
      rr = network.add(RR, reflector(), ALL_REACHABLE, { packets: "not-ours" });
      const keepers = [1, 4, 8].map((connectRetrySec, index) => start(index + 1, { connectRetrySec }));
      const early = network.add("10.1.0.9", { ...client(9, { gracefulRestart: { enabled: false } }), networks: [] });
      network.run(60_000);
      network.kill(rr);
      network.run(100);
      expect(early.table()).toEqual({});
      rr = forwardingNone();
      const lost = new Set<string>();
      let earlyAtMs = 0;
      for (let passed = 0; passed < 60_000; passed += 100) {
        network.run(100);
        for (const node of keepers) if (Object.keys(node.table()).length < keepers.length) lost.add(node.address);
        if (earlyAtMs === 0 && Object.keys(early.table()).length > 0) earlyAtMs = passed;
        if (earlyAtMs === passed) expect(rr.speaker.view().router().deferral).toBeDefined();
      }
      expect([...lost]).toEqual([]);
      expect(earlyAtMs).toBeGreaterThan(0);
      expect(Object.keys(early.table())).toHaveLength(keepers.length);
    });
  });

  it("and forwards packets by what it chooses tells nobody before it has chosen [5.3-deferral]", () => {
    network = new Network();
    rr = restarted(network.add(RR, reflector()));
    const clients = [start(1, { gracefulRestart: { enabled: false } }), start(2, { gracefulRestart: { enabled: false } })];
    network.run(9_900);
    expect(clients.map((node) => Object.keys(node.table()))).toEqual([["192.168.1.0/24"], ["192.168.2.0/24"]]);
    network.run(5_000);
    expect(clients.map((node) => Object.keys(node.table()))).toMatchObject([{ length: 2 }, { length: 2 }]);
  });
});
