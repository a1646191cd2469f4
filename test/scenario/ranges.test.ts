/**
 * A reflector that knows its clients by range:
 *
 *   10.1.0.1 ──┐
 *   10.1.0.2 ──┼── rr 10.0.0.9     "rack-a": whoever calls from 10.1.0.0/16 is a client
 *   10.1.2.3 ──┘
 */

import { beforeEach, describe, expect, it } from "vitest";
import type { Capability } from "../../src/bgp/wire/message-types.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { AGREED, ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const RR = "10.0.0.9";
const RANGE = { name: "rack-a", prefix: "10.1.0.0/16", asn: AS, reflectorClient: true };
/** What happens to a peer's routes when it may come back: range-restart.test.ts. */
const FORGETFUL = { gracefulRestart: { enabled: false } };

function reflector(ranges: readonly object[] = [RANGE], rest: object = {}): object {
  return { router: { asn: AS, id: RR }, ranges, ...rest };
}

function client(address: string, rest: object = {}): object {
  return { router: { asn: AS, id: address }, networks: [networkOf(address)], peers: [{ name: "rr", address: RR, asn: AS }], ...rest };
}

function networkOf(address: string): string {
  const [, , third = "", fourth = ""] = address.split(".");
  return `192.168.${Number(third) * 16 + Number(fourth)}.0/24`;
}

let network: Network;
let rr: TestSpeaker;

beforeEach(() => {
  network = new Network();
  rr = network.add(RR, reflector());
});

function states(): Readonly<Record<string, string>> {
  return Object.fromEntries(rr.speaker.view().peers().map(({ name, state }) => [name, state]));
}

function facts(kind: string): readonly object[] {
  return rr.facts.filter((fact) => fact.kind === kind);
}

function asCapability(asn: number): readonly Capability[] {
  return [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn }];
}

function codesOf(peer: ScriptedPeer): readonly (readonly number[])[] {
  return peer.take("notification").map(({ notification }) => [notification.code, notification.subcode]);
}

describe("whoever calls from a range", () => {
  it("is a peer called by range and address, and is what the range says: here a client that hears of the others", () => {
    const [a, b] = ["10.1.0.1", "10.1.0.2"].map((address) => network.add(address, client(address)));
    network.run(5_000);
    expect(states()).toEqual({ "rack-a_10_1_0_1": "Established", "rack-a_10_1_0_2": "Established" });
    expect(rr.peer("rack-a_10_1_0_1")).toMatchObject({ range: "rack-a", config: { address: "10.1.0.1", reflectorClient: true } });
    expect(a?.table()).toEqual({ "192.168.1.0/24": "local", "192.168.2.0/24": "10.1.0.2" });
    expect(b?.table()).toEqual({ "192.168.1.0/24": "10.1.0.1", "192.168.2.0/24": "local" });
  });

  it("is gone with its session, routes and all, where none are kept, and is a new peer when it calls again", () => {
    rr.configure(reflector([{ ...RANGE, ...FORGETFUL }]));
    const a = network.add("10.1.0.1", client("10.1.0.1"));
    network.run(5_000);
    expect(rr.table()).toEqual({ "192.168.1.0/24": "10.1.0.1" });
    network.kill(a);
    network.run(0);
    expect([states(), rr.table()]).toEqual([{}, {}]);
    expect(facts("range-peer-left")).toEqual([{ kind: "range-peer-left", peer: "rack-a_10_1_0_1", range: "rack-a" }]);
    network.add("10.1.0.1", client("10.1.0.1"));
    network.run(5_000);
    expect(states()).toEqual({ "rack-a_10_1_0_1": "Established" });
    expect(rr.peer("rack-a_10_1_0_1").counters.established).toBe(1);
  });

  it("leaves no timer behind", () => {
    rr.configure(reflector([{ ...RANGE, ...FORGETFUL }]));
    const a = network.add("10.1.0.1", client("10.1.0.1"));
    network.run(60_000); // initial convergence is over
    network.kill(a);
    network.run(0);
    expect(rr.nextTimerMs()).toBe(Infinity);
  });

  it("is gone after half a minute when it says nothing", () => {
    const silent = new ScriptedPeer(rr, "10.1.0.1");
    network.run(29_000);
    expect(states()).toEqual({ "rack-a_10_1_0_1": "OpenSent" });
    network.run(2_000);
    expect(states()).toEqual({});
    expect(codesOf(silent)).toEqual([[4, 0]]);
  });

  it("is nobody outside of the range", () => {
    expect(new ScriptedPeer(rr, "10.2.0.1").hungUp).toBe(true);
    expect(rr.speaker.view().router().unknownConnections).toBe(1);
  });

  it("stands behind a configured peer with that address, and the longest range counts", () => {
    const longer = { name: "row", prefix: "10.1.2.0/24", asn: AS };
    rr.configure(reflector([RANGE, longer], { peers: [{ name: "own", address: "10.1.2.9", asn: AS, passive: true }] }));
    for (const address of ["10.1.0.1", "10.1.2.3", "10.1.2.9"]) network.add(address, client(address));
    network.run(5_000);
    expect(states()).toEqual({ own: "Established", "rack-a_10_1_0_1": "Established", row_10_1_2_3: "Established" });
  });

  it("hears goodbye with everybody else, and nobody comes in after that", () => {
    const peer = new ScriptedPeer(rr, "10.1.0.1");
    peer.establish(AS, 7, asCapability(AS));
    rr.absorb({ kind: "shutdown", until: "further-notice", text: "upgrade" });
    expect(codesOf(peer)).toEqual([[6, 2]]);
    expect(new ScriptedPeer(rr, "10.1.0.2").hungUp).toBe(true);
    expect(states()).toEqual({});
  });
});

describe("the AS number that a caller tells", () => {
  const EXTERNAL = { name: "customers", prefix: "10.1.0.0/16", asns: [65001, 65002] };

  beforeEach(() => rr.configure(reflector([EXTERNAL])));

  function call(asn: number): ScriptedPeer {
    const peer = new ScriptedPeer(rr, "10.1.0.1");
    peer.establish(asn, 7, asCapability(asn), AGREED);
    return peer;
  }

  it.each([65001, 65002])("may be AS %i of the range's two, and is the peer's from then on", (asn) => {
    call(asn);
    expect(rr.peer("customers_10_1_0_1")).toMatchObject({ state: "Established", config: { session: { remoteAs: asn, otherRemoteAses: [] } } });
  });

  it.each([65003, AS])("may not be AS %i (2/2)", (asn) => {
    expect(codesOf(call(asn))).toEqual([[2, 2]]);
    expect(states()).toEqual({});
  });

  it("keeps its session when others are added, and loses it when it is no longer one of them", () => {
    const peer = call(65002);
    rr.configure(reflector([{ ...EXTERNAL, asns: [65003, 65002] }]));
    expect(states()).toEqual({ customers_10_1_0_1: "Established" });
    rr.configure(reflector([{ ...EXTERNAL, asns: [65003] }]));
    expect(codesOf(peer)).toEqual([[6, 6]]);
    expect(states()).toEqual({});
  });
});

describe("a range that is full", () => {
  beforeEach(() => rr.configure(reflector([{ ...RANGE, limit: 2 }])));

  function fill(): readonly ScriptedPeer[] {
    return ["10.1.0.1", "10.1.0.2"].map((address, index) => {
      const peer = new ScriptedPeer(rr, address);
      peer.establish(AS, index + 1, asCapability(AS));
      return peer;
    });
  }

  it("refuses further callers with 6/5, counts them, and says so [5.8-ranges]", () => {
    fill();
    const refused = ["10.1.0.3", "10.1.0.4", "10.1.0.3"].map((address) => new ScriptedPeer(rr, address));
    expect(refused.map((peer) => [peer.hungUp, codesOf(peer)])).toEqual([[true, [[6, 5]]], [true, [[6, 5]]], [true, [[6, 5]]]]);
    expect(rr.speaker.view().ranges()).toEqual([{ name: "rack-a", prefix: "10.1.0.0/16", asns: [AS], limit: 2, peers: 2, refused: 3 }]);
    const told = ["10.1.0.3", "10.1.0.4", "10.1.0.3"].map((address, index) => ({ kind: "range-full", range: "rack-a", remote: { address, port: 50_000 }, limit: 2, refused: index + 1 }));
    expect(facts("range-full")).toEqual(told);
  });

  it("has room again when somebody leaves, or when the limit grows", () => {
    const [first] = fill();
    first?.say({ kind: "notification", notification: { code: 6, subcode: 2, data: new Uint8Array(0) } });
    new ScriptedPeer(rr, "10.1.0.3");
    expect(Object.keys(states())).toEqual(["rack-a_10_1_0_2", "rack-a_10_1_0_3"]);
    rr.configure(reflector([{ ...RANGE, limit: 3 }]));
    new ScriptedPeer(rr, "10.1.0.4");
    expect(Object.keys(states())).toHaveLength(3);
  });

  it("keeps those who are there when the limit shrinks", () => {
    fill();
    rr.configure(reflector([{ ...RANGE, limit: 1 }]));
    expect(Object.values(states())).toEqual(["Established", "Established"]);
    expect(new ScriptedPeer(rr, "10.1.0.3").hungUp).toBe(true);
  });

  it("lets a peer that is there call a second time", () => {
    fill();
    expect(codesOf(new ScriptedPeer(rr, "10.1.0.1"))).toEqual([[6, 7]]);
    expect(rr.speaker.view().ranges()[0]?.refused).toBe(0);
  });
});

describe("a reload", () => {
  const OTHER = { name: "rack-b", prefix: "10.2.0.0/16", asn: AS, reflectorClient: true };

  let a: ScriptedPeer;
  let b: ScriptedPeer;

  beforeEach(() => {
    rr.configure(reflector([RANGE, OTHER]));
    [a, b] = [new ScriptedPeer(rr, "10.1.0.1"), new ScriptedPeer(rr, "10.2.0.1")];
    a.establish(AS, 1, asCapability(AS));
    b.establish(AS, 2, asCapability(AS));
    for (const peer of [a, b]) peer.take("update");
  });

  it("that removes a range ends its peers with 6/3, and nobody else", () => {
    rr.configure(reflector([OTHER]));
    expect([codesOf(a), codesOf(b)]).toEqual([[[6, 3]], []]);
    expect(states()).toEqual({ "rack-b_10_2_0_1": "Established" });
    expect(rr.speaker.view().lastChanges()).toEqual([{ kind: "remove-peer", peer: "rack-a_10_1_0_1" }, { kind: "ranges", ranges: ["rack-a"] }]);
  });

  it("that changes what is agreed in OPEN ends just the range's peers, who are the new kind when they call again", () => {
    rr.configure(reflector([{ ...RANGE, holdTimeSec: 30 }, OTHER]));
    expect([codesOf(a), codesOf(b)]).toEqual([[[6, 6]], []]);
    new ScriptedPeer(rr, "10.1.0.1").establish(AS, 1, asCapability(AS));
    expect(rr.peer("rack-a_10_1_0_1").negotiated?.liveness).toMatchObject({ holdMs: 30_000 });
  });

  it("that makes another kind of a range's peers ends just their sessions, and they are that when they call again", () => {
    rr.configure(reflector([{ ...RANGE, reflectorClient: false }, OTHER]));
    expect([codesOf(a), codesOf(b)]).toEqual([[[6, 6]], []]);
    expect(states()).toEqual({ "rack-b_10_2_0_1": "Established" });
    new ScriptedPeer(rr, "10.1.0.1").establish(AS, 1, asCapability(AS));
    expect(rr.peer("rack-a_10_1_0_1")).toMatchObject({ state: "Established", config: { reflectorClient: false } });
  });

  it("that changes a policy tells just the range's peers anew, without a reset", () => {
    rr.configure(reflector([{ ...RANGE, exportPolicy: "reject-all" }, OTHER], { networks: ["192.168.0.0/24"] }));
    expect(states()).toEqual({ "rack-a_10_1_0_1": "Established", "rack-b_10_2_0_1": "Established" });
    expect([a, b].map((peer) => peer.take("update").flatMap(({ announced }) => announced).length)).toEqual([0, 1]);
  });

  it("that puts an address under a longer range moves its peer there", () => {
    rr.configure(reflector([RANGE, OTHER, { name: "row", prefix: "10.1.0.0/24", asn: AS }]));
    expect(codesOf(a)).toEqual([[6, 3]]);
    new ScriptedPeer(rr, "10.1.0.1");
    expect(Object.keys(states())).toEqual(["rack-b_10_2_0_1", "row_10_1_0_1"]);
  });

  it("that configures a peer by its own name takes its address out of the range", () => {
    rr.configure(reflector([RANGE, OTHER], { peers: [{ name: "own", address: "10.1.0.1", asn: AS, passive: true }] }));
    expect(codesOf(a)).toEqual([[6, 3]]);
    new ScriptedPeer(rr, "10.1.0.1").establish(AS, 1, asCapability(AS));
    expect(rr.peer("own")).toMatchObject({ state: "Established", range: undefined });
  });

  it("that makes a configured peer of one under the name it has ends its session and keeps the peer", () => {
    rr.configure(reflector([OTHER], { peers: [{ name: "rack-a_10_1_0_1", address: "10.1.0.1", asn: AS, passive: true }] }));
    expect(codesOf(a)).toEqual([[6, 6]]);
    expect(rr.peer("rack-a_10_1_0_1")).toMatchObject({ state: "Active", range: undefined });
  });
});

describe("a range whose peers BFD watches", () => {
  it("has each watched while it is a peer, and takes out whose path is lost", () => {
    rr.configure(reflector([{ ...RANGE, bfd: {} }]));
    const peer = new ScriptedPeer(rr, "10.1.0.1");
    peer.establish(AS, 1, asCapability(AS));
    const name = "rack-a_10_1_0_1" as PeerName;
    expect(rr.watched).toMatchObject([{ peer: name, neighbor: "10.1.0.1" }]);
    rr.absorb({ kind: "liveness-up", peer: name });
    rr.absorb({ kind: "liveness-lost", peer: name, because: "silence" });
    expect(codesOf(peer)).toEqual([[6, 10]]);
    expect([states(), rr.watched]).toEqual([{}, []]);
  });
});

describe("a peer of a range that tells too many prefixes", () => {
  it("may call again after the time that the operator gave", () => {
    rr.configure(reflector([{ ...RANGE, maxPrefixes: { limit: 1, action: "restart", restartSec: 60 } }]));
    const eager = network.add("10.1.0.1", client("10.1.0.1", { networks: ["192.168.1.0/24", "192.168.2.0/24"] }));
    network.run(30_000);
    expect(states()).toEqual({ "rack-a_10_1_0_1": "Idle" });
    eager.configure(client("10.1.0.1"));
    network.run(60_000);
    expect(states()).toEqual({ "rack-a_10_1_0_1": "Established" });
  });

  it("stays refused until the limit is another one", () => {
    const limited = { ...RANGE, maxPrefixes: 1 };
    rr.configure(reflector([limited]));
    network.add("10.1.0.1", client("10.1.0.1", { networks: ["192.168.1.0/24", "192.168.2.0/24"] }));
    network.run(120_000);
    expect(states()).toEqual({ "rack-a_10_1_0_1": "Idle" });
    expect(facts("prefix-limit")).toHaveLength(1);
    rr.configure(reflector([{ ...limited, maxPrefixes: 2 }]));
    network.run(60_000);
    expect(states()).toEqual({ "rack-a_10_1_0_1": "Established" });
  });
});
