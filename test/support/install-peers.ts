/**
 * Set-up of the interop tests: the built program, and the real peers. On Debian as root missing peers are installed, and it
 * says so; elsewhere the tests that need them are skipped by name (test/support/needs.ts).
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const INSTALLER = fileURLToPath(new URL("../install-peers.sh", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Called once by vitest before the first interop test. */
export function setup(): void {
  if (!existsSync(PROGRAM)) throw new Error("dist/ is not built: `npm run build` comes first (`npm test` does both)");
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  const missing = execFileSync(INSTALLER, ["--missing"], { encoding: "utf8" }).trim();
  if (missing === "") return;
  console.log(`interop tests talk to other BGP daemons; test/install-peers.sh installs what is missing: ${missing}`);
  const { status } = spawnSync(INSTALLER, { stdio: "inherit" });
  if (status !== 0) console.warn("some peers could not be installed; the tests that need them are skipped");
}
