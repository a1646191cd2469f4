/**
 * The relay as a child process of perl: for every Node, wherever perl-base is (it is essential on Debian and Ubuntu).
 * Guards the door to child processes.
 */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Relay, RelayLife, RelayOptions } from "./relay.ts";

const SCRIPT = fileURLToPath(new URL("./relay.pl", import.meta.url));
const MAX_COMPLAINT_CHARS = 500;

export function startPerl(options: RelayOptions, life: RelayLife): Relay {
  const perl = ["perl", SCRIPT, String(options.groups)];
  const [program = "", ...args] = options.namespace === undefined ? perl : ["nsenter", `--net=${options.namespace}`, ...perl];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  let hasEnded = false;
  const end = (reason: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    life.ended(reason);
  };
  child.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString("latin1")).slice(-MAX_COMPLAINT_CHARS)));
  child.stdout.on("data", (chunk: Buffer) => life.bytes(chunk));
  child.stdin.on("error", () => undefined); // it ended; "close" says so
  child.on("error", (error: NodeJS.ErrnoException) => end(error.code === "ENOENT" ? `${program} is not installed` : error.message));
  child.on("close", (code, signal) => end(complaint.trim() || `perl ended with ${signal ?? `exit code ${code}`}`));
  return {
    send(frames, taken) {
      child.stdin.write(frames, taken);
    },
    end() {
      child.stdin.end();
      child.kill("SIGKILL"); // it ignores the milder ones, and may be the one that hangs
    },
  };
}
