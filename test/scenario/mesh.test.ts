/**
 * A full mesh in one AS, as Calico runs it by default:
 *
 *      a ─── b        each announces its own block
 *       \   /
 *         c
 */

import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { LinkId } from "../../src/bgp/session/vocabulary.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import { Network, type TestSpeaker } from "../support/network.ts";

const AS = 64512;
const HOLD_MS = 90_000;
const RESTART_MS = 120_000;

interface Host {
  readonly address: string;
  readonly block: string;
}

const HOSTS: readonly Host[] = [
  { address: "172.17.8.101", block: "192.168.1.0/26" },
  { address: "172.17.8.102", block: "192.168.2.0/26" },
  { address: "172.17.8.103", block: "192.168.3.0/26" },
];

function meshConfig(host: Host, hosts: readonly Host[], extra: object = {}): object {
  return {
    router: { asn: AS, id: host.address },
    blocks: [host.block],
    peers: hosts.filter((other) => other !== host).map(({ address }) => ({ name: `Mesh_${address.replaceAll(".", "_")}`, address, asn: AS })),
    ...extra,
  };
}

describe("a full mesh", () => {
  let network: Network;
  let nodes: readonly TestSpeaker[];

  beforeEach(() => {
    network = new Network();
    nodes = HOSTS.map((host) => network.add(host.address, meshConfig(host, HOSTS)));
    network.run(20_000);
  });

  it("comes up with one session per pair, also when both dial at once", () => {
    for (const node of nodes) expect(node.speaker.view().peers().map((peer) => peer.state)).toEqual(["Established", "Established"]);
  });

  it("gives every host every block, with the owner as next hop", () => {
    const [a, b] = nodes;
    expect(a?.table()).toEqual({ "192.168.1.0/26": "local", "192.168.2.0/26": "172.17.8.102", "192.168.3.0/26": "172.17.8.103" });
    expect(b?.table()).toEqual({ "192.168.1.0/26": "172.17.8.101", "192.168.2.0/26": "local", "192.168.3.0/26": "172.17.8.103" });
  });

  it("forwards to the owners and swallows what is not taken of the own block", () => {
    expect(Object.fromEntries(nodes[0]?.forwarding ?? [])).toEqual({
      "192.168.1.0/26": { kind: "blackhole" },
      "192.168.2.0/26": { kind: "via", nextHops: [{ address: "172.17.8.102" }] },
      "192.168.3.0/26": { kind: "via", nextHops: [{ address: "172.17.8.103" }] },
    });
  });

  it("swallows its own block also where that is a network too, and where another host claims it louder", () => {
    const [a, b] = HOSTS as readonly [Host, Host];
    const louder = { policies: { louder: { rules: [{ set: [{ localPref: 200 }], then: "accept" }] } } };
    const claiming = meshConfig(b, HOSTS, { ...louder, networks: [a.block] }) as { readonly peers: readonly object[] };
    nodes[1]?.configure({ ...claiming, peers: claiming.peers.map((peer) => ({ ...peer, exportPolicy: "louder" })) });
    nodes[0]?.configure(meshConfig(a, HOSTS, { networks: [a.block] }));
    network.run(1_000);
    expect(nodes[0]?.table()).toMatchObject({ [a.block]: b.address });
    expect(nodes[0]?.forwarding.get(a.block as never)).toEqual({ kind: "blackhole" });
    nodes[0]?.configure(meshConfig({ ...a, block: "192.168.9.0/26" }, HOSTS));
    network.run(1_000);
    expect(nodes[0]?.forwarding.get(a.block as never)).toEqual({ kind: "via", nextHops: [{ address: b.address }] });
  });

  it("has converged once everybody sent its End-of-RIB", () => {
    expect(nodes.map((node) => node.converged)).toEqual([true, true, true]);
    expect(nodes[0]?.facts).toContainEqual(expect.objectContaining({ kind: "converged", missing: [] }));
  });

  it("goes on without a peer that says nothing, after half a minute", () => {
    network = new Network();
    const alone = network.add(HOSTS[0]?.address ?? "", meshConfig(HOSTS[0] as Host, HOSTS.slice(0, 2)));
    network.run(29_000);
    expect(alone.converged).toBe(false);
    network.run(2_000);
    expect(alone.converged).toBe(true);
    expect(alone.facts).toContainEqual(expect.objectContaining({ kind: "converged", missing: ["Mesh_172_17_8_102"] }));
  });

  it("shares packets among hosts that announce the same prefix, up to as many as router.multipath says", () => {
    const [a, b, c] = HOSTS as readonly [Host, Host, Host];
    for (const [index, host] of [[1, b], [2, c]] as const) nodes[index]?.configure(meshConfig(host, HOSTS, { networks: ["10.9.0.0/16"] }));
    network.run(1_000);
    expect(nodes[0]?.forwarding.get("10.9.0.0/16" as never)).toEqual({ kind: "via", nextHops: [{ address: b.address }, { address: c.address }] });
    nodes[0]?.configure(meshConfig(a, HOSTS, { router: { asn: AS, id: a.address, multipath: 1 } }));
    network.run(1_000);
    expect(nodes[0]?.forwarding.get("10.9.0.0/16" as never)).toEqual({ kind: "via", nextHops: [{ address: b.address }] });
  });

  it.each([
    ["goes on with a dial that was on its way while nothing about it changed", { description: "other words" }, false],
    ["has no use for a dial that reaches where a peer was before it moved", { address: "172.17.8.103" }, true],
    ["has no use for a dial to the port that a peer had", { port: 1179 }, true],
    ["has no use for a dial from the address that it was to have before", { localAddress: "172.17.8.201" }, true],
    ["has no use for a dial that was made without the security asked for now (RFC 5082)", { ttlSecurity: { hops: 1 } }, true],
  ])("%s", (_title, change, isHungUp) => {
    const [us, peer] = ["172.17.8.101", "172.17.8.102"] as readonly string[] as readonly [IpAddress, IpAddress];
    const document = (more: object): object => ({ router: { asn: AS, id: us }, peers: [{ name: "peer", address: peer, asn: AS, ...more }] });
    const alone = new Network().add(us, document({}));
    const late = { hungUp: false, hear: () => undefined };
    const link = 999 as LinkId;
    alone.attach(link, late);
    alone.configure(document(change));
    alone.absorb({ kind: "dialled", peer: "peer" as PeerName, link, remote: { address: peer, port: 179 }, local: { address: us, port: 40_000 } });
    expect(late.hungUp).toBe(isHungUp);
  });

  it("tells a member nothing of what another member said (RFC 4271 §9.2)", () => {
    const [a, b] = nodes;
    expect(a?.speaker.view().toldTo(b?.peer("Mesh_172_17_8_103").name ?? ("" as never), {}).map((route) => route.prefix)).toEqual(["192.168.1.0/26"]);
  });

  it("withdraws the routes of a process that was killed when its restart time is over, and not before", () => {
    network.kill(nodes[2] as TestSpeaker);
    network.run(RESTART_MS - 1_000);
    expect(nodes[0]?.table()).toHaveProperty(["192.168.3.0/26"]);
    network.run(2_000);
    expect(nodes[0]?.table()).not.toHaveProperty("192.168.3.0/26");
    expect(nodes[0]?.forwarding.has("192.168.3.0/26" as never)).toBe(false);
  });

  it("withdraws the routes of a host that went silent when the hold time ends, and not before", () => {
    network.unplug(nodes[2] as TestSpeaker);
    network.run(HOLD_MS / 2);
    expect(nodes[0]?.table()).toHaveProperty(["192.168.3.0/26"]);
    network.run(HOLD_MS);
    expect(nodes[0]?.table()).not.toHaveProperty(["192.168.3.0/26"]);
    expect(nodes[0]?.peer("Mesh_172_17_8_103").lastDown?.reason).toMatchObject({ kind: "sent", notification: { code: 4, subcode: 0 } });
  });

  it("stays up over idle hours", () => {
    network.run(6 * 3_600_000);
    expect(nodes[0]?.peer("Mesh_172_17_8_102")).toMatchObject({ state: "Established", counters: { flaps: 0 } });
  });

  it("announces a borrowed workload address, and not one that its own block covers", () => {
    nodes[0]?.absorb({ kind: "workloads", prefixes: ["192.168.1.5/32", "192.168.2.9/32"] as never });
    network.run(100);
    expect(nodes[2]?.table()).toMatchObject({ "192.168.2.9/32": "172.17.8.101" });
    expect(nodes[2]?.table()).not.toHaveProperty(["192.168.1.5/32"]);
    nodes[0]?.absorb({ kind: "workloads", prefixes: [] });
    network.run(100);
    expect(nodes[2]?.table()).not.toHaveProperty(["192.168.2.9/32"]);
  });

  it("counts the prefixes that have paths, and no longer those that had", () => {
    expect(nodes[0]?.speaker.view().router().prefixes).toBe(3);
    network.kill(nodes[2] as TestSpeaker);
    network.run(RESTART_MS + 1_000);
    expect(nodes[0]?.speaker.view().router().prefixes).toBe(2);
  });

  it("learns of a new network after a reload without touching a session", () => {
    const [a, b] = HOSTS;
    nodes[0]?.configure(meshConfig(a as Host, HOSTS, { networks: ["10.1.0.0/16"] }));
    network.run(100);
    expect(nodes[1]?.table()).toMatchObject({ "10.1.0.0/16": a?.address });
    nodes[0]?.configure(meshConfig(a as Host, HOSTS));
    network.run(100);
    expect(nodes[1]?.table()).not.toHaveProperty(["10.1.0.0/16"]);
    expect(nodes[1]?.peer(`Mesh_${a?.address.replaceAll(".", "_")}`).counters.flaps).toBe(0);
    expect(nodes[0]?.peer(`Mesh_${b?.address.replaceAll(".", "_")}`).counters.established).toBe(1);
  });

  it("starts one session for an added peer and touches no other", () => {
    const extra: Host = { address: "172.17.8.104", block: "192.168.4.0/26" };
    const all = [...HOSTS, extra];
    network.add(extra.address, meshConfig(extra, all));
    for (const [index, node] of nodes.entries()) node.configure(meshConfig(all[index] as Host, all));
    network.run(20_000);
    expect(nodes[0]?.table()).toMatchObject({ "192.168.4.0/26": "172.17.8.104" });
    expect(nodes[0]?.speaker.view().peers().map((peer) => peer.counters.established)).toEqual([1, 1, 1]);
  });

  it("says why when a peer is taken out of the configuration, and when it is shut down (RFC 4486, RFC 9003)", () => {
    const [a] = HOSTS;
    nodes[0]?.configure(meshConfig(a as Host, HOSTS.slice(0, 2)));
    network.run(100);
    expect(nodes[2]?.peer("Mesh_172_17_8_101").lastDown?.reason).toMatchObject({ kind: "received", notification: { code: 6, subcode: 3 } });
    nodes[0]?.absorb({ kind: "shutdown", until: "further-notice", text: "maintenance" });
    network.run(100);
    expect(nodes[1]?.peer("Mesh_172_17_8_101").lastDown?.reason).toMatchObject({ kind: "received", notification: { code: 6, subcode: 2 } });
    expect(nodes[1]?.table()).not.toHaveProperty(["192.168.1.0/26"]);
  });

  it("refuses and counts a caller that nobody configured", () => {
    network.add("172.17.8.250", { router: { asn: AS, id: "172.17.8.250" }, peers: [{ name: "a", address: "172.17.8.101", asn: AS }] });
    network.run(20_000);
    expect(nodes[0]?.speaker.view().router().unknownConnections).toBeGreaterThan(0);
    expect(nodes[0]?.facts).toContainEqual({ kind: "unknown-connection", remote: expect.objectContaining({ address: "172.17.8.250" }) });
  });
});
