/** Set-up of the tests of the bench: both halves compiled once, before files that run side by side start what they find there. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** Called once by vitest before the first interop test. */
export function setup(): void {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "bench"], { cwd: PROJECT });
  execFileSync("npm", ["run", "--silent", "bench:fib:build"], { cwd: PROJECT });
}
