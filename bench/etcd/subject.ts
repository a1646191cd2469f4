/** One node of the cluster as a process: when it said what, and what it cost. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { until } from "../../test/support/until.ts";

const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url)); // from .bench/bench/etcd
const TICKS_PER_SEC = 100; // USER_HZ

interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

export class Subject {
  readonly startedMs = performance.now();
  readonly #child: ChildProcess;
  readonly #lines: LogLine[] = [];

  /** As a reflector would run it: without a kernel, and so without root. */
  constructor(name: string, folder: string, endpoint: string) {
    const files = ["--socket", `${folder}/${name}.sock`, "--last-good", `${folder}/${name}.json`, "--secrets", folder, "--bird-sockets", ""];
    this.#child = spawn(process.execPath, [MAIN, "rr", "--calico", "--node-name", name, ...files], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ETCD_ENDPOINTS: endpoint } });
    let rest = "";
    this.#child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) this.#lines.push({ atMs: performance.now(), text });
    });
  }

  /** Milliseconds from the start of the process to the first line with that text, beginning with line `from`. */
  async said(text: string, from = 0): Promise<number> {
    const find = (): LogLine | undefined => this.#lines.slice(from).find((line) => line.text.includes(text));
    await until(() => find() !== undefined || this.#child.exitCode !== null, `"${text}"`, 120_000);
    const found = find();
    if (!found) throw new Error(`it ended without saying "${text}":\n${this.#lines.map((line) => line.text).join("\n")}`);
    return found.atMs - this.startedMs;
  }

  get lines(): number {
    return this.#lines.length;
  }

  get cpuMs(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SEC;
  }

  /** Now, and at the most. */
  get memoryMiB(): { readonly resident: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    const of = (field: string): number => Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024);
    return { resident: of("VmRSS"), peak: of("VmHWM") };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
