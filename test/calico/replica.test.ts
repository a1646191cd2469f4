/** The copy of the datastore: whatever way a change is learned, it comes out as one. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Replica } from "../../src/calico/replica.ts";

const NODES = "/nodes/";
const PEERS = "/peers/";

function listing(...keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [key, `${key}'s value`]));
}

describe("a replica", () => {
  it("is complete once every prefix was listed, and then tells everything as changed", () => {
    const replica = new Replica([NODES, PEERS]);
    replica.listed(NODES, listing("/nodes/a"), 5);
    expect(replica.isComplete).toBe(false);
    replica.listed(PEERS, listing(), 5);
    expect(replica.isComplete).toBe(true);
    expect([...replica.takeChanges()]).toEqual([["/nodes/a", "/nodes/a's value"]]);
    expect(replica.hasChanges).toBe(false);
  });

  it("finds out by a second list what went without a word", () => {
    const replica = new Replica([NODES]);
    replica.listed(NODES, listing("/nodes/a", "/nodes/b"), 5);
    replica.takeChanges();
    expect(replica.listed(NODES, listing("/nodes/b"), 9)).toBe(1);
    expect([...replica.takeChanges()]).toEqual([["/nodes/a", undefined]]);
  });

  it("says nothing of a value that is what it was", () => {
    const replica = new Replica([NODES]);
    replica.listed(NODES, listing("/nodes/a"), 5);
    replica.takeChanges();
    replica.told(NODES, [["/nodes/a", "/nodes/a's value"]], 6);
    expect(replica.hasChanges).toBe(false);
  });

  it("goes on from the last revision that it was told, never from an earlier one", () => {
    const replica = new Replica([NODES, PEERS]);
    replica.listed(NODES, listing(), 5);
    replica.told(NODES, [["/nodes/a", "1"]], 7);
    replica.told(NODES, [], 6);
    expect([...replica.places()]).toEqual([[NODES, 7], [PEERS, undefined]]);
    replica.mustList(NODES);
    expect(replica.places().get(NODES)).toBeUndefined();
  });

  it.each([
    ["another cluster answers", "c2", 100],
    ["the history is shorter than what we know", "c1", 4],
  ])("lists everything again when %s", (_title, cluster, revision) => {
    const replica = new Replica([NODES]);
    expect(replica.recognise("c1", 5)).toBe("same");
    replica.listed(NODES, listing(), 5);
    expect(replica.recognise("c1", 5)).toBe("same");
    expect(replica.recognise(cluster, revision)).toBe("another");
    expect(replica.places().get(NODES)).toBeUndefined();
  });

  it("adds up: changes taken at any moments, put together, are what stands in the datastore", () => {
    const key = fc.constantFrom("/nodes/a", "/nodes/b", "/nodes/c");
    const step = fc.oneof(
      fc.record({ kind: fc.constant("told" as const), key, value: fc.option(fc.constantFrom("1", "2"), { nil: undefined }) }),
      fc.record({ kind: fc.constant("listed" as const), found: fc.dictionary(key, fc.constantFrom("1", "2"), { noNullPrototype: true }) }),
      fc.record({ kind: fc.constant("taken" as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { size: "+1" }), (steps) => {
        const replica = new Replica([NODES]);
        const truth = new Map<string, string>();
        const told = new Map<string, string>();
        const take = (): void => {
          for (const [changed, value] of replica.takeChanges()) if (value === undefined) told.delete(changed);
          else told.set(changed, value);
        };
        for (const [index, action] of steps.entries()) {
          if (action.kind === "taken") take();
          else if (action.kind === "told") {
            replica.told(NODES, [[action.key, action.value]], index);
            if (action.value === undefined) truth.delete(action.key);
            else truth.set(action.key, action.value);
          } else {
            replica.listed(NODES, new Map(Object.entries(action.found)), index);
            truth.clear();
            for (const [found, value] of Object.entries(action.found)) truth.set(found, value);
          }
        }
        take();
        expect(new Map([...told].sort())).toEqual(new Map([...truth].sort()));
        expect(replica.size).toBe(truth.size);
      }),
    );
  });
});
