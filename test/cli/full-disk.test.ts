/** Answers that cannot be written: one line that says so, and exit code 1. /dev/full is a disk without room. */

import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

test.each([["schema"], ["completion"]])("ts-bgp %s > /dev/full", (command) => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, [MAIN, command], { stdio: ["ignore", full, "pipe"], encoding: "utf8" });
  closeSync(full);
  expect({ status, stderr }).toEqual({ status: 1, stderr: "cannot write to standard output: no space left on the device\n" });
});
