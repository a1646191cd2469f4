/**
 * The results as files: JSON for programs, Markdown for people.
 * Pure.
 */

import type { CellResult, Sample } from "../campaign.ts";
import type { Cell } from "../cells.ts";
import { parseDut } from "../daemons/kinds.ts";
import { briefTable } from "./brief.ts";
import { markdownTable, titleOf } from "./table.ts";

export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly versions: readonly string[];
  readonly commands: readonly string[];
  readonly cells: readonly CellResult[];
}

/** Everything that was measured, run by run. */
export function asJson({ cells, ...circumstances }: Results): string {
  const plain = cells.map(({ cell, series }) => ({ ...cell, series: series.map(({ dut, samples }) => ({ dut: dut.text, samples })) }));
  return `${JSON.stringify({ ...circumstances, cells: plain }, undefined, 2)}\n`;
}

/** What asJson wrote, parsed; of several files the cells of all, the circumstances of the first. */
export function fromJson(values: readonly unknown[]): Results {
  const parsed = values as readonly Written[];
  const [first] = parsed;
  if (!first) throw new Error("no results to read");
  const cells = parsed.flatMap((one) => one.cells.map(({ series, ...cell }) => ({ cell, series: series.map(({ dut, samples }) => ({ dut: parseDut(dut), samples })) })));
  return { ...first, versions: unique(parsed.flatMap(({ versions }) => versions)), commands: unique(parsed.flatMap(({ commands }) => commands)), cells };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** As JSON has it: a device is its name, a cell has its series beside its numbers. */
interface Written extends Omit<Results, "cells"> {
  readonly cells: readonly (Cell & { readonly series: readonly { readonly dut: string; readonly samples: readonly Sample[] }[] })[];
}

export function asMarkdown({ date, machine, versions, commands, cells }: Results): string {
  return `# Results

${date}, ${machine}.

Measured with ${commands.map((command) => `\`${command}\``).join(", ")}: ${versions.join(", ")}. One device after the other on one core, the load on another; [how to read the tables](README.md#how-to-read-the-tables).

## In short

Medians. Where somebody else is ahead, "times better" is below 1 and bold.

${briefTable(cells).join("\n")}

${cells.map((result) => `## ${titleOf(result)}\n\n${markdownTable(result).join("\n")}\n`).join("\n")}`;
}
