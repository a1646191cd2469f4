/** Tables as people see them. */

import { expect, test } from "vitest";
import { type Column, framedTable, plainLines, plainTable } from "../../src/cli/table.ts";
import { duration, since } from "../../src/cli/times.ts";

interface Row {
  readonly name: string;
  readonly count: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "Name", cell: ({ name }) => ({ text: name, tint: "green" }) },
  { title: "Count", align: "right", cell: ({ count }) => String(count) },
];
const ROWS: readonly Row[] = [{ name: "a", count: 7 }, { name: "a long name indeed", count: 12345 }];
const PLAIN = { width: undefined, colour: "none" } as const;

test("a framed table looks like calicoctl's", () => {
  expect(framedTable(COLUMNS, ROWS, PLAIN)).toEqual([
    "+--------------------+-------+",
    "| Name               | Count |",
    "+--------------------+-------+",
    "| a                  |     7 |",
    "| a long name indeed | 12345 |",
    "+--------------------+-------+",
  ]);
});

test("where there is no room columns go that can be spared, the least important first; what is of no use when it is cut never is", () => {
  const columns: readonly Column<Row>[] = [{ title: "Name", fit: "whole", cell: ({ name }) => name }, { title: "Count", align: "right", spare: 2, cell: ({ count }) => String(count) }, { title: "Remark", spare: 1, cell: () => "so many, and no more" }];
  const at = (width: number): string | undefined => plainTable(columns, ROWS, { width, colour: "none" })[2];
  expect(at(60)).toBe("a long name indeed  12345  so many, and no more");
  expect(at(40)).toBe("a long name indeed  12345  so many, and…");
  expect(at(30)).toBe("a long name indeed  so many, …");
  expect(at(20)).toBe("a long name indeed");
  expect(at(10)).toBe("a long name indeed");
});

test("a table is cut at its widest column until it fits the terminal", () => {
  for (const table of [framedTable, plainTable]) {
    const lines = table(COLUMNS, ROWS, { width: 24, colour: "none" });
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(24);
    expect(lines.some((line) => line.includes("…"))).toBe(true);
    expect(lines.some((line) => line.includes("12345"))).toBe(true);
  }
});

test("what happened is not cut on a narrow screen: it goes on below itself", () => {
  const words = "b went down: sent Cease: Administrative Shutdown (back at noon)";
  const columns: readonly Column<Row>[] = [{ title: "Time", fit: "whole", cell: () => "18:10:33" }, { title: "What", fit: "rows", cell: () => words }];
  const look = { width: 40, colour: "none" } as const;
  expect(plainTable(columns, ROWS.slice(0, 1), look).slice(1)).toEqual(["18:10:33  b went down: sent Cease:", "          Administrative Shutdown (back", "          at noon)"]);
  expect(plainLines([{ cell: "18:10:33", width: 8 }], words, look)).toEqual(plainTable(columns, ROWS.slice(0, 1), look).slice(1));
  expect(plainTable(columns, ROWS.slice(0, 1), PLAIN)[1]).toBe(`18:10:33  ${words}`);
  expect(plainLines([{ cell: "18:10:33", width: 8 }], words, PLAIN)).toEqual([`18:10:33  ${words}`]);
});

test("colour changes no column", () => {
  const coloured = plainTable(COLUMNS, ROWS, { width: undefined, colour: "ansi" });
  expect(coloured.map((line) => line.replace(/\u001B\[\d+m/g, ""))).toEqual(plainTable(COLUMNS, ROWS, PLAIN));
  expect(coloured[1]).toContain("\u001B[32m");
});

test("what happened lately has a time of day, what is longer ago a date", () => {
  const noon = new Date(2025, 10, 21, 12, 0, 0);
  expect(since(noon.toISOString(), noon.getTime() + 60_000)).toBe("12:00:00");
  expect(since(noon.toISOString(), noon.getTime() + 21 * 3_600_000)).toBe("2025-11-21");
});

test("durations are told in days and a clock", () => {
  expect([0, 59, 3661, 90_061].map(duration)).toEqual(["00:00:00", "00:00:59", "01:01:01", "1d01:01:01"]);
});
