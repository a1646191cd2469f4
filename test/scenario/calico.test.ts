/**
 * Whole nodes of a Calico cluster, each run by what its datastore means: sessions, blocks, borrowed addresses, changes.
 *
 *      node-1 ─── node-2        each compiled from the same keys and values
 *          \      /
 *          node-3
 */

import { beforeEach, describe, expect, it } from "vitest";
import { compile } from "../../src/calico/compile.ts";
import { affinityKey } from "../../src/calico/keys.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { KernelRoute } from "../../src/speaker/vocabulary.ts";
import { ENVIRONMENT, type Entry, NORMAL, NO_MESH, configuration, filter, node, peer, pool, tableOf } from "../support/calico.ts";
import { Network, type TestSpeaker } from "../support/network.ts";

class Cluster {
  readonly network = new Network();
  readonly nodes = new Map<number, TestSpeaker>();
  #entries: readonly Entry[] = [];

  /** Every node has a block 192.168.N.0/26 of its own, which only it can see. */
  put(entries: readonly Entry[]): this {
    this.#entries = entries;
    for (const [number, speaker] of this.nodes) this.#configure(number, speaker);
    return this;
  }

  start(...numbers: readonly number[]): this {
    for (const number of numbers) {
      const address = `10.0.0.${number}`;
      const speaker = this.network.add(address, { router: { asn: 64512, id: address } });
      this.nodes.set(number, speaker);
      this.#configure(number, speaker);
    }
    return this.settle();
  }

  end(number: number): this {
    this.network.kill(this.node(number));
    this.nodes.delete(number);
    return this;
  }

  settle(): this {
    this.network.run(30_000);
    return this;
  }

  node(number: number): TestSpeaker {
    return this.nodes.get(number) as TestSpeaker;
  }

  up(number: number): readonly string[] {
    return this.node(number).speaker.view().peers().filter(({ state }) => state === "Established").map(({ name }) => name);
  }

  #configure(number: number, speaker: TestSpeaker): void {
    const own: Entry = [affinityKey(`node-${number}`, `192.168.${number}.0/26` as Prefix), '{"state":"confirmed"}'];
    const compiled = compile(tableOf([...this.#entries, own]).resources(), `node-${number}`, ENVIRONMENT);
    if (compiled.kind === "incomplete") throw new Error(compiled.reason);
    speaker.absorb({ kind: "configure", config: compiled.speaker });
  }
}

const POOL = pool("192.168.0.0/16");

function workload(address: string, metric = 1024): KernelRoute {
  return { prefix: `${address}/32` as Prefix, kind: "kernel", interface: "cali123", gateway: undefined, metric };
}

let cluster: Cluster;
beforeEach(() => {
  cluster = new Cluster().put([node(1), node(2), node(3), POOL]).start(1, 2, 3);
});

describe("a mesh", () => {
  it("comes up, with blocks at the priority that all have", () => {
    expect(cluster.up(1)).toEqual(["Mesh_10_0_0_2", "Mesh_10_0_0_3"]);
    expect(cluster.node(1).table()).toEqual({ "192.168.1.0/26": "local", "192.168.2.0/26": "10.0.0.2", "192.168.3.0/26": "10.0.0.3" });
    expect(cluster.node(1).forwarding.get("192.168.2.0/26" as never)).toEqual({ kind: "via", nextHops: [{ address: "10.0.0.2" }], metric: 1024 });
    expect(cluster.node(1).forwarding.get("192.168.1.0/26" as never)).toEqual({ kind: "blackhole" });
  });

  it("tells of addresses that a node has from another one's block, and not of those in its own", () => {
    cluster.node(1).absorb({ kind: "kernel-routes", routes: [workload("192.168.1.7"), workload("192.168.2.9")] });
    cluster.settle();
    expect(cluster.node(3).table()).toMatchObject({ "192.168.2.9/32": "10.0.0.1" });
    expect(cluster.node(3).table()).not.toHaveProperty(["192.168.1.7/32"]);
  });

  it("follows an address that moves: the better priority wins, on the node that it leaves too", () => {
    cluster.node(2).absorb({ kind: "kernel-routes", routes: [workload("192.168.2.9")] });
    cluster.node(1).absorb({ kind: "kernel-routes", routes: [workload("192.168.2.9", 512)] });
    cluster.settle();
    expect(cluster.node(3).table()).toMatchObject({ "192.168.2.9/32": "10.0.0.1" });
    expect(cluster.node(2).forwarding.get("192.168.2.9/32" as never)).toMatchObject({ nextHops: [{ address: "10.0.0.1" }], metric: 512 });
    cluster.node(2).absorb({ kind: "kernel-routes", routes: [] });
    cluster.node(1).absorb({ kind: "kernel-routes", routes: [workload("192.168.2.9")] });
    cluster.settle();
    expect(cluster.node(2).forwarding.get("192.168.2.9/32" as never)).toMatchObject({ metric: 1024 });
    expect(cluster.node(3).best().find(({ prefix }) => prefix === "192.168.2.9/32")?.attributes.localPref).toBe(NORMAL);
  });

  it("begins one session on each node when a node comes, and touches no other", () => {
    cluster.put([node(1), node(2), node(3), node(4), POOL]).start(4);
    expect(cluster.up(1)).toEqual(["Mesh_10_0_0_2", "Mesh_10_0_0_3", "Mesh_10_0_0_4"]);
    for (const name of ["Mesh_10_0_0_2", "Mesh_10_0_0_3"]) expect(cluster.node(1).peer(name).counters).toMatchObject({ established: 1, flaps: 0 });
    cluster.end(4).put([node(1), node(2), node(3), POOL]).settle();
    expect(cluster.up(1)).toEqual(["Mesh_10_0_0_2", "Mesh_10_0_0_3"]);
    expect(cluster.node(1).speaker.view().lastChanges()).toEqual([{ kind: "remove-peer", peer: "Mesh_10_0_0_4" }]);
  });

  it("resets nothing when pools, blocks or services change, and tells what follows from it", () => {
    cluster.node(1).absorb({ kind: "kernel-routes", routes: [{ ...workload("10.88.0.1"), prefix: "10.88.0.0/26" as Prefix }] });
    cluster.put([node(1), node(2), node(3), POOL, pool("10.88.0.0/16"), configuration({ serviceClusterIPs: [{ cidr: "10.96.0.0/12" }] })]).settle();
    expect(cluster.node(3).table()).toMatchObject({ "10.88.0.0/26": "10.0.0.1", "10.96.0.0/12": "local" });
    cluster.put([node(1), node(2), node(3), POOL, pool("10.88.0.0/16", { disableBGPExport: true })]).settle();
    expect(cluster.node(3).table()).not.toHaveProperty(["10.88.0.0/26"]);
    for (const name of cluster.up(1)) expect(cluster.node(1).peer(name).counters).toMatchObject({ established: 1, flaps: 0 });
  });
});

describe("a reflector", () => {
  const RR = { routeReflectorClusterID: "244.0.0.1" };
  const toReflectors = peer("reflectors", { nodeSelector: "!has(rr)", peerSelector: "has(rr)" });

  it("takes the place of the mesh without a moment in which a block is not known", () => {
    const known = (): readonly number[] => [1, 2].map((number) => Object.keys(cluster.node(number).table()).length);
    cluster.put([node(1), node(2), node(3), node(4, RR, { rr: "" }), toReflectors, POOL]).start(4);
    expect(cluster.up(4)).toEqual(["Node_10_0_0_1", "Node_10_0_0_2", "Node_10_0_0_3"]);
    expect(known()).toEqual([4, 4]);
    cluster.put([node(1), node(2), node(3), node(4, RR, { rr: "" }), toReflectors, POOL, NO_MESH]);
    for (let step = 0; step < 20; step++) {
      cluster.network.run(500);
      expect(known()).toEqual([4, 4]);
    }
    expect(cluster.up(1)).toEqual(["Node_10_0_0_4"]);
    expect(cluster.node(1).best().find(({ prefix }) => prefix === "192.168.2.0/26")).toMatchObject({ attributes: { nextHop: { address: "10.0.0.2" }, originatorId: 0x0a000002, clusterList: [0xf4000001] } });
  });
});

describe("a BGPFilter", () => {
  it("changes what a peer hears without a reset", () => {
    const rack = (action: string): readonly Entry[] => [
      NO_MESH, node(1), node(2), POOL,
      peer("p", { node: "node-1", peerSelector: "all()", filters: ["f"] }),
      filter("f", { exportV4: [{ action, cidr: "192.168.1.0/26", matchOperator: "Equal" }] }),
    ];
    cluster = new Cluster().put(rack("Accept")).start(1, 2);
    expect(cluster.node(2).table()).toHaveProperty(["192.168.1.0/26"]);
    cluster.put(rack("Reject")).settle();
    expect(cluster.node(2).table()).not.toHaveProperty(["192.168.1.0/26"]);
    expect(cluster.node(2).peer("Node_10_0_0_1").counters).toMatchObject({ established: 1, flaps: 0 });
  });
});
