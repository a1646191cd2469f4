/**
 * The generator's process: given a job, it answers with a report.
 * Guards the door to that process.
 */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Answer, Job } from "../load/job.ts";
import { type Place, pinned } from "./pinned.ts";

const PROGRAM = fileURLToPath(new URL("../load/main.js", import.meta.url));
const GRACE_MS = 60_000; // for checking tables after the last moment of the run

/** It ended without an answer; the message has its last words. */
export class GeneratorFailed extends Error {
  override readonly name = "GeneratorFailed";
}

export type FinalAnswer = Exclude<Answer, { readonly kind: "reboot" }>;

/** Runs the job there; `reboot` starts the device under test again and tells its process id. */
export async function generate(place: Place, job: Job, reboot: () => Promise<number>): Promise<FinalAnswer> {
  const [program = "", ...args] = pinned(place, [process.execPath, "--max-semi-space-size=64", PROGRAM]);
  const child = spawn(program, args, { detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<string>((resolve) => child.on("close", (code, signal) => resolve(signal ?? `exit ${code}`)).on("error", (error) => resolve(error.message)));
  const overdue = setTimeout(() => child.kill("SIGKILL"), job.timeoutMs + GRACE_MS);
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (complaint += text));
  child.stdin.on("error", () => undefined); // its end is noticed elsewhere
  child.stdin.write(`${JSON.stringify(job)}\n`);
  let last: Answer | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    last = JSON.parse(line) as Answer;
    if (last.kind === "reboot") child.stdin.write(`${await reboot()}\n`);
  }
  const how = await ended;
  clearTimeout(overdue);
  if (last === undefined || last.kind === "reboot") throw new GeneratorFailed(`the load generator: ${how}: ${lastError(complaint)}`);
  return last;
}

function lastError(stderr: string): string {
  return stderr.split("\n").find((line) => /^\w*Error: /.test(line)) ?? stderr.trim();
}
