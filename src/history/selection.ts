/**
 * Which prefixes somebody asks about: compared as words, because a journal is read from end to end.
 * Pure.
 */

import { type IpAddress, addressToBytes } from "../ip/address.ts";
import { type Prefix, prefixLength, prefixToBytes } from "../ip/prefix.ts";

export type PrefixQuery =
  | { readonly kind: "all" }
  | { readonly kind: "exactly" | "within"; readonly prefix: Prefix }
  /** Every prefix that holds it, of any length. */
  | { readonly kind: "holding"; readonly address: IpAddress };

/** A prefix in words, as a ChangeReader has it. */
export interface PrefixWords {
  readonly family: 0 | 1;
  readonly bits: number;
  addressWord(at: number): number;
}

export class Selection {
  readonly #kind: PrefixQuery["kind"];
  readonly #family: 0 | 1;
  readonly #bits: number;
  readonly #words: readonly number[];

  constructor(query: PrefixQuery) {
    const octets = query.kind === "all" ? new Uint8Array(4) : query.kind === "holding" ? addressToBytes(query.address) : prefixToBytes(query.prefix);
    this.#kind = query.kind;
    this.#family = octets.length === 16 ? 1 : 0;
    this.#bits = query.kind === "exactly" || query.kind === "within" ? prefixLength(query.prefix) : octets.length * 8;
    this.#words = wordsOf(octets);
  }

  /** Whether anything is asked for but all. */
  get isNarrow(): boolean {
    return this.#kind !== "all";
  }

  holds(prefix: PrefixWords): boolean {
    switch (this.#kind) {
      case "all":
        return true;
      case "exactly":
        return prefix.family === this.#family && prefix.bits === this.#bits && this.#agrees(prefix, this.#bits);
      case "within":
        return prefix.family === this.#family && prefix.bits >= this.#bits && this.#agrees(prefix, this.#bits);
      case "holding":
        return prefix.family === this.#family && this.#agrees(prefix, prefix.bits);
    }
  }

  /** holds() for a prefix as text. */
  holdsPrefix(prefix: Prefix): boolean {
    const octets = prefixToBytes(prefix);
    const words = wordsOf(octets);
    return this.holds({ family: octets.length === 16 ? 1 : 0, bits: prefixLength(prefix), addressWord: (at) => words[at] ?? 0 });
  }

  #agrees(prefix: PrefixWords, bits: number): boolean {
    for (let at = 0, left = bits; left > 0; at++, left -= 32) {
      const mask = left >= 32 ? -1 : -1 << (32 - left);
      if ((((this.#words[at] ?? 0) ^ prefix.addressWord(at)) & mask) !== 0) return false;
    }
    return true;
  }
}

function wordsOf(octets: Uint8Array): readonly number[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  return Array.from({ length: octets.length / 4 }, (_, at) => view.getUint32(4 * at));
}
