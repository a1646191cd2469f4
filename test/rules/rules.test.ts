/** Every rule has its test, and test/README.md says which. `UPDATE_GOLDEN=1` writes the table anew. */

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ROUTE_RULES } from "./route-rules.ts";
import type { Section } from "./rule.ts";
import { type TestFile, complaints, proofsIn, ruleTable } from "./rule-table.ts";
import { SESSION_RULES } from "./session-rules.ts";

const TESTS = new URL("..", import.meta.url).pathname;
const README = `${TESTS}README.md`;
const BEGIN = "<!-- the table of rules: written by test/rules/rules.test.ts -->\n\n";
const OWN_PATH = "rules/rules.test.ts";

const SECTIONS = [...SESSION_RULES, ...ROUTE_RULES].sort(
  (a, b) => Number(a.title.split(" ")[0]?.slice(2)) - Number(b.title.split(" ")[0]?.slice(2)),
);

function testFiles(): readonly TestFile[] {
  const paths = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".test.ts") && path !== OWN_PATH,
  );
  return paths.sort().map((path) => ({ path, text: readFileSync(`${TESTS}${path}`, "utf8") }));
}

describe("the rules of the protocol", () => {
  const proofs = proofsIn(testFiles());

  it("have a test each, or a reason why it comes later, and no test names a rule that is none", () => {
    expect(complaints(SECTIONS, proofs)).toEqual([]);
  });

  it("stand in test/README.md with their tests", () => {
    const [before = ""] = readFileSync(README, "utf8").split(BEGIN);
    const wanted = before + BEGIN + ruleTable(SECTIONS, proofs);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(README, wanted);
    expect(readFileSync(README, "utf8"), "UPDATE_GOLDEN=1 writes it anew").toBe(wanted);
  });
});

describe("the check complains of", () => {
  const sections: readonly Section[] = [
    {
      title: "5.1 One",
      rules: [
        { id: "5.1-a", rfc: "1", says: "a" },
        { id: "5.1-b", rfc: "1", says: "b", later: "soon" },
      ],
    },
  ];
  const complaintsAbout = (text: string): readonly string[] => complaints(sections, proofsIn([{ path: "x.test.ts", text }]));

  it.each([
    ["nothing where all is well", 'it("does a [5.1-a]", () => {});', []],
    ["a rule without a test", 'it("does a", () => {});', ["5.1-a has no test"]],
    ["a rule that a comment names only", "// it proves [5.1-a]\n", ["5.1-a has no test"]],
    [
      "a test of a rule that is for later",
      'it.each(ROWS)("a and b [5.1-a, 5.1-b]");',
      ["5.1-b has a test: it is not for later any more"],
    ],
    ["a test of no rule", '  { title: "a [5.1-a]" },\n  `c [5.1-c]`,\n', ["5.1-c is no rule, but x.test.ts has a test of it"]],
  ])("%s", (_title, text, expected) => {
    expect(complaintsAbout(text)).toEqual(expected);
  });
});
