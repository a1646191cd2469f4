/**
 * How many files and sockets this process may have open. Node has raised the soft limit to the hard one when it started.
 * The door: /proc/self/limits.
 */

import { readFileSync } from "node:fs";

const LINE = /^Max open files\s+(\d+|unlimited)/m;

/** undefined: there is no such limit, or this system does not tell. */
export function openFileLimit(limits: () => string = readLimits): number | undefined {
  try {
    const soft = Number(LINE.exec(limits())?.[1]);
    return Number.isNaN(soft) ? undefined : soft;
  } catch {
    return undefined;
  }
}

function readLimits(): string {
  return readFileSync("/proc/self/limits", "latin1");
}
