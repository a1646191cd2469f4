/** What makes no sense is refused in one line before anything is started. */

import { describe, expect, it } from "vitest";
import { BadUsage, readArguments } from "../../bench/arguments.ts";
import { DAEMONS } from "../../bench/daemons/kinds.ts";

const NONSENSE: readonly (readonly [string, RegExp])[] = [
  ["cold-start", /no scenario cold-start, only converge, /],
  ["converge --clients many", /--clients is a whole number from 1 on/],
  ["converge --clients 10,0", /--clients is a whole number from 1 on/],
  ["converge --joins 3", /converge has no use for --joins, only for --clients, --prefixes/],
  ["--clients 3", /--clients is a number of a scenario: which one\?/],
  ["converge --dut ts-bgp,quagga", /quagga: no such device under test; there are ts-bgp, /],
  ["converge --dut frr+coalesc=10", /frr has no option coalesc, only coalesce/],
  ["converge --dut bird2@26", /BIRD 2 does not run on Node.js/],
  ["converge --runs 0", /--runs is a whole number from 1 on/],
  ["converge --cores 0", /two of the cores/],
  ["converge --program node26", /it is NAME=PATH/],
  ["converge --quick --full", /--quick or --full, not both/],
  ["converge --fast", /Unknown argument: fast/],
];

describe("the command line of the bench", () => {
  it.each(NONSENSE)("%s is refused, and the line says why", async (line, why) => {
    const refusal = await readArguments(line.split(" ")).then(() => undefined, (error: unknown) => error);
    expect(refusal).toBeInstanceOf(BadUsage);
    expect((refusal as BadUsage).message).toMatch(why);
    expect((refusal as BadUsage).message).not.toContain("\n");
  });

  it("several numbers are several cells", async () => {
    const { cells } = await readArguments("converge --clients 10,100 --prefixes 20,100".split(" "));
    expect(cells.map(({ numbers }) => [numbers.clients, numbers.prefixes])).toEqual([[10, 20], [10, 100], [100, 20], [100, 100]]);
  });

  it("a smaller table has as many prefixes per attribute set as the usual one, unless told", async () => {
    const { cells } = await readArguments("ingest --prefixes 100000,20".split(" "));
    expect(cells.map(({ numbers }) => numbers.sets)).toEqual([15_000, 3]);
    expect((await readArguments("ingest --prefixes 100000 --sets 7".split(" "))).cells[0]?.numbers.sets).toBe(7);
  });

  it("devices are named with what they run on and how they are tuned", async () => {
    const { duts, dutsAre } = await readArguments("converge --dut ts-bgp@26+range,frr+coalesce=10".split(" "));
    expect(duts.map(({ daemon, runtime, options }) => [daemon, runtime, [...options]])).toEqual([
      ["ts-bgp", "26", [["range", ""]]],
      ["frr", undefined, [["coalesce", "10"]]],
    ]);
    expect(dutsAre).toBe("named");
  });

  it("a single cell leaves the forwarder out unless it is named: it makes mistakes where there is something to choose", async () => {
    const withoutForwarder = (line: string): Promise<boolean> => readArguments(line.split(" ")).then(({ cells: [cell] }) => cell?.without.includes("forwarder") === true);
    expect(await withoutForwarder("ingest --feeds 2")).toBe(true);
    expect(await withoutForwarder("ingest --feeds 2 --dut forwarder")).toBe(false);
  });

  it("without devices it takes all there are", async () => {
    const { duts, dutsAre } = await readArguments(["converge"]);
    expect(new Set(duts.map(({ daemon }) => daemon))).toEqual(new Set(DAEMONS.keys()));
    expect(dutsAre).toBe("whatever is there");
  });
});
