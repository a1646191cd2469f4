/**
 * What tables are made of, far beyond the length at which it begins: columns, neighbours and path rows against plain Maps.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Float64Column, Int32Column, Uint32Column, Uint8Column } from "../../src/bgp/rib/columns.ts";
import { NO_PATH, type AttrId, type PathRow, type PrefixId, type SourceId } from "../../src/bgp/rib/ids.ts";
import { NO_ROW, Ipv4Index } from "../../src/bgp/rib/ipv4-index.ts";
import { PathTable } from "../../src/bgp/rib/path-table.ts";

const MANY: { readonly size: "max" } = { size: "max" };

describe("a column", () => {
  const kinds = [
    { name: "of signed numbers", make: () => new Int32Column(), initial: 0, value: fc.integer() },
    { name: "that reads as -1 at first", make: () => new Int32Column(-1), initial: -1, value: fc.oneof(fc.integer(), fc.constant(-1)) },
    { name: "of unsigned numbers", make: () => new Uint32Column(), initial: 0, value: fc.nat({ max: 0xffffffff }) },
    { name: "of octets", make: () => new Uint8Column(), initial: 0, value: fc.nat({ max: 255 }) },
    { name: "of points in time", make: () => new Float64Column(), initial: 0, value: fc.double({ noNaN: true, min: 0 }) },
  ];

  it.each(kinds)("$name is a Map from row to number that has an answer for every row", ({ make, initial, value }) => {
    const row = fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 5000 }), fc.constantFrom(1023, 1024, 4095, 4096, 16383, 16384, 70_000));
    const written = fc.record({ row, value: fc.oneof(value, fc.constant(initial)) });
    fc.assert(
      fc.property(fc.array(written, { maxLength: 60, ...MANY }), fc.array(row), (writes, others) => {
        const column = make();
        const model = new Map<number, number>();
        for (const write of writes) {
          column.set(write.row, write.value);
          model.set(write.row, write.value);
          expect(column.get(write.row)).toBe(write.value);
        }
        for (const at of [...model.keys(), ...others]) expect(column.get(at)).toBe(model.get(at) ?? initial);
      }),
    );
  });
});

describe("neighbours", () => {
  it("are a Map from prefix to row, whoever was looked for before", () => {
    const bits = fc.constantFrom(0, 1, 2, 3, 23, 24, 24, 24, 31, 32);
    const network = fc.oneof(fc.nat({ max: 20 }), fc.constantFrom(0xffffff, 0x800000, 0x3fffff), fc.nat({ max: 0xffffffff }));
    const move = fc.record({ kind: fc.constantFrom("add", "add", "find", "remove"), bits, network });
    const seen = { found: 0, missed: 0, removed: 0 };
    fc.assert(
      fc.property(fc.array(move, { maxLength: 400, ...MANY }), (moves) => {
        const neighbours = new Ipv4Index();
        const model = new Map<string, number>();
        for (const [row, { kind, bits, network }] of moves.entries()) {
          const address = bits === 0 ? 0 : (network << (32 - bits)) >>> 0;
          const key = `${address}/${bits}`;
          const known = model.get(key);
          expect(neighbours.find(address, bits)).toBe(known ?? NO_ROW);
          seen[known === undefined ? "missed" : "found"]++;
          if (kind === "add" && known === undefined) {
            neighbours.add(address, bits, row);
            model.set(key, row);
          } else if (kind === "remove" && known !== undefined) {
            neighbours.remove(address, bits);
            model.delete(key);
            seen.removed++;
          }
        }
        for (const [key, row] of model) {
          const [address = 0, bits = 0] = key.split("/").map(Number);
          expect(neighbours.find(address, bits)).toBe(row);
        }
      }),
    );
    expect(Math.min(seen.found, seen.missed, seen.removed)).toBeGreaterThan(300);
  });
});

describe("path rows", () => {
  const NOW_MS = 1.5;

  it("keep what they were given over several pages, in the chains of their prefix and their source", () => {
    const paths = new PathTable();
    const rows: PathRow[] = [];
    const valuesOf = (n: number) => ({ prefix: (n >> 1) as PrefixId, source: (n & 1) as SourceId, received: (n % 777) as AttrId, usable: (n % 5 === 0 ? -1 : n % 778) as AttrId });
    for (let n = 0; n < 10_000; n++) {
      const { prefix, source, received, usable } = valuesOf(n);
      rows.push(paths.add(prefix, n % 3 === 0 ? "ipv6" : "ipv4", source, n % 1000 === 0 ? n : 0, received, usable, n % 11, n * NOW_MS));
    }
    for (const [n, row] of rows.entries()) {
      const { prefix, source, received, usable } = valuesOf(n);
      expect([paths.prefix(row), paths.source(row), paths.received(row), paths.usable(row)]).toEqual([prefix, source, received, usable]);
      expect([paths.family(row), paths.verdict(row), paths.sinceMs(row), paths.ordinal(row)]).toEqual([n % 3 === 0 ? "ipv6" : "ipv4", n % 11, n * NOW_MS, (n & 1) + 1]);
      expect([paths.pathId(row), paths.isStale(row), paths.isRefused(row), paths.isLinked(row)]).toEqual([n % 1000 === 0 ? n : 0, false, n % 5 === 0, true]);
    }
    for (const row of rows.filter((_, n) => n % 4 === 1)) paths.unlink(row);
    const told = (source: number): number => {
      let count = 0;
      for (let row = paths.firstOfSource(source as SourceId); row !== NO_PATH; row = paths.nextOfSource(row)) count++;
      return count;
    };
    expect([told(0), told(1), paths.size]).toEqual([5000, 2500, 7500]);
    for (const [n, row] of rows.entries()) {
      if (n % 4 === 0) expect([paths.firstOfPrefix(paths.prefix(row)), paths.isOnly(row)]).toEqual([row, true]);
    }
  });
});
