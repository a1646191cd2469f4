/**
 * Keys and values of etcd -> resources: what each field becomes, and what a value that makes no sense costs.
 */

import { describe, expect, it } from "vitest";
import { parseKey, watchedPrefixes } from "../../src/calico/keys.ts";
import { ResourceTable } from "../../src/calico/resource-table.ts";

const V3 = "/calico/resources/v3/projectcalico.org";

function tableOf(entries: { readonly [key: string]: unknown }): ResourceTable {
  const table = new ResourceTable();
  for (const [key, value] of Object.entries(entries)) table.put(key, typeof value === "string" ? value : JSON.stringify(value));
  return table;
}

describe("keys", () => {
  it("watch five kinds of resources and this node's own blocks, each prefix with its closing slash", () => {
    expect(watchedPrefixes("node-1")).toEqual([
      `${V3}/ippools/`, `${V3}/bgpconfigurations/`, `${V3}/nodes/`, `${V3}/bgppeers/`, `${V3}/bgpfilters/`, "/calico/ipam/v2/host/node-1/",
    ]);
  });

  it.each([
    [`${V3}/nodes/node-1`, { kind: "Node", name: "node-1" }],
    [`${V3}/bgpconfigurations/node.node-1`, { kind: "BGPConfiguration", name: "node.node-1" }],
    ["/calico/ipam/v2/host/node-1/ipv4/block/192.168.40.0-26", { kind: "BlockAffinity", node: "node-1", block: "192.168.40.0/26" }],
    ["/calico/ipam/v2/host/node-1/ipv6/block/fd00:0:0:1::-122", { kind: "BlockAffinity", node: "node-1", block: "fd00:0:0:1::/122" }],
    ["/calico/ipam/v2/host/node-1", undefined],
    [`${V3}/nodes/`, undefined],
    [`${V3}/workloadendpoints/default/x`, undefined],
    [`${V3}/toString/x`, undefined],
  ])("%s names %o", (key, expected) => {
    expect(parseKey(key)).toEqual(expected);
  });
});

describe("a Node", () => {
  const key = `${V3}/nodes/worker-1`;
  const whole = {
    metadata: { name: "worker-1", labels: { rack: "r1" } },
    spec: {
      addresses: [{ address: "10.0.1.11/24", type: "CalicoNodeIP" }],
      bgp: { asNumber: 64513, ipv4Address: "10.0.1.11/24", ipv6Address: "2001::0102/64", routeReflectorClusterID: "244.0.0.1" },
      wireguard: { interfaceIPv4Address: "192.168.40.2" },
    },
    status: { podCIDRs: ["10.244.3.0/24"] },
  };

  it("has addresses in canonical form, with their networks", () => {
    expect(tableOf({ [key]: whole }).resources().nodes.get("worker-1")).toEqual({
      name: "worker-1",
      labels: { rack: "r1" },
      asNumber: 64513,
      ipv4: { address: "10.0.1.11", network: "10.0.1.0/24" },
      ipv6: { address: "2001::102", network: "2001::/64" },
      routeReflectorClusterId: "244.0.0.1",
      wireguardIpv4: "192.168.40.2",
      wireguardIpv6: undefined,
      podCidrs: ["10.244.3.0/24"],
    });
  });

  it("without a length its address is its own network", () => {
    const table = tableOf({ [key]: { spec: { bgp: { ipv4Address: "10.0.1.11" } } } });
    expect(table.resources().nodes.get("worker-1")?.ipv4).toEqual({ address: "10.0.1.11", network: "10.0.1.11/32" });
  });

  it.each([[64513], ["64513"], ["0.64513"]])("AS %o is 64513", (asNumber) => {
    expect(tableOf({ [key]: { spec: { bgp: { asNumber } } } }).resources().nodes.get("worker-1")?.asNumber).toBe(64513);
  });

  it("loses only the address that cannot be read", () => {
    const table = tableOf({ [key]: { spec: { bgp: { ipv4Address: "10.0.1.11/24", ipv6Address: "10.0.0.1" } } } });
    expect(table.resources().nodes.get("worker-1")).toMatchObject({ ipv4: { address: "10.0.1.11" }, ipv6: undefined });
    expect(table.complaints()).toMatchObject([{ key, reason: expect.stringContaining("ipv6Address") as string }]);
  });

  it("that makes no sense is not there, until it does", () => {
    const table = tableOf({ [key]: whole });
    for (const nonsense of ["{", "[]", "null", '{"spec": 5}']) {
      table.put(key, nonsense);
      expect(table.resources().nodes.size).toBe(0);
      expect(table.complaints()).toHaveLength(1);
    }
    table.put(key, JSON.stringify(whole));
    expect(table.resources().nodes.size).toBe(1);
    expect(table.complaints()).toEqual([]);
  });
});

describe("a BGPPeer", () => {
  const key = `${V3}/bgppeers/tor`;
  const peerOf = (spec: object) => tableOf({ [key]: { spec } }).resources().peers.get("tor");

  it.each([
    ["10.0.1.1", { address: "10.0.1.1", port: undefined }],
    ["10.0.1.1:1790", { address: "10.0.1.1", port: 1790 }],
    ["fd00::01", { address: "fd00::1", port: undefined }],
    ["[fd00::1]:1790", { address: "fd00::1", port: 1790 }],
  ])("peerIP %s", (peerIP, expected) => {
    expect(peerOf({ peerIP, asNumber: 65001 })?.remote).toMatchObject(expected);
  });

  it("has what is written and defaults for the rest", () => {
    expect(peerOf({ nodeSelector: "rack == 'r1'", node: "ignored", peerIP: "10.0.1.1", asNumber: 65001, maxRestartTime: "2m0.4s", keepaliveTime: "10s", password: { secretKeyRef: { name: "s", key: "k" } } })).toEqual({
      name: "tor",
      local: { kind: "nodes", selector: { kind: "==", label: "rack", text: "r1" } },
      remote: { kind: "address", address: "10.0.1.1", port: undefined, asNumber: 65001 },
      localAsNumber: undefined,
      password: { name: "s", key: "k" },
      sourceAddress: "UseNodeIP",
      maxRestartSec: 120,
      keepaliveSec: 10,
      numAllowedLocalAsNumbers: 0,
      ttlSecurity: 0,
      reachableBy: undefined,
      nextHopMode: "Auto",
      filters: [],
      reversePeering: "Auto",
    });
  });

  it.each([
    ["no AS number", { peerIP: "10.0.1.1" }],
    ["a port without sense", { peerIP: "10.0.1.1:99999", asNumber: 1 }],
    ["nobody on the other side", { asNumber: 1 }],
    ["a gateway of another family", { peerIP: "10.0.1.1", asNumber: 1, reachableBy: "fd00::1" }],
    ["a selector that is none", { peerSelector: "rack = 'r1'" }],
    ["a duration that is none", { peerIP: "10.0.1.1", asNumber: 1, keepaliveTime: "10 seconds" }],
  ])("with %s is reported and not there", (_, spec) => {
    const table = tableOf({ [key]: { spec }, [`${V3}/bgppeers/other`]: { spec: { peerIP: "10.0.1.2", asNumber: 1 } } });
    expect([...table.resources().peers.keys()]).toEqual(["other"]);
    expect(table.complaints()).toMatchObject([{ key }]);
  });
});

describe("a BGPFilter", () => {
  const key = `${V3}/bgpfilters/f`;

  it("has its rules", () => {
    const rule = { action: "Accept", cidr: "192.168.0.0/16", matchOperator: "In", prefixLength: { min: 16, max: 26 }, operations: [{ addCommunity: { value: "65000:100" } }, { prependASPath: { prefix: [65000, 65001] } }, { setPriority: { value: 100 } }] };
    const table = tableOf({ [key]: { spec: { exportV4: [rule] } } });
    expect(table.resources().filters.get("f")).toEqual({
      name: "f", importV4: [], importV6: [], exportV6: [],
      exportV4: [{
        action: "Accept",
        match: { cidr: "192.168.0.0/16", operator: "In", prefixLength: { min: 16, max: 26 } },
        source: undefined, interface: undefined, peerType: undefined, communities: [], asPathPrefix: [], priority: undefined,
        operations: [
          { kind: "add-community", value: { kind: "standard", value: 65000 * 65536 + 100 } },
          { kind: "prepend-as-path", prefix: [65000, 65001] },
          { kind: "set-priority", value: 100 },
        ],
      }],
    });
  });

  it.each([
    ["host bits", { action: "Reject", cidr: "10.0.0.1/8", matchOperator: "In" }],
    ["a CIDR of the other family", { action: "Reject", cidr: "fd00::/8", matchOperator: "In" }],
    ["a CIDR and no operator", { action: "Reject", cidr: "10.0.0.0/8" }],
    ["two operations in one", { action: "Accept", operations: [{ setPriority: { value: 1 }, addCommunity: { value: "1:1" } }] }],
    ["no action", {}],
  ])("with %s in one rule is reported and not there", (_, rule) => {
    const table = tableOf({ [key]: { spec: { exportV4: [{ action: "Accept" }, rule] } } });
    expect(table.resources().filters.size).toBe(0);
    expect(table.complaints()).toMatchObject([{ key }]);
  });
});

describe("a BGPConfiguration", () => {
  const key = `${V3}/bgpconfigurations/default`;

  it("keeps what is sound when something in it is not", () => {
    const table = tableOf({ [key]: { spec: { nodeToNodeMeshEnabled: false, listenPort: 0, logSeverityScreen: "DEBUG", serviceClusterIPs: [{ cidr: "10.96.0.0/12" }, { cidr: "x" }, {}] } } });
    expect(table.resources().configurations.get("default")).toMatchObject({ nodeToNodeMeshEnabled: false, listenPort: undefined, logSeverityScreen: "debug", serviceClusterIps: ["10.96.0.0/12"] });
    expect(table.complaints()).toMatchObject([{ key, reason: expect.stringMatching(/listenPort.*serviceClusterIPs\[1\]/) as string }]);
  });
});

describe("a block affinity", () => {
  const key = "/calico/ipam/v2/host/worker-1/ipv4/block/192.168.40.0-26";

  it.each([
    ['{"state":"confirmed","deleted":false}', "confirmed"],
    ["{}", "confirmed"],
    ["", "confirmed"],
    ['{"state":"pendingDeletion"}', "pendingDeletion"],
    ['{"state":"pending"}', undefined],
    ['{"state":"odd"}', undefined],
  ])("%s is %s", (value, state) => {
    const table = tableOf({ [key]: '{"state":"confirmed"}' });
    table.put(key, value);
    expect(table.resources().affinities.get("192.168.40.0/26" as never)?.state).toBe(state);
  });
});

describe("the table", () => {
  it("says whether a value is new, and forgets what is deleted", () => {
    const table = new ResourceTable();
    const key = `${V3}/ippools/p`;
    const value = JSON.stringify({ spec: { cidr: "192.168.0.0/16" } });
    expect([table.put(key, value), table.put(key, value), table.put(key, undefined), table.put(key, undefined), table.put("/calico/x", "1")]).toEqual(["changed", "same", "changed", "same", "same"]);
    expect(table.resources().pools.size).toBe(0);
  });

  it("hands out values that later changes leave as they are", () => {
    const table = tableOf({ [`${V3}/ippools/p`]: { spec: { cidr: "192.168.0.0/16" } } });
    const before = table.resources();
    table.put(`${V3}/ippools/p`, undefined);
    expect(before.pools.get("p")).toEqual({ name: "p", cidr: "192.168.0.0/16", ipipMode: "Never", vxlanMode: "Never", disableBgpExport: false });
  });
});
