/** In which order routes go to the kernel, and how it is known that a table is still coming in. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tide } from "../../src/fib/tide.ts";
import { NO_WAY } from "../../src/fib/ways.ts";
import { type Pace, WriteOrder } from "../../src/fib/write-order.ts";

function taken(order: WriteOrder, pace: Pace = "quiet"): readonly number[] {
  const rows: number[] = [];
  for (let row = order.take(pace); row !== undefined; row = order.take(pace)) rows.push(row);
  return rows;
}

function orderOf(rows: readonly (readonly [row: number, way: number])[], standing: readonly number[] = []): WriteOrder {
  const order = new WriteOrder((way) => standing.includes(way));
  for (const [row, way] of rows) order.add(row, way);
  return order;
}

describe("routes are written", () => {
  it("way by way, first come first, the way with most of them before the others, removals last", () => {
    expect(taken(orderOf([[9, NO_WAY], [1, 4], [2, 5], [3, 4], [4, 5], [5, 5]]))).toEqual([2, 4, 5, 1, 3, 9]);
  });

  it("along ways that stand in the kernel before one is opened that is new to it", () => {
    expect(taken(orderOf([[1, 4], [2, 4], [3, 5], [4, 6]], [5, 6]))).toEqual([3, 4, 1, 2]);
  });

  it("along the way at hand as long as it has rows, also those that come meanwhile", () => {
    const order = orderOf([[1, 4], [2, 4], [3, 5]]);
    expect(order.take("quiet")).toBe(1);
    order.add(4, 6);
    order.add(5, 6);
    order.add(6, 4);
    expect(taken(order)).toEqual([2, 6, 3, 4, 5]);
  });

  it("along 150 new ways at most while a table comes in; removals go on, and the rest comes when it is quiet", () => {
    const order = orderOf(Array.from({ length: 200 }, (_, i) => [i, i + 1] as const));
    order.add(777, NO_WAY);
    expect(taken(order, "burst")).toHaveLength(151);
    expect(order.isEmpty).toBe(false);
    expect(taken(order, "quiet")).toHaveLength(50);
    expect(order.isEmpty).toBe(true);
  });

  it("each once, whatever comes when", () => {
    const move = fc.record({ way: fc.nat(5), takes: fc.nat(3), pace: fc.constantFrom<Pace>("burst", "quiet") });
    fc.assert(
      fc.property(fc.array(move, { size: "max", maxLength: 80 }), fc.uniqueArray(fc.integer({ min: 1, max: 5 })), (moves, standing) => {
        const order = orderOf([], standing);
        const seen: number[] = [];
        for (const [row, { way, takes, pace }] of moves.entries()) {
          order.add(row, way);
          for (let i = 0; i < takes; i++) seen.push(...[order.take(pace)].filter((each) => each !== undefined));
        }
        seen.push(...taken(order));
        expect(seen.sort((a, b) => a - b)).toEqual(moves.map((_, row) => row));
      }),
    );
  });
});

describe("a table is coming in", () => {
  it("from the first change until a turn without any", () => {
    const tide = new Tide();
    expect(tide.pace).toBe("quiet");
    tide.came(0);
    expect(tide.pace).toBe("burst");
    expect(tide.turn(1)).toBe("coming");
    tide.came(5);
    expect(tide.turn(6)).toBe("coming");
    expect(tide.pace).toBe("burst");
    expect(tide.turn(7)).toBe("still");
    expect(tide.pace).toBe("quiet");
  });

  it("but not for longer than a tenth of a second, until it has rested", () => {
    const tide = new Tide();
    for (let nowMs = 0; nowMs <= 150; nowMs += 10) {
      tide.came(nowMs);
      tide.turn(nowMs + 1);
      expect(tide.pace).toBe(nowMs < 99 ? "burst" : "quiet");
    }
    tide.turn(160);
    tide.came(161);
    expect(tide.pace).toBe("burst");
  });
});
