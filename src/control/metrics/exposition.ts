/**
 * The text format of Prometheus, version 0.0.4.
 * Pure. A family is a name, a type, a sentence and its samples; a sample is its labels and a number.
 */

import type { Histogram } from "../records/histogram.ts";

export interface MetricFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "summary" | "histogram";
  readonly help: string;
  readonly samples: Iterable<Sample>;
}

export interface Sample {
  /** Behind the family's name: "_bucket", "_sum", "_count"; usually nothing. */
  readonly suffix?: string;
  readonly labels: Labels;
  /** Further ones: what a peer is called is put into text once for all its samples. */
  readonly more?: Labels;
  readonly value: number;
}

export type Labels = { readonly [name: string]: string };

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Families without a sample are left out: whoever has no kernel routes shows none. */
export function* exposition(families: Iterable<MetricFamily>): Iterable<string> {
  for (const { name, type, help, samples } of families) {
    let head = `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
    for (const { suffix, labels, more, value } of samples) {
      yield `${head}${name}${suffix ?? ""}${labelsOf(labels, more)} ${numberOf(value)}\n`;
      head = "";
    }
  }
}

export function gauge(name: string, help: string, samples: Iterable<Sample>): MetricFamily {
  return { name, type: "gauge", help, samples };
}

export function counter(name: string, help: string, samples: Iterable<Sample>): MetricFamily {
  return { name, type: "counter", help, samples };
}

/** In seconds, as Prometheus has them. */
export function durations(name: string, help: string, histogram: Histogram): MetricFamily {
  const buckets = histogram.cumulative().map(({ atMostMs, count }) => ({ suffix: "_bucket", labels: { le: numberOf(atMostMs / 1000) }, value: count }));
  return { name, type: "histogram", help, samples: [...buckets, { suffix: "_sum", labels: {}, value: histogram.sumMs / 1000 }, { suffix: "_count", labels: {}, value: histogram.count }] };
}

const texts = new WeakMap<Labels, string>();

function labelsOf(labels: Labels, more: Labels | undefined): string {
  let text = texts.get(labels);
  if (text === undefined) texts.set(labels, (text = pairsOf(labels)));
  if (more) text = text === "" ? pairsOf(more) : `${text},${pairsOf(more)}`;
  return text === "" ? "" : `{${text}}`;
}

function pairsOf(labels: Labels): string {
  return Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`).join(",");
}

/** Peers may choose what stands in some labels. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
