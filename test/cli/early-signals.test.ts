/** Signals that come before a daemon has begun: its configuration is on a disk that is slow. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Launched, launch } from "../support/program.ts";
import { until } from "../support/until.ts";

let folder: string;
let pipe: string;
let program: Launched | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-early-"));
  pipe = join(folder, "config.json");
  execFileSync("mkfifo", [pipe]);
});
afterEach(() => {
  program?.child.kill("SIGKILL");
  program = undefined;
  rmSync(folder, { recursive: true });
});

const config = (networks: readonly string[]): string => JSON.stringify({ router: { asn: 64512, id: "10.0.0.1" }, listen: [], networks, control: { socket: join(folder, "socket") } });

/** What the daemon reads next; resolves when it has it. */
async function give(text: string): Promise<void> {
  const end = await open(pipe, "w"); // once it reads
  await end.writeFile(text);
  await end.close();
}

/** A module to load before the program: the configuration is never read to its end. A pipe would not do, for a process does not exit while a thread of it reads. */
const NEVER_READ = `data:text/javascript,${encodeURIComponent(`
  import files from "node:fs/promises";
  import { syncBuiltinESMExports } from "node:module";
  const readFile = files.readFile;
  const never = () => (process.stderr.write("reading"), new Promise(() => setInterval(() => undefined, 1_000_000)));
  files.readFile = (file, ...options) => (String(file).endsWith("config.json") ? never() : readFile(file, ...options));
  syncBuiltinESMExports();`)}`;

test.each(["SIGTERM", "SIGINT"] as const)("%s ends a daemon that has not begun with 0, and nothing is said", async (signal) => {
  const launched = launch(["rr", "--config", pipe], ["--import", NEVER_READ]);
  program = launched;
  await until(() => launched.stderr !== "", "it reads");
  launched.child.kill(signal);
  await until(() => launched.child.exitCode !== null || launched.child.signalCode !== null, "it has ended");
  const { child, stdout, stderr } = launched;
  expect({ code: child.exitCode, signal: child.signalCode, stdout, stderr }).toEqual({ code: 0, signal: null, stdout: "", stderr: "reading" });
});

test("SIGHUP has a daemon that has not begun read its configuration again when it has", async () => {
  const launched = launch(["rr", "--config", pipe]);
  program = launched;
  const end = await open(pipe, "w");
  launched.child.kill("SIGHUP");
  await end.writeFile(config([]));
  await end.close();
  await until(() => launched.stdout.includes(" started: AS "), "it has started");
  await give(config(["10.9.0.0/16"]));
  await until(() => launched.stdout.includes("our own prefixes"), `the second configuration is applied\n${launched.stdout}`);
});
