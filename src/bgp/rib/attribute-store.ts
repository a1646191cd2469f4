/**
 * Each distinct attribute set once: attributes <-> AttrId.
 * Pure. A million routes share some hundred thousand sets; whoever has a set's number has its ranking columns, its next hop
 * and, when it asks, its object. Two sets are the same when their canonical bytes are.
 *
 * A set that came as a plain section (wire/plain-section.ts) is kept as those bytes, which are its canonical form; its object
 * is made when somebody asks for it, and kept for a while. A set that was made as an object is kept as that.
 */

import type { PathAttributes } from "../wire/attribute-types.ts";
import { attributeKey } from "../wire/attribute.ts";
import { decodePlainSection } from "../wire/attribute-section.ts";
import type { PlainSection } from "../wire/plain-section.ts";
import { RowNumbers, Uint32Column, Uint8Column } from "./columns.ts";
import { HashIndex, NO_SLOT, hashBytes } from "./hash-index.ts";
import { RefCounts } from "./ref-counts.ts";
import type { AttrId } from "./ids.ts";
import { NO_NEXT_HOP, NextHopTable } from "./next-hop-table.ts";
import { OctetPool } from "./octet-pool.ts";
import { RANKING_DEFAULTS, RankingColumns, type RankingDefaults } from "./ranking.ts";

/** A number, and which of its lives is meant: numbers are used again. */
interface Life {
  readonly id: AttrId;
  readonly life: number;
}

const DECODED = 4096; // objects of plain sets, kept beside the sets; a power of two

export class AttributeStore {
  readonly ranking: RankingColumns;
  readonly nextHops = new NextHopTable();
  readonly #numbers = new RowNumbers();
  readonly #lives = new Uint32Column();
  readonly #hashes = new Uint32Column();
  readonly #index = new HashIndex();
  readonly #refs = new RefCounts();
  readonly #plain = new OctetPool();
  /** 1: plain, and without a community that has a meaning of its own. */
  readonly #quiet = new Uint8Column();
  /** Of sets that are not plain. */
  readonly #objects = new Map<AttrId, PathAttributes>();
  /** Of plain sets, made lately: the one of set n, if any, stands at n modulo their number. */
  readonly #decoded: (PathAttributes | undefined)[] = Array<PathAttributes | undefined>(DECODED).fill(undefined);
  readonly #decodedIds = new Int32Array(DECODED);
  /** Objects seen before. An entry outlives its number; it counts only while the number lives that life. */
  readonly #seen = new WeakMap<PathAttributes, Life>();
  readonly #free = (row: number): void => this.#remove(row as AttrId);

  constructor(defaults: Partial<RankingDefaults> = {}) {
    this.ranking = new RankingColumns({ ...RANKING_DEFAULTS, ...defaults });
  }

  /** The number of this set. A new number is held by nobody; see retain(). An object seen before costs one lookup. */
  intern(attributes: PathAttributes): AttrId {
    const seen = this.#seen.get(attributes);
    if (seen !== undefined && this.#lives.get(seen.id) === seen.life) return seen.id;
    const key = attributeKey(attributes);
    const hash = hashBytes(key);
    const known = this.#find(key, 0, key.length, hash);
    const id = known ?? this.#addObject(attributes, hash);
    this.#remember(attributes, id);
    return id;
  }

  /** intern() for a plain section: no object is made. */
  internPlain(section: PlainSection): AttrId {
    const { bytes, at, end } = section;
    const hash = hashBytes(bytes, at, end);
    const known = this.#find(bytes, at, end, hash);
    if (known !== undefined) return known;
    const nextHop = this.nextHops.holdIpv4(section.nextHop);
    const id = this.#add(hash);
    this.#plain.put(id, bytes, at, end);
    this.#quiet.set(id, section.wellKnownCommunity === "none" ? 1 : 0);
    this.ranking.fillPlain(id, section, nextHop);
    return id;
  }

  /** The set as an object. Of equal sets it is the same one for as long as somebody goes on asking, mostly: compare numbers. */
  get(id: AttrId): PathAttributes {
    const object = this.#plain.has(id) ? this.#decode(id) : this.#objects.get(id);
    return object as PathAttributes;
  }

  /** Which life of the number this is: it begins another one when it is used again. */
  life(id: AttrId): number {
    return this.#lives.get(id);
  }

  /** Kept as octets, and nobody has to look closer: there is no community with a meaning of its own. See octets(). */
  isQuiet(id: AttrId): boolean {
    return this.#quiet.get(id) === 1;
  }

  /** Where the plain section of that set lies: valid until something is interned or swept. */
  octets(id: AttrId): { readonly bytes: Uint8Array; readonly from: number; readonly to: number } {
    const from = this.#plain.startOf(id);
    return { bytes: this.#plain.slabOf(id), from, to: from + this.#plain.lengthOf(id) };
  }

  retain(id: AttrId): void {
    this.#refs.retain(id);
  }

  release(id: AttrId): void {
    this.#refs.release(id);
  }

  /** Gives back the numbers that nobody holds. The Rib calls this at the start of decide(). */
  sweep(): void {
    this.#refs.sweep(this.#free);
    this.#plain.compact();
  }

  get size(): number {
    return this.#numbers.size;
  }

  #find(bytes: Uint8Array, from: number, to: number, hash: number): AttrId | undefined {
    for (let slot = this.#index.first(hash); slot !== NO_SLOT; slot = this.#index.next(slot)) {
      const id = this.#index.row(slot) as AttrId;
      if (this.#plain.has(id) ? this.#plain.matches(id, bytes, from, to) : sameBytes(attributeKey(this.get(id)), bytes, from, to)) return id;
    }
    return undefined;
  }

  #addObject(attributes: PathAttributes, hash: number): AttrId {
    const id = this.#add(hash);
    this.#objects.set(id, attributes);
    this.ranking.fill(id, attributes, attributes.nextHop ? this.nextHops.hold(attributes.nextHop.address) : NO_NEXT_HOP);
    return id;
  }

  #add(hash: number): AttrId {
    const id = this.#numbers.take() as AttrId;
    this.#hashes.set(id, hash);
    this.#index.add(hash, id);
    this.#refs.begin(id);
    return id;
  }

  #decode(id: AttrId): PathAttributes {
    const slot = id & (DECODED - 1);
    const known = this.#decoded[slot];
    if (known && this.#decodedIds[slot] === id) return known;
    const bytes = this.#plain.get(id);
    const attributes = decodePlainSection(bytes, 0, bytes.length);
    this.#decoded[slot] = attributes;
    this.#decodedIds[slot] = id;
    this.#remember(attributes, id);
    return attributes;
  }

  #remember(attributes: PathAttributes, id: AttrId): void {
    this.#seen.set(attributes, { id, life: this.#lives.get(id) });
  }

  #remove(id: AttrId): void {
    const nextHop = this.ranking.nextHop(id);
    if (nextHop !== NO_NEXT_HOP) this.nextHops.release(nextHop);
    this.#index.remove(this.#hashes.get(id), id);
    this.#plain.drop(id);
    this.#quiet.set(id, 0);
    this.#objects.delete(id);
    const slot = id & (DECODED - 1);
    if (this.#decodedIds[slot] === id) this.#decoded[slot] = undefined;
    this.#lives.set(id, this.#lives.get(id) + 1);
    this.#numbers.give(id);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  if (a.length !== to - from) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[from + at]) return false;
  return true;
}
