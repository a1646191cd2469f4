/** CPU time of processes and everything they started, from /proc: exact to the nanosecond, thread by thread. */

import { readFileSync, readdirSync } from "node:fs";

/** Seconds so far, of these processes and of their living descendants. */
export function cpuSeconds(roots: readonly number[]): number {
  return withDescendants(roots).reduce((sum, pid) => sum + secondsOf(pid), 0);
}

/** Greatest resident set so far, in MiB, summed over the processes. */
export function peakMebibytes(roots: readonly number[]): number {
  return withDescendants(roots).reduce((sum, pid) => sum + peakKibibytesOf(pid) / 1024, 0);
}

function withDescendants(roots: readonly number[]): readonly number[] {
  const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => ({ pid: Number(name), parent: parentOf(Number(name)) }));
  const found = [...roots];
  for (let i = 0; i < found.length; i++) found.push(...parents.filter(({ parent }) => parent === found[i]).map(({ pid }) => pid));
  return found;
}

function parentOf(pid: number): number | undefined {
  const [, rest = ""] = (read(`/proc/${pid}/stat`) ?? "").split(") ");
  const parent = rest.split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Threads that ended are not in it: no subject has short-lived ones. */
function secondsOf(pid: number): number {
  const threads = list(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number((read(`/proc/${pid}/task/${thread}/schedstat`) ?? "0").split(" ")[0]) / 1e9, 0);
}

function peakKibibytesOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? "")?.[1] ?? 0);
}

/** undefined: it ended meanwhile. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
