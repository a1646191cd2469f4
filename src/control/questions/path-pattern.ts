/**
 * Regular expressions over AS paths, as routers have them: "_" stands for a space or an end.
 * Pure. Made for strangers' patterns: all ways to match are followed at the same time, so a search costs the length of
 * the path times the length of the pattern at most, whatever they are. JavaScript's own may take forever.
 *
 *   ^64512_   begins with 64512        _65001_   65001 is in it       _65001$   originated by 65001        ^$   empty
 *   known: digits and any other character, . [0-9] [^..] ( | ) * + ? ^ $ _ and a backslash before what is meant as it stands
 */

const LONGEST_PATTERN = 200;
const DELIMITERS = " {}(),";

/** Is it in that path, which is written as routes show it? */
export type PathPattern = (path: string) => boolean;

/** One step of a match; `next` is where it leads. */
type State =
  | { readonly kind: "char"; readonly fits: (char: string) => boolean; readonly next: State }
  | { readonly kind: "fork"; readonly ways: State[] }
  | { readonly kind: "begin" | "end"; readonly next: State }
  | { readonly kind: "match" };

/** What stands in a pattern, as a function from what follows it to where it begins. */
type Piece = (next: State) => State;

/** undefined: no such pattern. */
export function parsePathPattern(text: string): PathPattern | undefined {
  if (text.length === 0 || text.length > LONGEST_PATTERN) return undefined;
  const parser = new Parser(text);
  const piece = parser.alternatives();
  if (!piece || !parser.isAtEnd) return undefined;
  const start = piece({ kind: "match" });
  return (path) => isFound(start, path);
}

function isFound(start: State, path: string): boolean {
  let states = new Set<State>();
  for (let at = 0; at <= path.length; at++) {
    enter(start, at, path, states);
    const char = path[at];
    const after = new Set<State>();
    for (const state of states) {
      if (state.kind === "match") return true;
      if (state.kind === "char" && char !== undefined && state.fits(char)) enter(state.next, at + 1, path, after);
    }
    states = after;
  }
  return [...states].some(({ kind }) => kind === "match");
}

/** Adds the state, and all that are reached from it without a character. */
function enter(state: State, at: number, path: string, states: Set<State>): void {
  if (states.has(state)) return;
  states.add(state);
  if (state.kind === "fork") for (const way of state.ways) enter(way, at, path, states);
  if (state.kind === "begin" && at === 0) enter(state.next, at, path, states);
  if (state.kind === "end" && at === path.length) enter(state.next, at, path, states);
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** undefined: not understood. */
  alternatives(): Piece | undefined {
    const all: Piece[] = [];
    do {
      const piece = this.#sequence();
      if (!piece) return undefined;
      all.push(piece);
    } while (this.#takes("|"));
    return all.length === 1 ? all[0] : (next) => ({ kind: "fork", ways: all.map((piece) => piece(next)) });
  }

  #sequence(): Piece | undefined {
    const pieces: Piece[] = [];
    while (!this.isAtEnd && !"|)".includes(this.#peek)) {
      const piece = this.#repeated();
      if (!piece) return undefined;
      pieces.push(piece);
    }
    return (next) => pieces.reduceRight((after, piece) => piece(after), next);
  }

  #repeated(): Piece | undefined {
    let piece = this.#single();
    while (piece && "*+?".includes(this.#peek || " ")) piece = repeated(piece, this.#take());
    return piece;
  }

  #single(): Piece | undefined {
    const char = this.#take();
    switch (char) {
      case "(": {
        const inner = this.alternatives();
        return this.#takes(")") ? inner : undefined;
      }
      case "[":
        return this.#oneOf();
      case "^":
        return (next) => ({ kind: "begin", next });
      case "$":
        return (next) => ({ kind: "end", next });
      case "_":
        return (next) => ({ kind: "fork", ways: [{ kind: "begin", next }, { kind: "end", next }, { kind: "char", fits: (one) => DELIMITERS.includes(one), next }] });
      case ".":
        return chars(() => true);
      case "\\":
        return this.isAtEnd ? undefined : literal(this.#take());
      case "*":
      case "+":
      case "?":
      case ")":
        return undefined; // there is nothing before it
      default:
        return literal(char);
    }
  }

  /** After "[". */
  #oneOf(): Piece | undefined {
    const isNegated = this.#takes("^");
    const ranges: (readonly [string, string])[] = [];
    while (!this.isAtEnd && this.#peek !== "]") {
      const from = this.#take();
      const isRange = this.#peek === "-" && this.#text[this.#at + 1] !== "]" && this.#text[this.#at + 1] !== undefined;
      if (isRange) this.#take();
      ranges.push([from, isRange ? this.#take() : from]);
    }
    if (!this.#takes("]") || ranges.length === 0) return undefined;
    return chars((char) => ranges.some(([from, to]) => from <= char && char <= to) !== isNegated);
  }

  get #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #take(): string {
    return this.#text[this.#at++] ?? "";
  }

  #takes(char: string): boolean {
    if (this.#peek !== char) return false;
    this.#at++;
    return true;
  }
}

function literal(char: string): Piece {
  return chars((one) => one === char);
}

function chars(fits: (char: string) => boolean): Piece {
  return (next) => ({ kind: "char", fits, next });
}

function repeated(piece: Piece, sign: string): Piece {
  if (sign === "?") return (next) => ({ kind: "fork", ways: [piece(next), next] });
  return (next) => {
    const loop: Extract<State, { readonly kind: "fork" }> = { kind: "fork", ways: [next] };
    const once = piece(loop);
    loop.ways.push(once);
    return sign === "*" ? loop : once;
  };
}
