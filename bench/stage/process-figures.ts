/**
 * What processes cost: CPU time and peak memory of a program with all its children, and of the whole machine.
 * Guards the door to /proc.
 */

import { readFileSync, readdirSync } from "node:fs";

const NS_PER_SEC = 1e9;
const BYTES_PER_KB = 1024;
const TICKS_PER_SEC = 100; // USER_HZ: 100 on every Linux that Node runs on

/** The process and everything it started. */
export function withChildren(pid: number): readonly number[] {
  const children = threadsOf(pid).flatMap((thread) => textOf(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number));
  return [pid, ...children.flatMap(withChildren)];
}

/** CPU seconds of these processes so far, threads that ended not counted. */
export function cpuSecOf(pids: readonly number[]): number {
  let ns = 0;
  for (const pid of pids) for (const thread of threadsOf(pid)) ns += Number(textOf(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]);
  return ns / NS_PER_SEC;
}

/** The most memory that was ever resident, summed over the processes. */
export function peakBytesOf(pids: readonly number[]): number {
  return statusSum(pids, "VmHWM");
}

/** What is resident now. */
export function residentBytesOf(pids: readonly number[]): number {
  return statusSum(pids, "VmRSS");
}

/** CPU seconds that the whole machine spent on anything. */
export function machineCpuSec(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = textOf("/proc/stat").split("\n")[0]?.split(/ +/).slice(1).map(Number) ?? [];
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SEC;
}

function statusSum(pids: readonly number[], field: string): number {
  const kilobytes = pids.map((pid) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0));
  return kilobytes.reduce((sum, kb) => sum + kb, 0) * BYTES_PER_KB;
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty for what has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
