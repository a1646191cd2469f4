/**
 * The selector language: what selects what, what is no selector, and laws over all selectors there are.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Selector, parseSelector, printSelector, selects } from "../../src/calico/selector.ts";

const LABELS = { rack: "r1", role: "worker", "kubernetes.io/os": "linux", empty: "" };

function isSelected(text: string, labels: { readonly [label: string]: string } = LABELS): boolean {
  const parsed = parseSelector(text);
  if (parsed.kind === "fault") throw new Error(`${text}: expected ${parsed.expected} at ${parsed.at}`);
  return selects(parsed.selector, labels);
}

describe("a selector selects by labels", () => {
  it.each([
    ["", true],
    ["  \t", true],
    ["all()", true],
    ["all( )", true],
    ["global()", true],
    ["!all()", false],
    ["has(rack)", true],
    ["has( rack )", true],
    ["has(nothing)", false],
    ["has(empty)", true],
    ["rack == 'r1'", true],
    ['rack=="r1"', true],
    ["rack == 'r2'", false],
    ["rack != 'r2'", true],
    ["rack contains '1'", true],
    ["rack starts with 'r'", true],
    ["rack startswith 'x'", false],
    ["rack ends with '1'", true],
    ["rack endswith'1'", true],
    ["rack in {'r1', 'r2'}", true],
    ["rack in{'r1',}", true],
    ["rack in {}", false],
    ["rack not in {'r2'}", true],
    ["rack notin {'r1'}", false],
    ["kubernetes.io/os == 'linux'", true],
    ["rack == 'r1' && role == 'master' || has(empty)", true],
    ["rack == 'r1' && (role == 'master' || has(nothing))", false],
    ["! rack == 'r2'", true],
    ["!rack in {'r1'}", false],
    ["!!has(rack)", true],
    ["!has(nothing) && has(rack)", true],
    ["has == 'x' || all == 'x' || in != 'x'", true],
  ])("%s: %s", (text, expected) => {
    expect(isSelected(text)).toBe(expected);
  });

  it.each([
    ["x == ''", false],
    ["x != ''", true],
    ["x contains ''", false],
    ["x starts with ''", false],
    ["x ends with ''", false],
    ["x in {''}", false],
    ["x not in {''}", true],
    ["constructor != 'x'", true],
    ["has(toString)", false],
  ])("a label that is not there fails every test but != and not in: %s is %s", (text, expected) => {
    expect(isSelected(text, {})).toBe(expected);
  });
});

describe("what is no selector is refused, with the place", () => {
  it.each([
    ["rack", 4],
    ["rack = 'r1'", 5],
    ["rack == r1", 8],
    ["rack == 'r1", 8],
    ["a == 'x' & b == 'x'", 9],
    ["a == 'x' | b == 'x'", 9],
    ["a == 'x' b == 'x'", 9],
    ["(a == 'x'", 9],
    ["a in 'x'", 5],
    ["a in {'x' 'y'}", 10],
    ["a inx {'x'}", 2],
    ["a contains-x 'x'", 2],
    ["all ()", 4],
    ["has()", 4],
    ["ä == 'x'", 0],
    ["a == 'x' \n", 9],
    ["&&", 0],
  ])("%s", (text, at) => {
    expect(parseSelector(text)).toMatchObject({ kind: "fault", at });
  });

  it("however deep it goes", () => {
    for (const open of ["(", "!"]) expect(parseSelector(open.repeat(100_000))).toMatchObject({ kind: "fault", expected: "at most 100 levels" });
  });
});

const label = fc.stringMatching(/^[A-Za-z0-9_./-]{1,8}$/);
const text = fc.oneof(fc.stringMatching(/^[^"]{0,6}$/), fc.stringMatching(/^[^']{0,6}$/));

const selector: fc.Arbitrary<Selector> = fc.letrec<{ readonly whole: Selector }>((tie) => ({
  whole: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<Selector>({ kind: "all" }, { kind: "global" }),
    label.map((name): Selector => ({ kind: "has", label: name })),
    fc.record({ kind: fc.constantFrom("==" as const, "!=" as const, "contains" as const, "starts with" as const, "ends with" as const), label, text }),
    fc.record({ kind: fc.constantFrom("in" as const, "not in" as const), label, texts: fc.array(text, { maxLength: 3 }) }),
    tie("whole").map((operand): Selector => ({ kind: "not", operand })),
    fc.record({ kind: fc.constantFrom("and" as const, "or" as const), operands: fc.array(tie("whole"), { minLength: 2, maxLength: 3 }) }),
  ),
})).whole;

const labels = fc.dictionary(label, text);

describe("laws", () => {
  it("what is printed is read as the same selector", () => {
    fc.assert(fc.property(selector, (any) => {
      expect(parseSelector(printSelector(any))).toEqual({ kind: "selector", selector: any });
    }));
  });

  it("white space between tokens means nothing", () => {
    fc.assert(fc.property(selector, fc.constantFrom(" ", "\t", "  "), (any, space) => {
      const spaced = printSelector(any).replaceAll(/(&&|\|\|)/g, `${space}$1${space}`);
      fc.pre(!JSON.stringify(any).match(/&&|\|\|/));
      expect(parseSelector(spaced)).toEqual({ kind: "selector", selector: any });
    }));
  });

  it("each test and its negation share all nodes between them", () => {
    fc.assert(fc.property(selector, labels, (any, given) => {
      expect(selects({ kind: "not", operand: any }, given)).toBe(!selects(any, given));
    }));
    fc.assert(fc.property(label, text, labels, (name, value, given) => {
      expect(selects({ kind: "!=", label: name, text: value }, given)).toBe(!selects({ kind: "==", label: name, text: value }, given));
      expect(selects({ kind: "not in", label: name, texts: [value] }, given)).toBe(!selects({ kind: "in", label: name, texts: [value] }, given));
    }));
  });

  it("De Morgan", () => {
    fc.assert(fc.property(selector, selector, labels, (a, b, given) => {
      const not = (operand: Selector): Selector => ({ kind: "not", operand });
      expect(selects(not({ kind: "and", operands: [a, b] }), given)).toBe(selects({ kind: "or", operands: [not(a), not(b)] }, given));
    }));
  });

  it("any text at all is a selector or a fault within it", () => {
    const tokens = fc.array(fc.constantFrom("(", ")", "!", "&&", "||", "==", "in", "not in", "{", "}", ",", "'a'", '"b"', "has(", "all()", "a", " "), { size: "max", maxLength: 30 });
    fc.assert(fc.property(fc.oneof(fc.string(), tokens.map((parts) => parts.join(""))), (any) => {
      const parsed = parseSelector(any);
      if (parsed.kind === "fault") expect(parsed.at).toBeLessThanOrEqual(any.length);
    }));
  });
});
