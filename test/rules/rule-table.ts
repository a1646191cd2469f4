/**
 * Which test proves which rule, read off the titles of the tests; and the table that says so.
 * A title names its rules at its end: "ORIGIN of two octets [5.4-origin-length]". Pure.
 */

import type { Rule, Section } from "./rule.ts";

export interface TestFile {
  /** Below test/: "conformance/attributes.test.ts". */
  readonly path: string;
  readonly text: string;
}

/** One title of a test, of a group of tests, or of a row of a table of tests. */
export interface Proof {
  readonly path: string;
  readonly title: string;
}

/** Strings where titles stand: after a bracket, at the start of a line, or in a field that is used as one. */
const TITLE = /(?:[([]\s*|\b(?:title|because):\s*|^\s*)(["`])((?:(?!\1)[^\\\n]|\\.)*)\1/gm;
const TAGS = /\s*\[(5\.\d+-[^\]]*)\]/;

/** What each rule that is named in a title is proven by, in the order of the files. */
export function proofsIn(files: readonly TestFile[]): ReadonlyMap<string, readonly Proof[]> {
  const proofs = new Map<string, Proof[]>();
  for (const { path, text } of files) {
    for (const [, , title = ""] of text.matchAll(TITLE)) {
      const ids = TAGS.exec(title)?.[1]?.split(/,\s*/) ?? [];
      for (const id of ids) proofs.set(id, [...(proofs.get(id) ?? []), { path, title: title.replace(TAGS, "") }]);
    }
  }
  return proofs;
}

/** Everything that is wrong between the rules and the titles. */
export function complaints(sections: readonly Section[], proofs: ReadonlyMap<string, readonly Proof[]>): readonly string[] {
  const rules = sections.flatMap((section) => section.rules);
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  return [
    ...rules
      .filter((rule, index) => rules.findIndex(({ id }) => id === rule.id) !== index)
      .map(({ id }) => `${id} stands twice in the list`),
    ...rules.filter(({ id, later }) => !later && !proofs.has(id)).map(({ id }) => `${id} has no test`),
    ...rules.filter(({ id, later }) => later && proofs.has(id)).map(({ id }) => `${id} has a test: it is not for later any more`),
    ...[...proofs]
      .filter(([id]) => !known.has(id))
      .map(([id, [proof]]) => `${id} is no rule, but ${proof?.path} has a test of it`),
  ];
}

/** The table as Markdown, a heading for each section. */
export function ruleTable(sections: readonly Section[], proofs: ReadonlyMap<string, readonly Proof[]>): string {
  return sections.map(({ title, rules }) => `### ${title}\n\n${HEAD}${rowsOf(rules, proofs)}`).join("\n");
}

const HEAD = "| Rule | What it says | Tests |\n|---|---|---|\n";

function rowsOf(rules: readonly Rule[], proofs: ReadonlyMap<string, readonly Proof[]>): string {
  return rules.map((rule) => row(rule, proofs.get(rule.id) ?? [])).join("");
}

function row({ id, rfc, says, later }: Rule, proofs: readonly Proof[]): string {
  const source = /^\d/.test(rfc) ? ` (RFC ${rfc})` : rfc === "none" ? "" : ` (${rfc})`;
  const shown = later
    ? [`*later: ${later}*`]
    : byFile(proofs).map(([path, titles]) => `[${path.replace(".test.ts", "")}](${path}): ${titles.join("; ")}`);
  return `| \`${id}\` | ${says}${source} | ${shown.join("<br>").replaceAll("|", "\\|")} |\n`;
}

function byFile(proofs: readonly Proof[]): readonly (readonly [string, readonly string[]])[] {
  const paths = [...new Set(proofs.map(({ path }) => path))];
  return paths.map((path) => [path, [...new Set(proofs.filter((proof) => proof.path === path).map(({ title }) => title))]]);
}
