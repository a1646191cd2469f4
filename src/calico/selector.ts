/**
 * Selectors: which nodes a BGPPeer is about, by their labels.
 * Pure. The language is Calico's:
 *
 *   selector := "" | or                    "" selects all
 *   or       := and { "||" and }
 *   and      := not { "&&" not }
 *   not      := { "!" } atom               binds to the next atom only, and that is a whole comparison
 *   atom     := "(" or ")" | "all()" | "global()" | "has(" label ")" | label test
 *   test     := "==" text | "!=" text | "contains" text | "starts with" text | "ends with" text | "in" set | "not in" set
 *
 * A label that is not there fails every test but "!=" and "not in".
 */

import { assertNever } from "../ip/assert.ts";

export type Selector =
  | { readonly kind: "all" }
  | { readonly kind: "global" }
  | { readonly kind: "has"; readonly label: string }
  | { readonly kind: TextTest; readonly label: string; readonly text: string }
  | { readonly kind: SetTest; readonly label: string; readonly texts: readonly string[] }
  | { readonly kind: "not"; readonly operand: Selector }
  | { readonly kind: "and" | "or"; readonly operands: readonly Selector[] };

export type TextTest = "==" | "!=" | "contains" | "starts with" | "ends with";
export type SetTest = "in" | "not in";

/** Why a text is no selector, and where: `at` counts characters from zero. */
export interface SelectorFault {
  readonly at: number;
  readonly expected: string;
}

export type ParsedSelector = { readonly kind: "selector"; readonly selector: Selector } | ({ readonly kind: "fault" } & SelectorFault);

export function parseSelector(text: string): ParsedSelector {
  const parser = new Parser(text);
  try {
    return { kind: "selector", selector: parser.whole() };
  } catch (error) {
    if (error instanceof Unexpected) return { kind: "fault", at: error.at, expected: error.expected };
    throw error;
  }
}

export function selects(selector: Selector, labels: { readonly [label: string]: string }): boolean {
  switch (selector.kind) {
    case "all":
    case "global":
      return true;
    case "has":
      return valueOf(labels, selector.label) !== undefined;
    case "not":
      return !selects(selector.operand, labels);
    case "and":
      return selector.operands.every((operand) => selects(operand, labels));
    case "or":
      return selector.operands.some((operand) => selects(operand, labels));
    case "in":
    case "not in": {
      const value = valueOf(labels, selector.label);
      return (value !== undefined && selector.texts.includes(value)) === (selector.kind === "in");
    }
    default:
      return passes(selector.kind, valueOf(labels, selector.label), selector.text);
  }
}

function passes(test: TextTest, value: string | undefined, text: string): boolean {
  switch (test) {
    case "==":
      return value === text;
    case "!=":
      return value !== text;
    case "contains":
      return value?.includes(text) ?? false;
    case "starts with":
      return value?.startsWith(text) ?? false;
    case "ends with":
      return value?.endsWith(text) ?? false;
    default:
      return assertNever(test);
  }
}

/** A label may be called "constructor". */
function valueOf(labels: { readonly [label: string]: string }, label: string): string | undefined {
  return Object.hasOwn(labels, label) ? labels[label] : undefined;
}

/** The selector in its canonical form, which parses to the same selector. */
export function printSelector(selector: Selector): string {
  switch (selector.kind) {
    case "all":
    case "global":
      return `${selector.kind}()`;
    case "has":
      return `has(${selector.label})`;
    case "not":
      return `!${printSelector(selector.operand)}`;
    case "and":
      return `(${selector.operands.map(printSelector).join(" && ")})`;
    case "or":
      return `(${selector.operands.map(printSelector).join(" || ")})`;
    case "in":
    case "not in":
      return `${selector.label} ${selector.kind} {${selector.texts.map(quote).join(", ")}}`;
    default:
      return `${selector.label} ${selector.kind} ${quote(selector.text)}`;
  }
}

/** A text holds one kind of quotes at most: there are no escapes. */
function quote(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}

class Unexpected extends Error {
  readonly at: number;
  readonly expected: string;

  constructor(at: number, expected: string) {
    super(`expected ${expected} at ${at}`);
    this.at = at;
    this.expected = expected;
  }
}

const LABEL = /[A-Za-z0-9_./-]{1,512}/y;
const MAX_DEPTH = 100; // parentheses and "!" within one another; beyond, the stack would be the limit

/** The words for a test, longest first. What follows a word must not go on with a label. */
const WORD_TESTS: readonly (readonly [TextTest | SetTest, RegExp])[] = [
  ["contains", /contains(?![A-Za-z0-9_./-])/y],
  ["starts with", /starts[ \t]*with(?![A-Za-z0-9_./-])/y],
  ["ends with", /ends[ \t]*with(?![A-Za-z0-9_./-])/y],
  ["not in", /not[ \t]*in(?![A-Za-z0-9_./-])/y],
  ["in", /in(?![A-Za-z0-9_./-])/y],
];

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Selector {
    this.#skipSpace();
    if (this.#at === this.#text.length) return { kind: "all" };
    const selector = this.#joined("||", () => this.#joined("&&", () => this.#not()));
    if (this.#at < this.#text.length) throw new Unexpected(this.#at, '"&&", "||" or the end');
    return selector;
  }

  #joined(sign: "&&" | "||", next: () => Selector): Selector {
    const operands = [next()];
    while (this.#take(sign)) operands.push(next());
    const [only] = operands;
    if (operands.length === 1 && only) return only;
    return { kind: sign === "&&" ? "and" : "or", operands };
  }

  #not(): Selector {
    if (!this.#take("!")) return this.#atom();
    return this.#deeper(() => ({ kind: "not", operand: this.#not() }));
  }

  #atom(): Selector {
    if (this.#take("(")) {
      const inner = this.#deeper(() => this.#joined("||", () => this.#joined("&&", () => this.#not())));
      this.#demand(")");
      return inner;
    }
    const start = this.#at;
    const label = this.#match(LABEL) ?? this.#fail("a label");
    const isCall = this.#text[start + label.length] === "("; // right behind the name
    if (isCall && (label === "all" || label === "global" || label === "has")) return this.#call(label);
    return this.#test(label, start);
  }

  #call(name: "all" | "global" | "has"): Selector {
    this.#demand("(");
    if (name !== "has") {
      this.#demand(")");
      return { kind: name };
    }
    const label = this.#match(LABEL) ?? this.#fail("a label");
    this.#demand(")");
    return { kind: "has", label };
  }

  #test(label: string, start: number): Selector {
    for (const sign of ["==", "!="] as const) if (this.#take(sign)) return { kind: sign, label, text: this.#string() };
    for (const [kind, word] of WORD_TESTS) {
      if (this.#match(word) === undefined) continue;
      return kind === "in" || kind === "not in" ? { kind, label, texts: this.#set() } : { kind, label, text: this.#string() };
    }
    return this.#fail(`a test of "${this.#text.slice(start, start + label.length)}"`);
  }

  #set(): readonly string[] {
    this.#demand("{");
    const texts: string[] = [];
    while (!this.#take("}")) {
      texts.push(this.#string());
      if (this.#take(",")) continue;
      this.#demand("}");
      break;
    }
    return texts;
  }

  #string(): string {
    const quoted = this.#match(/"[^"]*"|'[^']*'/y) ?? this.#fail("a text in quotes");
    return quoted.slice(1, -1);
  }

  #deeper(parse: () => Selector): Selector {
    if (++this.#depth > MAX_DEPTH) return this.#fail(`at most ${MAX_DEPTH} levels`);
    const selector = parse();
    this.#depth--;
    return selector;
  }

  #take(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    this.#skipSpace();
    return true;
  }

  #demand(sign: string): void {
    if (!this.#take(sign)) this.#fail(`"${sign}"`);
  }

  /** The token here, without the white space behind it. */
  #match(token: RegExp): string | undefined {
    token.lastIndex = this.#at;
    const [found] = token.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#skipSpace();
    return found;
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }

  #fail(expected: string): never {
    throw new Unexpected(this.#at, expected);
  }
}
