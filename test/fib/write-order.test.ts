/** In which order routes go to the kernel, and how it is known that a table is still coming in. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlowStart } from "../../src/fib/slow-start.ts";
import { NO_TARGET } from "../../src/fib/targets.ts";
import { WriteOrder } from "../../src/fib/write-order.ts";

function taken(order: WriteOrder, openable = Infinity): readonly number[] {
  const rows: number[] = [];
  for (let row = order.take(openable); row !== undefined; row = order.take(openable)) rows.push(row);
  return rows;
}

function orderOf(rows: readonly (readonly [row: number, target: number])[], standing: readonly number[] = []): WriteOrder {
  const order = new WriteOrder((target) => standing.includes(target));
  for (const [row, target] of rows) order.add(row, target);
  return order;
}

describe("routes are written", () => {
  it("target by target, first come first, the target with most of them before the others, removals last", () => {
    expect(taken(orderOf([[9, NO_TARGET], [1, 4], [2, 5], [3, 4], [4, 5], [5, 5]]))).toEqual([2, 4, 5, 1, 3, 9]);
  });

  it("along targets that stand in the kernel before one is opened that is new to it", () => {
    expect(taken(orderOf([[1, 4], [2, 4], [3, 5], [4, 6]], [5, 6]))).toEqual([3, 4, 1, 2]);
  });

  it("along the target at hand as long as it has rows, also those that come meanwhile", () => {
    const order = orderOf([[1, 4], [2, 4], [3, 5]]);
    expect(order.take(Infinity)).toBe(1);
    order.add(4, 6);
    order.add(5, 6);
    order.add(6, 4);
    expect(taken(order)).toEqual([2, 6, 3, 4, 5]);
  });

  it("along as many new targets as may be opened while a table comes in; removals go on, and the rest comes when it is quiet", () => {
    const order = orderOf(Array.from({ length: 200 }, (_, i) => [i, i + 1] as const));
    order.add(777, NO_TARGET);
    expect(taken(order, 150)).toHaveLength(151);
    expect(taken(order, 160)).toHaveLength(10);
    expect(order.isEmpty).toBe(false);
    expect(taken(order)).toHaveLength(40);
    expect(order.isEmpty).toBe(true);
  });

  it("while a table comes in, those of targets that stand by now before many more targets are opened", () => {
    const standing = new Set<number>();
    const order = new WriteOrder((target) => standing.has(target));
    for (let target = 1; target <= 100; target++) order.add(target, target);
    const first = order.take(64) ?? 0;
    standing.add(first); // it was row n of target n
    order.add(1000, first);
    const rows = taken(order, 64);
    expect(rows.indexOf(1000)).toBeLessThan(16);
    expect(rows).toHaveLength(64);
  });

  it("each once, whatever comes when", () => {
    const move = fc.record({ target: fc.nat(5), takes: fc.nat(3), openable: fc.constantFrom(0, 2, Infinity) });
    fc.assert(
      fc.property(fc.array(move, { size: "max", maxLength: 80 }), fc.uniqueArray(fc.integer({ min: 1, max: 5 })), (moves, standing) => {
        const order = orderOf([], standing);
        const seen: number[] = [];
        for (const [row, { target, takes, openable }] of moves.entries()) {
          order.add(row, target);
          for (let i = 0; i < takes; i++) seen.push(...[order.take(openable)].filter((each) => each !== undefined));
        }
        seen.push(...taken(order));
        expect(seen.sort((a, b) => a - b)).toEqual(moves.map((_, row) => row));
      }),
    );
  });
});

describe("a table is coming in", () => {
  it("from the first change until three turns and five milliseconds have brought nothing", () => {
    const slowStart = new SlowStart();
    expect(slowStart.turn(0)).toBe("idle");
    slowStart.came(1, 0);
    expect([slowStart.turn(2), slowStart.turn(3), slowStart.turn(5.9)]).toEqual(["loading", "loading", "draining"]);
    expect(slowStart.openable(5.9)).toBeLessThan(Infinity);
    expect(slowStart.turn(6)).toBe("idle");
    expect(slowStart.openable(6)).toBe(Infinity);
  });

  it("and is not over because a turn takes long", () => {
    const slowStart = new SlowStart();
    slowStart.came(0, 0);
    expect([slowStart.turn(40), slowStart.turn(80)]).toEqual(["loading", "loading"]);
    slowStart.came(90, 0);
    expect([slowStart.turn(130), slowStart.turn(170), slowStart.turn(210)]).toEqual(["loading", "loading", "idle"]);
  });

  it("nor because the turn takes long that brings the next change", () => {
    const slowStart = new SlowStart();
    slowStart.came(0, 0);
    expect([1, 2, 3].map((nowMs) => slowStart.turn(nowMs))).toEqual(["loading", "loading", "draining"]);
    slowStart.came(40, 64);
    expect(slowStart.openable(40)).toBe(74);
  });

  it("and while it does some targets may be opened at once, and another one every four milliseconds", () => {
    const slowStart = new SlowStart();
    for (const [nowMs, openable] of [[10, 64], [13.9, 64], [14, 65], [1_010, 314]] as const) {
      slowStart.came(nowMs, 0);
      expect(slowStart.openable(nowMs)).toBe(openable);
    }
  });

  it("and the next one may open as many, however many were opened before", () => {
    const slowStart = new SlowStart();
    slowStart.came(0, 0);
    expect([1, 2, 6].map((nowMs) => slowStart.turn(nowMs))).toEqual(["loading", "loading", "idle"]);
    slowStart.came(1_000, 500);
    expect(slowStart.openable(1_000)).toBe(564);
    slowStart.came(1_001, 564);
    expect(slowStart.openable(1_001)).toBe(564);
  });
});
