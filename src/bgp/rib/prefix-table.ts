/**
 * Prefix <-> PrefixId.
 * Pure. Each family has an index of its own (ipv4-index.ts for IPv4), the numbers are one space: whoever keeps something per
 * prefix keeps one column. An IPv4 prefix costs some thirty octets all told, and no object.
 *
 *   PrefixId   family  bits  key                        words (IPv6 only, four per row)
 *      0       ipv4     26   10.65.0.64            ┌──> 2001:0db8 0000:0000 0000:0000 0000:0001
 *      1       ipv6    128   row 0 of words ───────┘
 */

import { type Prefix, prefixFromBytes, prefixLength, prefixToBytes, prefixVersion } from "../../ip/prefix.ts";
import { FAMILIES, type Family } from "../wire/context.ts";
import type { Writer } from "../wire/cursor.ts";
import { RowNumbers, Uint32Column, Uint8Column } from "./columns.ts";
import { HashIndex, NO_SLOT, settle, stir } from "./hash-index.ts";
import { RefCounts } from "./ref-counts.ts";
import type { PrefixId } from "./ids.ts";
import { NO_ROW, Ipv4Index } from "./ipv4-index.ts";

const IPV4 = 0;
const IPV6 = 1;
const FAMILY_OF_CODE: readonly Family[] = ["ipv4", "ipv6"];
const WORDS = 4;

export class PrefixTable {
  readonly #rows = new RowNumbers();
  readonly #families = new Uint8Column();
  readonly #bits = new Uint8Column();
  readonly #keys = new Uint32Column();
  readonly #words = new Uint32Column();
  readonly #wordRows = new RowNumbers();
  readonly #ipv4 = new Ipv4Index();
  readonly #ipv6 = new HashIndex();
  readonly #refs = new RefCounts();
  /** The four words of the IPv6 prefix being looked for. */
  readonly #sought = new Uint32Array(WORDS);
  readonly #octets = new Uint8Array(16);
  readonly #free = (row: number): void => this.#remove(row);

  /**
   * The number of the prefix of `bits` bits whose octets start at `at`, as NLRI have it: ceil(bits / 8) octets, bits
   * beyond irrelevant. A new number is held by nobody; see retain().
   */
  intern(family: Family, bytes: Uint8Array, at: number, bits: number): PrefixId {
    return family === "ipv4" ? this.#internIpv4(leadingWord(bytes, at, bits), bits) : this.#internIpv6(bytes, at, bits);
  }

  /** Like intern(), for a prefix that may be unknown. */
  find(family: Family, bytes: Uint8Array, at: number, bits: number): PrefixId | undefined {
    if (family === "ipv6") return this.#findIpv6(bytes, at, bits) as PrefixId | undefined;
    const row = this.#ipv4.find(leadingWord(bytes, at, bits), bits);
    return row === NO_ROW ? undefined : (row as PrefixId);
  }

  internPrefix(prefix: Prefix): PrefixId {
    return this.intern(familyOfPrefix(prefix), prefixToBytes(prefix), 0, prefixLength(prefix));
  }

  findPrefix(prefix: Prefix): PrefixId | undefined {
    return this.find(familyOfPrefix(prefix), prefixToBytes(prefix), 0, prefixLength(prefix));
  }

  /** All known prefixes that hold this address, the longest first. */
  covering(family: Family, address: Uint8Array): readonly PrefixId[] {
    const found: PrefixId[] = [];
    for (let bits = address.length * 8; bits >= 0; bits--) {
      const id = this.find(family, address, 0, bits);
      if (id !== undefined) found.push(id);
    }
    return found;
  }

  /** As text, for whoever shows it. */
  prefix(id: PrefixId): Prefix {
    this.copyAddress(id, this.#octets, 0);
    return prefixFromBytes(this.#octets, 0, this.bits(id), FAMILIES[this.family(id)].version);
  }

  family(id: PrefixId): Family {
    return FAMILY_OF_CODE[this.#families.get(id)] as Family;
  }

  bits(id: PrefixId): number {
    return this.#bits.get(id);
  }

  /** Writes all 4 or 16 octets of the prefix's address, host bits zero; returns how many. */
  copyAddress(id: PrefixId, into: Uint8Array, at: number): number {
    const key = this.#keys.get(id);
    if (this.#families.get(id) === IPV4) {
      writeWord(into, at, key);
      return 4;
    }
    for (let i = 0; i < WORDS; i++) writeWord(into, at + 4 * i, this.#words.get(key * WORDS + i));
    return 16;
  }

  /** Writes as many octets of the prefix's address as its length needs. */
  writeAddress(id: PrefixId, out: Writer): void {
    const key = this.#keys.get(id);
    let octets = (this.#bits.get(id) + 7) >> 3;
    if (this.#families.get(id) === IPV4) return out.leadingOctets(key, octets);
    for (let i = 0; octets > 0; i++, octets -= 4) out.leadingOctets(this.#words.get(key * WORDS + i), Math.min(4, octets));
  }

  /** The order of a printed table: IPv4 before IPv6, then by address, then the shorter first. */
  compare(a: PrefixId, b: PrefixId): number {
    const family = this.#families.get(a) - this.#families.get(b);
    return family || this.#compareAddresses(a, b) || this.bits(a) - this.bits(b);
  }

  retain(id: PrefixId): void {
    this.#refs.retain(id);
  }

  release(id: PrefixId): void {
    this.#refs.release(id);
  }

  /** Gives back the numbers that nobody holds. The Rib calls this at the start of decide(). */
  sweep(): void {
    this.#refs.sweep(this.#free);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** One beyond the highest number ever in use; some below it may be nobody's. */
  get end(): number {
    return this.#rows.end;
  }

  /** Of one family. */
  #compareAddresses(a: PrefixId, b: PrefixId): number {
    if (this.#families.get(a) === IPV4) return this.#keys.get(a) - this.#keys.get(b);
    for (let i = 0; i < WORDS; i++) {
      const difference = this.#words.get(this.#keys.get(a) * WORDS + i) - this.#words.get(this.#keys.get(b) * WORDS + i);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #internIpv4(address: number, bits: number): PrefixId {
    const known = this.#ipv4.find(address, bits);
    if (known !== NO_ROW) return known as PrefixId;
    const row = this.#add(IPV4, bits, address);
    this.#ipv4.add(address, bits, row);
    return row as PrefixId;
  }

  #internIpv6(bytes: Uint8Array, at: number, bits: number): PrefixId {
    const known = this.#findIpv6(bytes, at, bits);
    if (known !== undefined) return known as PrefixId;
    const words = this.#wordRows.take();
    for (let i = 0; i < WORDS; i++) this.#words.set(words * WORDS + i, this.#sought[i] as number);
    const row = this.#add(IPV6, bits, words);
    this.#ipv6.add(this.#hashIpv6(words, bits), row);
    return row as PrefixId;
  }

  #add(family: number, bits: number, key: number): number {
    const row = this.#rows.take();
    this.#families.set(row, family);
    this.#bits.set(row, bits);
    this.#keys.set(row, key);
    this.#refs.begin(row);
    return row;
  }

  /** Leaves the words it looked for in #sought. */
  #findIpv6(bytes: Uint8Array, at: number, bits: number): number | undefined {
    const sought = this.#sought;
    for (let i = 0; i < WORDS; i++) sought[i] = leadingWord(bytes, at + 4 * i, bits - 32 * i);
    for (let slot = this.#ipv6.first(hashWords(sought, bits)); slot !== NO_SLOT; slot = this.#ipv6.next(slot)) {
      const row = this.#ipv6.row(slot);
      if (this.#bits.get(row) === bits && this.#isSought(this.#keys.get(row))) return row;
    }
    return undefined;
  }

  #isSought(words: number): boolean {
    for (let i = 0; i < WORDS; i++) if (this.#words.get(words * WORDS + i) !== this.#sought[i]) return false;
    return true;
  }

  #hashIpv6(words: number, bits: number): number {
    for (let i = 0; i < WORDS; i++) this.#sought[i] = this.#words.get(words * WORDS + i);
    return hashWords(this.#sought, bits);
  }

  #remove(row: number): void {
    const bits = this.#bits.get(row);
    const key = this.#keys.get(row);
    if (this.#families.get(row) === IPV4) this.#ipv4.remove(key, bits);
    else {
      this.#ipv6.remove(this.#hashIpv6(key, bits), row);
      this.#wordRows.give(key);
    }
    this.#rows.give(row);
  }
}

function familyOfPrefix(prefix: Prefix): Family {
  return prefixVersion(prefix) === 4 ? "ipv4" : "ipv6";
}

/** The first `bits` bits (at most 32) of the octets at `at`, the rest of the word zero; reads no octet beyond them. */
function leadingWord(bytes: Uint8Array, at: number, bits: number): number {
  if (bits <= 0) return 0;
  let word = (bytes[at] as number) << 24;
  if (bits > 8) word |= (bytes[at + 1] as number) << 16;
  if (bits > 16) word |= (bytes[at + 2] as number) << 8;
  if (bits > 24) word |= bytes[at + 3] as number;
  return (bits >= 32 ? word : word & (-1 << (32 - bits))) >>> 0;
}

function writeWord(into: Uint8Array, at: number, word: number): void {
  into[at] = word >>> 24;
  into[at + 1] = word >>> 16;
  into[at + 2] = word >>> 8;
  into[at + 3] = word;
}

function hashWords(words: Uint32Array, bits: number): number {
  let hash = bits;
  for (let i = 0; i < WORDS; i++) hash = stir(hash, words[i] as number);
  return settle(hash);
}
