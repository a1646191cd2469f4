/**
 * IPv4 prefixes -> rows, four neighbours of one length at a time.
 * Pure. Tables are told, walked and withdrawn in runs of neighbours: only the first of four is looked for by its hash, and
 * those that follow it at once are not looked for at all.
 *
 *   hash of (24, 10.1.4/22) ──► group 7 ──► rows   10.1.4/24   10.1.5/24   10.1.6/24   10.1.7/24
 *                                                     12          13          -           40
 */

import { RowNumbers, Uint32Column, Uint8Column } from "./columns.ts";
import { HashIndex, NO_SLOT, settle, stir } from "./hash-index.ts";

export const NO_ROW = -1;

const GROUP_BITS = 2; // larger ones cost more where prefixes stand alone
const GROUP = 1 << GROUP_BITS;
const NO_GROUP = -1;

export class Ipv4Index {
  readonly #groups = new RowNumbers();
  readonly #index = new HashIndex();
  /** Of a group: the bits that its members share, as a number; and the length of its members. */
  readonly #keys = new Uint32Column();
  readonly #bits = new Uint8Column();
  readonly #members = new Uint8Column();
  /** The row of each member, and one more; zero: it has none. */
  readonly #rows = new Uint32Column();
  /** The group that was found last. */
  #lastGroup = NO_GROUP;
  #lastKey = 0;
  #lastBits = 0;

  /** The row of that prefix, or NO_ROW. Its host bits are zero. */
  find(address: number, bits: number): number {
    const network = networkOf(address, bits);
    const group = this.#groupOf(network >>> GROUP_BITS, bits);
    return group === NO_GROUP ? NO_ROW : this.#rows.get(memberOf(group, network)) - 1;
  }

  /** The prefix must not have a row yet. */
  add(address: number, bits: number, row: number): void {
    const network = networkOf(address, bits);
    const key = network >>> GROUP_BITS;
    const known = this.#groupOf(key, bits);
    const group = known === NO_GROUP ? this.#addGroup(key, bits) : known;
    this.#rows.set(memberOf(group, network), row + 1);
    this.#members.set(group, this.#members.get(group) + 1);
  }

  /** The prefix must have a row. */
  remove(address: number, bits: number): void {
    const network = networkOf(address, bits);
    const key = network >>> GROUP_BITS;
    const group = this.#groupOf(key, bits);
    const left = this.#members.get(group) - 1;
    this.#rows.set(memberOf(group, network), 0);
    this.#members.set(group, left);
    if (left > 0) return;
    this.#index.remove(hashOf(key, bits), group);
    this.#groups.give(group);
    this.#lastGroup = NO_GROUP;
  }

  #groupOf(key: number, bits: number): number {
    if (this.#lastGroup !== NO_GROUP && this.#lastKey === key && this.#lastBits === bits) return this.#lastGroup;
    for (let slot = this.#index.first(hashOf(key, bits)); slot !== NO_SLOT; slot = this.#index.next(slot)) {
      const group = this.#index.row(slot);
      if (this.#keys.get(group) === key && this.#bits.get(group) === bits) return this.#remember(group, key, bits);
    }
    return NO_GROUP;
  }

  #addGroup(key: number, bits: number): number {
    const group = this.#groups.take();
    this.#keys.set(group, key);
    this.#bits.set(group, bits);
    this.#index.add(hashOf(key, bits), group);
    return this.#remember(group, key, bits);
  }

  #remember(group: number, key: number, bits: number): number {
    this.#lastGroup = group;
    this.#lastKey = key;
    this.#lastBits = bits;
    return group;
  }
}

function networkOf(address: number, bits: number): number {
  return bits === 0 ? 0 : address >>> (32 - bits);
}

function memberOf(group: number, network: number): number {
  return group * GROUP + (network & (GROUP - 1));
}

function hashOf(key: number, bits: number): number {
  return settle(stir(bits, key));
}
