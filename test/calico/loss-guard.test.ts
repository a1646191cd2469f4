/** A change, or a loss? */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { type Inventory, LossGuard } from "../../src/calico/loss-guard.ts";

const MINUTE_MS = 60_000;

interface Node {
  readonly peers?: readonly string[];
  readonly blocks?: readonly string[];
  readonly pools?: readonly string[];
  /** Nodes of the cluster, by the last part of their addresses; without it those of the peers. */
  readonly nodes?: readonly string[];
  readonly mesh?: Inventory["mesh"];
}

function inventory({ peers = [], blocks = [], pools = ["pool"], nodes, mesh = "part" }: Node): Inventory {
  const addresses = new Map(peers.map((name) => [name, addressOf(name)]));
  return {
    goods: { peers: new Set(peers), blocks: new Set(blocks), pools: new Set(pools) },
    peerAddresses: addresses,
    nodeAddresses: new Set(nodes ? nodes.map(addressOf) : addresses.values()),
    mesh,
  };
}

function addressOf(name: string): IpAddress {
  return `10.0.0.${name.split("_").at(-1)}` as IpAddress;
}

function mesh(...numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => `Mesh_${number}`);
}

function guarding(before: Node, maxLossPercent = 50): LossGuard {
  const guard = new LossGuard({ maxLossPercent, windowMs: 5 * MINUTE_MS });
  guard.applied(inventory(before), 0);
  return guard;
}

describe("the guard", () => {
  it.each<{ readonly title: string; readonly before: Node; readonly after: Node; readonly says: readonly string[] }>([
    { title: "lets a node go", before: { peers: mesh(1, 2, 3) }, after: { peers: mesh(1, 2) }, says: [] },
    { title: "lets the last node go", before: { peers: mesh(1) }, after: { nodes: [] }, says: [] },
    { title: "holds back the loss of most peers", before: { peers: mesh(1, 2, 3, 4) }, after: { peers: mesh(1), nodes: ["1", "2", "3", "4"] }, says: ["3 of 4 peers would go"] },
    { title: "lets half of them go", before: { peers: mesh(1, 2, 3, 4) }, after: { peers: mesh(1, 2) }, says: [] },
    { title: "holds back the loss of most blocks", before: { blocks: ["a", "b", "c"] }, after: { blocks: ["c"] }, says: ["2 of 3 blocks would go"] },
    { title: "holds back the loss of all pools", before: { pools: ["a", "b"] }, after: { pools: [] }, says: ["2 of 2 pools would go", "no pool would remain"] },
    { title: "holds back the loss of the only pool", before: { pools: ["a"] }, after: { pools: [] }, says: ["no pool would remain"] },
    { title: "lets one pool of two go", before: { pools: ["a", "b"] }, after: { pools: ["b"] }, says: [] },
    { title: "lets one block go", before: { blocks: ["a"] }, after: { blocks: [] }, says: [] },
    {
      title: "holds back a selector that has stopped to match: the only reflector is still a node",
      before: { peers: ["Node_9"] },
      after: { peers: [], nodes: ["9"] },
      says: ["no peer would remain, though their nodes do"],
    },
    { title: "lets the mesh be turned off where a reflector is there", before: { peers: [...mesh(1, 2, 3), "Node_9"] }, after: { peers: ["Node_9"], mesh: "left" }, says: [] },
    {
      title: "holds back a mesh that is turned off before anything is in its place",
      before: { peers: mesh(1, 2, 3) },
      after: { peers: [], nodes: ["1", "2", "3"], mesh: "left" },
      says: ["3 of 3 peers would go", "no peer would remain, though their nodes do"],
    },
  ])("$title", ({ before, after, says }) => {
    expect(guarding(before).judge(inventory(after), MINUTE_MS)).toEqual(says);
  });

  it("counts together what goes one by one within some minutes", () => {
    const guard = guarding({ peers: mesh(1, 2, 3, 4) });
    guard.applied(inventory({ peers: mesh(1, 2, 3) }), MINUTE_MS);
    guard.applied(inventory({ peers: mesh(1, 2) }), 2 * MINUTE_MS);
    expect(guard.judge(inventory({ peers: mesh(1) }), 3 * MINUTE_MS)).toEqual(["3 of 4 peers would go"]);
    expect(guard.judge(inventory({ peers: mesh(1) }), 8 * MINUTE_MS)).toEqual([]); // the others went too long ago
  });

  it("does not count what has come back", () => {
    const guard = guarding({ peers: mesh(1, 2, 3, 4) });
    guard.applied(inventory({ peers: mesh(1, 2, 3) }), MINUTE_MS);
    guard.applied(inventory({ peers: mesh(1, 2, 3, 4) }), MINUTE_MS);
    expect(guard.judge(inventory({ peers: mesh(2, 3) }), MINUTE_MS)).toEqual([]);
  });

  it("does not count what had only just come", () => {
    const guard = guarding({ peers: mesh(1, 2) });
    guard.applied(inventory({ peers: mesh(1, 2, 3, 4) }), MINUTE_MS);
    guard.applied(inventory({ peers: mesh(1, 2, 4) }), 2 * MINUTE_MS);
    guard.applied(inventory({ peers: mesh(1, 2) }), 2 * MINUTE_MS);
    expect(guard.judge(inventory({ peers: mesh(1) }), 3 * MINUTE_MS)).toEqual([]);
    expect(guarding({ peers: mesh(1, 2) }).judge(inventory({ nodes: [] }), 0)).toEqual(["2 of 2 peers would go"]);
  });

  it("has another share as its limit when it is told so, or none", () => {
    const half = inventory({ peers: mesh(1, 2) });
    expect(guarding({ peers: mesh(1, 2, 3, 4) }, 20).judge(half, MINUTE_MS)).toEqual(["2 of 4 peers would go"]);
    expect(guarding({ peers: mesh(1, 2, 3, 4) }, 100).judge(inventory({ nodes: ["1"] }), MINUTE_MS)).toEqual([]);
  });

  it("forgets what went when somebody accepts it", () => {
    const guard = guarding({ peers: mesh(1, 2, 3, 4, 5, 6) });
    guard.accepted(inventory({ peers: mesh(1, 2) }), 0);
    expect(guard.judge(inventory({ peers: mesh(1) }), MINUTE_MS)).toEqual([]);
  });

  it("has nothing to lose before the first configuration", () => {
    expect(new LossGuard({ maxLossPercent: 50, windowMs: 1 }).judge(inventory({}), 0)).toEqual([]);
  });
});
