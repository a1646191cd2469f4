/**
 * Who has which session: the rules of the mesh, of BGPPeers, and of what becomes of each, one small cluster per rule.
 */

import { describe, expect, it } from "vitest";
import { NO_MESH, configOf, configuration, compiledOf, node, peer, session, sessionNames } from "../support/calico.ts";

const ENDS = { peerIP: "10.0.0.254", asNumber: 65001 };

describe("the node itself", () => {
  it("has to be there", () => {
    expect(compiledOf([node(2)])).toMatchObject({ kind: "incomplete", reason: "there is no Node node-1" });
  });

  it.each([
    ["its IPv4 address", undefined, {}, 0x0a000001],
    ["its IPv4 address when the variable is empty", "", {}, 0x0a000001],
    ["what CALICO_ROUTER_ID says", "1.2.3.4", {}, 0x01020304],
    ["the variable's where it has no IPv4 address", "1.2.3.4", { ipv4Address: undefined, ipv6Address: "fd00::1" }, 0x01020304],
  ])("has as router id %s", (_, routerId, bgp, expected) => {
    expect(configOf([node(1, bgp)], { routerId }).speaker.router.routerId).toBe(expected);
  });

  it.each([[[10, 1, 2, 3, 4], 0x0a010203], [[223, 1, 2, 3], 0xdf010203], [[224, 1, 2, 3], 0xc0010203]])("has the first octets of a hash of its name as router id, none of them multicast: %o", (digest, expected) => {
    const sha256 = (text: string): Uint8Array => (text === "node-1" ? Uint8Array.from(digest) : new Uint8Array(32));
    expect(configOf([node(1)], { routerId: "hash", sha256 }).speaker.router.routerId).toBe(expected);
  });

  it("without any router id has nothing to run", () => {
    expect(compiledOf([node(1, { ipv4Address: undefined, ipv6Address: "fd00::1" })])).toMatchObject({ kind: "incomplete", reason: expect.stringContaining("router id") as string });
    expect(compiledOf([node(1)], { routerId: "me" })).toMatchObject({ kind: "incomplete" });
  });

  it.each([
    ["its own", [node(1, { asNumber: 64513 }), configuration({ asNumber: 64514 })], 64513],
    ["that of all nodes", [node(1), configuration({ asNumber: 64514 })], 64514],
    ["64512 where nothing is said", [node(1)], 64512],
    ["not that of node.NAME", [node(1), configuration({ asNumber: 64514 }, "node.node-1")], 64512],
  ])("has the AS number that is %s", (_, entries, asn) => {
    expect(configOf(entries).speaker.router.asn).toBe(asn);
  });

  it.each([
    ["port 179 of every address of the families that it has", [node(1, { ipv6Address: "fd00::1/64" })], [["0.0.0.0", 179], ["::", 179]]],
    ["no IPv6 without an IPv6 address", [node(1)], [["0.0.0.0", 179]]],
    ["its own port before that of all nodes", [node(1), configuration({ listenPort: 1790 }), configuration({ listenPort: 1791 }, "node.node-1")], [["0.0.0.0", 1791]]],
    ["its own addresses only with bindMode NodeIP", [node(1, { ipv6Address: "fd00::1/64" }), configuration({ bindMode: "NodeIP" })], [["10.0.0.1", 179], ["fd00::1", 179]]],
    ["bindMode is not for one node", [node(1), configuration({ bindMode: "NodeIP" }, "node.node-1")], [["0.0.0.0", 179]]],
  ])("listens: %s", (_, entries, expected) => {
    expect(configOf(entries).listen.map(({ address, port }) => [address, port])).toEqual(expected);
  });

  it.each([["Debug", undefined, "debug"], ["Info", "fatal", "fatal"], [undefined, undefined, "info"]])("logs as all nodes do (%s), or as it is told (%s): %s", (common, own, expected) => {
    expect(configOf([node(1), configuration({ logSeverityScreen: common }), configuration({ logSeverityScreen: own }, "node.node-1")]).log).toBe(expected);
  });
});

it("a BGPConfiguration that is neither for all nor for one is reported, and nothing else", () => {
  const compiled = configOf([node(1), configuration({ asNumber: 1 }, "mine"), configuration({}, "node.node-7")]);
  expect(compiled).toMatchObject({ speaker: { router: { asn: 64512 } }, complaints: [{ key: expect.stringContaining("/bgpconfigurations/mine") as string }] });
  expect(compiled.complaints).toHaveLength(1);
});

describe("the mesh", () => {
  it("is a session with every other node, over each family that both have", () => {
    const entries = [node(1, { ipv6Address: "fd00::1/64" }), node(2, { ipv6Address: "fd00:0::0102/64" }), node(3)];
    expect(sessionNames(entries)).toEqual(["Mesh_10_0_0_2", "Mesh_10_0_0_3", "Mesh_fd00__102"]);
    expect(session(entries, "Mesh_fd00__102")).toMatchObject({ address: "fd00::102", localAddress: "fd00::1", session: { families: ["ipv6"] } });
    expect(session(entries, "Mesh_10_0_0_2")).toMatchObject({ address: "10.0.0.2", localAddress: "10.0.0.1", port: 179, session: { families: ["ipv4"] } });
  });

  it("has BIRD's constants", () => {
    expect(session([node(1), node(2)], "Mesh_10_0_0_2")).toMatchObject({
      description: "Connection to BGP peer",
      reflectorClient: false,
      nextHop: "auto",
      transport: { password: undefined, reach: { kind: "hops", hops: 64 } },
      session: { localAs: 64512, remoteAs: 64512, holdTimeSec: 240, keepaliveSec: undefined, addPath: "both", gracefulRestart: { restartTimeSec: 120, longLivedSec: { ipv4: 0, ipv6: 0 } } },
    });
  });

  it.each([
    ["is switched off", [node(1), node(2), NO_MESH], []],
    ["cannot be switched off for one node", [node(1), node(2), configuration({ nodeToNodeMeshEnabled: false }, "node.node-1")], ["Mesh_10_0_0_2"]],
    ["is not for reflectors", [node(1, { routeReflectorClusterID: "244.0.0.1" }), node(2)], []],
    ["is not with reflectors", [node(1), node(2, { routeReflectorClusterID: "any text" }), node(3)], ["Mesh_10_0_0_3"]],
    ["is not with who has no address", [node(1), node(2, { ipv4Address: undefined })], []],
    ["is not with who has our address", [node(1), node(2, { ipv4Address: "10.0.0.1" })], []],
    ["of a node without an address of a family is none in it", [node(1, { ipv4Address: undefined, ipv6Address: "fd00::1" }), node(2)], []],
  ])("%s", (_, entries, expected) => {
    expect(sessionNames(entries, { routerId: "1.1.1.1" })).toEqual(expected);
  });

  it.each([["10.0.0.10", "10.0.0.9", true], ["10.0.0.9", "10.0.0.10", false], ["10.0.0.1", "10.0.0.2", true]])("%s waits for %s, compared as texts: %s", (own, other, passive) => {
    const [met] = configOf([node(1, { ipv4Address: own }), node(2, { ipv4Address: other })]).speaker.peers;
    expect(met?.session.passive).toBe(passive);
  });

  it("takes the other's AS number, or else our own and not that of all nodes", () => {
    const entries = [node(1, { asNumber: 64600 }), node(2, { asNumber: 64700 }), node(3), configuration({ asNumber: 64800 })];
    expect(session(entries, "Mesh_10_0_0_2").session).toMatchObject({ localAs: 64600, remoteAs: 64700 });
    expect(session(entries, "Mesh_10_0_0_3").session).toMatchObject({ localAs: 64600, remoteAs: 64600 });
  });

  it("dials the other's port, which is in no name", () => {
    const entries = [node(1), node(2), node(3), configuration({ listenPort: 1790 }), configuration({ listenPort: 1791 }, "node.node-2")];
    expect([session(entries, "Mesh_10_0_0_2").port, session(entries, "Mesh_10_0_0_3").port]).toEqual([1791, 1790]);
  });

  it("has a password and a restart time for all", () => {
    const mesh = (name: string) => configuration({ nodeMeshPassword: { secretKeyRef: { name, key: "mesh" } }, nodeMeshMaxRestartTime: "2m30s" });
    const met = session([node(1), node(2), mesh("bgp-secrets")], "Mesh_10_0_0_2");
    expect(met.transport.password?.reveal()).toBe("secret of mesh");
    expect(met.session.gracefulRestart).toMatchObject({ restartTimeSec: 150 });
    const without = configOf([node(1), node(2), mesh("nowhere")]);
    expect(without.speaker.peers[0]?.transport.password).toBeUndefined();
    expect(without.complaints).toMatchObject([{ reason: "no password: secret nowhere, key mesh cannot be read (no such file)" }]);
  });
});

describe("a BGPPeer is for", () => {
  it.each([
    ["all nodes when it names none", {}, ["Global_10_0_0_254"]],
    ["the node that it names", { node: "node-1" }, ["Node_10_0_0_254"]],
    ["no other node", { node: "node-2" }, []],
    ["nodes that it selects", { nodeSelector: "rack == 'r1'" }, ["Node_10_0_0_254"]],
    ["no others", { nodeSelector: "rack != 'r1'" }, []],
    ["those that it selects, whatever node it names", { node: "node-1", nodeSelector: "rack == 'r2'" }, []],
  ])("%s", (_, local, expected) => {
    expect(sessionNames([NO_MESH, node(1, {}, { rack: "r1" }), peer("tor", { ...ENDS, ...local })])).toEqual(expected);
  });
});

describe("a BGPPeer with an address", () => {
  const with1 = (spec: object, ...more: readonly (readonly [string, string])[]) => [NO_MESH, node(1), peer("tor", { ...ENDS, ...spec }), ...more];

  it("has the port in its name where one is known", () => {
    expect(sessionNames(with1({ peerIP: "10.0.0.254:1790" }))).toEqual(["Global_10_0_0_254_port_1790"]);
    expect(sessionNames(with1({ peerIP: "10.0.0.254:179" }))).toEqual(["Global_10_0_0_254_port_179"]);
    expect(session(with1({ peerIP: "10.0.0.254:1790" }), "Global_10_0_0_254_port_1790").port).toBe(1790);
  });

  it("takes the port that a node with that address and AS number listens on", () => {
    const nodes = [node(2), configuration({ listenPort: 1790 }, "node.node-2")];
    expect(sessionNames(with1({ peerIP: "10.0.0.2", asNumber: 64512 }, ...nodes))).toEqual(["Global_10_0_0_2_port_1790"]);
    expect(sessionNames(with1({ peerIP: "10.0.0.2", asNumber: 64999 }, ...nodes))).toEqual(["Global_10_0_0_2"]);
  });

  it("is only of families that we have an address in", () => {
    expect(sessionNames(with1({ peerIP: "fd00::254" }))).toEqual([]);
    expect(sessionNames([NO_MESH, node(1, { ipv6Address: "fd00::1" }), peer("tor", { ...ENDS, peerIP: "[fd00::0:254]:1790" })])).toEqual(["Global_fd00__254_port_1790"]);
  });

  it("that is ours is left out, on whatever port", () => {
    expect(sessionNames(with1({ peerIP: "10.0.0.1:1790" }))).toEqual([]);
  });

  it.each([
    ["external", {}, false, 64512],
    ["internal with our AS number", { asNumber: 64512 }, true, 64512],
    ["internal with the one that we have there", { asNumber: 64600, localASNumber: 64600 }, true, 64600],
    ["external with our own, where we have another one there", { asNumber: 64512, localASNumber: 64600 }, false, 64600],
  ])("is %s", (_, spec, internal, localAs) => {
    const met = session(with1(spec), "Global_10_0_0_254");
    expect(met.session.localAs).toBe(localAs);
    expect(met.session.remoteAs === met.session.localAs).toBe(internal);
  });

  it("speaks from our address, unless it says None", () => {
    expect(session(with1({}), "Global_10_0_0_254").localAddress).toBe("10.0.0.1");
    expect(session(with1({ sourceAddress: "None" }), "Global_10_0_0_254").localAddress).toBeUndefined();
  });

  it("may tell paths that do not begin with its AS number", () => {
    expect(session(with1({}), "Global_10_0_0_254").firstAs).toBe("any");
  });

  it.each([[0, { kind: "hops", hops: 64 }], [1, { kind: "security", hops: 1 }], [255, { kind: "security", hops: 254 }]])("ttlSecurity %i", (ttlSecurity, reach) => {
    expect(session(with1({ ttlSecurity }), "Global_10_0_0_254").transport.reach).toEqual(reach);
  });

  it.each([
    ["Auto", {}, "auto"],
    ["Self", { nextHopMode: "Self" }, "self"],
    ["Keep", { nextHopMode: "Keep" }, "unchanged"],
    ["the old flag, towards another AS", { keepOriginalNextHop: true }, "unchanged"],
    ["the old flag, inside ours", { keepOriginalNextHop: true, asNumber: 64512 }, "auto"],
    ["the mode before the old flag", { keepOriginalNextHop: true, nextHopMode: "Auto" }, "auto"],
  ])("next hop: %s", (_, spec, expected) => {
    expect(session(with1(spec), "Global_10_0_0_254").nextHop).toBe(expected);
  });

  it("has its options", () => {
    const spec = { password: { secretKeyRef: { name: "bgp-secrets", key: "tor" } }, maxRestartTime: "90s", keepaliveTime: "10s", numAllowedLocalASNumbers: 2 };
    const met = session(with1(spec), "Global_10_0_0_254");
    expect(met).toMatchObject({ allowOwnAs: 2, session: { keepaliveSec: 10, gracefulRestart: { restartTimeSec: 90 } } });
    expect(met.transport.password?.reveal()).toBe("secret of tor");
  });

  it.each([
    ["of a node, with the greater text", "10.0.0.2", {}, true],
    ["of a node, with the smaller text", "10.0.0.0", {}, false],
    ["of no node", "10.0.0.254", {}, false],
    ["of a node, for this node only", "10.0.0.2", { node: "node-1" }, false],
  ])("is waited for only where it is global and %s (%s): %s", (_, peerIP, spec, passive) => {
    const entries = [...with1({ peerIP, asNumber: 64512, ...spec }), node(2), node(3, { ipv4Address: "10.0.0.0" })];
    expect(configOf(entries).speaker.peers[0]?.session.passive).toBe(passive);
  });

  it("that is reached by a gateway brings a route to it", () => {
    expect(configOf(with1({ reachableBy: "10.0.0.253" })).speaker.statics).toEqual([{ prefix: "10.0.0.254/32", via: "10.0.0.253" }]);
    expect(configOf(with1({ node: "node-2", reachableBy: "10.0.0.253" })).speaker.statics).toEqual([]);
  });
});

describe("a BGPPeer with a selector", () => {
  const byRack = peer("rack", { nodeSelector: "all()", peerSelector: "rack == 'r1'" });

  it("is with all nodes that match, in both families, and not with ourselves", () => {
    const entries = [NO_MESH, byRack, node(1, { ipv6Address: "fd00::1" }, { rack: "r1" }), node(2, { ipv6Address: "fd00::2", asNumber: 64999 }, { rack: "r1" }), node(3, {}, { rack: "r2" })];
    expect(sessionNames(entries)).toEqual(["Node_10_0_0_2", "Node_10_0_0_3", "Node_fd00__2"]); // 3 by the way back
    expect(session(entries, "Node_10_0_0_2").session.remoteAs).toBe(64999);
  });

  it("has the other's port in its name, wherever that is said", () => {
    const entries = [node(1), node(2, {}, { rack: "r1" }), byRack, configuration({ nodeToNodeMeshEnabled: false, listenPort: 1790 })];
    expect(sessionNames(entries)).toEqual(["Node_10_0_0_2_port_1790"]);
  });

  it("does not heed localASNumber and numAllowedLocalASNumbers", () => {
    const entries = [NO_MESH, node(1), node(2, {}, { rack: "r1" }), peer("rack", { peerSelector: "has(rack)", localASNumber: 64999, numAllowedLocalASNumbers: 3 })];
    expect(session(entries, "Global_10_0_0_2")).toMatchObject({ allowOwnAs: 0, session: { localAs: 64512, passive: false } });
  });

  it("has no gateway of the other family", () => {
    const entries = [NO_MESH, node(1, { ipv6Address: "fd00::1" }), node(2, { ipv6Address: "fd00::2" }, { rack: "r1" }), peer("rack", { peerSelector: "has(rack)", reachableBy: "10.0.0.253" })];
    expect(configOf(entries).speaker.statics).toEqual([{ prefix: "10.0.0.2/32", via: "10.0.0.253" }]);
  });
});

describe("the way back", () => {
  const FROM_2 = { node: "node-2", peerIP: "10.0.0.1", asNumber: 64512 };

  it("gives the node on the other side the session without a BGPPeer of its own", () => {
    expect(sessionNames([NO_MESH, node(1), node(2), peer("p", FROM_2)])).toEqual(["Node_10_0_0_2"]);
    expect(sessionNames([NO_MESH, node(1, {}, { rr: "" }), node(2), node(3), peer("p", { node: "node-2", peerSelector: "has(rr)" })])).toEqual(["Node_10_0_0_2"]);
    expect(sessionNames([NO_MESH, node(1, {}, { rr: "" }), node(2), node(3), peer("p", { peerSelector: "has(rr)" })])).toEqual(["Node_10_0_0_2", "Node_10_0_0_3"]);
  });

  it.each([
    ["reversePeering is Manual", { ...FROM_2, reversePeering: "Manual" }],
    ["the AS number is not ours", { ...FROM_2, asNumber: 64999 }],
    ["the port is not ours", { ...FROM_2, peerIP: "10.0.0.1:1790" }],
  ])("is not there when %s", (_, spec) => {
    expect(sessionNames([NO_MESH, node(1), node(2), peer("p", spec)])).toEqual([]);
  });

  it("is there when the port is ours", () => {
    const entries = [node(1), node(2), configuration({ nodeToNodeMeshEnabled: false, listenPort: 1790 }), peer("p", { ...FROM_2, peerIP: "10.0.0.1:1790" })];
    expect(sessionNames(entries)).toEqual(["Node_10_0_0_2_port_1790"]);
  });

  it("yields to what somebody wrote for this side", () => {
    const entries = [NO_MESH, node(1), node(2), peer("a", { ...FROM_2, ttlSecurity: 3 }), peer("z", { node: "node-1", peerIP: "10.0.0.2", asNumber: 64512, ttlSecurity: 2 })];
    expect(session(entries, "Node_10_0_0_2").transport.reach).toEqual({ kind: "security", hops: 2 });
    expect(configOf(entries).complaints).toEqual([]);
  });
});

describe("of two peerings with one address", () => {
  it("and port the global one counts, whatever the names", () => {
    const entries = [NO_MESH, node(1), peer("a", { ...ENDS, node: "node-1" }), peer("z", { ...ENDS, peerIP: "10.0.0.254:179" })];
    expect(sessionNames(entries)).toEqual(["Global_10_0_0_254_port_179"]);
    expect(configOf(entries).complaints).toEqual([{ key: expect.stringContaining("/bgppeers/a") as string, reason: "10.0.0.254 is a peer by z already" }]);
  });

  it("of one scope the first by name counts", () => {
    const entries = [NO_MESH, node(1), peer("b", { ...ENDS, asNumber: 65002 }), peer("a", ENDS)];
    expect(session(entries, "Global_10_0_0_254").session.remoteAs).toBe(65001);
  });

  it("the mesh's runs and the other is left out, with a complaint", () => {
    const entries = [node(1), node(2), peer("p", { node: "node-1", peerIP: "10.0.0.2", asNumber: 64512 })];
    expect(sessionNames(entries)).toEqual(["Mesh_10_0_0_2"]);
    expect(configOf(entries).complaints).toMatchObject([{ reason: "Node_10_0_0_2 is left out: Mesh_10_0_0_2 is with the same address" }]);
  });
});

describe("a reflector", () => {
  const CLUSTER = { routeReflectorClusterID: "244.0.0.1" };
  const toAll = peer("all", { nodeSelector: "all()", peerSelector: "all()" });

  it("has as clients who is no reflector, or one of another cluster", () => {
    const entries = [NO_MESH, toAll, node(1, CLUSTER), node(2), node(3, CLUSTER), node(4, { routeReflectorClusterID: "244.0.0.2" }), node(5, { asNumber: 64999 })];
    expect(configOf(entries).speaker.peers.map(({ address, reflectorClient }) => [address, reflectorClient])).toEqual([["10.0.0.2", true], ["10.0.0.3", false], ["10.0.0.4", true], ["10.0.0.5", false]]);
    expect(configOf(entries).speaker.router.clusterId).toBe(0xf4000001);
  });

  it("does not know the cluster of a peer by address: it is a client", () => {
    const entries = [NO_MESH, node(1, CLUSTER), node(2, CLUSTER), peer("p", { peerIP: "10.0.0.2", asNumber: 64512, reversePeering: "Manual" })];
    expect(session(entries, "Global_10_0_0_2").reflectorClient).toBe(true);
  });

  it("with a cluster id that is none is one all the same", () => {
    const entries = [NO_MESH, toAll, node(1, { routeReflectorClusterID: "rack" }), node(2)];
    expect(configOf(entries)).toMatchObject({ speaker: { router: { clusterId: 0x0a000001 }, peers: [{ reflectorClient: true }] }, complaints: [{ reason: expect.stringContaining('"rack" is no id') as string }] });
  });

  it("nobody else reflects", () => {
    expect(session([NO_MESH, toAll, node(1), node(2, CLUSTER)], "Node_10_0_0_2").reflectorClient).toBe(false);
  });
});

describe("local workloads that speak BGP", () => {
  const spec = { localWorkloadSelector: "app == 'router'", asNumber: 65010, localASNumber: 64600, ttlSecurity: 1, filters: ["f"] };
  const workloads = [{ bgpPeerName: "w", addresses: ["192.168.1.5" as never, "fd00:1::5" as never] }, { bgpPeerName: "other", addresses: ["192.168.1.6" as never] }];

  it("are waited for, each by its address", () => {
    const entries = [NO_MESH, node(1), peer("w", spec)];
    expect(sessionNames(entries, { workloads })).toEqual(["Local_Workload_192_168_1_5"]);
    expect(session(entries, "Local_Workload_192_168_1_5", { workloads })).toMatchObject({ localAddress: undefined, transport: { reach: { kind: "hops" }, password: undefined }, session: { passive: true, remoteAs: 65010, localAs: 64600 } });
  });

  it("are of the nodes that the BGPPeer is for", () => {
    expect(sessionNames([NO_MESH, node(1), peer("w", { ...spec, node: "node-2" })], { workloads })).toEqual([]);
  });
});
