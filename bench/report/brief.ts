/**
 * All cells on one page: ours, the best of the others, and who is ahead.
 * Pure.
 */

import type { CellResult } from "../campaign.ts";
import { scenarioOf } from "../scenarios.ts";
import { type Figure, type Summary, summarize } from "./summary.ts";

const OURS = "ts-bgp";
const HEADER = ["", "ts-bgp", "best other", "which", "times better", "CPU s", "its CPU s", "peak MiB", "its peak MiB"];

/** A table in Markdown; a metric for which there is no other daemon is left out. */
export function briefTable(cells: readonly CellResult[]): readonly string[] {
  const rows = cells.flatMap(rowsOf);
  return [HEADER, HEADER.map((title) => (title === "" || title === "which" ? "---" : "--:")), ...rows].map((row) => `| ${row.join(" | ")} |`);
}

function rowsOf(result: CellResult): readonly (readonly string[])[] {
  const summaries = summarize(result);
  const ours = summaries.find(({ dut }) => dut === OURS);
  const title = scenarioOf(result.cell.scenario).title(result.cell.numbers);
  if (!ours) return [];
  return ours.figures.flatMap((figure, index) => {
    const best = bestOther(summaries, figure, index);
    if (!best || figure.ratio === undefined) return [];
    const { metric, median, ratio } = figure;
    const name = `${title}: ${metric.title}`;
    const compared = [median.toFixed(metric.digits), best.figures[index]?.median.toFixed(metric.digits) ?? "", best.dut, ratio < 1 ? `**${ratio.toFixed(2)}**` : ratio.toFixed(1)];
    return [[name, ...compared, ours.cpuSec.toFixed(2), best.cpuSec.toFixed(2), ours.peakMiB.toFixed(0), best.peakMiB.toFixed(0)]];
  });
}

function bestOther(summaries: readonly Summary[], { metric }: Figure, index: number): Summary | undefined {
  const worth = (summary: Summary): number => (summary.figures[index]?.median ?? Number.NaN) * (metric.better === "lower" ? -1 : 1);
  const others = summaries.filter((summary) => summary.daemon !== OURS && summary.daemon !== "forwarder" && summary.tables === "right" && !Number.isNaN(worth(summary)));
  return others.toSorted((a, b) => worth(b) - worth(a))[0];
}
