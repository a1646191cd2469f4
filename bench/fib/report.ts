/** Results as tables for people. Pure. */

import type { CellRow, FeedRow, Results } from "./results.ts";
import { percentile, spreadOf } from "./statistics.ts";
import { STEPS, type Step } from "./steps.ts";

const OTHERS = ["bird2", "frr"] as const;

/** Every table, one line each row, for a terminal and for a Markdown file alike. */
export function reportLines(results: Results): readonly string[] {
  const sizes = [...new Set(results.cells.map(({ routes, gateways }) => `${routes} ${gateways}`))].map((size) => size.split(" ").map(Number));
  return [
    ...sizes.flatMap(([routes = 0, gateways = 0]) => sizeTable(results, routes, gateways)),
    ...ratioTable(results, sizes),
    ...singleTable(results),
    ...recoveryTable(results),
    ...results.failed.map(({ subject, routes, gateways, reason }) => `failed: ${subject}, ${routes} routes over ${gateways}: ${reason}`),
  ];
}

function sizeTable(results: Results, routes: number, gateways: number): readonly string[] {
  const cells = results.cells.filter((cell) => cell.routes === routes && cell.gateways === gateways);
  const steps = STEPS.filter((step) => cells.some((cell) => cell.step === step));
  const subjects = [...new Set(cells.map(({ subject }) => subject))];
  const feed = results.feeds.find((row) => row.routes === routes && row.gateways === gateways);
  const rows = subjects.map((subject) => [subject, ...steps.map((step) => cellText(cells, subject, step, feed)), cpuText(cells, subject), peakText(results, subject, routes, gateways)]);
  return [
    "",
    `### ${grouped(routes)} routes over ${gateways} next hop${gateways === 1 ? "" : "s"}${feed ? ` (the feed alone: ${ms(spreadOf(feed.ms).median)})` : ""}`,
    "",
    ...table([["", ...steps, "CPU s", "peak MiB"], ...rows]),
  ];
}

/** Median, least and greatest, how many times the floor with the feed, and what was written where nothing was to be. */
function cellText(cells: readonly CellRow[], subject: string, step: Step, feed: FeedRow | undefined): string {
  const cell = cells.find((row) => row.subject === subject && row.step === step);
  if (!cell) return "";
  const { median } = spreadOf(cell.ms);
  const floor = cells.find((row) => row.subject === "floor" && row.step === step);
  const base = floor && spreadOf(floor.ms).median + (feed && subject !== "floor" ? spreadOf(feed.ms).median : 0);
  const ratio = base === undefined || subject === "floor" ? "" : ` ${(median / base).toFixed(1)}x`;
  const writes = step === "relearn" ? `, ${grouped(spreadOf(cell.writes).median)} writes` : "";
  return `${spreadText(cell.ms)}${ratio}${writes}`;
}

function spreadText(values: readonly number[]): string {
  const { median, min, max } = spreadOf(values);
  return values.length > 1 ? `${ms(median)} (${ms(min)}-${ms(max)})` : ms(median);
}

function cpuText(cells: readonly CellRow[], subject: string): string {
  const spent = cells.filter((row) => row.subject === subject && row.step !== "relearn").reduce((sum, row) => sum + spreadOf(row.cpuSec).median, 0);
  return spent === 0 ? "" : spent.toFixed(2);
}

function peakText({ peakMib }: Results, subject: string, routes: number, gateways: number): string {
  const peaks = peakMib.filter((row) => row.subject === subject && row.routes === routes && row.gateways === gateways && row.mib > 0);
  return peaks.length === 0 ? "" : String(Math.round(spreadOf(peaks.map(({ mib }) => mib)).median));
}

const COMPARED: readonly Step[] = ["add", "again", "change", "withdraw", "relearn"];

/** How many times as fast as the others, size by size; relearn: all have to write one route only. */
function ratioTable({ cells }: Results, sizes: readonly (readonly number[])[]): readonly string[] {
  const others = OTHERS.filter((other) => cells.some(({ subject }) => subject === other));
  const ours = [...new Set(cells.map(({ subject }) => subject))].filter((subject) => subject.startsWith("ts-bgp"));
  const steps = COMPARED.filter((step) => cells.some((cell) => cell.step === step));
  if (others.length === 0 || ours.length === 0) return [];
  const medianOf = (subject: string, step: Step, [routes, gateways]: readonly number[]): number | undefined => {
    const cell = cells.find((row) => row.subject === subject && row.step === step && row.routes === routes && row.gateways === gateways);
    return cell && spreadOf(cell.ms).median;
  };
  const ratio = (own: number | undefined, other: number | undefined): string => (own === undefined || other === undefined ? "-" : (other / own).toFixed(1));
  const rows = sizes.flatMap((size) =>
    ours.map((subject) => [
      `${grouped(size[0] ?? 0)} over ${size[1]}, ${subject}`,
      ...steps.map((step) => others.map((other) => ratio(medianOf(subject, step, size), medianOf(other, step, size))).join(" / ")),
    ]),
  );
  return ["", `### How many times as fast as ${others.join(" / ")}`, "", ...table([["", ...steps], ...rows])];
}

function singleTable({ singles }: Results): readonly string[] {
  const [first] = singles;
  if (!first) return [];
  const rows = singles.map((row) => [row.subject, row.kind, ...[50, 90, 99, 100].map((percent) => ms(percentile(row.ms, percent))), String(row.ms.length)]);
  return ["", `### One route at a time, beside ${grouped(first.routes)} routes over ${first.gateways} next hops`, "", ...table([["", "", "median", "p90", "p99", "max", "routes"], ...rows])];
}

function recoveryTable({ recoveries }: Results): readonly string[] {
  const [first] = recoveries;
  if (!first) return [];
  const carriers = [...new Set(recoveries.map(({ carrier }) => carrier))];
  const cell = (title: string, carrier: string): string => {
    const row = recoveries.find((candidate) => candidate.title === title && candidate.carrier === carrier);
    return row ? spreadText(row.ms) : "cannot happen";
  };
  const rows = [...new Set(recoveries.map(({ title }) => title))].map((title) => [title, ...carriers.map((carrier) => cell(title, carrier))]);
  return ["", `### Until the kernel is right again, ${grouped(first.routes)} routes`, "", ...table([["", ...carriers], ...rows])];
}

function table([head = [], ...rows]: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => `${"-".repeat(width + 1)}${column === 0 ? "-" : ":"}`).join("|")}|`;
  return [line(head), rule, ...rows.map(line)];
}

function ms(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, " ");
}
