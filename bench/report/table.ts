/**
 * The table of one cell, for the terminal and for RESULTS.md.
 * Pure.
 */

import type { Column } from "../../src/cli/table.ts";
import { plainTable } from "../../src/cli/table.ts";
import type { CellResult } from "../campaign.ts";
import { type Metric, scenarioOf } from "../scenarios.ts";
import { type Figure, type Summary, summarize } from "./summary.ts";

/** What the table is about, in one line. */
export function titleOf({ cell, series }: CellResult): string {
  const runs = Math.max(0, ...series.map(({ samples }) => samples.length));
  return `${scenarioOf(cell.scenario).title(cell.numbers)}${runs > 1 ? `; medians of ${runs} runs` : ""}`;
}

export function textTable(result: CellResult): readonly string[] {
  return plainTable(columnsOf(result), summarize(result), { width: undefined, colour: "none" });
}

/** GitHub's dialect. */
export function markdownTable(result: CellResult): readonly string[] {
  const columns = columnsOf(result);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = summarize(result).map((row) => line(columns.map((column) => textOf(column, row).replaceAll("|", "/"))));
  return [line(columns.map(({ title }) => title)), line(columns.map(({ align }) => (align === "right" ? "--:" : "---"))), ...rows];
}

function textOf(column: Column<Summary>, row: Summary): string {
  const cell = column.cell(row);
  return typeof cell === "string" ? cell : cell.text;
}

function columnsOf({ cell }: CellResult): readonly Column<Summary>[] {
  const metrics = scenarioOf(cell.scenario).metrics;
  return [
    { title: "device under test", cell: ({ dut }) => dut },
    ...metrics.flatMap((metric, index) => metricColumns(metric, index)),
    number("CPU s", ({ cpuSec }) => fixed(cpuSec, 2)),
    number("peak MiB", ({ peakMiB }) => fixed(peakMiB, 0)),
    number("load", ({ loadShare }) => percent(loadShare)),
    number("other CPU s", ({ otherCpuSec }) => fixed(otherCpuSec, 1)),
    { title: "", cell: ({ notes }) => notes.join("; ") },
  ];
}

function metricColumns(metric: Metric, index: number): readonly Column<Summary>[] {
  const figure = (show: (figure: Figure) => string) => (row: Summary) => (row.figures[index] ? show(row.figures[index]) : "-");
  return [
    number(metric.title, figure(({ median }) => fixed(median, metric.digits))),
    number("min - max", figure(({ least, most }) => (least === most ? "" : `${fixed(least, metric.digits)} - ${fixed(most, metric.digits)}`))),
    number("x best other", figure(({ ratio }) => (ratio === undefined ? "-" : fixed(ratio, 2)))),
  ];
}

function number(title: string, cell: (row: Summary) => string): Column<Summary> {
  return { title, align: "right", cell };
}

function fixed(value: number, digits: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(digits);
}

function percent(share: number): string {
  return Number.isNaN(share) ? "-" : `${Math.round(share * 100)} %`;
}
