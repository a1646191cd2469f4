/**
 * Each distinct attribute set once: PathAttributes <-> AttrId.
 * Pure. A million routes share some ten thousand sets; whoever has a set's number has its object, its ranking columns
 * and its next hop. Two sets are the same when their canonical bytes are.
 */

import type { PathAttributes } from "../wire/attribute-types.ts";
import { attributeKey } from "../wire/attribute.ts";
import { RowNumbers, Uint32Column } from "./columns.ts";
import { HashIndex, NO_SLOT, hashBytes } from "./hash-index.ts";
import { Holds } from "./holds.ts";
import type { AttrId } from "./ids.ts";
import { NO_NEXT_HOP, NextHopTable } from "./next-hop-table.ts";
import { RANKING_DEFAULTS, RankingColumns, type RankingDefaults } from "./ranking.ts";

/** One distinct set while it has a number. Its canonical bytes are made again when they are asked for, which is seldom. */
interface Interned {
  readonly id: AttrId;
  readonly attributes: PathAttributes;
}

export class AttributeStore {
  readonly ranking: RankingColumns;
  readonly nextHops = new NextHopTable();
  readonly #numbers = new RowNumbers();
  readonly #rows: (Interned | undefined)[] = [];
  readonly #hashes = new Uint32Column();
  readonly #index = new HashIndex();
  readonly #holds = new Holds();
  /** Objects seen before. An entry outlives its number; it counts only while the number's row still is that entry. */
  readonly #seen = new WeakMap<PathAttributes, Interned>();
  readonly #free = (row: number): void => this.#remove(row as AttrId);

  constructor(defaults: Partial<RankingDefaults> = {}) {
    this.ranking = new RankingColumns({ ...RANKING_DEFAULTS, ...defaults });
  }

  /** The number of this set. A new number is held by nobody; see retain(). An object seen before costs one lookup. */
  intern(attributes: PathAttributes): AttrId {
    const seen = this.#seen.get(attributes);
    if (seen !== undefined && this.#rows[seen.id] === seen) return seen.id;
    const key = attributeKey(attributes);
    const hash = hashBytes(key);
    const interned = this.#find(key, hash) ?? this.#add(attributes, hash);
    this.#seen.set(attributes, interned);
    return interned.id;
  }

  /** The one object that stands for all equal ones. */
  get(id: AttrId): PathAttributes {
    return (this.#rows[id] as Interned).attributes;
  }

  retain(id: AttrId): void {
    this.#holds.retain(id);
  }

  release(id: AttrId): void {
    this.#holds.release(id);
  }

  /** Gives back the numbers that nobody holds. The Rib calls this at the start of decide(). */
  sweep(): void {
    this.#holds.sweep(this.#free);
  }

  get size(): number {
    return this.#numbers.size;
  }

  #find(key: Uint8Array, hash: number): Interned | undefined {
    for (let slot = this.#index.first(hash); slot !== NO_SLOT; slot = this.#index.next(slot)) {
      const candidate = this.#rows[this.#index.row(slot)] as Interned;
      if (sameBytes(attributeKey(candidate.attributes), key)) return candidate;
    }
    return undefined;
  }

  #add(attributes: PathAttributes, hash: number): Interned {
    const id = this.#numbers.take() as AttrId;
    const interned: Interned = { id, attributes };
    this.#rows[id] = interned;
    this.#hashes.set(id, hash);
    this.#index.add(hash, id);
    this.#holds.begin(id);
    this.ranking.fill(id, attributes, attributes.nextHop ? this.nextHops.hold(attributes.nextHop.address) : NO_NEXT_HOP);
    return interned;
  }

  #remove(id: AttrId): void {
    const nextHop = this.ranking.nextHop(id);
    if (nextHop !== NO_NEXT_HOP) this.nextHops.release(nextHop);
    this.#index.remove(this.#hashes.get(id), id);
    this.#rows[id] = undefined;
    this.#numbers.give(id);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
