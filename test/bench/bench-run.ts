/** The bench as people run it: compiled, in a process of its own, with its figures in a file. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Sample } from "../../bench/campaign.ts";
import type { ScenarioName } from "../../bench/scenarios.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

export interface BenchRun {
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly cells: readonly MeasuredCell[];
}

/** As --json writes it. */
export interface MeasuredCell {
  readonly scenario: ScenarioName;
  readonly series: readonly { readonly dut: string; readonly samples: readonly Sample[] }[];
}

export function startBench(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [".bench/bench/main.js", ...words], { cwd: PROJECT, stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs it to its end. */
export async function runBench(...words: readonly string[]): Promise<BenchRun> {
  const folder = mkdtempSync(`${tmpdir()}/tsbgp-bench-test-`);
  const json = `${folder}/figures.json`;
  try {
    const child = startBench([...words, "--json", json]);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
    await once(child, "close");
    const cells = existsSync(json) ? (JSON.parse(readFileSync(json, "utf8")) as { readonly cells: readonly MeasuredCell[] }).cells : [];
    return { pid: child.pid, code: child.exitCode, stdout, stderr, cells };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
