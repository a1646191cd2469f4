/** The limit of open files, as /proc/self/limits tells it. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openFileLimit } from "../../src/system/open-files.ts";

const LIMITS = (soft: string): string => `Limit                     Soft Limit           Hard Limit           Units
Max processes             95962                95962                processes
Max open files            ${soft.padEnd(20)} 1048576              files
Max locked memory         8388608              8388608              bytes
`;

test("is the soft one, for that counts when a connection comes in", () => {
  expect(openFileLimit(() => LIMITS("1024"))).toBe(1024);
});

test("is unknown where there is none or nobody tells", () => {
  expect(openFileLimit(() => LIMITS("unlimited"))).toBeUndefined();
  expect(openFileLimit(() => "")).toBeUndefined();
  expect(openFileLimit(() => readFileSync("/nowhere", "latin1"))).toBeUndefined();
});

test.runIf(process.platform === "linux")("of this process is a number that Node has raised as far as it may", () => {
  expect(openFileLimit()).toBeGreaterThanOrEqual(256);
});
