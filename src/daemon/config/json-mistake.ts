/**
 * The first mistake in a text that was meant to be JSON (RFC 8259), for whoever has to put it right.
 * Pure. JSON.parse does not always tell the place, and quotes what stands around it, which may be a password: here nothing is
 * quoted but a single character.
 */

export interface JsonMistake {
  readonly offset: number;
  readonly what: string;
}

const A_VALUE = "a value: a text in double quotes, a number, true, false, null, [ or {";
const SPACE = /[ \t\r\n]*/y;
const SCALAR = /true(?!\w)|false(?!\w)|null(?!\w)|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const TEXT = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y; // without the closing quotation mark

/** undefined: it is JSON. */
export function jsonMistakeIn(text: string): JsonMistake | undefined {
  const reader = new Reader(text);
  try {
    reader.document();
    return undefined;
  } catch (error) {
    if (error instanceof Mistake) return { offset: error.offset, what: error.message };
    throw error;
  }
}

class Mistake extends Error {
  readonly offset: number;

  constructor(offset: number, what: string) {
    super(what);
    this.offset = offset;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#space();
    this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#unfit("nothing more: what was opened first is closed before this");
  }

  #value(): void {
    if (this.#peek() === "{") this.#items("}", () => this.#field());
    else if (this.#peek() === "[") this.#items("]", () => this.#value());
    else if (this.#peek() === '"') this.#string();
    else if (!this.#take(SCALAR)) this.#unfit(A_VALUE);
  }

  #field(): void {
    if (this.#peek() !== '"') this.#unfit("the name of a field in double quotes");
    this.#string();
    this.#space();
    if (this.#peek() !== ":") this.#unfit("a colon behind the name of the field");
    this.#at++;
    this.#space();
    this.#value();
  }

  #items(end: "}" | "]", item: () => void): void {
    const opened = this.#at++;
    this.#space();
    while (this.#peek() !== end) {
      this.#mustGoOn(opened);
      item();
      this.#space();
      this.#mustGoOn(opened);
      if (this.#peek() === end) break;
      if (this.#peek() !== ",") this.#unfit(`a comma or ${end}`);
      const comma = this.#at++;
      this.#space();
      if (this.#peek() === end) throw new Mistake(comma, `a comma too many: ${end} comes next`);
    }
    this.#at++;
  }

  #string(): void {
    const opened = this.#at;
    this.#take(TEXT);
    if (this.#peek() === '"') this.#at++;
    else if (this.#peek() === "\\") throw new Mistake(this.#at, "no such escape: a backslash in a text is written twice");
    else throw new Mistake(opened, "a text that is not closed on its line");
  }

  #mustGoOn(opened: number): void {
    if (this.#peek() === undefined) throw new Mistake(opened, `what is opened here with ${this.#text[opened]} is never closed`);
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #space(): void {
    this.#take(SPACE);
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found !== undefined;
  }

  #unfit(expected: string): never {
    const next = this.#peek();
    if (next === "#" || next === "/") throw new Mistake(this.#at, "JSON has no comments");
    throw new Mistake(this.#at, `${next === undefined ? "the end" : JSON.stringify(next)}, expected ${expected}`);
  }
}
