/**
 * The floor plan holds: floors, circles, purity, file length, form. Each rule is first seen to fail on a planted
 * violation, because a rule that cannot fail protects nothing.
 */

import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MAX_LINES, type Rule, type SourceFile, violations } from "./support/house-rules.ts";

const PROJECT = new URL("..", import.meta.url).pathname;

function sourceFiles(): readonly SourceFile[] {
  return readdirSync(`${PROJECT}src`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path: `src/${path}`, text: readFileSync(`${PROJECT}src/${path}`, "utf8") }));
}

const HEADER = "/**\n * A file.\n */\n\n";
const DOOR = "/**\n * A file.\n * The door: TCP.\n */\n\n";

function file(path: string, body: string): SourceFile {
  return { path, text: HEADER + body };
}

interface Planted {
  readonly title: string;
  readonly rule: Rule;
  readonly files: readonly SourceFile[];
}

const PLANTED: readonly Planted[] = [
  { title: "an import from the floor above", rule: "floor", files: [file("src/bgp/wire/a.ts", 'import { rib } from "../rib/rib.ts";\n'), file("src/bgp/rib/rib.ts", "")] },
  { title: "a type import from the floor above", rule: "floor", files: [file("src/ip/a.ts", 'import type { X } from "../bgp/wire/x.ts";\n'), file("src/bgp/wire/x.ts", "")] },
  { title: "an import over several lines from above", rule: "floor", files: [file("src/rr/a.ts", 'import {\n  one,\n  two,\n} from "../speaker/speaker.ts";\n'), file("src/speaker/speaker.ts", "")] },
  { title: "an import between neighbours on one floor", rule: "floor", files: [file("src/bgp/policy/a.ts", 'import { x } from "../rib/x.ts";\n'), file("src/bgp/rib/x.ts", "")] },
  { title: "a file outside every room", rule: "floor", files: [file("src/utils/a.ts", "")] },
  { title: "a circle of two", rule: "circle", files: [file("src/ip/a.ts", 'import { b } from "./b.ts";\n'), file("src/ip/b.ts", 'import type { a } from "./a.ts";\n')] },
  {
    title: "a circle of rooms inside a room",
    rule: "circle",
    files: [
      file("src/rr/in/a.ts", 'import { b } from "../out/b.ts";\n'), file("src/rr/out/b.ts", ""),
      file("src/rr/out/deep/c.ts", 'import type { d } from "../../in/d.ts";\n'), file("src/rr/in/d.ts", ""),
    ],
  },
  { title: "asking the time in a pure room", rule: "purity", files: [file("src/bgp/session/a.ts", "export const now = Date.now();\n")] },
  { title: "a timer in a pure room", rule: "purity", files: [file("src/rr/a.ts", "setTimeout(() => undefined, 1);\n")] },
  { title: "chance in a pure room", rule: "purity", files: [file("src/bgp/rib/a.ts", "export const dice = Math.random();\n")] },
  { title: "output from a pure room", rule: "purity", files: [file("src/speaker/a.ts", 'console.log("hello");\n')] },
  { title: "the environment in a pure room", rule: "purity", files: [file("src/speaker/a.ts", "export const home = process.env.HOME;\n")] },
  { title: "a Node module in a pure room", rule: "purity", files: [file("src/bgp/wire/a.ts", 'import { readFileSync } from "node:fs";\n')] },
  { title: "a package in a pure room", rule: "purity", files: [file("src/rr/a.ts", 'import pino from "pino";\n')] },
  { title: "a clock in a file that says it is pure", rule: "purity", files: [{ path: "src/control/a.ts", text: "/**\n * A file.\n * Pure.\n */\n\nexport const now = Date.now();\n" }] },
  { title: "a file that says neither that it is pure nor which door it guards", rule: "purity", files: [file("src/daemon/a.ts", "")] },
  { title: "a file that is too long", rule: "length", files: [file("src/cli/a.ts", "\n".repeat(MAX_LINES))] },
  { title: "a file without its header comment", rule: "form", files: [{ path: "src/cli/a.ts", text: "export const a = 1;\n" }] },
  { title: "a barrel", rule: "form", files: [file("src/ip/index.ts", "")] },
  { title: "a re-export", rule: "form", files: [file("src/ip/a.ts", 'export { b } from "./b.ts";\n'), file("src/ip/b.ts", "export const b = 1;\n")] },
  { title: "a default export", rule: "form", files: [file("src/cli/a.ts", "export default 1;\n")] },
];

describe("the rules of the house catch what breaks them", () => {
  it.each(PLANTED)("$title", ({ rule, files }) => {
    expect(violations(files).map((violation) => violation.rule)).toContain(rule);
  });

  it("and nothing else: a house in order has no violation", () => {
    const files = [
      file("src/ip/address.ts", "export const a = 1; // Date.now() in a comment is only talk\n"),
      file("src/bgp/wire/open.ts", 'import { a } from "../../ip/address.ts";\nexport const b = a;\n'),
      { path: "src/daemon/daemon.ts", text: DOOR + 'import { b } from "../bgp/wire/open.ts";\nimport { connect } from "node:net";\nexport const c = [b, connect, Date.now()];\n' },
    ];
    expect(violations(files)).toEqual([]);
  });
});

describe("src/ is in order", () => {
  it("keeps floors, circles, purity, length and form", () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(0);
    expect(violations(files)).toEqual([]);
  });

  it.each(["speaker", "control", "daemon"])("says in src/README.md what each room inside %s is for", (room) => {
    const chapter = readFileSync(`${PROJECT}src/README.md`, "utf8").split("\n## ").find((text) => text.startsWith(`\`${room}\``)) ?? "";
    const said = [...chapter.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name).sort();
    const there = readdirSync(`${PROJECT}src/${room}`, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(said).toEqual(there.sort());
  });
});
