/**
 * The decision process: each rule on its own, and the laws of the whole.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { RULES } from "../../src/bgp/rib/decide.ts";
import { NO_PATH, type PathRow, type SourceId } from "../../src/bgp/rib/ids.ts";
import type { Source } from "../../src/bgp/rib/source-table.ts";
import { NEXT_HOPS, SOURCES, pathsToOnePrefix } from "./arbitraries.ts";
import { KERNEL, LOCAL, PREFIX, RibKit, external, internal, via } from "./kit.ts";
import { type PlainPath, medOf, neighbourOf, plainRanking, plainWinner } from "./reference.ts";

interface Told {
  readonly from: Source;
  readonly attributes: PathAttributes;
  readonly pathId?: number;
}

interface RuleCase {
  readonly rule: string;
  readonly because: string;
  readonly better: Told;
  readonly worse: Told;
}

const NEAR = "10.0.0.1";
const FAR = "10.0.0.2";
const GONE = "10.0.0.3";

/** Wherever a later rule can be made to speak for the worse path, it does. */
const RULE_CASES: readonly RuleCase[] = [
  {
    rule: "resolvable",
    because: "a next hop that can be reached beats any preference [5.6-resolvable]",
    better: { from: external("10.9.9.9", { routerId: 9 }), attributes: via(FAR, { localPref: 50 }, 65001) },
    worse: { from: external("10.1.1.1", { routerId: 1 }), attributes: via(GONE, { localPref: 900 }, 65001) },
  },
  {
    rule: "not-kernel",
    because: "what a peer tells wins over what somebody put into the kernel",
    better: { from: external("10.9.9.9", { routerId: 9 }), attributes: via(FAR, { localPref: 50 }, 65001) },
    worse: { from: KERNEL, attributes: { origin: "igp", asPath: [], localPref: 900 } },
  },
  {
    rule: "not-llgr-stale",
    because: "a path with the community LLGR_STALE loses against any without",
    better: { from: external("10.9.9.9", { routerId: 9 }), attributes: via(FAR, { localPref: 50 }, 65001) },
    worse: { from: external("10.1.1.1", { routerId: 1 }), attributes: via(NEAR, { localPref: 900, communities: [0xffff0006] }, 65001) },
  },
  {
    rule: "local-pref",
    because: "the higher LOCAL_PREF wins, and a missing one is 100 [5.6-local-pref]",
    better: { from: internal("10.9.9.9", { routerId: 9 }), attributes: via(FAR, {}, 65001, 65002, 65003) },
    worse: { from: external("10.1.1.1", { routerId: 1 }), attributes: via(NEAR, { localPref: 99 }, 65001) },
  },
  {
    rule: "local",
    because: "what this machine announces wins over what it hears [5.6-local]",
    better: { from: LOCAL, attributes: { origin: "incomplete", asPath: [] } },
    worse: { from: internal("10.1.1.1"), attributes: via(NEAR, { origin: "igp" }) },
  },
  {
    rule: "as-path",
    because: "the shorter AS_PATH wins [5.6-as-path]",
    better: { from: internal("10.9.9.9", { routerId: 9 }), attributes: via(FAR, { origin: "incomplete" }, 65001) },
    worse: { from: external("10.1.1.1", { routerId: 1 }), attributes: via(NEAR, { origin: "igp" }, 65001, 65002) },
  },
  {
    rule: "origin",
    because: "IGP before EGP before INCOMPLETE [5.6-origin]",
    better: { from: internal("10.9.9.9", { routerId: 9 }), attributes: via(FAR, { origin: "egp", med: 9 }, 65001) },
    worse: { from: external("10.1.1.1", { routerId: 1 }), attributes: via(NEAR, { origin: "incomplete", med: 1 }, 65001) },
  },
  {
    rule: "med",
    because: "the lower MED of one neighbour wins, and a missing one is 0 [5.6-med]",
    better: { from: internal("10.9.9.9", { routerId: 9 }), attributes: via(FAR, {}, 65001) },
    worse: { from: external("10.1.1.1", { routerId: 1 }), attributes: via(NEAR, { med: 1 }, 65001) },
  },
  {
    rule: "external",
    because: "MEDs of two neighbours are not compared; an external path wins over an internal one [5.6-external, 5.6-med]",
    better: { from: external("10.9.9.9", { routerId: 9 }), attributes: via(FAR, { med: 90 }, 65001) },
    worse: { from: internal("10.1.1.1", { routerId: 1 }), attributes: via(NEAR, { med: 10 }, 65002) },
  },
  {
    rule: "igp-metric",
    because: "the nearer next hop wins [5.6-igp-metric]",
    better: { from: internal("10.9.9.9", { routerId: 9 }), attributes: via(NEAR, {}, 65001) },
    worse: { from: internal("10.1.1.1", { routerId: 1 }), attributes: via(FAR, {}, 65001) },
  },
  {
    rule: "router-id",
    because: "the lower router id wins, and ORIGINATOR_ID stands for it [5.6-router-id]",
    better: { from: internal("10.9.9.9", { routerId: 9 }), attributes: via(NEAR, { originatorId: 4, clusterList: [1, 2] }, 65001) },
    worse: { from: internal("10.1.1.1", { routerId: 5 }), attributes: via(NEAR, {}, 65001) },
  },
  {
    rule: "cluster-list",
    because: "the path through fewer reflectors wins [5.6-cluster-list]",
    better: { from: internal("10.9.9.9", { routerId: 8 }), attributes: via(NEAR, { originatorId: 4, clusterList: [1] }, 65001) },
    worse: { from: internal("10.1.1.1", { routerId: 5 }), attributes: via(NEAR, { originatorId: 4, clusterList: [1, 2] }, 65001) },
  },
  {
    rule: "peer-address",
    because: "of two sessions to one router the lower address wins, as a number [5.6-peer-address]",
    better: { from: internal("10.1.1.9"), attributes: via(NEAR, {}, 65001), pathId: 7 },
    worse: { from: internal("10.1.1.10"), attributes: via(NEAR, {}, 65001), pathId: 1 },
  },
];

function kitFor(options: ConstructorParameters<typeof RibKit>[0] = {}, defaults: ConstructorParameters<typeof RibKit>[1] = {}): RibKit {
  const kit = new RibKit(options, defaults);
  kit.nextHops.costs.set(FAR, 10);
  kit.nextHops.costs.set(GONE, undefined);
  return kit;
}

describe("each rule decides", () => {
  for (const { rule, because, better, worse } of RULE_CASES) {
    it(`${rule}: ${because}`, () => {
      for (const order of [[better, worse], [worse, better]]) {
        const kit = kitFor();
        const numbers = new Map([better, worse].map((told) => [told, kit.sources.add(told.from)]));
        for (const told of order) kit.learn(numbers.get(told) as SourceId, told.attributes, PREFIX, told.pathId);
        kit.rib.decide();
        expect(kit.rib.paths.source(kit.best())).toBe(numbers.get(better));
        expect(kit.explained()).toEqual([[numbers.get(better), undefined], [numbers.get(worse), rule]]);
      }
    });
  }

  it("a path kept over a restart, or marked by a refresh, is as good as it was (RFC 4724 §4.2)", () => {
    const kit = kitFor();
    const [kept, fresh] = [kit.sources.add(external("10.1.1.1")), kit.sources.add(external("10.9.9.9", { routerId: 9 }))];
    kit.learn(kept, via(NEAR, { localPref: 900 }, 65001));
    kit.learn(fresh, via(FAR, {}, 65001, 65002));
    kit.rib.decide();
    kit.rib.markStale(kept, "ipv4");
    expect(kit.decide()).toEqual([]);
    expect(kit.explained()).toEqual([[kept, undefined], [fresh, "local-pref"]]);
  });

  it("path-id: the lower path identifier of one source wins [5.6-path-id]", () => {
    const kit = kitFor();
    const source = kit.sources.add(internal("10.1.1.1"));
    kit.learn(source, via(NEAR), PREFIX, 2);
    const first = kit.learn(source, via(NEAR), PREFIX, 1);
    kit.rib.decide();
    expect(kit.best()).toBe(first);
    expect(kit.explained()).toEqual([[source, undefined], [source, "path-id"]]);
  });

  it("names its rules in the order of the protocol checklist", () => {
    expect(RULES.map(({ name }) => name)).toEqual(
      "resolvable not-kernel not-llgr-stale local-pref local aigp as-path origin med external igp-metric oldest-external router-id cluster-list peer-address path-id source".split(" "),
    );
  });
});

describe("options", () => {
  it("aigp: a path with it wins over one without, then the lower sum with the way to the next hop [5.6-aigp]", () => {
    const kit = kitFor({ aigp: "compare" });
    const [none, near, far] = [kit.sources.add(internal("10.1.1.1")), kit.sources.add(internal("10.1.1.2")), kit.sources.add(internal("10.1.1.3"))];
    kit.learn(none, via(NEAR, {}, 65001));
    kit.learn(near, via(NEAR, { aigp: 105n }, 65001, 65002, 65003));
    kit.learn(far, via(FAR, { aigp: 100n }, 65001, 65002));
    expect(kit.explained()).toEqual([[near, undefined], [far, "aigp"], [none, "aigp"]]);
  });

  it("aigp is carried and not compared unless asked for [5.6-aigp]", () => {
    const kit = kitFor();
    const [none, some] = [kit.sources.add(internal("10.1.1.1")), kit.sources.add(internal("10.1.1.2"))];
    kit.learn(none, via(NEAR, {}, 65001));
    kit.learn(some, via(NEAR, { aigp: 1n }, 65001, 65002));
    expect(kit.explained()).toEqual([[none, undefined], [some, "as-path"]]);
  });

  it("a missing MED can count as the worst [5.6-med]", () => {
    const kit = kitFor({}, { missingMed: "worst" });
    const [missing, told] = [kit.sources.add(external("10.1.1.1")), kit.sources.add(external("10.1.1.2", { routerId: 9 }))];
    kit.learn(missing, via(NEAR, {}, 65001));
    kit.learn(told, via(NEAR, { med: 0xfffffffe }, 65001));
    expect(kit.explained()).toEqual([[told, undefined], [missing, "med"]]);
  });

  it("MED can be compared between all neighbours [5.6-med]", () => {
    const kit = kitFor({ med: "always" });
    const [high, low] = [kit.sources.add(external("10.1.1.1")), kit.sources.add(external("10.1.1.2", { routerId: 9 }))];
    kit.learn(high, via(NEAR, { med: 20 }, 65001));
    kit.learn(low, via(NEAR, { med: 10 }, 65002));
    kit.rib.decide();
    expect(kit.rib.paths.source(kit.best())).toBe(low);
    expect(kit.explained()).toEqual([[low, undefined], [high, "med"]]);
  });

  it("the external path that was there first can be kept (RFC 5004) [5.6-oldest]", () => {
    const kit = kitFor({ oldestExternal: "prefer" });
    const [late, early] = [kit.sources.add(external("10.1.1.1")), kit.sources.add(external("10.1.1.2", { routerId: 9 }))];
    kit.learn(early, via(NEAR, {}, 65001));
    kit.nowMs = 1000;
    kit.learn(late, via(NEAR, {}, 65001));
    expect(kit.explained()).toEqual([[early, undefined], [late, "oldest-external"]]);
  });
});

describe("the whole decision", () => {
  const costs = fc.record({ [NEXT_HOPS[0]]: fc.constantFrom(0, 0, 10), [NEXT_HOPS[1]]: fc.constantFrom(0, 10), [NEXT_HOPS[2]]: fc.constantFrom(0, undefined) });

  it("is what RFC 4271 says of the set of paths, in whatever order they came, and so is the ranking [5.6-order-independent]", () => {
    const reached = { medRemoved: 0, foldWouldDiffer: 0, unresolvable: 0, many: 0 };
    const rules = new Map<string | undefined, number>();
    fc.assert(
      fc.property(pathsToOnePrefix(10).chain((paths) => fc.tuple(fc.constant(paths), fc.shuffledSubarray(paths, { minLength: paths.length }))), costs, ([paths, shuffled], cost) => {
        const plain = paths.map((path) => ({ ...path, source: SOURCES[path.sourceNumber] as Source }));
        const costOf = (nextHop: string): number | undefined => cost[nextHop as keyof typeof cost];
        const winner = plainWinner(plain, costOf);
        const ranking = plainRanking(plain, costOf);
        countReached(reached, plain, winner, costOf);
        for (const order of [paths, shuffled]) {
          const kit = kitWith(cost);
          for (const path of order) learnPlain(kit, path);
          for (const source of new Set(order.filter(({ stale }) => stale).map(({ sourceNumber }) => sourceNumber))) markOneStale(kit, source, order);
          kit.rib.decide();
          const key = (row: PathRow): string => `${kit.rib.paths.source(row)} ${kit.rib.paths.pathId(row)}`;
          const best = kit.best();
          expect(best === NO_PATH ? undefined : key(best)).toBe(winner && `${winner.sourceNumber} ${winner.pathId}`);
          const explained = kit.rib.explain(kit.prefixes.internPrefix(PREFIX));
          expect(explained.map(({ row }) => key(row))).toEqual(ranking.map((path) => `${path.sourceNumber} ${path.pathId}`));
          for (const { lostBy } of explained) rules.set(lostBy, (rules.get(lostBy) ?? 0) + 1);
          expect(kit.decide()).toEqual([]);
        }
      }),
      { numRuns: 3000 },
    );
    expect(reached.foldWouldDiffer).toBeGreaterThan(50);
    expect(Math.min(reached.medRemoved, reached.unresolvable, reached.many)).toBeGreaterThan(100);
    const silent = RULES.map(({ name }) => name).filter((name) => !rules.has(name));
    expect(silent).toEqual(["aigp", "oldest-external"]);
  });
});

function kitWith(cost: { readonly [nextHop: string]: number | undefined }): RibKit {
  const kit = new RibKit();
  for (const [nextHop, metric] of Object.entries(cost)) kit.nextHops.costs.set(nextHop, metric);
  for (const source of SOURCES) kit.sources.add(source);
  return kit;
}

type Generated = Omit<PlainPath, "source">;

/** SOURCES were added in their order, so their numbers are their places. */
function learnPlain(kit: RibKit, { sourceNumber, attributes, pathId }: Generated): void {
  kit.learn(sourceNumber as SourceId, attributes, PREFIX, pathId);
}

/** A whole source goes stale; its fresh paths are told again. */
function markOneStale(kit: RibKit, sourceNumber: number, paths: readonly Generated[]): void {
  kit.rib.markStale(sourceNumber as SourceId, "ipv4");
  for (const path of paths) if (path.sourceNumber === sourceNumber && !path.stale) learnPlain(kit, path);
}

interface Reached {
  medRemoved: number;
  foldWouldDiffer: number;
  unresolvable: number;
  many: number;
}

/** Was this a case in which a decision that compares as paths arrive would have gone wrong? */
function countReached(reached: Reached, paths: readonly (PlainPath & Generated)[], winner: PlainPath | undefined, cost: (nextHop: string) => number | undefined): void {
  const fold = (order: readonly PlainPath[]): PlainPath | undefined =>
    order.reduce<PlainPath | undefined>((best, path) => (best === undefined ? plainWinner([path], cost) : plainWinner([best, path], cost)), undefined);
  if (fold(paths) !== winner || fold([...paths].reverse()) !== winner) reached.foldWouldDiffer++;
  if (paths.some((a) => paths.some((b) => neighbourOf(a) === neighbourOf(b) && medOf(a) < medOf(b)))) reached.medRemoved++;
  if (winner === undefined || paths.length > plainRanking(paths.filter((path) => plainWinner([path], cost)), cost).length) reached.unresolvable++;
  if (paths.length >= 6) reached.many++;
}
