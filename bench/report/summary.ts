/**
 * Many runs of many devices become one line each: medians, and how they compare with the best of the others.
 * Pure.
 */

import type { CellResult, Sample, Series } from "../campaign.ts";
import type { Report } from "../load/job.ts";
import { type Metric, scenarioOf } from "../scenarios.ts";

const MIB = 1024 * 1024;

/** One device in one cell. */
export interface Summary {
  readonly dut: string;
  readonly daemon: string;
  readonly runs: number;
  /** One per metric of the scenario; empty where no run ended. */
  readonly figures: readonly Figure[];
  readonly cpuSec: number;
  readonly peakMiB: number;
  /** How busy the generator was, of one core: near 1 it is the generator that was measured. */
  readonly loadShare: number;
  /** CPU seconds of everything else meanwhile. */
  readonly otherCpuSec: number;
  readonly notes: readonly string[];
  /** "wrong": some table was not as it must be, and nobody is compared with that. */
  readonly tables: "right" | "wrong";
}

/** In the metric's own unit. */
export interface Figure {
  readonly metric: Metric;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** How many times better than the best of the other daemons; undefined: there is none. */
  readonly ratio: number | undefined;
}

export function summarize({ cell, series }: CellResult): readonly Summary[] {
  const metrics = scenarioOf(cell.scenario).metrics;
  return series.map((one) => {
    const reports = reportsOf(one);
    return {
      dut: one.dut.text,
      daemon: one.dut.daemon,
      runs: reports.length,
      figures: reports.length === 0 ? [] : metrics.map((metric) => figureOf(metric, one, series)),
      cpuSec: median(reports.map(({ cost }) => cost.dutCpuSec)),
      peakMiB: median(reports.map(({ cost }) => cost.peakBytes / MIB)),
      loadShare: median(reports.map(({ cost }) => cost.loadCpuSec / cost.wallSec)),
      otherCpuSec: median(reports.map(({ cost }) => cost.otherCpuSec)),
      notes: notesOn(one.samples),
      tables: tablesOf(one),
    };
  });
}

/** Did every run end, with every table as it must be? */
export function isFlawless({ series }: CellResult): boolean {
  return series.every(({ samples }) => samples.every((sample) => sample.kind === "measured" && isRight(sample.report)));
}

function figureOf(metric: Metric, one: Series, all: readonly Series[]): Figure {
  const values = valuesOf(metric, one);
  const own = median(values);
  const others = all.filter((other) => other.dut.daemon !== one.dut.daemon && other.dut.daemon !== "forwarder" && tablesOf(other) === "right").map((other) => median(valuesOf(metric, other)));
  const known = others.filter((value) => !Number.isNaN(value));
  const best = metric.better === "lower" ? Math.min(...known) : Math.max(...known);
  const ratio = metric.better === "lower" ? best / own : own / best;
  const incomparable = known.length === 0 || one.dut.daemon === "forwarder";
  return { metric, median: own, least: Math.min(...values), most: Math.max(...values), ratio: incomparable ? undefined : ratio };
}

function tablesOf(one: Series): Summary["tables"] {
  return reportsOf(one).every(isRight) ? "right" : "wrong";
}

function valuesOf({ key, scale = 1 }: Metric, one: Series): readonly number[] {
  return reportsOf(one).map(({ metrics }) => (metrics[key] ?? Number.NaN) * scale);
}

function reportsOf({ samples }: Series): readonly Report[] {
  return samples.flatMap((sample) => (sample.kind === "measured" ? [sample.report] : []));
}

function notesOn(samples: readonly Sample[]): readonly string[] {
  return [...new Set(samples.flatMap(noteOn))];
}

function noteOn(sample: Sample): readonly string[] {
  switch (sample.kind) {
    case "failed":
      return [sample.reason];
    case "unfinished":
      return [`not finished: ${sample.reached}`];
    case "measured": {
      const { verdict, figures, losses } = sample.report;
      const wrong = Object.entries(verdict).filter(([, count]) => count > 0);
      const { ownReturned = 0 } = figures;
      return [
        ...(wrong.length === 0 ? [] : [`tables are wrong: ${wrong.map(([what, count]) => `${count} ${what}`).join(", ")}`]),
        ...(losses.length === 0 ? [] : [`${losses.length} sessions lost (${losses[0]})`]),
        ...(ownReturned === 0 ? [] : ["sends clients their own routes"]),
      ];
    }
  }
}

function isRight({ verdict }: Report): boolean {
  return Object.values(verdict).every((count) => count === 0);
}

/** NaN where there are none; of an even number the middle of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [lower, upper] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return lower === undefined || upper === undefined ? Number.NaN : (lower + upper) / 2;
}
