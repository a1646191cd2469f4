/**
 * What a node announces and what its kernel gets: blocks, services, interfaces, and who programs which pool.
 */

import { describe, expect, it } from "vitest";
import { type Entry, block, configOf, configuration, node, pool, programming } from "../support/calico.ts";

describe("blocks", () => {
  it("are swallowed and announced, also those about to be given up, and not single addresses", () => {
    const entries = [node(1), block("192.168.40.0/26"), block("192.168.39.0/26", "pendingDeletion"), block("192.168.38.0/26", "pending"), block("192.168.37.7/32"), block("fd00:1::/122"), block("fd00:2::7/128")];
    expect(configOf(entries).speaker.blocks).toEqual(["192.168.39.0/26", "192.168.40.0/26", "fd00:1::/122"]);
  });

  it.each([["use-as-blocks", ["10.244.3.0/24"]], ["ignore", []]] as const)("are the node's pod CIDRs only where the host says so: %s", (podCidrs, blocks) => {
    const [key, value] = node(1);
    const withPods: Entry = [key, JSON.stringify({ ...(JSON.parse(value) as object), status: { podCIDRs: ["10.244.3.0/24"] } })];
    expect(configOf([withPods], { podCidrs }).speaker.blocks).toEqual(blocks);
  });

  it("are there without any session of their family", () => {
    expect(configOf([node(1, { ipv4Address: undefined, ipv6Address: "fd00::1" }), block("192.168.40.0/26")], { routerId: "1.1.1.1" }).speaker.blocks).toEqual(["192.168.40.0/26"]);
  });
});

describe("service ranges", () => {
  const services = (more: object = {}) => configuration({ serviceClusterIPs: [{ cidr: "10.96.0.0/12" }, {}], serviceExternalIPs: [{ cidr: "203.0.113.0/24" }, { cidr: "203.0.113.7/32" }], serviceLoadBalancerIPs: [{ cidr: "198.51.100.0/24" }], ...more });
  const announced = (entries: readonly Entry[], environment = {}) => configOf(entries, environment).speaker.networks;

  it("are announced, but not single addresses of services from outside", () => {
    expect(announced([node(1), services()])).toEqual(["10.96.0.0/12", "203.0.113.0/24", "198.51.100.0/24"]);
  });

  it("of load balancers are announced only where they are aggregated", () => {
    expect(announced([node(1), services({ serviceLoadBalancerAggregation: "Disabled" })])).toEqual(["10.96.0.0/12", "203.0.113.0/24"]);
  });

  it("of the cluster may be said by the environment instead", () => {
    const { speaker, complaints } = configOf([node(1), services()], { advertiseClusterIps: "10.200.0.0/16, fd00:5::/112,x" });
    expect(speaker.networks).toEqual(["10.200.0.0/16", "fd00:5::/112", "203.0.113.0/24", "198.51.100.0/24"]);
    expect(complaints).toEqual([{ key: "CALICO_ADVERTISE_CLUSTER_IPS", reason: '"x" is no CIDR' }]);
  });

  it("are for no single node", () => {
    expect(announced([node(1), configuration({ serviceClusterIPs: [{ cidr: "10.96.0.0/12" }] }, "node.node-1")])).toEqual([]);
  });

  it("are not announced by who is excluded from load balancing, and kept out of its kernel all the same", () => {
    const entries = [node(1, {}, { "node.kubernetes.io/exclude-from-external-load-balancers": "true" }), services()];
    expect(announced(entries)).toEqual([]);
    expect(programming(entries, "10.97.0.1/32")).toEqual(["service-range", "leave"]);
  });

  it("are kept out of the kernel, whoever announces them", () => {
    expect(["10.96.0.0/12", "203.0.113.7/32", "198.51.100.4/30", "203.0.0.0/16"].map((prefix) => programming([node(1), services()], prefix)[1])).toEqual(["leave", "leave", "leave", "program"]);
  });
});

describe("connected networks", () => {
  it("are announced but those of workloads, of kube-proxy, and of interfaces to ignore", () => {
    expect(configOf([node(1), configuration({ ignoredInterfaces: ["docker0", "br-*"] })]).speaker.directExcept).toEqual(["docker0", "br-*", "cali*", "kube-ipvs*"]);
    expect(configOf([node(1), configuration({ ignoredInterfaces: ["docker0"] }, "node.node-1")]).speaker.directExcept).toEqual(["cali*", "kube-ipvs*"]);
  });
});

describe("the kernel gets", () => {
  const far = { nextHop: "10.9.9.9" };
  const near = { nextHop: "10.0.0.2" };
  const PLAIN = pool("192.168.0.0/18", {}, "plain");
  const IPIP = pool("192.168.64.0/18", { ipipMode: "Always" }, "ipip");
  const CROSS = pool("192.168.128.0/18", { ipipMode: "CrossSubnet" }, "cross");
  const VXLAN = pool("192.168.192.0/18", { vxlanMode: "CrossSubnet" }, "vxlan");

  it.each([
    [undefined, ["program", "leave", "leave", "leave"]],
    ["nonsense", ["program", "leave", "leave", "leave"]],
    ["EnabledNoEncapOnly", ["program", "leave", "leave", "leave"]],
    ["Enabled", ["program", "tunl0", "tunl0", "leave"]],
    ["EnabledIPIPOnly", ["leave", "tunl0", "tunl0", "leave"]],
    ["Disabled", ["leave", "leave", "leave", "leave"]],
  ])("with programClusterRoutes %s, of plain, IPIP, cross-subnet and VXLAN pools: %o", (programClusterRoutes, expected) => {
    const entries = [node(1), PLAIN, IPIP, CROSS, VXLAN, configuration({ programClusterRoutes })];
    expect(["192.168.1.0/26", "192.168.65.0/26", "192.168.129.0/26", "192.168.193.0/26"].map((prefix) => programming(entries, prefix, far)[1])).toEqual(expected);
  });

  it("through the tunnel only what lies beyond our own network, where the pool is for that", () => {
    const entries = [node(1), IPIP, CROSS, configuration({ programClusterRoutes: "Enabled" })];
    expect(programming(entries, "192.168.129.0/26", near)).toEqual(["cross-in-own-network", "program"]);
    expect(programming(entries, "192.168.65.0/26", near)).toEqual(["ipip", "tunl0"]);
    const alone = [node(1, { ipv4Address: "10.0.0.1" }), CROSS, configuration({ programClusterRoutes: "Enabled" })];
    expect(programming(alone, "192.168.129.0/26", near)).toEqual(["cross", "tunl0"]);
  });

  it("what is in no pool", () => {
    expect(programming([node(1), VXLAN], "10.7.0.0/16", near)).toEqual(["", "program"]);
    expect(programming([node(1), VXLAN], "0.0.0.0/0", near)).toEqual(["", "program"]);
  });

  it("our own blocks' blackholes where it gets the pool", () => {
    const entries = [node(1), PLAIN, VXLAN];
    expect(programming(entries, "192.168.1.0/26", { source: "block" })).toEqual(["plain", "program"]);
    expect(programming(entries, "192.168.193.0/26", { source: "block" })).toEqual(["vxlan", "leave"]);
  });

  it("by IPv6 no tunnel, and not what is Felix's", () => {
    const entries = [node(1, { ipv6Address: "fd00::1/64" }), pool("fd00:1::/48", {}, "plain6"), pool("fd00:2::/48", { vxlanMode: "Always" }, "vxlan6")];
    expect([programming(entries, "fd00:1::/122"), programming(entries, "fd00:2::/122")]).toEqual([["plain6", "program"], ["vxlan6", "leave"]]);
  });

  it("all IPv4 pools where we have no IPv4 network", () => {
    const entries = [node(1, { ipv4Address: undefined, ipv6Address: "fd00::1/64" }), VXLAN];
    expect(configOf(entries, { routerId: "1.1.1.1" }).speaker.forwarding).toEqual([]);
  });

  it("nothing towards nodes with which we have WireGuard", () => {
    const wireguard = { wireguard: { interfaceIPv4Address: "192.168.1.200" } };
    const entries = (own: object) => [node(1, {}, {}, own), node(2, {}, {}, wireguard), node(3), PLAIN];
    expect(programming(entries(wireguard), "192.168.2.0/26", near)).toEqual(["wireguard-ipv4", "leave"]);
    expect(programming(entries(wireguard), "192.168.3.0/26", { nextHop: "10.0.0.3" })).toEqual(["plain", "program"]);
    expect(programming(entries({}), "192.168.2.0/26", near)).toEqual(["plain", "program"]);
  });

  it("of two pools with one CIDR what the first by name says, and somebody hears of it", () => {
    const entries = [node(1), pool("192.168.0.0/18", { vxlanMode: "Always" }, "b"), pool("192.168.0.0/18", {}, "a")];
    expect(programming(entries, "192.168.1.0/26")).toEqual(["a", "program"]);
    expect(configOf(entries).complaints).toMatchObject([{ reason: "has the CIDR of a, which counts" }]);
  });

  it("what the first pool says, in the order of their CIDRs as texts", () => {
    const entries = [node(1), pool("10.20.0.0/16", { vxlanMode: "Always" }, "x"), pool("10.0.0.0/8", {}, "y"), pool("10.3.0.0/16", { vxlanMode: "Always" }, "z")];
    expect([programming(entries, "10.20.1.0/26"), programming(entries, "10.3.1.0/26")]).toEqual([["y", "program"], ["y", "program"]]);
  });
});
