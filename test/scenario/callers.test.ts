/** Connections that never become sessions, by the dozen: how many may stand, and for how long. */

import { beforeEach, describe, expect, it } from "vitest";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability } from "../../src/bgp/wire/message-types.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const US = "10.0.0.1";
const PEER = "10.0.0.2";
const OTHER = "10.0.0.3";
const CAPABILITIES: readonly Capability[] = [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn: AS }];

const CONFIG = {
  router: { asn: AS, id: US },
  peers: [PEER, OTHER].map((address) => ({ name: address, address, asn: AS, passive: true, openWaitSec: 20 })),
  limits: { pendingPerAddress: 3, pendingInAll: 5 },
};

let network: Network;
let us: TestSpeaker;

beforeEach(() => {
  network = new Network();
  us = network.add(US, CONFIG);
});

/** Connections whose other end never goes away, whatever we do. */
function clinging(address: string, count: number): readonly ScriptedPeer[] {
  return Array.from({ length: count }, () => new ScriptedPeer(us, address, "clings"));
}

function refusals(): readonly string[] {
  return us.facts.flatMap((fact) => (fact.kind === "too-many-connections" ? [`${fact.remote.address} ${fact.limit}`] : []));
}

describe("connections that are no session", () => {
  it("are so many from one address, and no more hear even an OPEN [5.8-callers]", () => {
    const calls = clinging(PEER, 5);
    expect(calls.map(({ heard }) => heard.length > 0)).toEqual([true, true, true, false, false]);
    expect(calls.map(({ hungUp }) => hungUp)).toEqual([true, true, false, true, true]);
    expect(refusals()).toEqual([`${PEER} pendingPerAddress`, `${PEER} pendingPerAddress`]);
    expect(us.speaker.view().router()).toMatchObject({ pendingConnections: 3, refusedConnections: 2 });
  });

  it("are so many from all addresses, of strangers too until they are really gone [5.8-callers]", () => {
    clinging("192.0.2.1", 3);
    clinging(PEER, 3);
    expect(refusals()).toEqual([`${PEER} pendingInAll`]);
    expect(us.speaker.view().router()).toMatchObject({ unknownConnections: 3, pendingConnections: 5 });
  });

  it("make room as soon as they are gone", () => {
    const calls = clinging(PEER, 4);
    for (const call of calls) call.vanish();
    const polite = new ScriptedPeer(us, PEER);
    polite.establish(AS, 2, CAPABILITIES);
    expect(us.peer(PEER).state).toBe("Established");
    expect(us.speaker.view().router().pendingConnections).toBe(0);
  });

  it("do not count once they are sessions", () => {
    new ScriptedPeer(us, PEER).establish(AS, 2, CAPABILITIES);
    clinging(PEER, 3);
    expect(refusals()).toEqual([]);
  });

  it("end when the peer does not send its OPEN in time [5.8-callers, 5.3-open-wait]", () => {
    const mute = new ScriptedPeer(us, PEER);
    network.run(19_000);
    expect(mute.hungUp).toBe(false);
    network.run(2_000);
    expect(mute.hungUp).toBe(true);
    expect(mute.take("notification").map(({ notification }) => notification.code)).toEqual([4]);
  });

  it("are let in by a new configuration without a restart", () => {
    clinging(PEER, 4);
    us.configure({ ...CONFIG, limits: { pendingPerAddress: 10, pendingInAll: 10 } });
    clinging(PEER, 4);
    expect(refusals()).toHaveLength(1);
  });
});
