/**
 * The part of YAML in which calicoctl.cfg is written: nested mappings, plain, quoted and block scalars, comments; JSON, too.
 * Pure. Sequences, anchors, tags and flow mappings other than {} have no place in that file and are faults.
 */

/** What is wrong, and in which line, counted from one. */
export class YamlError extends Error {
  override readonly name = "YamlError";

  constructor(line: number, what: string) {
    super(`line ${line}: ${what}`);
  }
}

export type YamlValue = string | boolean | null | YamlMapping;
export interface YamlMapping {
  readonly [key: string]: YamlValue;
}

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/** Throws YamlError; a text that is JSON is read as JSON. */
export function parseYaml(text: string): unknown {
  if (text.trimStart().startsWith("{")) return parseJson(text);
  const lines = text.split(/\r?\n/).map((line, index) => ({ number: index + 1, indent: indentOf(line, index + 1), text: line.trimStart() }));
  const reader = new MappingReader(lines);
  const document = reader.mapping(0);
  reader.expectEnd();
  return document;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new YamlError(1, "starts with { and is not JSON");
  }
}

function indentOf(line: string, number: number): number {
  const blank = /^\s*/.exec(line)?.[0] ?? "";
  if (blank.includes("\t") && blank.length < line.length) throw new YamlError(number, "is indented with a tab");
  return blank.length;
}

class MappingReader {
  readonly #lines: readonly Line[];
  #at = 0;

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
  }

  /** The mapping whose keys stand at `indent`, up to the first line that stands further left. */
  mapping(indent: number): YamlMapping {
    const entries = new Map<string, YamlValue>();
    for (let line = this.#next(); line && line.indent >= indent; line = this.#next()) {
      if (line.indent > indent) throw new YamlError(line.number, "is indented like nothing before it");
      const { key, rest } = keyOf(line);
      if (entries.has(key)) throw new YamlError(line.number, `${key} is there twice`);
      this.#at++;
      entries.set(key, this.#value(rest, line));
    }
    return Object.fromEntries(entries);
  }

  expectEnd(): void {
    const line = this.#next();
    if (line) throw new YamlError(line.number, "is indented like nothing before it");
  }

  /** The next line that says something. */
  #next(): Line | undefined {
    for (let line = this.#lines[this.#at]; line; line = this.#lines[this.#at]) {
      const isBare = line.text === "" || line.text.startsWith("#") || (line.indent === 0 && line.text === "---");
      if (!isBare) return line;
      this.#at++;
    }
    return undefined;
  }

  #value(rest: string, line: Line): YamlValue {
    const block = /^([|>])([+-]?)\s*(?:#.*)?$/.exec(rest);
    if (block) return this.#block(line.indent, block[1] === "|" ? "\n" : " ", block[2] ?? "");
    if (rest !== "") return scalar(rest, line.number);
    const next = this.#next();
    return next && next.indent > line.indent ? this.mapping(next.indent) : null;
  }

  /** Every line that stands further right than its key; the first of them says how far. */
  #block(keyIndent: number, joint: string, chomping: string): string {
    const taken: string[] = [];
    let indent = -1;
    for (let line = this.#lines[this.#at]; line && (line.text === "" || line.indent > keyIndent); line = this.#lines[this.#at]) {
      if (indent === -1 && line.text !== "") indent = line.indent;
      taken.push(line.text === "" ? "" : " ".repeat(Math.max(0, line.indent - indent)) + line.text);
      this.#at++;
    }
    while (taken.at(-1) === "") taken.pop();
    return taken.join(joint) + (chomping === "-" || taken.length === 0 ? "" : "\n");
  }
}

function keyOf(line: Line): { readonly key: string; readonly rest: string } {
  const match = /^(?:"([^"]*)"|'([^']*)'|([^\s"'#:{}[\]&*!|>%@`-][^\s:#]*))\s*:(?:\s+(.*))?$/.exec(line.text);
  if (!match) throw new YamlError(line.number, 'expected a key, ":" and a value');
  const rest = (match[4] ?? "").trim();
  return { key: match[1] ?? match[2] ?? match[3] ?? "", rest: rest.startsWith("#") ? "" : rest };
}

const QUOTED = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')\s*(?:#.*)?$/;

function scalar(rest: string, line: number): YamlValue {
  const quoted = QUOTED.exec(rest);
  if (quoted) return quoted[1] === undefined ? (quoted[2] ?? "").replaceAll("''", "'") : unescaped(quoted[1], line);
  const plain = rest.replace(/\s+#.*$/, "").trimEnd();
  if (/^\{\s*\}$/.test(plain)) return {};
  if (/^["'[\]{}&*!|>%@`]/.test(plain) || plain.startsWith("- ")) throw new YamlError(line, "is written in a way that has no place in this file");
  if (/^(null|~)$/i.test(plain)) return null;
  if (/^(true|false)$/i.test(plain)) return plain.toLowerCase() === "true";
  return plain;
}

/** In double quotes YAML escapes what JSON does, as far as anybody uses it here. */
function unescaped(text: string, line: number): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    throw new YamlError(line, "has an escape that is none");
  }
}
