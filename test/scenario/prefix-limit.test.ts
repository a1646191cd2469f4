/** How many paths a peer may tell, and what happens at and beyond the limit: one speaker against a peer of bytes. */

import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { Capability } from "../../src/bgp/wire/message-types.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const PEER = "10.0.0.2";
const PEER_ID = 0x0a000002;
const CAPABILITIES: readonly Capability[] = [
  { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
  { kind: "four-octet-as", asn: AS },
];

let network: Network;
let us: TestSpeaker;
let peer: ScriptedPeer;

function config(maxPrefixes: unknown, more: object = {}): object {
  return { router: { asn: AS, id: "10.0.0.1" }, peers: [{ name: "peer", address: PEER, asn: AS, passive: true, maxPrefixes, ...more }] };
}

function connect(): ScriptedPeer {
  const scripted = new ScriptedPeer(us, PEER);
  scripted.establish(AS, PEER_ID, CAPABILITIES);
  return scripted;
}

function begin(maxPrefixes: unknown, more: object = {}): void {
  us = network.add("10.0.0.1", config(maxPrefixes, more));
  peer = connect();
}

/** Prefixes number `from` to `to`. */
function announce(from: number, to: number): void {
  const prefixes = Array.from({ length: to - from + 1 }, (_, i) => `10.0.${from + i}.0/24` as Prefix);
  peer.say({
    kind: "update",
    withdrawn: [],
    announced: [{ nlri: nlriOf("ipv4", false, prefixes.map((prefix) => ({ prefix, pathId: 0 }))), attributes: { origin: "igp", asPath: [], localPref: 100, nextHop: { address: PEER as IpAddress } } }],
    faults: [],
  });
}

function limitFacts() {
  return us.facts.filter(({ kind }) => kind.startsWith("prefix-limit"));
}

beforeEach(() => {
  network = new Network();
});

describe("a prefix limit", () => {
  it("warns once when the share is reached, and ends the session with the first prefix beyond, saying which limit it was [5.2-maximum-prefixes-data, 5.8-prefix-limit]", () => {
    begin(10);
    announce(1, 7);
    expect(limitFacts()).toEqual([]);
    announce(8, 8);
    announce(9, 10);
    expect(limitFacts()).toEqual([{ kind: "prefix-limit-near", peer: "peer", family: "ipv4", paths: 8, limit: 10 }]);
    announce(11, 11);
    expect(limitFacts()[1]).toEqual({ kind: "prefix-limit", peer: "peer", family: "ipv4", limit: 10, action: "stop" });
    const [{ notification } = expect.fail("no NOTIFICATION")] = peer.take("notification");
    expect([notification.code, notification.subcode, ...notification.data]).toEqual([6, 1, 0, 1, 1, 0, 0, 0, 10]);
    expect(us.table()).toEqual({});
    expect(us.peer("peer").held).toEqual({ untilMs: undefined });
  });

  it("that restarts lets the peer come back after its time and not before [5.8-prefix-limit]", () => {
    begin({ limit: 2, action: "restart", restartSec: 60 });
    announce(1, 3);
    expect(us.peer("peer").held).toEqual({ untilMs: network.nowMs + 60_000 });
    network.run(59_000);
    expect(connect().take("notification").map(({ notification }) => [notification.code, notification.subcode])).toEqual([[6, 5]]);
    network.run(2_000);
    peer = connect();
    expect(us.peer("peer")).toMatchObject({ state: "Established", held: undefined });
    announce(1, 2);
    expect(us.peer("peer").state).toBe("Established");
  });

  it("that only warns keeps session and routes, and says so once", () => {
    begin({ limit: 2, action: "warn" });
    announce(1, 3);
    announce(4, 9);
    expect(us.peer("peer").state).toBe("Established");
    expect(Object.keys(us.table())).toHaveLength(9);
    expect(limitFacts()).toEqual([{ kind: "prefix-limit", peer: "peer", family: "ipv4", limit: 2, action: "warn" }]);
  });

  it("counts what was told, or what import policy let in, as it was asked to", () => {
    const policies = { few: { rules: [{ when: [{ prefixList: "few" }], then: "accept" }] } };
    const document = (limit: object): object => ({ ...config(limit, { importPolicy: "few" }), policies, prefixLists: { few: [{ prefix: "10.0.1.0/24" }, { prefix: "10.0.2.0/24" }] } });
    us = network.add("10.0.0.1", document({ limit: 2, count: "accepted" }));
    peer = connect();
    announce(1, 20);
    expect(us.peer("peer")).toMatchObject({ state: "Established", families: [{ received: 20, accepted: 2 }] });
    us.configure(document({ limit: 1, count: "accepted" }));
    expect(us.peer("peer").state).toBe("Idle");
    us.configure(document({ limit: 19 }));
    peer = connect();
    announce(1, 20);
    expect(us.peer("peer").state).toBe("Idle");
  });

  it("that is lowered below what was told ends the session at once, and one that is raised ends the wait", () => {
    begin({ limit: 100, action: "restart", restartSec: 600 });
    announce(1, 20);
    us.configure(config({ limit: 10, action: "restart", restartSec: 600 }));
    expect(us.peer("peer").state).toBe("Idle");
    us.configure(config({ limit: 30, action: "restart", restartSec: 600 }));
    peer = connect();
    announce(1, 20);
    expect(us.peer("peer")).toMatchObject({ state: "Established", held: undefined });
    network.run(1_000_000 - network.nowMs);
    expect(us.facts.filter(({ kind }) => kind === "peer-up")).toHaveLength(2);
  });

  it("of a peer that is taken out of the configuration leaves no timer behind", () => {
    begin({ limit: 2, action: "restart", restartSec: 60 });
    announce(1, 3);
    us.configure({ router: { asn: AS, id: "10.0.0.1" } });
    expect(us.nextTimerMs()).toBe(Infinity);
  });
});
