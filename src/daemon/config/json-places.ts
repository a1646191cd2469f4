/**
 * Line and column of a value in a JSON text, for error messages.
 * Pure. The text is valid JSON already; paths are those of schema.ts: "peers[2].holdTimeSec".
 */

/** "line 12, column 14". */
export function placeAt(source: string, offset: number): string {
  const before = source.slice(0, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

/** Where each value of that text stands, or what it is missing in; undefined in a text of one line, where it says nothing. */
export function placesIn(source: string): (path: string) => string | undefined {
  if (!source.trim().includes("\n")) return () => undefined;
  const offsets = new Map<string, number>();
  new Scanner(source, offsets).value("");
  return (path) => {
    let at = path;
    while (!offsets.has(at) && at !== "") at = parentOf(at);
    return placeAt(source, offsets.get(at) ?? 0);
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("."), path.lastIndexOf("[")));
}

/** Goes over the text once and writes down where each value begins; of a field where its name does. */
class Scanner {
  readonly #text: string;
  readonly #offsets: Map<string, number>;
  #at = 0;

  constructor(text: string, offsets: Map<string, number>) {
    this.#text = text;
    this.#offsets = offsets;
  }

  value(path: string): void {
    this.#space();
    if (!this.#offsets.has(path)) this.#offsets.set(path, this.#at);
    const first = this.#text[this.#at];
    if (first === "{") this.#object(path);
    else if (first === "[") this.#list(path);
    else if (first === '"') this.#string();
    else while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #object(path: string): void {
    this.#items("}", () => {
      const offset = this.#at;
      const name = JSON.parse(this.#string()) as string;
      const at = path === "" ? name : `${path}.${name}`;
      this.#offsets.set(at, offset);
      this.#space();
      this.#at++; // the colon
      this.value(at);
    });
  }

  #list(path: string): void {
    let index = 0;
    this.#items("]", () => this.value(`${path}[${index++}]`));
  }

  #items(end: "]" | "}", item: () => void): void {
    this.#at++;
    for (this.#space(); this.#text[this.#at] !== end && this.#at < this.#text.length; this.#space()) {
      if (this.#text[this.#at] === ",") this.#at++;
      else item();
    }
    this.#at++;
  }

  #string(): string {
    const from = this.#at++;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    return this.#text.slice(from, ++this.#at);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}
