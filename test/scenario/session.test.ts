/**
 * One speaker and one scripted peer: what is said on the wire, message by message.
 */

import { beforeEach, describe, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { IpAddress } from "../../src/ip/address.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { ALL_FAMILIES, FAMILIES, type Family } from "../../src/bgp/wire/context.ts";
import type { Capability, Update } from "../../src/bgp/wire/message-types.ts";
import { listNlri, nlriOf } from "../../src/bgp/wire/nlri.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const US = "10.0.0.1";
const PEER = "10.0.0.2";
const PEER_ID = 0x0a000002;

const CAPABILITIES: readonly Capability[] = [
  ...ALL_FAMILIES.map((family): Capability => ({ kind: "multiprotocol", family: FAMILIES[family] })),
  { kind: "four-octet-as", asn: AS },
  { kind: "route-refresh" },
];

/** With the marks of RFC 7313. */
const ENHANCED: readonly Capability[] = [...CAPABILITIES, { kind: "enhanced-route-refresh" }];

function config(peer: object = {}, rest: object = {}): object {
  return {
    router: { asn: AS, id: US, ipv6: "fd00::1" },
    networks: ["10.1.0.0/16", "fd01::/64"],
    peers: [{ name: "peer", address: PEER, asn: AS, passive: true, families: ["ipv4", "ipv6"], ...peer }],
    ...rest,
  };
}

function announce(family: Family, prefixes: readonly string[], attributes: Partial<PathAttributes> = {}): Update {
  const nextHop = { address: (family === "ipv4" ? PEER : "fd00::2") as IpAddress };
  const nlri = nlriOf(family, false, prefixes.map((prefix) => ({ prefix: prefix as Prefix, pathId: 0 })));
  return { kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath: [], localPref: 100, nextHop, ...attributes } }], faults: [] };
}

/** Announced prefixes with next hops, withdrawn ones with a minus, End-of-RIB by family: in the order of the wire. */
function told(updates: readonly Update[]): readonly string[] {
  return updates.flatMap((update) => [
    ...update.withdrawn.flatMap((block) => listNlri(block).map(({ prefix }) => `-${prefix}`)),
    ...update.announced.flatMap(({ nlri, attributes }) => listNlri(nlri).map(({ prefix }) => `${prefix} via ${attributes.nextHop?.address}`)),
    ...(update.endOfRib ? [`end of ${update.endOfRib}`] : []),
  ]);
}

describe("a session with a peer that carries both families", () => {
  let network: Network;
  let us: TestSpeaker;
  let peer: ScriptedPeer;

  beforeEach(() => {
    network = new Network();
    us = network.add(US, config());
    peer = new ScriptedPeer(us, PEER);
    peer.establish(AS, PEER_ID, CAPABILITIES);
  });

  it("tells the whole table of each family and closes it with End-of-RIB (RFC 4724 §2)", () => {
    expect([...told(peer.take("update"))].sort()).toEqual([`10.1.0.0/16 via ${US}`, "end of ipv4", "end of ipv6", "fd01::/64 via fd00::1"]);
  });

  it("serves a route refresh by family (RFC 2918)", () => {
    peer.take("update");
    peer.say({ kind: "route-refresh", family: FAMILIES.ipv6, subtype: "request" });
    expect(told(peer.take("update"))).toEqual(["fd01::/64 via fd00::1", "end of ipv6"]);
  });

  it("frames a refresh with begin and end where the peer knows both (RFC 7313)", () => {
    const enhanced = new ScriptedPeer(network.add("10.0.0.9", config()), PEER);
    enhanced.establish(AS, PEER_ID, ENHANCED);
    enhanced.heard.splice(0);
    enhanced.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "request" });
    expect(enhanced.heard.map((message) => (message.kind === "route-refresh" ? message.subtype : message.kind))).toEqual(["begin", "update", "end"]);
  });

  it("drops what an enhanced refresh of the peer did not tell again", () => {
    us = network.add("10.0.0.9", config());
    const enhanced = new ScriptedPeer(us, PEER);
    enhanced.establish(AS, PEER_ID, ENHANCED);
    enhanced.say(announce("ipv4", ["10.2.0.0/16", "10.3.0.0/16"]));
    enhanced.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "begin" });
    enhanced.say(announce("ipv4", ["10.2.0.0/16"]));
    expect(us.table()).toHaveProperty(["10.3.0.0/16"]);
    enhanced.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "end" });
    expect(Object.keys(us.table())).toEqual(["10.1.0.0/16", "10.2.0.0/16", "fd01::/64"]);
  });

  it("replaces a route that is told again and forgets one that is withdrawn", () => {
    peer.say(announce("ipv6", ["fd02::/64"]));
    peer.say(announce("ipv6", ["fd02::/64"], { nextHop: { address: "fd00::7" as IpAddress } }));
    expect(us.table()["fd02::/64"]).toBe("fd00::7");
    peer.say({ kind: "update", withdrawn: [nlriOf("ipv6", false, [{ prefix: "fd02::/64" as Prefix, pathId: 0 }])], announced: [], faults: [] });
    expect(us.table()).not.toHaveProperty(["fd02::/64"]);
  });

  it("answers bytes that are no BGP with 1/1 and hangs up, and comes back for the next attempt", () => {
    peer.sayBytes(new Uint8Array(19));
    expect(peer.take("notification").map(({ notification }) => [notification.code, notification.subcode])).toEqual([[1, 1]]);
    expect(peer.hungUp).toBe(true);
    const again = new ScriptedPeer(us, PEER);
    again.establish(AS, PEER_ID, CAPABILITIES);
    expect(us.peer("peer").state).toBe("Established");
  });

  it("sends keepalives a third of the hold time apart while nothing else happens", () => {
    peer.take("keepalive");
    network.run(80_000);
    const keepalives = peer.take("keepalive").length;
    expect(keepalives).toBeGreaterThanOrEqual(2);
    expect(keepalives).toBeLessThanOrEqual(4);
  });

  it("stays with a peer that takes its keepalives for hours, and leaves one that has taken nothing for eight minutes (RFC 9687)", () => {
    const keepTalking = (ms: number): void => {
      for (const untilMs = network.nowMs + ms; network.nowMs < untilMs; network.run(30_000)) peer.say({ kind: "keepalive" });
    };
    keepTalking(3 * 3_600_000);
    peer.window = "shut";
    keepTalking(440_000); // the last keepalive may have been taken half a minute ago
    expect(us.peer("peer")).toMatchObject({ state: "Established", counters: { established: 1, flaps: 0 } });
    keepTalking(60_000);
    expect(us.peer("peer").lastDown?.reason).toMatchObject({ kind: "sent", notification: { code: 8, subcode: 0 } });
  });

  it("gives up when the hold time passes without a word (4/0) and takes the routes back", () => {
    peer.say(announce("ipv4", ["10.2.0.0/16"]));
    network.run(91_000);
    expect(peer.take("notification").map(({ notification }) => [notification.code, notification.subcode])).toEqual([[4, 0]]);
    expect(us.table()).not.toHaveProperty(["10.2.0.0/16"]);
  });

  it("counts messages both ways", () => {
    peer.say(announce("ipv4", ["10.2.0.0/16"]));
    const { received, sent } = us.peer("peer").counters;
    expect(received).toMatchObject({ open: 1, keepalive: 1, update: 1 });
    expect(sent).toMatchObject({ open: 1, keepalive: 1, update: 4 });
  });

  it("counts what it was told, what it let in, what is best, and what it told", () => {
    peer.say(announce("ipv4", ["10.1.0.0/16", "10.2.0.0/16"], { localPref: 50 }));
    expect(us.peer("peer").families.find(({ family }) => family === "ipv4")).toMatchObject({ received: 2, accepted: 2, best: 1, advertised: 1 });
  });

  it("keeps a bad attribute's routes out and the session up (RFC 7606), and says which attribute it was [5.4-told]", () => {
    peer.say(announce("ipv4", ["10.2.0.0/16"]));
    const update = "ffffffffffffffffffffffffffffffff 002f 02 0000 0014 4001 01 09 4002 00 4003 04 0a000002 4005 04 00000064 10 0a02";
    const bytes = Uint8Array.from(Buffer.from(update.replaceAll(" ", ""), "hex"));
    bytes[17] = bytes.length;
    bytes[22] = bytes.length - 23 - 3;
    peer.sayBytes(bytes);
    expect(us.peer("peer")).toMatchObject({ state: "Established", counters: { treatedAsWithdraw: 1 } });
    expect(us.table()).not.toHaveProperty(["10.2.0.0/16"]);
    expect(us.facts).toContainEqual(expect.objectContaining({ kind: "attribute-fault", fault: expect.objectContaining({ code: 1, severity: "treat-as-withdraw" }) }));
  });

  it("refuses paths that would loop, and says by which rule [5.4-loopback-next-hop, 5.4-own-next-hop, 5.7-as-loop, 5.7-own-originator]", () => {
    peer.say(announce("ipv4", ["10.2.0.0/16"], { asPath: [{ kind: "sequence", asns: [65001, AS] }] }));
    peer.say(announce("ipv4", ["10.3.0.0/16"], { originatorId: 0x0a000001 }));
    peer.say(announce("ipv4", ["10.4.0.0/16"], { nextHop: { address: US as IpAddress } }));
    peer.say(announce("ipv4", ["10.5.0.0/16"], { nextHop: { address: "127.0.0.1" as IpAddress } }));
    peer.say(announce("ipv6", ["fd05::/64"], { nextHop: { address: "::1" as IpAddress } }));
    const refusals = us.speaker.view().routes({}).filter((route) => route.rejectedBy).map((route) => [route.prefix, route.rejectedBy]);
    expect(refusals).toEqual([
      ["10.2.0.0/16", "as-loop"],
      ["10.3.0.0/16", "own-originator-id"],
      ["10.4.0.0/16", "own-next-hop"],
      ["10.5.0.0/16", "loopback-next-hop"],
      ["fd05::/64", "loopback-next-hop"],
    ]);
  });

  it.each([{}, { reflectorClient: true }])("shows the operator's words to the peer when it is shut down by configuration, and starts again after (RFC 9003; %o)", (beside) => {
    us.configure(config({ shutdown: "moving racks", ...beside }));
    const [{ notification } = expect.fail("no NOTIFICATION")] = peer.take("notification");
    expect([notification.code, notification.subcode]).toEqual([6, 2]);
    expect(new TextDecoder().decode(notification.data.subarray(1))).toBe("moving racks");
    expect(us.peer("peer").state).toBe("Idle");
    us.configure(config());
    new ScriptedPeer(us, PEER).establish(AS, PEER_ID, CAPABILITIES);
    expect(us.peer("peer").state).toBe("Established");
  });

  it("ends the session at the prefix limit with 6/1 and stays down until the limit is another one [5.2-maximum-prefixes]", () => {
    us.configure(config({ maxPrefixes: 2 }));
    peer.say(announce("ipv4", ["10.2.0.0/16", "10.3.0.0/16"]));
    expect(us.peer("peer").state).toBe("Established");
    peer.say(announce("ipv4", ["10.4.0.0/16"]));
    expect(peer.take("notification").map(({ notification }) => [notification.code, notification.subcode])).toEqual([[6, 1]]);
    expect(us.facts).toContainEqual({ kind: "prefix-limit", peer: "peer", family: "ipv4", limit: 2, action: "stop" });
    network.run(600_000);
    expect(us.peer("peer").state).toBe("Idle");
    us.configure(config({ maxPrefixes: 3 }));
    new ScriptedPeer(us, PEER).establish(AS, PEER_ID, CAPABILITIES);
    expect(us.peer("peer").state).toBe("Established");
  });

  it("keeps IPv6 to itself where it has no IPv6 address to name as next hop, and says so", () => {
    const bare = network.add("10.0.0.9", { ...config(), router: { asn: AS, id: "10.0.0.9" } });
    const other = new ScriptedPeer(bare, PEER);
    other.establish(AS, PEER_ID, CAPABILITIES);
    expect(told(other.take("update"))).toEqual(["10.1.0.0/16 via 10.0.0.9", "end of ipv4", "end of ipv6"]);
    expect(bare.facts).toContainEqual({ kind: "family-without-next-hop", peer: "peer", family: "ipv6" });
  });
});

describe("a family that was not agreed", () => {
  it("is not listened to, though IPv4 prefixes need no capability to be sent (RFC 4760 §6)", () => {
    const us = new Network().add(US, config({ families: ["ipv6"] }));
    const peer = new ScriptedPeer(us, PEER);
    peer.establish(AS, PEER_ID, CAPABILITIES);
    peer.say(announce("ipv4", ["10.2.0.0/16"]));
    peer.say(announce("ipv6", ["fd02::/64"]));
    expect(us.table()).not.toHaveProperty(["10.2.0.0/16"]);
    expect(us.table()).toHaveProperty(["fd02::/64"]);
  });
});

describe("an external peer", () => {
  it("hears and is heard only as far as a policy says so (RFC 8212)", () => {
    const network = new Network();
    const us = network.add(US, config({ asn: 65001 }));
    const peer = new ScriptedPeer(us, PEER);
    peer.establish(65001, PEER_ID, CAPABILITIES.map((capability) => (capability.kind === "four-octet-as" ? { ...capability, asn: 65001 } : capability)));
    peer.say(announce("ipv4", ["10.2.0.0/16"], { asPath: [{ kind: "sequence", asns: [65001] }] }));
    expect([...told(peer.take("update"))].sort()).toEqual(["end of ipv4", "end of ipv6"]);
    expect(us.speaker.view().routes({}).find((route) => route.prefix === "10.2.0.0/16")?.rejectedBy).toBe("import-policy reject-all/otherwise");
  });
});

describe("the states of a session", () => {
  const states = (us: TestSpeaker): readonly string[] => us.facts.flatMap((fact) => (fact.kind === "peer-state" ? `${fact.from} -> ${fact.to}` : []));

  it("are told one by one, by the names of RFC 4271, and not again for what changes none", () => {
    const network = new Network();
    const us = network.add(US, config());
    const peer = new ScriptedPeer(us, PEER);
    peer.establish(AS, PEER_ID, CAPABILITIES);
    peer.say({ kind: "keepalive" });
    peer.say(announce("ipv4", ["10.2.0.0/16"]));
    peer.say({ kind: "notification", notification: { code: 6, subcode: 2, data: new Uint8Array() } });
    expect(states(us)).toEqual(["Idle -> Active", "Active -> OpenSent", "OpenSent -> OpenConfirm", "OpenConfirm -> Established", "Established -> Idle"]);
  });

  it("of a peer that we call begin with Connect", () => {
    const network = new Network();
    const us = network.add(US, config({ passive: false }));
    network.run(500);
    expect(states(us).slice(0, 2)).toEqual(["Idle -> Connect", "Connect -> Active"]);
  });
});
