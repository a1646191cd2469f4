/** Two values are the same when their JSON is, secrets and big numbers included. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Comparison } from "../../../src/speaker/config/same.ts";
import { Secret } from "../../../src/speaker/config/secret.ts";

function isSame(a: unknown, b: unknown): boolean {
  return new Comparison().isSame(a, b);
}

describe("values are the same", () => {
  it("exactly when their JSON is", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const pair = fc.oneof(fc.tuple(value, value), value.map((one) => [one, structuredClone(one)] as const));
    let equal = 0;
    fc.assert(fc.property(pair, ([a, b]) => {
      const sorted = (one: unknown): string => JSON.stringify(one, (_, inner: unknown) => (typeof inner === "object" && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner));
      const expected = sorted(a) === sorted(b);
      if (expected) equal++;
      fc.pre(!/-0|:0[,}]|\[0/.test(JSON.stringify([a, b]))); // JSON has one zero
      expect(isSame(a, b)).toBe(expected);
    }), { numRuns: 500 });
    expect(equal).toBeGreaterThan(50);
  });

  it.each([
    ["a field that is undefined and one that is not there", { a: 1, b: undefined }, { a: 1 }, true],
    ["the same, the other way round", { a: 1 }, { a: 1, b: undefined }, true],
    ["null and nothing", { a: null }, {}, false],
    ["a list and an object", [1], { 0: 1 }, false],
    ["a field that every object inherits and one of its own", {}, { toString: 1 }, false],
    ["the same, the other way round", { toString: 1 }, {}, false],
    ["equal secrets", { password: new Secret("x") }, { password: new Secret("x") }, true],
    ["other secrets", { password: new Secret("x") }, { password: new Secret("y") }, false],
    ["a secret and its text", { password: new Secret("x") }, { password: "x" }, false],
    ["big numbers", [1n], [1n], true],
    ["a big number and a small one", [1n], [1], false],
  ])("%s: %o %o %s", (_, a, b, expected) => {
    expect(isSame(a, b)).toBe(expected);
  });

  it("also when one object was equal to another one before, and now is asked about a third", () => {
    const comparison = new Comparison();
    const one = { a: 1 };
    expect([comparison.isSame(one, { a: 1 }), comparison.isSame(one, { a: 2 }), comparison.isSame(one, { a: 1 })]).toEqual([true, false, true]);
  });
});
