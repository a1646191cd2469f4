/** Questions to an AS_PATH. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asPathLength, containsAs, firstAs, formatAsPath, hasSet, originAs, prependAs } from "../../src/bgp/wire/as-path.ts";
import type { AsPath } from "../../src/bgp/wire/attribute-types.ts";

const PATH: AsPath = [
  { kind: "confed-sequence", asns: [65100] },
  { kind: "sequence", asns: [65001, 65002] },
  { kind: "set", asns: [65003, 65004] },
];

describe("a path", () => {
  it("is as long as its sequences, a set counts one, confederations nothing (RFC 4271 §9.1.2.2, RFC 5065 §5.3) [5.6-as-path]", () => {
    expect(asPathLength(PATH)).toBe(3);
    expect(asPathLength([])).toBe(0);
    expect(asPathLength([{ kind: "confed-set", asns: [1, 2] }])).toBe(0);
  });

  it("comes from its leftmost AS, when that is known", () => {
    expect(firstAs(PATH)).toBe(65001);
    expect(firstAs([])).toBeUndefined();
    expect(firstAs(PATH.slice(2))).toBeUndefined();
  });

  it("began at its rightmost AS, when that is known", () => {
    expect(originAs(PATH)).toBeUndefined();
    expect(originAs(PATH.slice(0, 2))).toBe(65002);
    expect(originAs([])).toBeUndefined();
  });

  it("contains an AS wherever it stands", () => {
    expect([65100, 65002, 65004, 65005].map((asn) => containsAs(PATH, asn))).toEqual([true, true, true, false]);
    expect(hasSet(PATH)).toBe(true);
    expect(hasSet(PATH.slice(0, 2))).toBe(false);
  });

  it("is written as operators read it", () => {
    expect(formatAsPath(PATH)).toBe("(65100) 65001 65002 {65003,65004}");
    expect(formatAsPath([{ kind: "confed-set", asns: [1, 2] }])).toBe("[1,2]");
    expect(formatAsPath([])).toBe("");
  });
});

describe("prepending", () => {
  it("joins the leading sequence, or makes one", () => {
    expect(prependAs([{ kind: "sequence", asns: [2] }], 1, 2)).toEqual([{ kind: "sequence", asns: [1, 1, 2] }]);
    expect(prependAs([{ kind: "set", asns: [2, 3] }], 1)).toEqual([
      { kind: "sequence", asns: [1] },
      { kind: "set", asns: [2, 3] },
    ]);
    expect(prependAs([], 1)).toEqual([{ kind: "sequence", asns: [1] }]);
    expect(prependAs(PATH, 1, 0)).toEqual(PATH);
  });

  it("never makes a segment that the wire cannot carry, and never loses an AS", () => {
    const reached = { split: 0 };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 255, size: "max" }),
        fc.integer({ min: 1, max: 300 }),
        (asns, times) => {
          const longer = prependAs([{ kind: "sequence", asns }], 7, times);
          expect(longer.every((segment) => segment.asns.length > 0 && segment.asns.length <= 255)).toBe(true);
          expect(longer.flatMap((segment) => segment.asns)).toEqual([...Array<number>(times).fill(7), ...asns]);
          if (longer.length > 1) reached.split++;
        },
      ),
    );
    expect(reached.split).toBeGreaterThan(10);
  });
});
