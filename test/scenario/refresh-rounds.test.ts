/** The marks of RFC 7313 from a peer that does with them what it likes: one speaker against a peer of bytes. */

import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability, RouteRefresh } from "../../src/bgp/wire/message-types.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const PEER = "10.0.0.2";
const CAPABILITIES: readonly Capability[] = [
  { kind: "multiprotocol", family: FAMILIES.ipv4 },
  { kind: "four-octet-as", asn: AS },
  { kind: "route-refresh" },
  { kind: "enhanced-route-refresh" },
  { kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: 60, entries: [{ ...FAMILIES.ipv4, forwarding: true }] },
];

let network: Network;
let us: TestSpeaker;
let peer: ScriptedPeer;

function begin(more: object = {}): void {
  network = new Network();
  us = network.add("10.0.0.1", { router: { asn: AS, id: "10.0.0.1" }, peers: [{ name: "peer", address: PEER, asn: AS, passive: true, holdTimeSec: 0, ...more }] });
  network.run(60_000); // initial convergence is over
  call();
  finish();
}

function call(): void {
  peer = new ScriptedPeer(us, PEER);
  peer.establish(AS, 0x0a000002, CAPABILITIES);
}

function finish(): void {
  peer.say({ kind: "update", withdrawn: [], announced: [], endOfRib: "ipv4", faults: [] });
}

/** Prefixes number `from` to `to`. */
function tell(from: number, to: number): void {
  const prefixes = Array.from({ length: to - from + 1 }, (_, i) => `10.0.${from + i}.0/24` as Prefix);
  const nlri = nlriOf("ipv4", false, prefixes.map((prefix) => ({ prefix, pathId: 0 })));
  peer.say({ kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath: [], localPref: 100, nextHop: { address: PEER as IpAddress } } }], faults: [] });
}

function mark(subtype: RouteRefresh["subtype"]): void {
  peer.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype });
}

function count(): number {
  return Object.keys(us.table()).length;
}

beforeEach(() => begin());

describe("a refresh that the peer does not finish [5.3-refresh-stale]", () => {
  it("is over after the stale time: what was not told again goes, and is told of", () => {
    tell(1, 4);
    mark("begin");
    tell(1, 1);
    network.run(179_000);
    expect(count()).toBe(4);
    network.run(2_000);
    expect(Object.keys(us.table())).toEqual(["10.0.1.0/24"]);
    expect(us.facts).toContainEqual({ kind: "refresh-unfinished", peer: "peer", family: "ipv4", gone: 3 });
    expect(us.peer("peer").state).toBe("Established");
  });

  it("has as long as the operator gives a peer that is back", () => {
    begin({ gracefulRestart: { staleTimeSec: 20 } });
    tell(1, 4);
    mark("begin");
    network.run(21_000);
    expect(count()).toBe(0);
  });

  it("and then is finished after all, costs nothing more", () => {
    tell(1, 4);
    mark("begin");
    network.run(181_000);
    tell(1, 4);
    mark("end");
    expect(count()).toBe(4);
  });

  it("leaves no timer behind when it is finished or the session ends", () => {
    mark("begin");
    mark("end");
    expect(us.armed().filter(({ kind }) => kind === "refresh-round")).toEqual([]);
    mark("begin");
    peer.vanish();
    expect(us.armed().filter(({ kind }) => kind === "refresh-round")).toEqual([]);
  });
});

describe("marks one after the other", () => {
  it("do not let a peer tell more prefixes than it may [5.8-prefix-limit]", () => {
    begin({ maxPrefixes: 10 });
    for (let round = 0; round < 5; round++) {
      tell(10 * round + 1, 10 * round + 10);
      mark("begin");
    }
    expect(us.peer("peer").state).toBe("Idle");
    expect(us.facts).toContainEqual(expect.objectContaining({ kind: "prefix-limit", limit: 10 }));
  });

  it("mean nothing before a peer that came back has told its End-of-RIB: what is kept waits for that [5.3-restart-time]", () => {
    begin({ maxPrefixes: 10 });
    tell(1, 4);
    peer.vanish();
    call();
    mark("begin");
    tell(1, 1);
    mark("end");
    expect(count()).toBe(4);
    finish();
    expect(Object.keys(us.table())).toEqual(["10.0.1.0/24"]);
  });

  it("mean nothing before the End-of-RIB of a peer that came for the first time either (RFC 7313 §4)", () => {
    peer.say({ kind: "notification", notification: { code: 6, subcode: 2, data: new Uint8Array(0) } });
    call();
    tell(1, 4);
    mark("begin");
    mark("end");
    expect([count(), us.armed().filter(({ kind }) => kind === "refresh-round")]).toEqual([4, []]);
    finish();
    mark("begin");
    mark("end");
    expect(count()).toBe(0);
  });

  it("end without begin takes nothing away", () => {
    tell(1, 4);
    mark("end");
    expect(count()).toBe(4);
  });
});
