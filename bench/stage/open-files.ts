/**
 * Thousands of clients are thousands of sockets: is the limit of open files high enough, and can it be raised.
 * Guards the door to `prlimit`. What we start inherits our limit, which Node.js has raised from soft to hard at its own start.
 */

import { readFileSync } from "node:fs";
import { attempt } from "../../src/cli/lab/command.ts";

const BESIDES_CLIENTS = 256; // pipes, logs, libraries

/** Raises the limit as far as that many clients need; says why it could not, as a whole sentence. */
export async function allowClients(clients: number): Promise<string | undefined> {
  const wanted = clients + BESIDES_CLIENTS;
  const limit = hardLimit();
  if (limit >= wanted) return undefined;
  const { exitCode } = await attempt(["prlimit", "--pid", `${process.pid}`, `--nofile=${wanted}:${wanted}`]);
  if (exitCode === 0) return undefined;
  return `${clients} clients need ${wanted} open files and the hard limit is ${limit}: raise it before (ulimit -Hn ${wanted}; LimitNOFILE= of systemd; --ulimit nofile of a container)`;
}

function hardLimit(): number {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return line?.[1] === "unlimited" ? Number.POSITIVE_INFINITY : Number(line?.[1]);
}
