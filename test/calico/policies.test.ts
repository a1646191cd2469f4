/**
 * What leaves a node and what comes in: the order of the rules, each shown by a route that it decides, and BGPFilters.
 */

import { describe, expect, it } from "vitest";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { NORMAL, NO_MESH, type Asked, block, coming, configOf, configuration, filter, leaving, node, peer, pool, session, verdict } from "../support/calico.ts";

const TOR = peer("tor", { peerIP: "10.0.0.254", asNumber: 65001 });
const CLUSTER = [node(1), node(2), TOR, pool("192.168.0.0/16")];

const mesh = (entries: Parameters<typeof session>[0]) => session(entries, "Mesh_10_0_0_2");
const tor = (entries: Parameters<typeof session>[0]) => session(entries, "Global_10_0_0_254");

describe("what leaves", () => {
  it.each<readonly [what: string, prefix: string, asked: Asked, expected: string]>([
    ["an own block", "192.168.40.0/26", { source: "block" }, "own-block"],
    ["an address in it does not", "192.168.40.5/32", { interface: "cali1" }, "not: in-own-block"],
    ["one that is about to move here", "192.168.40.5/32", { interface: "cali1", metric: 512 }, "elevated-in-own-block"],
    ["one whose metric nobody gave does not", "192.168.40.5/32", { interface: "cali1", metric: 0 }, "not: in-own-block"],
    ["one of another block that is in use here", "192.168.41.5/32", { interface: "cali1" }, "pool"],
    ["another node's block", "192.168.41.0/26", { source: "internal" }, "pool"],
    ["a block that is about to be given up, and addresses in it", "192.168.42.7/32", {}, "pool"],
    ["a service range and what is in it", "10.96.7.7/32", {}, "service-range"],
    ["another service range", "203.0.113.0/24", { source: "network" }, "service-range"],
    ["an address of a service that is in no announced range does not", "198.51.100.9/32", { source: "internal" }, "not: otherwise"],
    ["what is in no pool does not", "10.0.0.0/24", { source: "direct", interface: "eth0" }, "not: otherwise"],
    ["a default route does not", "0.0.0.0/0", { source: "internal" }, "not: otherwise"],
    ["a pool that is not to be told does not", "192.168.200.0/26", { source: "internal" }, "not: pool-not-exported"],
    ["what leads into the overlay does not, inside the AS", "192.168.41.5/32", { interface: "vxlan.calico" }, "not: overlay-interface"],
    ["nor into its tunnel", "192.168.41.5/32", { interface: "tunl0" }, "not: overlay-interface"],
    ["nor to eBPF's devices", "192.168.41.5/32", { interface: "bpfin.cali" }, "not: overlay-interface"],
  ])("inside the AS: %s", (_, prefix, asked, expected) => {
    const entries = [
      ...CLUSTER, pool("192.168.200.0/24", { disableBGPExport: true }), block("192.168.40.0/26"), block("192.168.42.0/26", "pendingDeletion"),
      configuration({ serviceClusterIPs: [{ cidr: "10.96.0.0/12" }], serviceExternalIPs: [{ cidr: "203.0.113.0/24" }], serviceLoadBalancerIPs: [{ cidr: "198.51.100.0/24" }], serviceLoadBalancerAggregation: "Disabled" }),
    ];
    expect(verdict(leaving(mesh(entries), prefix, asked))).toBe(expected);
  });

  it("towards another AS may lead into the overlay, not to eBPF's devices", () => {
    expect(verdict(leaving(tor(CLUSTER), "192.168.41.5/32", { interface: "vxlan.calico" }))).toBe("pool");
    expect(verdict(leaving(tor(CLUSTER), "192.168.41.5/32", { interface: "bpfin.cali" }))).toBe("not: bpf-interface");
  });

  it.each([["Enabled", "pool"], ["EnabledIPIPOnly", "pool"], ["EnabledNoEncapOnly", "not: overlay-interface"], ["Disabled", "not: overlay-interface"]])("through tunl0, with programClusterRoutes %s: %s", (programClusterRoutes, expected) => {
    const entries = [...CLUSTER, configuration({ programClusterRoutes })];
    expect(verdict(leaving(mesh(entries), "192.168.41.5/32", { interface: "tunl0" }))).toBe(expected);
  });

  it("keeps to the priorities that are set", () => {
    const entries = [...CLUSTER, block("192.168.40.0/26"), configuration({ ipv4NormalRoutePriority: 500 })];
    expect(verdict(leaving(mesh(entries), "192.168.40.5/32", { metric: 500 }))).toBe("not: in-own-block");
    expect(verdict(leaving(mesh(entries), "192.168.40.5/32", { metric: 499 }))).toBe("elevated-in-own-block");
    expect(configOf(entries).speaker.router.routePriority).toEqual({ ipv4: 500, ipv6: 1024 });
  });

  it("of a single address that is a block is the block", () => {
    const entries = [...CLUSTER, block("192.168.40.5/32")];
    expect(verdict(leaving(mesh(entries), "192.168.40.5/32", { interface: "cali1" }))).toBe("own-block");
    expect(configOf(entries).speaker.blocks).toEqual([]);
  });

  it("by IPv6 is what IPv6 says", () => {
    const entries = [node(1, { ipv6Address: "fd00::1" }), node(2, { ipv6Address: "fd00::2" }), pool("fd00:1::/48"), block("fd00:1::40/122"), pool("192.168.0.0/16")];
    const met = session(entries, "Mesh_fd00__2");
    expect(["fd00:1::40/122", "fd00:1::41/128", "fd00:1::81/128", "fd00:2::/48"].map((prefix) => verdict(leaving(met, prefix)))).toEqual(["own-block", "not: in-own-block", "pool", "not: otherwise"]);
  });

  it("from a reflector is also every external and load balancer address", () => {
    const services = configuration({ nodeToNodeMeshEnabled: false, serviceClusterIPs: [{ cidr: "10.96.0.0/12" }], serviceExternalIPs: [{ cidr: "203.0.113.7/32" }], serviceLoadBalancerIPs: [{ cidr: "198.51.100.0/24" }], serviceLoadBalancerAggregation: "Disabled" });
    const entries = (bgp: object) => [services, node(1, bgp), TOR];
    const verdicts = (bgp: object) => ["198.51.100.9/32", "203.0.113.7/32", "10.97.0.1/32"].map((prefix) => verdict(leaving(tor(entries(bgp)), prefix, { source: "internal" })));
    expect(verdicts({ routeReflectorClusterID: "244.0.0.1" })).toEqual(["reflected-service-range", "reflected-service-range", "service-range"]);
    expect(verdicts({})).toEqual(["not: otherwise", "not: otherwise", "service-range"]);
  });
});

describe("communities", () => {
  const advertised = (spec: object, name?: string) => configuration({ communities: [{ name: "edge", value: "64512:100" }], prefixAdvertisements: [{ cidr: "192.168.0.0/16", communities: ["edge", "64512:100:1", "64512:7", "edge"] }], ...spec }, name);

  it("go with what is told of a prefix, and with nothing else", () => {
    const entries = [...CLUSTER, pool("10.7.0.0/16"), advertised({})];
    expect(leaving(mesh(entries), "192.168.41.0/26")).toMatchObject({ rule: "pool", accepted: { communities: [64512 * 65536 + 7, 64512 * 65536 + 100], largeCommunities: [{ global: 64512, local1: 100, local2: 1 }] } });
    expect(leaving(mesh(entries), "10.7.0.0/16").accepted?.communities).toBeUndefined();
  });

  it("of the node itself stand instead of those of all nodes, names included", () => {
    const own = configuration({ prefixAdvertisements: [{ cidr: "192.168.0.0/16", communities: ["64512:9", "edge"] }] }, "node.node-1");
    const entries = [...CLUSTER, advertised({}), own];
    expect(leaving(mesh(entries), "192.168.41.0/26").accepted?.communities).toEqual([64512 * 65536 + 9]);
    expect(configOf(entries).complaints).toEqual([{ key: expect.stringContaining("node.node-1") as string, reason: 'no community is called "edge"' }]);
  });
});

describe("what comes in", () => {
  it("is everything, where no filter says otherwise", () => {
    for (const prefix of ["0.0.0.0/0", "192.168.40.0/26"]) expect(coming(mesh(CLUSTER), prefix).accepted).toBeDefined();
    expect(coming(tor(CLUSTER), "0.0.0.0/0", { source: "external" }).accepted).toBeDefined();
  });
});

describe("BGPFilters", () => {
  const withFilters = (filters: { readonly [name: string]: object }, spec: object = {}) => [
    NO_MESH, node(1), pool("192.168.0.0/16"), peer("tor", { peerIP: "10.0.0.254", asNumber: 65001, filters: Object.keys(filters), ...spec }),
    ...Object.entries(filters).map(([name, rules]) => filter(name, rules)),
  ];
  const out = (rule: object, spec: object = {}) => tor(withFilters({ f: { exportV4: [{ action: "Accept", ...rule }, { action: "Reject" }] } }, spec));
  const into = (rule: object, spec: object = {}) => tor(withFilters({ f: { importV4: [{ action: "Accept", ...rule }, { action: "Reject" }] } }, spec));

  it("decide before anything else, in their order", () => {
    const entries = withFilters({ first: { exportV4: [{ action: "Reject", cidr: "192.168.9.0/24", matchOperator: "In" }] }, second: { exportV4: [{ action: "Accept", cidr: "192.168.9.0/24", matchOperator: "In" }, { action: "Accept", cidr: "10.0.0.0/8", matchOperator: "Equal" }] } });
    expect(["192.168.9.1/32", "10.0.0.0/8", "192.168.8.0/26", "10.1.0.0/16"].map((prefix) => verdict(leaving(tor(entries), prefix)))).toEqual(["not: first/1", "second/2", "pool", "not: otherwise"]);
  });

  it("of the other family or direction say nothing", () => {
    const entries = withFilters({ f: { exportV6: [{ action: "Reject" }], importV4: [{ action: "Reject" }] } });
    expect(verdict(leaving(tor(entries), "192.168.8.0/26"))).toBe("pool");
    expect(verdict(coming(tor(entries), "192.168.8.0/26"))).toBe("not: f/1");
  });

  it("that do not exist say nothing, loudly", () => {
    const entries = [...CLUSTER, peer("tor", { peerIP: "10.0.0.254", asNumber: 65001, filters: ["typo"] })];
    expect(verdict(leaving(tor(entries), "192.168.8.0/26"))).toBe("pool");
    expect(configOf(entries).complaints).toEqual([{ key: expect.stringContaining("/bgppeers/tor") as string, reason: 'there is no BGPFilter "typo": it decides nothing' }]);
  });

  it.each<readonly [match: object, matching: readonly string[], others: readonly string[]]>([
    [{ matchOperator: "Equal" }, ["10.8.0.0/16"], ["10.8.0.0/17", "10.0.0.0/8"]],
    [{ matchOperator: "NotEqual" }, ["10.8.0.0/17", "10.0.0.0/8"], ["10.8.0.0/16"]],
    [{ matchOperator: "In" }, ["10.8.0.0/16", "10.8.3.3/32"], ["10.0.0.0/8", "10.9.0.0/16"]],
    [{ matchOperator: "NotIn" }, ["10.0.0.0/8", "10.9.0.0/16"], ["10.8.0.0/16", "10.8.3.3/32"]],
    [{ matchOperator: "In", prefixLength: { min: 24, max: 26 } }, ["10.8.0.0/24", "10.8.0.0/26"], ["10.8.0.0/16", "10.8.0.0/27"]],
    [{ matchOperator: "In", prefixLength: { max: 26 } }, ["10.8.0.0/16", "10.8.0.0/26"], ["10.0.0.0/8", "10.8.0.0/27"]],
    [{ matchOperator: "In", prefixLength: { min: 8 } }, ["10.8.0.0/16", "10.8.0.1/32"], ["10.0.0.0/8"]],
    [{ matchOperator: "NotIn", prefixLength: { min: 24, max: 26 } }, ["10.8.0.0/16", "10.9.0.0/24"], ["10.8.0.0/25"]],
    [{ matchOperator: "In", prefixLength: { max: 8 } }, [], ["10.8.0.0/16", "10.0.0.0/8"]],
    [{ matchOperator: "NotIn", prefixLength: { max: 8 } }, ["10.8.0.0/16", "10.0.0.0/8"], []],
    [{ matchOperator: "Equal", prefixLength: { min: 16 } }, [], ["10.8.0.0/16"]],
    [{ matchOperator: "NotEqual", prefixLength: { min: 16 } }, ["10.8.0.0/16", "10.9.0.0/16"], []],
  ])("10.8.0.0/16 %o", (match, matching, others) => {
    const met = out({ cidr: "10.8.0.0/16", ...match });
    expect(matching.map((prefix) => verdict(leaving(met, prefix)))).toEqual(matching.map(() => "f/1"));
    expect(others.map((prefix) => verdict(leaving(met, prefix)))).toEqual(others.map(() => "not: f/2"));
  });

  const path = (...asns: readonly number[]): PathAttributes => ({ asPath: [{ kind: "sequence", asns }] });

  it.each<readonly [rule: object, matching: Asked, other: Asked]>([
    [{ source: "RemotePeers" }, { source: "external" }, { source: "kernel" }],
    [{ interface: "eth*" }, { interface: "eth7" }, { interface: "cali1" }],
    [{ communities: { values: ["65000:100"] } }, { attributes: { communities: [65000 * 65536 + 100] } }, { attributes: { communities: [1] } }],
    [{ communities: { values: ["65000:1:2"] } }, { attributes: { largeCommunities: [{ global: 65000, local1: 1, local2: 2 }] } }, {}],
    [{ priority: 512 }, { metric: 512 }, { metric: 1024 }],
    [{ asPathPrefix: [64512, 65001] }, { attributes: path(65001, 7) }, { attributes: path(64512, 65001) }],
  ])("out, %o", (rule, matching, other) => {
    expect(verdict(leaving(out(rule), "10.8.0.0/16", matching))).toBe("f/1");
    expect(verdict(leaving(out(rule), "10.8.0.0/16", other))).toBe("not: f/2");
  });

  it.each([[{ interface: "*" }], [{ peerType: "eBGP" }], [{ asPathPrefix: [64512] }], [{}]])("out to another AS, %o is every route", (rule) => {
    expect(verdict(leaving(out(rule), "10.8.0.0/16", { source: "block" }))).toBe("f/1");
    expect(verdict(leaving(out(rule), "10.8.0.0/16", { interface: "eth0", attributes: path(7) }))).toBe("f/1");
  });

  it("for one kind of peers are not for the other", () => {
    expect(verdict(leaving(out({ peerType: "iBGP" }), "10.8.0.0/16"))).toBe("not: f/2");
    expect(verdict(leaving(out({ peerType: "iBGP" }, { asNumber: 64512 }), "10.8.0.0/16"))).toBe("f/1");
    expect(verdict(leaving(out({ peerType: "iBGP" }, { asNumber: 64600, localASNumber: 64600 }), "10.8.0.0/16"))).toBe("f/1");
  });

  it("ask for the path as it is told: behind our AS, and of nobody else's first", () => {
    expect(verdict(leaving(out({ asPathPrefix: [65001] }), "10.8.0.0/16", { attributes: path(65001) }))).toBe("not: f/2");
    expect(verdict(leaving(out({ asPathPrefix: [64600, 7] }, { localASNumber: 64600 }), "10.8.0.0/16", { attributes: path(7) }))).toBe("f/1");
    expect(verdict(leaving(out({ asPathPrefix: [7] }, { asNumber: 64512 }), "10.8.0.0/16", { attributes: path(7) }))).toBe("f/1");
    expect(verdict(coming(into({ asPathPrefix: [65001, 7] }), "10.8.0.0/16", { attributes: path(65001, 7, 8) }))).toBe("f/1");
  });

  it("change what they accept, in order", () => {
    const operations = [{ addCommunity: { value: "65000:100" } }, { addCommunity: { value: "65000:1:2" } }, { prependASPath: { prefix: [65000, 65002] } }, { setPriority: { value: 100 } }];
    expect(coming(into({ operations }), "10.8.0.0/16", { attributes: path(7) }).accepted).toEqual({
      communities: [65000 * 65536 + 100],
      largeCommunities: [{ global: 65000, local1: 1, local2: 2 }],
      ...path(65000, 65002, 7),
      localPref: NORMAL + 1024 - 100,
    });
  });
});

describe("sessions that are alike", () => {
  it("share their policies", () => {
    const { peers } = configOf([node(1), node(2), node(3), TOR, pool("192.168.0.0/16")]).speaker;
    const [external, second, third] = peers;
    expect(second?.exportPolicy).toBe(third?.exportPolicy);
    expect(second?.exportPolicy).not.toBe(external?.exportPolicy);
  });
});
