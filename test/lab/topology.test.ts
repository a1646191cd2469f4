/**
 * The plan of a lab: addresses, blocks, who borrows, who peers, and so who must learn what.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contains } from "../../src/ip/prefix.ts";
import { configText, filesOf } from "../../src/cli/lab/host-config.ts";
import { type LabOptions, POOL, borrowedBy, expectedRoutes, planLab } from "../../src/cli/lab/topology.ts";
import { parseSpeakerConfig } from "../../src/speaker/config/parse.ts";

const OPTIONS: LabOptions = {
  id: "abcd",
  ground: "namespaces",
  nodes: 3,
  reflectors: 1,
  birds: 0,
  holdSec: 9,
  datastore: "none",
  port: 179,
  directory: "/tmp/lab",
};

const anyOptions: fc.Arbitrary<LabOptions> = fc
  .record({
    nodes: fc.integer({ min: 2, max: 99 }),
    reflectors: fc.integer({ min: 0, max: 3 }),
    birds: fc.nat(99),
    ground: fc.constantFrom("namespaces" as const, "loopback" as const),
  })
  .map((chosen) => ({ ...OPTIONS, ...chosen, birds: Math.min(chosen.birds, chosen.nodes) }));

describe("a lab's plan", () => {
  it("has three nodes and a reflector, each node with a block and two containers, one of them with a borrowed address", () => {
    const lab = planLab(OPTIONS);
    expect(lab.hosts.map(({ name, address, block }) => [name, address, block])).toEqual([
      ["node-1", "172.17.8.101", "192.168.1.64/26"],
      ["node-2", "172.17.8.102", "192.168.2.128/26"],
      ["node-3", "172.17.8.103", "192.168.3.192/26"],
      ["reflector-1", "172.17.8.201", undefined],
    ]);
    expect(lab.hosts.flatMap(borrowedBy)).toEqual(["192.168.3.234/32"]);
  });

  it("lets every host learn each block and borrowed address of the others", () => {
    const lab = planLab(OPTIONS);
    expect(lab.hosts.map((host) => expectedRoutes(lab, host).length)).toEqual([3, 2, 3, 4]);
  });

  it("never gives an address, an interface or a namespace twice, and peers agree that they are peers", () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const { hosts } = planLab(options);
        const containers = hosts.flatMap((host) => host.containers);
        for (const names of [
          [...hosts, ...containers].map(({ address }) => address),
          [...hosts, ...containers].map(({ namespace }) => namespace),
          containers.map(({ hostInterface }) => hostInterface),
        ]) {
          expect(new Set(names).size).toBe(names.length);
        }
        for (const host of hosts)
          for (const peer of host.peers)
            expect(hosts.find(({ address }) => address === peer.address)?.peers.map(({ address }) => address)).toContain(
              host.address,
            );
        for (const { block } of hosts) if (block) expect(contains(POOL, block)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("borrows from a block of another host, always exactly once", () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const { hosts } = planLab(options);
        const borrowed = hosts.flatMap((host) => borrowedBy(host).map((prefix) => ({ host, prefix })));
        expect(borrowed.length).toBe(1);
        for (const { host, prefix } of borrowed)
          expect(hosts.filter(({ block }) => block && contains(block, prefix)).map(({ name }) => name)).not.toContain(host.name);
      }),
    );
  });

  it("yields configurations that ts-bgp accepts", () => {
    const lab = planLab({ ...OPTIONS, reflectors: 2 });
    for (const host of lab.hosts) {
      const { listen, control, kernel, ...speaker } = JSON.parse(configText(lab, host)) as Record<string, unknown>;
      expect(parseSpeakerConfig(speaker).peers.length).toBe(host.peers.length);
      expect(listen).toEqual([{ address: host.address, port: 179 }]);
      expect(control).toEqual({ socket: filesOf(lab, host).socket });
      expect(kernel).toBeUndefined();
    }
  });

  it("puts BIRD on node 2 first and on the shown node last", () => {
    const birds = (count: number): readonly string[] =>
      planLab({ ...OPTIONS, birds: count })
        .hosts.filter(({ program }) => program === "bird")
        .map(({ name }) => name);
    expect([0, 1, 2, 3].map(birds)).toEqual([[], ["node-2"], ["node-2", "node-3"], ["node-1", "node-2", "node-3"]]);
  });
});
