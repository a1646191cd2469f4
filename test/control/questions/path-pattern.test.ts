/** Patterns over AS paths: what routers' own mean, and no pattern takes forever. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePathPattern } from "../../../src/control/questions/path-pattern.ts";

const fits = (pattern: string, path: string): boolean | undefined => parsePathPattern(pattern)?.(path);

test.each([
  ["^65001_", ["65001", "65001 65002"], ["650011", "65000 65001"]],
  ["_65001$", ["65001", "64999 65001"], ["165001", "65001 65002"]],
  ["_65001_", ["65001", "1 65001 2", "{65001 2}", "(65001)"], ["165001", "650011"]],
  ["^$", [""], ["1"]],
  ["^[0-9]+$", ["65001"], ["1 2", ""]],
  ["^(1|2) 3?$", ["1 ", "2 3"], ["3", "1 4"]],
  ["^1( 1)*$", ["1", "1 1 1"], ["1 2", ""]],
  ["^.* 6[^0-4]", ["1 65"], ["1 64", "65"]],
  ["\\{1", ["{1 2}"], ["1"]],
  ["", [], []],
] as const)("%j is in %j, and not in %j", (pattern, inside, outside) => {
  for (const path of inside) expect([path, fits(pattern, path)]).toEqual([path, true]);
  for (const path of outside) expect([path, fits(pattern, path)]).toEqual([path, false]);
});

test.each(["", "(", ")", "*", "a|*", "[", "[]", "\\", "(1", "1)", "x".repeat(201)])("%j is no pattern", (pattern) => {
  expect(parsePathPattern(pattern)).toBeUndefined();
});

test("it says what JavaScript's own expressions say", () => {
  const part = fc.constantFrom("1", "2", " ", ".", "[12]", "[^1]", "(1|2)", "(12)*", "1+", "2?", "^", "$", "(1*)*", "(|1)");
  let found = 0;
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.array(fc.constantFrom("1", "2", " ")), (parts, letters) => {
      const [pattern, path] = [parts.join(""), letters.join("")];
      const expected = new RegExp(pattern).test(path);
      if (expected) found++;
      expect([pattern, path, fits(pattern, path)]).toEqual([pattern, path, expected]);
    }),
    { numRuns: 2_000 },
  );
  expect(found).toBeGreaterThan(200);
});

test("a pattern that makes others try every way ends at once", () => {
  expect(fits("^(1*)*(1*)*(1*)*(1*)*(1*)*2$", "1".repeat(20_000))).toBe(false);
});
