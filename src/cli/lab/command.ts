/**
 * Other programs, run to their end: `ip`, `ping`, `birdc`.
 * Guards the door to child processes. Each runs in a session of its own, so that Ctrl-C on the terminal reaches only us
 * and what is being taken down is taken down whole.
 */

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";

/** A program that could not be started or did not end well. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly output: string;

  constructor(command: readonly string[], outcome: string, output: string) {
    super(`${command.join(" ")}: ${outcome}${output === "" ? "" : `: ${output}`}`);
    this.output = output;
  }
}

/** How a program ended, and what it said. */
export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the program printed; throws CommandFailed unless it ended with 0. */
export async function run(command: readonly string[], input = ""): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(command, input);
  if (exitCode !== 0)
    throw new CommandFailed(command, exitCode === undefined ? "killed" : `exit ${exitCode}`, (stderr || stdout).trim());
  return stdout;
}

/** Runs a program whose failure is an answer too; throws CommandFailed only where it cannot be started. */
export function attempt(command: readonly string[], input = ""): Promise<Outcome> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { detached: true, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
    child.on("error", (error) => reject(new CommandFailed(command, error.message, "")));
    child.on("close", (code) => resolve({ exitCode: code ?? undefined, stdout, stderr }));
    child.stdin.on("error", () => undefined); // it may end without reading what we have for it
    child.stdin.end(input);
  });
}

/** Does `work` for every item at once and returns when all of it has ended, also where some failed: nothing goes on behind our back. */
export async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(work));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

const SYSTEM_PATHS = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]; // Debian keeps /sbin out of an ordinary user's PATH

/** Where that program is installed, or undefined; a path is only looked at. */
export function whereIs(program: string): string | undefined {
  if (program.includes("/")) return isExecutable(program) ? program : undefined;
  const folders = [...(process.env["PATH"] ?? "").split(":"), ...SYSTEM_PATHS];
  return folders.map((folder) => `${folder}/${program}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
