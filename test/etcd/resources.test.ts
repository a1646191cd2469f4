/**
 * Every kind of resource is created, changed and deleted in a real etcd while sessions are up: what follows from it happens, and no
 * session that it does not concern is touched. One of the nodes is a BIRD, configured by hand the way confd would have done it.
 *
 *   node-1 ts-bgp ── node-2 BIRD 2 ── node-3 ts-bgp      a mesh, each node with a block
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import { type ResourceKind, affinityKey, resourceKey } from "../../src/calico/keys.ts";
import { meshResource } from "../../src/cli/lab/cluster-resources.ts";
import { filesOf } from "../../src/cli/lab/host-config.ts";
import { run, whereIs } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import { LAB_ASN } from "../../src/cli/lab/topology.ts";
import { askRows, askValue } from "../../src/control/sockets/client.ts";
import type { PeerDetail, PeerRow } from "../../src/control/answers/peer.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import { describeWith } from "../support/needs.ts";
import { RaisedLab } from "../support/raised-lab.ts";
import { until } from "../support/until.ts";

const NORMAL_LOCAL_PREF = 2147483647 - 1024;

await describeWith(["etcd", "ping", "bird", "birdc"], "a node of a cluster", () => {
  let raised: RaisedLab;

  beforeAll(async () => {
    raised = await RaisedLab.raise({ nodes: 3, reflectors: 0, birds: 1, datastore: "etcd" });
  });

  afterAll(() => raised?.remove());

  async function rows<Row extends object>(node: string, ask: string): Promise<readonly Row[]> {
    const all: Row[] = [];
    for await (const row of askRows<Row>(raised.socketOf(raised.host(node)), { ask })) all.push(row);
    return all;
  }

  const peerNames = async (node: string): Promise<readonly string[]> => (await rows<PeerRow>(node, "peers")).map(({ name }) => name).sort();

  /** "64512:100 64512:200" style facts of the path to that prefix that came from node-1; undefined: there is none. */
  const heardFromNode1 = async (prefix: string, at = "node-3"): Promise<RouteRow | undefined> =>
    (await rows<RouteRow>(at, "routes")).find((row) => row.prefix === prefix && row.from.address === raised.host("node-1").address);

  const kernel = async (node: string, prefix: string): Promise<string> =>
    (await run(["ip", "-n", raised.host(node).namespace, "route", "show", prefix])).trim().replace(/\s+/g, " ");

  /** How often each session of node-1 has come up and gone. */
  const sessions = async (): Promise<object> => {
    const names = await peerNames("node-1");
    const details = await Promise.all(names.map((peer) => askValue<PeerDetail>(raised.socketOf(raised.host("node-1")), { ask: "peer", peer })));
    return Object.fromEntries(details.map(({ name, counters }) => [name, { established: counters.established, flaps: counters.flaps }]));
  };

  const write = (kind: ResourceKind, name: string, spec: object): Promise<void> =>
    raised.datastore.write([[resourceKey(kind, name), JSON.stringify({ kind, apiVersion: "projectcalico.org/v3", metadata: { name }, spec })]]);
  const remove = (kind: ResourceKind, name: string): Promise<void> => raised.datastore.remove([resourceKey(kind, name)]);

  it("has the sessions and routes with a BIRD of confd's that another BIRD would have", async () => {
    await until(async () => (await rows<PeerRow>("node-1", "peers")).every(({ state }) => state === "Established"), "every session of node-1 is up");
    expect(await peerNames("node-1")).toEqual(["Mesh_172_17_8_102", "Mesh_172_17_8_103"]);
    const birdc = async (...words: readonly string[]): Promise<string> =>
      run(inNamespace(raised.host("node-2").namespace, [whereIs("birdc") ?? "birdc", "-s", raised.socketOf(raised.host("node-2")), ...words]));
    expect(await birdc("show", "protocols")).toMatch(/Mesh_172_17_8_101 .* Established/);
    const ours = await birdc("show", "route", "all", "192.168.1.64/26");
    expect(ours).toMatch(/BGP\.origin: IGP/);
    expect(ours).toMatch(/BGP\.next_hop: 172\.17\.8\.101/);
    expect(ours).toMatch(new RegExp(`BGP\\.local_pref: ${NORMAL_LOCAL_PREF}`));
    expect(await birdc("show", "route", "in", "192.168.1.64/26")).not.toContain("192.168.1.66"); // the block covers it
    expect((await rows<RouteRow>("node-1", "routes")).find(({ prefix }) => prefix === "192.168.3.234/32")).toMatchObject({ localPref: NORMAL_LOCAL_PREF, nextHop: "172.17.8.102" });
    expect(await kernel("node-1", "192.168.2.128/26")).toBe("192.168.2.128/26 via 172.17.8.102 dev eth0 proto bird metric 1024");
    expect(await kernel("node-2", "192.168.1.64/26")).toBe("192.168.1.64/26 via 172.17.8.101 dev eth0 proto bird metric 1024");
  });

  it("answers BIRD's own client where calicoctl and the probes of calico/node look", async () => {
    const protocols = await run([whereIs("birdc") ?? "birdc", "-s", `${filesOf(raised.lab, raised.host("node-1")).birdSockets}/bird.ctl`, "show", "protocols"]);
    expect(protocols).toMatch(/^Mesh_172_17_8_102 +BGP +master +up +\d\d:\d\d:\d\d +Established/m);
  });

  describe("and no other session is touched, when", () => {
    it("a Node is created, moves, and is deleted", async () => {
      const before = await sessions();
      const node = (address: string): Promise<void> => write("Node", "node-9", { bgp: { ipv4Address: `${address}/24` } });
      await node("172.17.8.190");
      await until(async () => (await peerNames("node-1")).includes("Mesh_172_17_8_190"));
      await node("172.17.8.191");
      await until(async () => (await peerNames("node-1")).includes("Mesh_172_17_8_191"));
      expect(await peerNames("node-1")).not.toContain("Mesh_172_17_8_190");
      await remove("Node", "node-9");
      await until(async () => !(await peerNames("node-1")).includes("Mesh_172_17_8_191"));
      expect(await sessions()).toEqual(before);
    });

    it("a block is claimed, is about to go, and goes", async () => {
      const before = await sessions();
      const block = "192.168.77.0/26" as Prefix;
      const key = affinityKey("node-1", block);
      const state = (value: string): Promise<void> => raised.datastore.write([[key, JSON.stringify({ state: value, deleted: false })]]);
      await state("pending");
      await state("confirmed");
      await until(async () => (await kernel("node-3", block)) === `${block} via 172.17.8.101 dev eth0 proto bird metric 1024`);
      await until(async () => (await kernel("node-1", block)) === `blackhole ${block} proto bird`, "node-1 drops what no container of its own is to have");
      await state("pendingDeletion");
      await until(async () => (await kernel("node-1", block)) === `blackhole ${block} proto bird` && (await heardFromNode1(block)) !== undefined);
      await raised.datastore.remove([key]);
      await until(async () => (await kernel("node-1", block)) === "" && (await kernel("node-3", block)) === "", "the block is gone");
      expect(await sessions()).toEqual(before);
    });

    it("an IPPool is created, is no longer exported, and is deleted", async () => {
      const before = await sessions();
      const host = raised.host("node-1");
      const workload = "10.244.7.7/32";
      await run(["ip", "-n", host.namespace, "route", "add", workload, "dev", host.containers[0]?.hostInterface ?? "", "proto", "80", "metric", "1024"]);
      const pool = (more: object): Promise<void> => write("IPPool", "second", { cidr: "10.244.0.0/16", ...more });
      await pool({});
      await until(async () => (await heardFromNode1(workload)) !== undefined, "node-3 hears of it");
      await pool({ disableBGPExport: true });
      await until(async () => (await heardFromNode1(workload)) === undefined, "node-3 hears no more of it");
      await pool({});
      await until(async () => (await heardFromNode1(workload)) !== undefined, "node-3 hears of it again");
      await remove("IPPool", "second");
      await until(async () => (await heardFromNode1(workload)) === undefined, "node-3 hears no more of it");
      expect(await sessions()).toEqual(before);
    });

    it("service addresses and communities are written into the BGPConfiguration, and taken out again", async () => {
      const before = await sessions();
      const settings = (more: object): Promise<void> => write("BGPConfiguration", "default", { asNumber: LAB_ASN, nodeToNodeMeshEnabled: true, ...more });
      await settings({ serviceClusterIPs: [{ cidr: "10.96.0.0/12" }], communities: [{ name: "home", value: "64512:7" }], prefixAdvertisements: [{ cidr: "192.168.0.0/16", communities: ["home"] }] });
      await until(async () => (await heardFromNode1("10.96.0.0/12")) !== undefined, "the services' addresses are announced");
      await until(async () => (await heardFromNode1("192.168.1.64/26"))?.communities.includes("64512:7") === true, "the block has its community");
      expect(await kernel("node-1", "10.96.0.0/12")).toBe("");
      await settings({});
      await until(async () => (await heardFromNode1("10.96.0.0/12")) === undefined && (await heardFromNode1("192.168.1.64/26"))?.communities.length === 0);
      expect(await sessions()).toEqual(before);
    });

    it("a BGPPeer is created, changes its AS, and is deleted", async () => {
      const before = await sessions();
      const peer = (asNumber: number): Promise<void> => write("BGPPeer", "tor", { node: "node-1", peerIP: "172.17.8.1", asNumber });
      const asn = async (): Promise<number | undefined> => (await rows<PeerRow>("node-1", "peers")).find(({ name }) => name === "Node_172_17_8_1")?.asn;
      await peer(65001);
      await until(async () => (await asn()) === 65001, "the session with the router is there");
      expect(await peerNames("node-3")).not.toContain("Node_172_17_8_1");
      await peer(65002);
      await until(async () => (await asn()) === 65002, "it has another AS");
      await remove("BGPPeer", "tor");
      await until(async () => (await asn()) === undefined, "it is gone");
      expect(await sessions()).toEqual(before);
    });
  });

  it("re-evaluates routes and resets nothing when a BGPFilter is created, changed and deleted", async () => {
    const block = "192.168.1.64/26";
    await write("BGPPeer", "everybody", { nodeSelector: "all()", peerSelector: "all()", filters: ["some"] });
    await raised.datastore.write([meshResource("off")]);
    await until(async () => (await peerNames("node-1")).join() === "Node_172_17_8_102,Node_172_17_8_103", "peers by selector have taken the mesh's place");
    await raised.arrives();
    await until(async () => (await rows<PeerRow>("node-1", "peers")).every(({ state }) => state === "Established"), "every session is up");
    const before = await sessions();

    await write("BGPFilter", "some", { exportV4: [{ action: "Reject", cidr: block, matchOperator: "Equal" }] });
    await until(async () => (await heardFromNode1(block)) === undefined, "the block is filtered");
    await write("BGPFilter", "some", { exportV4: [{ action: "Accept", cidr: block, matchOperator: "Equal", operations: [{ addCommunity: { value: "65000:100" } }] }] });
    await until(async () => (await heardFromNode1(block))?.communities.includes("65000:100") === true, "the block has a community");
    await remove("BGPFilter", "some");
    await until(async () => (await heardFromNode1(block))?.communities.length === 0, "the block is as it was");
    expect(await sessions()).toEqual(before);
    await raised.arrives();
  });
});
