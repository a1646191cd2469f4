/** The first mistake in what was meant to be JSON: found wherever JSON.parse finds one, and nowhere else. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonMistakeIn } from "../../../src/daemon/config/json-mistake.ts";

test.each([
  ['{ "a": 1, }', 8, "a comma too many: } comes next"],
  ["[1, 2,\n]", 5, "a comma too many: ] comes next"],
  ['{ "a": 1 "b": 2 }', 9, '"\\"", expected a comma or }'],
  ["[1 2]", 3, '"2", expected a comma or ]'],
  ["{ 'a': 1 }", 2, `"'", expected the name of a field in double quotes`],
  ["{ a: 1 }", 2, '"a", expected the name of a field in double quotes'],
  ['{ "a" 1 }', 6, '"1", expected a colon behind the name of the field'],
  ['{ "a": tru }', 7, /^"t", expected a value: /],
  ['{ "a": 01 }', 7, /^"0", expected a value: /],
  ['{ "a": }', 7, /^"}", expected a value: /],
  ['{ "a": [1, 2', 7, "what is opened here with [ is never closed"],
  ['{ "a": [1, 2]', 0, "what is opened here with { is never closed"],
  ['{ "a": [1,', 7, "what is opened here with [ is never closed"],
  ['{ "a": "x', 7, "a text that is not closed on its line"],
  ['{ "a": "x\ny" }', 7, "a text that is not closed on its line"],
  ['{ "a": "C:\\x" }', 10, "no such escape: a backslash in a text is written twice"],
  ["{} }", 3, '"}", expected nothing more: what was opened first is closed before this'],
  ["{\n  // why\n}", 4, "JSON has no comments"],
  ["# why\n{}", 0, "JSON has no comments"],
  ["router:\n  asn: 1", 0, /^"r", expected a value: /],
  ["", 0, /^the end, expected a value: /],
] as const)("of %j at %i: %s", (text, offset, what) => {
  expect(jsonMistakeIn(text)).toEqual({ offset, what: typeof what === "string" ? what : expect.stringMatching(what) });
  expect(() => JSON.parse(text) as unknown).toThrow();
});

test("there is one in a text exactly when JSON.parse says so", () => {
  let [sound, spoiled] = [0, 0];
  const edit = fc.record({ at: fc.nat(), gone: fc.nat(2), put: fc.constantFrom("", "", ",", "}", "]", '"', "\\", "0", "-", ".", "e", "\n", "\u0001", " ", "null", ":") });
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), edit, (json, { at, gone, put }) => {
      const from = at % (json.length + 1);
      const text = json.slice(0, from) + put + json.slice(from + gone);
      const isJson = ((): boolean => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      })();
      if (isJson) sound++;
      else spoiled++;
      expect(jsonMistakeIn(text) === undefined).toBe(isJson);
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(sound, spoiled)).toBeGreaterThan(100);
});
