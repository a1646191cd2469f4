/** `ts-bgp lab` as a user runs it: its output as it comes, its exit code, and what it leaves behind. */

import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { whereIs } from "../../src/cli/lab/command.ts";
import { TS_BGP } from "../../src/cli/lab/daemons.ts";
import { namespacesNamed } from "../../src/cli/lab/namespaces.ts";
import { until } from "./until.ts";

const LAB_DEADLINE_MS = 60_000;

export class LabRun {
  readonly #child: ReturnType<typeof spawn>;
  #output = "";
  #exitCode: number | undefined;

  /** `around` stands before the command: `setpriv …`. */
  constructor(args: readonly string[], around: readonly string[] = []) {
    const [program = "", ...rest] = [...around, ...TS_BGP, "lab", ...args];
    this.#child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => void (this.#output += text));
    this.#child.on("close", (code) => void (this.#exitCode = code ?? -1));
  }

  get output(): string {
    return this.#output;
  }

  /** The four hex digits it chose. */
  get id(): string {
    return /lab ([0-9a-f]{4})\b/.exec(this.#output)?.[1] ?? "none";
  }

  async says(text: string): Promise<void> {
    await until(() => this.#output.includes(text) || this.#exitCode !== undefined, `the lab says "${text}"`, LAB_DEADLINE_MS);
    if (!this.#output.includes(text)) throw new Error(`the lab ended without saying "${text}":\n${this.#output}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async exitCode(): Promise<number> {
    await until(() => this.#exitCode !== undefined, "the lab ends", LAB_DEADLINE_MS);
    return this.#exitCode ?? -1;
  }
}

/** Namespaces, files and processes of a lab that are still there. */
export async function remains(id: string): Promise<readonly string[]> {
  const directory = `${tmpdir()}/ts-bgp-lab-${id}`;
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && commandLine(name).includes(`${directory}/`));
  const namespaces = whereIs("ip") ? await namespacesNamed(`tsbgp-${id}-`) : [];
  return [
    ...namespaces,
    ...(existsSync(directory) ? [directory] : []),
    ...processes.map((pid) => `process ${pid}: ${commandLine(pid)}`),
  ];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
