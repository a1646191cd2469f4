/**
 * Ranges of dynamic neighbours: who may connect from where, who is there now, and how many found no room.
 * Pure. Looked up only when an unknown address connects, never per message.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { PeerName, RangeConfig } from "../config/config.ts";
import { longestRange } from "../config/range-parse.ts";
import type { RangeView } from "../view.ts";

/** What is known of a range beside its configuration; it outlives reloads that keep the name. */
interface Tally {
  readonly members: Set<PeerName>;
  refused: number;
}

export class Ranges {
  #configs: readonly RangeConfig[] = [];
  readonly #tallies = new Map<string, Tally>();
  readonly #rangeOf = new Map<PeerName, string>();

  configure(configs: readonly RangeConfig[]): void {
    this.#configs = configs;
    for (const [name, { members }] of this.#tallies) if (members.size === 0 && !configs.some((config) => config.name === name)) this.#tallies.delete(name);
  }

  /** The longest range that holds the address. */
  holding(address: IpAddress): RangeConfig | undefined {
    return longestRange(this.#configs, address);
  }

  hasRoom(range: RangeConfig): boolean {
    return this.#tally(range.name).members.size < range.limit;
  }

  /** Every place in every one of them is taken, by somebody who is there. */
  areFull(isThere: (member: PeerName) => boolean): boolean {
    if (this.#configs.some((range) => this.hasRoom(range))) return false;
    return this.#configs.every(({ name }) => [...this.#tally(name).members].every(isThere));
  }

  join(range: RangeConfig, peer: PeerName): void {
    this.#tally(range.name).members.add(peer);
    this.#rangeOf.set(peer, range.name);
  }

  leave(peer: PeerName): void {
    const range = this.#rangeOf.get(peer);
    if (range === undefined) return;
    this.#rangeOf.delete(peer);
    this.#tally(range).members.delete(peer);
  }

  /** Somebody found no room; how many there were so far. */
  refuse(range: RangeConfig): number {
    return ++this.#tally(range.name).refused;
  }

  /** The range this peer came in by; undefined for a configured peer. */
  rangeOf(peer: PeerName): string | undefined {
    return this.#rangeOf.get(peer);
  }

  members(): Iterable<PeerName> {
    return this.#rangeOf.keys();
  }

  membersOf(range: string): Iterable<PeerName> {
    return this.#tally(range).members;
  }

  view(): readonly RangeView[] {
    return this.#configs.map(({ name, prefix, asns, limit }) => {
      const { members, refused } = this.#tally(name);
      return { name, prefix, asns, limit, peers: members.size, refused };
    });
  }

  #tally(name: string): Tally {
    const known = this.#tallies.get(name);
    if (known) return known;
    const tally: Tally = { members: new Set(), refused: 0 };
    this.#tallies.set(name, tally);
    return tally;
  }
}
