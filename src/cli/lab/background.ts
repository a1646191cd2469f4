/**
 * Programs that keep running: started, their end noticed, their output in a file.
 * Guards the door to long-running child processes. Each has a session of its own and does not keep us alive.
 */

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

/** One running program. */
export interface Background {
  readonly pid: number | undefined;
  /** How it ended, in words; undefined while it runs. */
  ended(): string | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Resolves once it has ended. */
  readonly end: Promise<void>;
}

/** Starts `command`; what it prints is appended to the file `log`. */
export function startInBackground(command: readonly string[], log: string): Background {
  const [program = "", ...args] = command;
  const output = openSync(log, "a");
  const child = spawn(program, args, { detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  child.unref();
  let ended: string | undefined;
  const end = new Promise<void>((resolve) => {
    const finish = (how: string): void => {
      ended = how;
      resolve();
    };
    child.on("error", (error) => finish(error.message));
    child.on("exit", (code, signal) => finish(signal ? `killed by ${signal}` : `exit ${code}`));
  });
  return { pid: child.pid, ended: () => ended, kill: (signal) => void child.kill(signal), end };
}

/** The last lines of a log. */
export function tail(log: string, lines = 5): readonly string[] {
  return readFileSync(log, "utf8").trimEnd().split("\n").slice(-lines);
}
