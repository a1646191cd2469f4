/** Runs become lines: medians, comparison with the best of the others, and what has to be said about a device. */

import { describe, expect, it } from "vitest";
import type { CellResult, Sample } from "../../bench/campaign.ts";
import { cell } from "../../bench/cells.ts";
import { parseDut } from "../../bench/daemons/kinds.ts";
import { briefTable } from "../../bench/report/brief.ts";
import { asJson, asMarkdown, fromJson } from "../../bench/report/results.ts";
import { isFlawless, summarize } from "../../bench/report/summary.ts";
import { markdownTable } from "../../bench/report/table.ts";

const RIGHT = { missing: 0, wrong: 0, outdated: 0, unexpected: 0 };

function measured(seconds: number, verdict = RIGHT, figures: Readonly<Record<string, number>> = {}, losses: readonly string[] = []): Sample {
  const cost = { wallSec: seconds, dutCpuSec: seconds / 2, loadCpuSec: seconds / 4, otherCpuSec: 0, peakBytes: 1024 * 1024 };
  return { kind: "measured", report: { metrics: { seconds, changesPerSec: 1 / seconds, p99Ms: seconds }, cost, verdict, figures, losses } };
}

function result(scenario: "converge" | "sustain", series: Readonly<Record<string, readonly Sample[]>>): CellResult {
  return { cell: cell(scenario), series: Object.entries(series).map(([dut, samples]) => ({ dut: parseDut(dut), samples })) };
}

describe("the summary of a cell", () => {
  it("has the median, the spread, and how many times better than the best of the other daemons that is", () => {
    const lines = summarize(result("converge", { "ts-bgp": [measured(3), measured(1), measured(2)], "ts-bgp+range": [measured(1)], frr: [measured(8)], bird2: [measured(6)], forwarder: [measured(0.1)] }));
    expect(lines.map(({ dut, figures: [figure] }) => [dut, figure?.median, figure?.least, figure?.most, figure?.ratio])).toEqual([
      ["ts-bgp", 2, 1, 3, 3],
      ["ts-bgp+range", 1, 1, 1, 6],
      ["frr", 8, 8, 8, 1 / 8],
      ["bird2", 6, 6, 6, 1 / 6],
      ["forwarder", 0.1, 0.1, 0.1, undefined],
    ]);
  });

  it("takes the middle of two runs, and compares with nobody whose tables were wrong", () => {
    const cell = result("converge", { "ts-bgp": [measured(1), measured(3)], openbgpd: [measured(0.1, { ...RIGHT, missing: 9 }), measured(0.1)], frr: [measured(8)] });
    const [ours] = summarize(cell);
    expect([ours?.figures[0]?.median, ours?.figures[0]?.ratio]).toEqual([2, 4]);
    expect(briefTable([cell])[2]).toContain("| 2.000 | 8.000 | frr | 4.0 |");
  });

  it("knows that more changes per second are better", () => {
    const [ours] = summarize(result("sustain", { "ts-bgp": [measured(1)], bird2: [measured(4)], frr: [measured(2)] }));
    expect(ours?.figures[0]?.ratio).toBe(2);
  });

  it("has one line per figure on the first page, and shows who is ahead", () => {
    const behind = result("sustain", { "ts-bgp": [measured(1)], "ts-bgp+range": [measured(0.1)], forwarder: [measured(0.1)], frr: [measured(4)], bird2: [measured(0.5)] });
    expect(briefTable([behind]).slice(2)).toEqual([
      "| sustained churn, 500 clients, 32 in flight: changes/s | 1 | 2 | bird2 | **0.50** | 0.50 | 0.25 | 1 | 1 |",
      "| sustained churn, 500 clients, 32 in flight: p99 ms | 1.00 | 0.50 | bird2 | **0.50** | 0.50 | 0.25 | 1 | 1 |",
    ]);
    expect(briefTable([result("converge", { "ts-bgp": [measured(1)], frr: [measured(8)] })])[2]).toBe("| cold start, 250 clients x 20: seconds | 1.000 | 8.000 | frr | 8.0 | 0.50 | 4.00 | 1 | 1 |");
  });

  it("is the same after it was written as JSON and read again", () => {
    const cells = [result("converge", { "ts-bgp@26": [measured(1)], "frr+coalesce=10": [measured(8), measured(9)] }), result("sustain", { "ts-bgp": [measured(1)] })];
    const results = { date: "2026-11-21", machine: "a machine", versions: ["ts-bgp 1"], commands: ["npm run bench"], cells };
    expect(asMarkdown(fromJson([cells.slice(0, 1), cells.slice(1)].map((some) => JSON.parse(asJson({ ...results, cells: some })) as unknown)))).toBe(asMarkdown(results));
  });

  it("says what did not end, what was wrong, and what was unnecessary", () => {
    const wrong = result("converge", {
      "ts-bgp": [measured(1, { ...RIGHT, missing: 4 })],
      frr: [measured(1, RIGHT, { ownReturned: 20 }, ["client 3: NOTIFICATION 6/7"])],
      gobgp: [{ kind: "unfinished", reached: "3 of 10 sessions" }],
      bird2: [{ kind: "failed", reason: "did not start: exit 1" }],
    });
    expect(summarize(wrong).map(({ notes }) => notes.join("; "))).toEqual([
      "tables are wrong: 4 missing",
      "1 sessions lost (client 3: NOTIFICATION 6/7); sends clients their own routes",
      "not finished: 3 of 10 sessions",
      "did not start: exit 1",
    ]);
    expect(isFlawless(wrong)).toBe(false);
    expect(isFlawless(result("converge", { frr: [measured(1, RIGHT, { ownReturned: 20 })] }))).toBe(true);
    expect(markdownTable(wrong)).toHaveLength(6);
  });
});
