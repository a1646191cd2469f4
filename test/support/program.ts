/** The program as people run it: the built command line in processes of its own, on loopback. */

import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function tsBgp(...args: readonly string[]): Promise<Finished> {
  const program = launch(args);
  await once(program.child, "close");
  return { code: program.child.exitCode, stdout: program.stdout, stderr: program.stderr };
}

/** A daemon with its configuration file and socket in a folder of its own. */
export class RunningDaemon {
  readonly configFile: string;
  readonly socket: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "ts-bgp-daemon-"));
  readonly #program: Launched;

  constructor(role: "node" | "rr", config: object, options: readonly string[] = []) {
    this.configFile = join(this.#folder, "config.json");
    this.socket = join(this.#folder, "ts-bgp.sock");
    this.configure(config);
    this.#program = launch([role, "--config", this.configFile, ...options], ["--expose-gc", "--import", tellsItsMemory(this.#heldFile)]);
  }

  get #heldFile(): string {
    return join(this.#folder, "held");
  }

  get pid(): number {
    return this.#program.child.pid ?? 0;
  }

  get stderr(): string {
    return this.#program.stderr;
  }

  /** What it logged, parsed. */
  get log(): readonly Record<string, unknown>[] {
    const lines = this.#program.stdout.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Writes another configuration; a text is written as it is. */
  configure(config: object | string): void {
    const text = typeof config === "string" ? config : JSON.stringify({ log: { level: "debug" }, ...config, control: { socket: this.socket, ...("control" in config ? (config.control as object) : {}) } });
    writeFileSync(this.configFile, text);
  }

  ask(...args: readonly string[]): Promise<Finished> {
    return tsBgp(...args, "--socket", this.socket);
  }

  async value<Value>(...args: readonly string[]): Promise<Value> {
    const { code, stdout, stderr } = await this.ask(...args, "--json");
    if (code !== 0 && code !== 3) throw new Error(`exit ${code}: ${stderr}`);
    return JSON.parse(stdout) as Value;
  }

  async logged(text: string): Promise<void> {
    await until(() => this.log.some((line) => String(line["msg"]).includes(text)), `${text} in\n${this.#program.stdout}${this.#program.stderr}`);
  }

  /** What it holds when the garbage is gone, buffers included. Resident memory says when the collector last had the time. */
  async heldMib(): Promise<number> {
    rmSync(this.#heldFile, { force: true });
    this.signal("SIGUSR2");
    await until(() => existsSync(this.#heldFile), "it counts its memory");
    return Number(readFileSync(this.#heldFile, "utf8")) / 1024 / 1024;
  }

  signal(name: NodeJS.Signals): void {
    this.#program.child.kill(name);
  }

  async exitCode(): Promise<number | null> {
    if (this.#program.child.exitCode === null && this.#program.child.signalCode === null) await once(this.#program.child, "close");
    return this.#program.child.exitCode;
  }

  async dispose(): Promise<void> {
    this.signal("SIGKILL");
    await this.exitCode();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Below those that Linux gives to whoever calls: a port of them could be a caller's before the daemon listens on it. */
const FIRST_PORT = 12_000;
const PORTS = 20_000;
const given = new Set<number>();

/** A port that nobody listens on at this loopback address, another one each time. */
export async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port, address)) return port;
  }
}

async function isFree(port: number, address: string): Promise<boolean> {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => server.once("listening", () => resolve(true)).once("error", () => resolve(false)).listen(port, address));
  if (!listening) return false;
  server.close();
  await once(server, "close");
  return true;
}

export interface Launched {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
}

/** A module to load before the program: at SIGUSR2 it collects the garbage and writes the bytes that are left into a file. */
function tellsItsMemory(file: string): string {
  const whole = JSON.stringify(file);
  const part = JSON.stringify(`${file}.part`);
  const text = `import { renameSync, writeFileSync } from "node:fs";
    process.on("SIGUSR2", () => {
      gc();
      gc(); // buffers go with the wrappers that the first round took
      const { heapUsed, external } = process.memoryUsage();
      writeFileSync(${part}, String(heapUsed + external));
      renameSync(${part}, ${whole});
    });`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

export function launch(args: readonly string[], nodeOptions: readonly string[] = []): Launched {
  if (!existsSync(MAIN)) throw new Error("the program is not built: npm run build");
  const child = spawn(process.execPath, [...nodeOptions, MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TS_BGP_SOCKET: undefined } });
  const launched: Launched = { child, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (launched.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (launched.stderr += text));
  return launched;
}
