/**
 * `npm run bench`: measures, prints tables, writes files. Exit codes: 0 ok, 1 something was wrong in what was measured or it could not
 * be, 2 usage. Everything it started is gone when it ends, also by Ctrl-C.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { whyNoNamespaces } from "../src/cli/lab/namespaces.ts";
import { BadUsage, type Request, readArguments } from "./arguments.ts";
import { type CellResult, type Circumstances, type Progress, type Sample, measureCell } from "./campaign.ts";
import type { Cell } from "./cells.ts";
import type { DutName, Locate } from "./daemons/daemon.ts";
import { locator, whatIsMissing } from "./programs.ts";
import { machine, versions } from "./report/machine.ts";
import { asJson, asMarkdown, fromJson } from "./report/results.ts";
import { isFlawless } from "./report/summary.ts";
import { textTable, titleOf } from "./report/table.ts";
import { scenarioOf } from "./scenarios.ts";
import { allowClients } from "./stage/open-files.ts";
import { Stage } from "./stage/stage.ts";

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  const request = await readArguments(words);
  if (request.again.length > 0) return showAgain(request);
  const locate = locator(request.programs);
  const duts = presentOf(request, locate);
  const obstacle = await obstacleTo(request.cells);
  if (obstacle !== undefined) return refuse(obstacle);
  const stage = Stage.named();
  const built = stage.build();
  process.once("SIGINT", () => void leave(stage, built, EXIT.interrupted)).once("SIGTERM", () => void leave(stage, built, EXIT.terminated));
  try {
    await built;
    const results = await measureAll(request, duts, { stage, locate, cores: request.cores, priority: request.priority, timeoutMs: request.timeoutMs });
    await writeFiles(request, duts, locate, results, words);
    return results.every(isFlawless) ? EXIT.ok : EXIT.failed;
  } finally {
    await stage.remove();
  }
}

/** The tables of what was measured before. */
function showAgain({ again, out }: Request): number {
  const results = fromJson(again.map(figuresIn));
  for (const result of results.cells) show(result);
  if (out !== undefined) writeFileSync(out, asMarkdown(results));
  return EXIT.ok;
}

function figuresIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new BadUsage(`--again ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function presentOf({ duts, dutsAre }: Request, locate: Locate): readonly DutName[] {
  return duts.filter((dut) => {
    const missing = whatIsMissing(dut, locate);
    if (missing === undefined) return true;
    if (dutsAre === "named") throw new BadUsage(`${dut.text}: ${missing}`);
    process.stderr.write(`left out: ${dut.text}: ${missing}\n`);
    return false;
  });
}

async function obstacleTo(cells: readonly Cell[]): Promise<string | undefined> {
  const reason = await whyNoNamespaces();
  if (reason !== undefined) return `it measures in a network namespace: ${reason}`;
  return allowClients(Math.max(...cells.map(({ scenario, numbers }) => scenarioOf(scenario).load(numbers).clients)));
}

async function measureAll(request: Request, duts: readonly DutName[], where: Circumstances): Promise<readonly CellResult[]> {
  const results: CellResult[] = [];
  for (const cell of request.cells) {
    const result = await measureCell(cell, duts, request.runs, where, tell);
    results.push(result);
    show(result);
  }
  return results;
}

function show(result: CellResult): void {
  process.stdout.write(`\n${titleOf(result)}\n${textTable(result).join("\n")}\n`);
}

/** One line per run, beside the tables. */
const tell: Progress = (cell, dut, sample) => {
  process.stderr.write(`  ${scenarioOf(cell.scenario).title(cell.numbers)}: ${dut.text}: ${outcomeOf(cell, sample)}\n`);
};

function outcomeOf(cell: Cell, sample: Sample): string {
  switch (sample.kind) {
    case "measured": {
      const { metrics } = sample.report;
      return scenarioOf(cell.scenario).metrics.map(({ key, title, scale = 1, digits }) => `${title} ${((metrics[key] ?? Number.NaN) * scale).toFixed(digits)}`).join(", ");
    }
    case "unfinished":
      return `not finished, ${sample.reached}`;
    case "failed":
      return sample.reason;
  }
}

async function writeFiles({ json, out }: Request, duts: readonly DutName[], locate: Locate, cells: readonly CellResult[], words: readonly string[]): Promise<void> {
  if (json === undefined && out === undefined) return;
  const date = new Date().toISOString().slice(0, 10);
  const results = { date, machine: machine(), versions: await versions(duts, locate), commands: [["npm run bench --", ...withoutPlaces(words)].join(" ")], cells };
  if (json !== undefined) writeFileSync(json, asJson(results));
  if (out !== undefined) writeFileSync(out, asMarkdown(results));
}

/** Where programs and files lie on this machine is nobody else's business. */
function withoutPlaces(words: readonly string[]): readonly string[] {
  const places = ["--program", "--json"];
  return words.filter((word, index) => !places.includes(word.split("=")[0] ?? "") && !places.includes(words[index - 1] ?? ""));
}

/** What is half built is built to its end first, so that all of it can be removed. */
async function leave(stage: Stage, built: Promise<void>, code: number): Promise<never> {
  await Promise.allSettled([built]);
  await stage.remove();
  process.exit(code);
}

function refuse(reason: string): number {
  process.stderr.write(`bench: ${reason}\n`);
  return EXIT.failed;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BadUsage)) throw error;
  process.stderr.write(`bench: ${error.message}; npm run bench -- --help shows how\n`);
  process.exitCode = EXIT.usage;
}
