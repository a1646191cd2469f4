/** Processes as calicoctl sees them: /proc/PID/cmdline, cut at its NULs. */

import { readFileSync, readdirSync } from "node:fs";

export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly argv: readonly string[];
}

/** Every process whose argv[0] is exactly that. */
export function processesCalled(name: string): readonly SeenProcess[] {
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)).flatMap((entry) => {
    try {
      const argv = readFileSync(`/proc/${entry}/cmdline`, "latin1").replace(/\0$/, "").split("\0");
      const parent = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, "latin1"))?.[1]);
      return argv[0] === name ? [{ pid: Number(entry), parent, argv }] : [];
    } catch {
      return []; // gone while we looked
    }
  });
}
