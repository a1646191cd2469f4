/**
 * The Rib in slices: whatever comes in between, it ends where it would have ended at once, and tells every step of the way.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_FAMILIES } from "../../src/bgp/wire/context.ts";
import { NO_PATH, type PathRow, type PrefixId, type SourceId } from "../../src/bgp/rib/ids.ts";
import { OLDEST } from "../../src/bgp/rib/path-table.ts";
import { NEXT_HOPS, SOURCES, attributesFrom } from "./arbitraries.ts";
import { PREFIX, RibKit, internal, prefix, via } from "./kit.ts";
import { RibModel, familyOf } from "./model.ts";

const PREFIXES = ["10.0.0.0/8", "10.65.0.0/26", "0.0.0.0/0", "192.0.2.0/24", "198.51.100.0/24", "fd00::/64", "fd00::1/128"].map(prefix);
const STEPS_PER_TURN = 2;
const NONE = { received: 0, accepted: 0, best: 0, stale: 0 };

const anySource = fc.nat({ max: 2 });
const anyFamily = fc.constantFrom(...ALL_FAMILIES);
const anyMove = fc.oneof(
  { weight: 12, arbitrary: anySource.chain((source) => fc.record({ kind: fc.constant("learn" as const), source: fc.constant(source), prefix: fc.constantFrom(...PREFIXES), attributes: attributesFrom(SOURCES[source] as (typeof SOURCES)[number]) })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("forget" as const), source: anySource, prefix: fc.constantFrom(...PREFIXES) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("forget-source" as const), source: anySource, family: anyFamily }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("mark-stale" as const), source: anySource, family: anyFamily }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("forget-stale" as const), source: anySource, family: anyFamily }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("next-hop" as const), nextHop: fc.constantFrom(...NEXT_HOPS), cost: fc.constantFrom(undefined, 0, 10) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("turn" as const), most: fc.constantFrom(1, 2, 3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("settle" as const) }) },
);
type Move = typeof anyMove extends fc.Arbitrary<infer M> ? M : never;

class Play {
  readonly kit = new RibKit({}, {}, STEPS_PER_TURN);
  readonly model = new RibModel();
  readonly reached: { midWalk: number; midRound: number };
  /** The best path of each prefix, as the changes told it. */
  readonly #told = new Map<PrefixId, PathRow>();

  constructor(reached: { midWalk: number; midRound: number }) {
    this.reached = reached;
    for (const source of SOURCES) this.kit.sources.add(source);
    this.model.cost = (nextHop) => (this.kit.nextHops.costs.has(nextHop) ? this.kit.nextHops.costs.get(nextHop) : 0);
  }

  move(move: Move): void {
    const { rib } = this.kit;
    if (rib.walks > 0 && move.kind !== "turn") this.reached.midWalk++;
    if (rib.undecided > 0 && move.kind === "learn") this.reached.midRound++;
    switch (move.kind) {
      case "learn":
        this.model.learn(move.source, move.prefix, 0, move.attributes, "as-it-came");
        return void this.kit.learn(move.source as SourceId, move.attributes, move.prefix);
      case "forget":
        this.model.forget(move.source, move.prefix, 0);
        return this.kit.forget(move.source as SourceId, move.prefix);
      case "forget-source":
        this.model.forgetWhere((entry) => entry.sourceNumber === move.source && familyOf(entry.prefix) === move.family);
        return rib.forgetSource(move.source as SourceId, move.family);
      case "mark-stale":
        this.model.markStale(move.source, move.family);
        return rib.markStale(move.source as SourceId, move.family);
      case "forget-stale":
        this.model.forgetWhere((entry) => entry.stale && entry.sourceNumber === move.source && familyOf(entry.prefix) === move.family);
        return rib.forgetStale(move.source as SourceId, move.family);
      case "next-hop":
        this.kit.nextHops.costs.set(move.nextHop, move.cost);
        return rib.reconsiderNextHops();
      case "turn":
        return this.turn(move.most);
      case "settle":
        return this.settle();
    }
  }

  /** Each change begins where the last one of its prefix ended, and its rows can still be read. */
  turn(most: number): void {
    const { kit } = this;
    kit.rib.goOn();
    const changes = kit.decide(most);
    expect(changes.length).toBeLessThanOrEqual(most);
    for (const change of changes) {
      expect(change.before).toBe(this.#told.get(change.prefix) ?? NO_PATH);
      for (const row of [change.before, change.after]) if (row !== NO_PATH) expect([kit.rib.paths.prefix(row), typeof kit.attributes.get(kit.rib.paths.usable(row))]).toEqual([change.prefix, "object"]);
      if (change.after === NO_PATH) this.#told.delete(change.prefix);
      else this.#told.set(change.prefix, change.after);
    }
    for (const [id, row] of this.#told) expect(kit.rib.best(id)).toBe(row);
  }

  settle(): void {
    const { kit, model } = this;
    while (kit.rib.walks > 0 || kit.rib.undecided > 0) this.turn(2);
    model.decide(PREFIXES);
    for (const where of PREFIXES) {
      const best = kit.best(where);
      const wanted = model.ranked(where).find(({ attributes: { nextHop } }) => nextHop === undefined || model.cost(nextHop.address) !== undefined);
      expect(best === NO_PATH ? undefined : kit.attributes.get(kit.rib.paths.usable(best))).toEqual(wanted?.attributes);
    }
    expect(kit.rib.size).toBe(model.entries.size);
    for (let source = 0; source <= 2; source++) for (const family of ALL_FAMILIES) expect(kit.rib.counts(source as SourceId, family)).toEqual(model.counts(source, family));
  }

  end(): void {
    for (let source = 0; source <= 2; source++) this.kit.rib.forgetSource(source as SourceId);
    this.model.entries.clear();
    this.settle();
    for (let round = 0; round < 3; round++) this.kit.rib.decide();
    expect(this.kit.leftovers()).toEqual({ paths: 0, prefixes: 0, attributes: 0, nextHops: 0 });
  }
}

describe("the Rib in slices", () => {
  it("ends where it would have ended at once, tells every step, and leaks no number", () => {
    const reached = { midWalk: 0, midRound: 0 };
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 120, size: "max" }), (moves) => {
        const play = new Play(reached);
        for (const move of moves) play.move(move);
        play.settle();
        play.end();
      }),
      { numRuns: 150 },
    );
    expect(reached.midWalk).toBeGreaterThan(200);
    expect(reached.midRound).toBeGreaterThan(200);
  });

  it("keeps what a source tells again before it was forgotten", () => {
    const kit = new RibKit({}, {}, 1);
    const source = kit.sources.add(internal("10.0.0.1"));
    const rows = PREFIXES.map((where) => kit.learn(source, via("10.0.0.1"), where));
    kit.rib.decide();
    kit.rib.forgetSource(source, "ipv4");
    expect(kit.learn(source, via("10.0.0.1"), PREFIX)).toBe(rows[0]);
    while (kit.rib.walks > 0) kit.rib.goOn();
    kit.rib.decide();
    expect([kit.best(PREFIX), kit.rib.counts(source, "ipv4").received, kit.rib.counts(source, "ipv6").received]).toEqual([rows[0], 1, 2]);
  });

  it("comes by what a walk before it has judged anew: nothing of a source that is gone stays", () => {
    const kit = new RibKit({}, {}, 1);
    const source = kit.sources.add(internal("10.0.0.1"));
    for (const where of PREFIXES) kit.learn(source, via("10.0.0.1"), where);
    const other = kit.attributes.intern(via("10.0.0.2"));
    kit.rib.walk(source, (row) => kit.rib.rejudge(row, other, 0));
    kit.rib.forgetSource(source);
    while (kit.rib.walks > 0) kit.rib.goOn();
    expect([kit.rib.size, kit.rib.counts(source, "ipv4"), kit.rib.counts(source, "ipv6")]).toEqual([0, NONE, NONE]);
  });

  it("makes a walk to its end at once when the source becomes another one", () => {
    const kit = new RibKit({}, {}, 1);
    const source = kit.sources.add(internal("10.0.0.1"));
    for (const where of PREFIXES) kit.learn(source, via("10.0.0.1"), where);
    kit.rib.forgetSource(source);
    kit.rib.finishWalks(source);
    expect(kit.rib.size).toBe(0);
  });

  it("says that the table stands when what was there at first is decided to the end", () => {
    const kit = new RibKit();
    const source = kit.sources.add(internal("10.0.0.1"));
    for (const where of PREFIXES) kit.learn(source, via("10.0.0.1"), where);
    const stands = PREFIXES.map(() => {
      kit.rib.decide(1);
      return kit.rib.stands;
    });
    expect(stands).toEqual(PREFIXES.map((_, at) => at === PREFIXES.length - 1));
  });

  it("goes on when a source has grown as old as can be counted", () => {
    const kit = new RibKit();
    const source = kit.sources.add(internal("10.0.0.1"));
    const [old, again] = [kit.learn(source, via("10.0.0.1"), PREFIX), kit.learn(source, via("10.0.0.1"), prefix("192.0.2.0/24"))];
    for (let age = 0; age <= OLDEST + 1; age++) kit.rib.markStale(source, "ipv4");
    expect([kit.rib.paths.isStale(old), kit.rib.counts(source, "ipv4").stale]).toEqual([true, 2]);
    kit.learn(source, via("10.0.0.1"), prefix("192.0.2.0/24"));
    kit.rib.forgetStale(source, "ipv4");
    expect([kit.rib.size, kit.rib.paths.isStale(again), kit.row(source)]).toEqual([1, false, NO_PATH]);
  });
});
