/**
 * The results as files: JSON for programs, Markdown for people.
 * Pure.
 */

import type { CellResult } from "../campaign.ts";
import { briefTable } from "./brief.ts";
import { markdownTable, titleOf } from "./table.ts";

export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly versions: readonly string[];
  readonly command: string;
  readonly cells: readonly CellResult[];
}

/** Everything that was measured, run by run. */
export function asJson({ cells, ...circumstances }: Results): string {
  const plain = cells.map(({ cell, series }) => ({ ...cell, series: series.map(({ dut, samples }) => ({ dut: dut.text, samples })) }));
  return `${JSON.stringify({ ...circumstances, cells: plain }, undefined, 2)}\n`;
}

export function asMarkdown({ date, machine, versions, command, cells }: Results): string {
  return `# Results

${date}, ${machine}.

Measured with \`${command}\`: ${versions.join(", ")}. One device after the other on one core, the load on another; [how to read the tables](README.md#how-to-read-the-tables).

## In short

Medians. Where somebody else is ahead, "times better" is below 1 and bold.

${briefTable(cells).join("\n")}

${cells.map((result) => `## ${titleOf(result)}\n\n${markdownTable(result).join("\n")}\n`).join("\n")}`;
}
