/** Script writers rely on shapes: the page that describes them says what the source says, and every command is on it. */

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ANSWERS, shapesPage } from "../support/answer-shapes.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = join(ROOT, "src/control/README.md");

test("the page of JSON answers is what the source says", () => {
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(PAGE, shapesPage());
  expect(readFileSync(PAGE, "utf8")).toBe(shapesPage());
});

test("every command that has --json and asks the daemon stands there", () => {
  const sources = readdirSync(join(ROOT, "src/cli")).filter((file) => file.endsWith(".ts")).map((file) => readFileSync(join(ROOT, "src/cli", file), "utf8"));
  const asking = sources.filter((text) => text.includes("...ASKING_OPTIONS") || text.includes("options(ASKING_OPTIONS)"));
  const commands = asking.flatMap((text) => [...text.matchAll(/^\s+command: \[?"([a-z-]+)/gm)].map(([, name]) => name as string));
  expect(commands.length).toBeGreaterThan(10);
  const described = new Set(ANSWERS.flatMap(({ command }) => command.split(/[ |]+/)));
  const elsewhere = new Set(["dump", "mrt", "why", "log-level"]); // what they print stands in their own rooms
  expect(commands.filter((name) => !described.has(name) && !elsewhere.has(name))).toEqual([]);
});
