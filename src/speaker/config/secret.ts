/**
 * Secret: a text that printing, logging and JSON never show; they show only that there is one.
 * Pure.
 */

export const HIDDEN = "(hidden)";

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text, for whoever must use it. */
  reveal(): string {
    return this.#text;
  }

  toJSON(): string {
    return HIDDEN;
  }

  toString(): string {
    return HIDDEN;
  }
}

/** Do these names of fields promise something that nobody else may read? "passwordFile" is only a path. */
export function isSecretName(name: string): boolean {
  return /pas+(w|ph)|pwd|secret|md5|key/i.test(name) && !/file$/i.test(name);
}
