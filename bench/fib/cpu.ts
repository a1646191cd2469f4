/** CPU time of processes and everything they started, from /proc: exact to the nanosecond, thread by thread; threads that ended are not in it. */

import { readFileSync, readdirSync } from "node:fs";

const NS_PER_SEC = 1e9;
const LEAST_SEC = 0.001;

/** Seconds so far, by name of program or thread, of these processes and of their living descendants. */
export type CpuByThread = Readonly<Record<string, number>>;

export function cpuByThread(roots: readonly number[]): CpuByThread {
  const found: Record<string, number> = {};
  for (const pid of withDescendants(roots)) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const task = `/proc/${pid}/task/${thread}`;
      const name = `${(read(`${task}/comm`) ?? "").trim()}${thread === String(pid) ? "" : " (other threads)"}`;
      found[name] = (found[name] ?? 0) + Number((read(`${task}/schedstat`) ?? "0").split(" ")[0]) / NS_PER_SEC;
    }
  }
  return found;
}

/** What was spent since `before`, without what spent next to nothing. */
export function cpuSince(before: CpuByThread, now: CpuByThread): CpuByThread {
  const spent = Object.entries(now).map(([name, sec]) => [name, sec - (before[name] ?? 0)] as const);
  return Object.fromEntries(spent.filter(([, sec]) => sec >= LEAST_SEC));
}

export function totalSeconds(cpu: CpuByThread): number {
  return Object.values(cpu).reduce((sum, sec) => sum + sec, 0);
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
