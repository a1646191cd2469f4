/**
 * The Rib: against a Map under any history, and in sentences.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { ALL_FAMILIES } from "../../src/bgp/wire/context.ts";
import { NO_ATTRIBUTES, NO_PATH, type PathRow, type PrefixId, type SourceId } from "../../src/bgp/rib/ids.ts";
import type { Rib } from "../../src/bgp/rib/rib.ts";
import { NEXT_HOPS, SOURCES, attributesFrom } from "./arbitraries.ts";
import { PREFIX, RibKit, external, internal, prefix, via } from "./kit.ts";
import { type Entry, type Judgement, RibModel, familyOf, judged } from "./model.ts";

const PREFIXES = ["10.0.0.0/8", "10.65.0.0/26", "0.0.0.0/0", "fd00::/64", "fd00::1/128"].map(prefix);

const anySource = fc.nat({ max: SOURCES.length - 1 });
const anyFamily = fc.constantFrom(...ALL_FAMILIES);
const anyJudgement = fc.constantFrom<Judgement>("as-it-came", "as-it-came", "less-preferred", "refused");

const learnMove = anySource.chain((source) =>
  fc.record({
    kind: fc.constant("learn" as const),
    source: fc.constant(source),
    prefix: fc.constantFrom(...PREFIXES),
    pathId: fc.constantFrom(0, 0, 0, 1),
    attributes: attributesFrom(SOURCES[source] as (typeof SOURCES)[number]),
    judgement: anyJudgement,
  }),
);

const anyMove = fc.oneof(
  { weight: 10, arbitrary: learnMove },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("decide" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("again" as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("put-off" as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("forget" as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget-source" as const), source: anySource, family: fc.option(anyFamily, { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("mark-stale" as const), source: anySource, family: anyFamily }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget-stale" as const), source: anySource, family: anyFamily }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rejudge" as const), source: anySource, judgement: anyJudgement }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("next-hop" as const), nextHop: fc.constantFrom(...NEXT_HOPS), cost: fc.constantFrom(undefined, 0, 10) }) },
);
type Move = typeof anyMove extends fc.Arbitrary<infer M> ? M : never;

function decided(rib: Rib): readonly PrefixId[] {
  return Array.from({ length: rib.decidedCount }, (_, at) => rib.decided(at));
}

/** A Rib and a Map that live through the same history. */
class Play {
  readonly kit = new RibKit();
  readonly model = new RibModel();
  readonly reached: Map<string, number>;

  constructor(reached: Map<string, number>) {
    this.reached = reached;
    for (const source of SOURCES) this.kit.sources.add(source);
    this.model.cost = (nextHop) => (this.kit.nextHops.costs.has(nextHop) ? this.kit.nextHops.costs.get(nextHop) : 0);
  }

  move(move: Move): void {
    const { kit, model } = this;
    switch (move.kind) {
      case "learn":
        return this.#learn(move.source, move.prefix, move.pathId, move.attributes, move.judgement);
      case "again":
        return this.#withPicked(move.pick, ({ sourceNumber, prefix: where, pathId, received, refused, attributes }) => {
          this.#learn(sourceNumber, where, pathId, structuredClone(received), refused ? "refused" : attributes === received ? "as-it-came" : "less-preferred");
        });
      case "forget":
        return this.#withPicked(move.pick, ({ sourceNumber, prefix: where, pathId }) => {
          model.forget(sourceNumber, where, pathId);
          kit.forget(sourceNumber as SourceId, where, pathId);
        });
      case "put-off":
        return kit.rib.discardRemoved();
      case "forget-source":
        model.forgetWhere((entry) => entry.sourceNumber === move.source && (move.family === undefined || familyOf(entry.prefix) === move.family));
        return kit.rib.forgetSource(move.source as SourceId, ...(move.family === undefined ? [] : [move.family]));
      case "mark-stale":
        model.markStale(move.source, move.family);
        return kit.rib.markStale(move.source as SourceId, move.family);
      case "forget-stale":
        model.forgetWhere((entry) => entry.stale && entry.sourceNumber === move.source && familyOf(entry.prefix) === move.family);
        return kit.rib.forgetStale(move.source as SourceId, move.family);
      case "rejudge":
        model.rejudge(move.source, move.judgement);
        return this.#rejudge(move.source as SourceId, move.judgement);
      case "next-hop":
        kit.nextHops.costs.set(move.nextHop, move.cost);
        return kit.rib.reconsiderNextHops();
      case "decide":
        return this.decide();
    }
  }

  /** Both decide, and everything that can be asked is compared. */
  decide(): void {
    const { kit, model } = this;
    const { paths } = kit.rib;
    const seen = (row: PathRow, usable: boolean) => row !== NO_PATH && { source: paths.source(row), pathId: paths.pathId(row), attributes: kit.attributes.get(usable ? paths.usable(row) : paths.received(row)) };
    const expected = (entry: Entry | undefined) => entry !== undefined && { source: entry.sourceNumber, pathId: entry.pathId, attributes: entry.attributes };
    const changes = kit.decide();
    const looked = decided(kit.rib);
    expect(new Set(looked).size).toBe(looked.length);
    const told = changes.map((change) => ({ prefix: kit.prefixes.prefix(change.prefix), before: seen(change.before, true), after: seen(change.after, true) }));
    const wanted = model.decide(PREFIXES).map((change) => ({ prefix: change.prefix, before: expected(change.before), after: expected(change.after) }));
    expect(told.sort(byPrefix)).toEqual(wanted.sort(byPrefix));
    for (const { before, after } of told) this.#count(`${before ? "had" : "none"}-${after ? "has" : "none"}`);
    for (const where of PREFIXES) expect(kit.rib.ranked(kit.prefixes.internPrefix(where)).map((row) => seen(row, true))).toEqual(model.ranked(where).map(expected));
    for (const where of PREFIXES) expect(kit.rib.refused(kit.prefixes.internPrefix(where)).length).toBe([...model.entries.values()].filter((entry) => entry.prefix === where && entry.refused).length);
    expect(kit.rib.paths.prefixes).toBe([...kit.rib.prefixes()].length);
    expect([...kit.rib.prefixes()].map((id) => kit.prefixes.prefix(id)).sort()).toEqual([...new Set([...model.entries.values()].map((entry) => entry.prefix))].sort());
    expect(kit.rib.size).toBe(model.entries.size);
    for (const source of SOURCES.keys()) for (const family of ALL_FAMILIES) expect(kit.rib.counts(source as SourceId, family)).toEqual(model.counts(source, family));
  }

  /** Everything is forgotten, and two decisions later nothing is left. */
  end(): void {
    for (const source of SOURCES.keys()) this.kit.rib.forgetSource(source as SourceId);
    this.model.entries.clear();
    this.decide();
    this.kit.rib.decide();
    this.kit.rib.decide();
    expect(this.kit.leftovers()).toEqual({ paths: 0, prefixes: 0, attributes: 0, nextHops: 0 });
    expect(this.kit.decide()).toEqual([]);
  }

  #learn(source: number, where: Prefix, pathId: number, received: Entry["received"], judgement: Judgement): void {
    const { kit } = this;
    if (this.model.learn(source, where, pathId, received, judgement)) this.#count("again");
    const usable = judged(received, judgement);
    const set = usable === undefined ? NO_ATTRIBUTES : kit.attributes.intern(usable);
    kit.rib.learn(source as SourceId, kit.prefixes.internPrefix(where), pathId, kit.attributes.intern(received), set, 0, 0);
  }

  #rejudge(source: SourceId, judgement: Judgement): void {
    const { attributes, rib } = this.kit;
    for (const row of rib.rowsOf(source)) {
      const usable = judged(attributes.get(rib.paths.received(row)), judgement);
      rib.rejudge(row, usable === undefined ? NO_ATTRIBUTES : attributes.intern(usable), 0);
      this.#count("rejudged");
    }
  }

  #withPicked(pick: number, act: (entry: Entry) => void): void {
    const entries = [...this.model.entries.values()];
    if (entries.length > 0) act(entries[pick % entries.length] as Entry);
  }

  #count(what: string): void {
    this.reached.set(what, (this.reached.get(what) ?? 0) + 1);
  }
}

function byPrefix(a: { readonly prefix: string }, b: { readonly prefix: string }): number {
  return a.prefix < b.prefix ? -1 : 1;
}

describe("the Rib under any history", () => {
  it("reports and shows what a Map of paths would, and leaks no number", () => {
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 120, size: "max" }), (moves) => {
        const play = new Play(reached);
        for (const move of moves) play.move(move);
        play.end();
      }),
      { numRuns: 120 },
    );
    for (const state of ["none-has", "had-none", "had-has", "again", "rejudged"]) expect(reached.get(state), state).toBeGreaterThan(50);
  });
});

describe("the Rib", () => {
  it("says nothing when a path is told again as it was", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(internal("10.0.0.1"));
    const row = kit.learn(peer, via("10.0.0.1"));
    kit.rib.decide();
    expect(kit.learn(peer, via("10.0.0.1"))).toBe(row);
    expect([kit.decide(), decided(kit.rib)]).toEqual([[], []]);
  });

  it("says nothing when a path comes and goes between two decisions", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(internal("10.0.0.1"));
    kit.learn(peer, via("10.0.0.1"));
    kit.forget(peer);
    expect(kit.decide()).toEqual([]);
  });

  it("takes the same few rows again and again for paths that come and go before the first decision", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(internal("10.0.0.1"));
    const rows = new Set<PathRow>();
    for (let round = 0; round < 100; round++) {
      rows.add(kit.learn(peer, via("10.0.0.1", { med: round })));
      kit.forget(peer);
      kit.rib.discardRemoved();
    }
    expect(rows.size).toBeLessThan(5);
    expect(kit.decide()).toEqual([]);
  });

  it("keeps a replaced path readable until the next decision", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(internal("10.0.0.1"));
    const old = kit.learn(peer, via("10.0.0.1", { med: 1 }));
    kit.rib.decide();
    const now = kit.learn(peer, via("10.0.0.1", { med: 2 }));
    expect(kit.decide()).toEqual([{ prefix: kit.prefixes.findPrefix(PREFIX), before: old, after: now }]);
    expect(kit.attributes.get(kit.rib.paths.usable(old)).med).toBe(1);
    expect(kit.attributes.get(kit.rib.paths.usable(now)).med).toBe(2);
  });

  it("keeps a prefix that somebody retains, and gives it back after the release", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(internal("10.0.0.1"));
    kit.learn(peer, via("10.0.0.1"));
    const id = kit.prefixes.internPrefix(PREFIX);
    kit.prefixes.retain(id);
    kit.forget(peer);
    for (let round = 0; round < 3; round++) kit.rib.decide();
    expect(kit.prefixes.prefix(id)).toBe(PREFIX);
    kit.prefixes.release(id);
    kit.rib.decide();
    expect(kit.prefixes.findPrefix(PREFIX)).toBeUndefined();
  });

  it("keeps refused paths with their verdict, out of the decision", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(external("10.0.0.1"));
    const row = kit.refuse(peer, via("10.0.0.1", {}, 65001), 7);
    const id = kit.prefixes.internPrefix(PREFIX);
    expect(kit.decide()).toEqual([]);
    expect([kit.rib.best(id), kit.rib.ranked(id), kit.rib.refused(id), kit.rib.paths.verdict(row), kit.rib.isEligible(row)]).toEqual([NO_PATH, [], [row], 7, false]);
    kit.refuse(peer, via("10.0.0.1", {}, 65001), 8);
    expect(kit.rib.paths.verdict(row)).toBe(8);
  });

  it("a path judged anew keeps its age", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(external("10.0.0.1"));
    kit.nowMs = 5;
    const row = kit.refuse(peer, via("10.0.0.1", {}, 65001), 1);
    kit.nowMs = 9;
    kit.rib.rejudge(row, kit.rib.paths.received(row), 2);
    const judgedAnew = kit.row(peer);
    expect([kit.rib.paths.sinceMs(judgedAnew), kit.rib.paths.verdict(judgedAnew), kit.rib.decide().length]).toEqual([5, 2, 1]);
  });

  it("asks about a next hop once, however many paths have it, and again only when told to", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(internal("10.0.0.9"));
    for (let i = 0; i < 100; i++) kit.learn(peer, via("10.0.0.1", { med: i }), prefix(`10.1.${i}.0/24`));
    kit.rib.decide();
    expect(kit.nextHops.asked).toBe(1);
    kit.nextHops.costs.set("10.0.0.1", undefined);
    expect(kit.decide()).toEqual([]);
    kit.rib.reconsiderNextHops();
    expect(kit.decide().map(({ after }) => after)).toEqual(Array(100).fill(NO_PATH));
    expect(kit.nextHops.asked).toBe(2);
  });

  it("asks about a link-local next hop for each who told it, and again for all of them when something has changed", () => {
    const kit = new RibKit();
    const [near, far] = [kit.sources.add(internal("10.0.0.8")), kit.sources.add(internal("10.0.0.9"))];
    const reachable = new Set<SourceId>([near]);
    Object.assign(kit.nextHops, { metricFrom: (_: IpAddress, source: SourceId) => (reachable.has(source) ? 0 : undefined) });
    const lost = kit.learn(far, via("fe80::9", { localPref: 200 }));
    const best = kit.learn(near, via("fe80::9"));
    expect(kit.decide().map(({ after }) => after)).toEqual([best]);
    reachable.add(far);
    kit.rib.reconsiderNextHops();
    expect(kit.decide().map(({ after }) => after)).toEqual([lost]);
  });

  it("looks only at prefixes whose next hops have another answer now", () => {
    const kit = new RibKit();
    const peer = kit.sources.add(internal("10.0.0.9"));
    kit.learn(peer, via("10.0.0.1"), prefix("10.1.0.0/24"));
    kit.learn(peer, via("10.0.0.2"), prefix("10.2.0.0/24"));
    kit.rib.decide();
    kit.nextHops.costs.set("10.0.0.2", 5);
    kit.rib.reconsiderNextHops();
    expect(kit.decide()).toEqual([]);
    expect(decided(kit.rib).map((id) => kit.prefixes.prefix(id))).toEqual(["10.2.0.0/24"]);
  });

  it("comes to the last path although another next hop changes in every turn", () => {
    const kit = new RibKit({}, {}, 2);
    const peer = kit.sources.add(internal("10.0.0.9"));
    for (let i = 0; i < 20; i++) kit.learn(peer, via(i === 19 ? "10.0.0.2" : "10.0.0.1"), prefix(`10.1.${i}.0/24`));
    kit.rib.decide();
    kit.nextHops.costs.set("10.0.0.2", undefined);
    const went = Array.from({ length: 10 }, (_, turn) => {
      kit.nextHops.costs.set("10.0.0.1", turn + 1);
      kit.rib.reconsiderNextHops();
      kit.rib.goOn();
      return kit.decide();
    }).flat();
    expect(went.map((change) => [kit.prefixes.prefix(change.prefix), change.after])).toEqual([["10.1.19.0/24", NO_PATH]]);
  });
});

describe("multipath", () => {
  const kitOfFour = (options = {}): { readonly kit: RibKit; readonly rows: readonly PathRow[] } => {
    const kit = new RibKit(options);
    kit.nextHops.costs.set("10.0.0.4", 20);
    const told = [["10.0.0.9", "10.0.0.1"], ["10.0.0.8", "10.0.0.1"], ["10.0.0.7", "10.0.0.2"], ["10.0.0.6", "10.0.0.4"], ["10.0.0.5", "10.0.0.3"]] as const;
    return { kit, rows: told.map(([peer, nextHop]) => kit.learn(kit.sources.add(internal(peer)), via(nextHop))) };
  };

  it("is the best path and those equal to it through IGP cost, best first, each next hop once [5.6-multipath]", () => {
    const { kit, rows } = kitOfFour();
    kit.rib.decide();
    const id = kit.prefixes.internPrefix(PREFIX);
    expect(kit.rib.multipath(id, 16)).toEqual([rows[4], rows[2], rows[1]]);
    expect(kit.rib.multipath(id, 16)[0]).toBe(kit.rib.best(id));
    expect(kit.rib.multipath(id, 2)).toEqual([rows[4], rows[2]]);
  });

  it("is nothing where no path can be used", () => {
    const kit = new RibKit();
    kit.nextHops.costs.set("10.0.0.1", undefined);
    kit.learn(kit.sources.add(internal("10.0.0.9")), via("10.0.0.1"));
    expect(kit.rib.multipath(kit.prefixes.internPrefix(PREFIX), 16)).toEqual([]);
  });

  it("of external paths takes those of one neighbouring AS, unless asked for any [5.6-multipath]", () => {
    for (const [multipath, count] of [["same-neighbour", 1], ["any-neighbour", 2]] as const) {
      const kit = new RibKit({ multipath });
      for (const [peer, asn] of [["10.0.0.1", 65001], ["10.0.0.2", 65002]] as const) kit.learn(kit.sources.add(external(peer, { asn })), via(peer, {}, asn));
      expect(kit.rib.multipath(kit.prefixes.internPrefix(PREFIX), 16)).toHaveLength(count);
    }
  });

  it("the prefixes to look at again are told even when the best path stayed", () => {
    const { kit, rows } = kitOfFour();
    kit.rib.decide();
    kit.forget(kit.rib.paths.source(rows[2] as PathRow));
    expect(kit.decide()).toEqual([]);
    expect(decided(kit.rib)).toEqual([kit.prefixes.internPrefix(PREFIX)]);
  });
});
