/**
 * Requests as their lines arrive, each no longer than may be.
 * Pure. Whatever came of an unfinished line is joined once, when its end is there.
 */

const BEGINNING_CHARS = 64; // enough to tell what is asked

/** How long a request may get, by how it begins; in characters. */
export type Longest = (beginning: string) => number;

export class RequestLines {
  readonly #longest: Longest;
  #pieces: string[] = [];
  #chars = 0;

  constructor(longest: Longest) {
    this.#longest = longest;
  }

  /** The lines that this chunk completes; "too-long": one gets longer than it may. */
  push(chunk: string): readonly string[] | "too-long" {
    const lines = chunk.split("\n");
    const unfinished = lines.pop() ?? "";
    const [first] = lines;
    if (first !== undefined) {
      lines[0] = this.#pieces.join("") + first;
      this.#pieces = [];
      this.#chars = 0;
    }
    if (unfinished !== "") this.#pieces.push(unfinished);
    this.#chars += unfinished.length;
    return this.#chars > this.#longest(this.beginning) ? "too-long" : lines;
  }

  /** Of the line that is not finished. */
  get beginning(): string {
    let beginning = "";
    for (let at = 0; at < this.#pieces.length && beginning.length < BEGINNING_CHARS; at++) beginning += this.#pieces[at];
    return beginning.slice(0, BEGINNING_CHARS);
  }

  /** Characters of the line that is not finished. */
  get waiting(): number {
    return this.#chars;
  }
}
