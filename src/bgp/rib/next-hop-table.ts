/**
 * Every distinct next hop once, with what is known about reaching it.
 * Pure. RFC 4271 §9.1.2.1: a path whose next hop cannot be resolved is out of the question, and among the others the
 * interior cost counts. The answer is asked for once per next hop, not once per path, and again when somebody says that
 * answers have changed.
 */

import type { Brand } from "../../ip/brand.ts";
import { type IpAddress, addressFromNumber, addressToNumber, isLinkLocal, versionOf } from "../../ip/address.ts";
import { Float64Column, Int32Column, RowNumbers, Uint8Column } from "./columns.ts";
import type { SourceId } from "./ids.ts";
import type { NextHopView } from "./next-hop.ts";

export type NextHopId = Brand<number, "NextHopId">;

/** Of a path that has none because it starts here. */
export const NO_NEXT_HOP = -1 as NextHopId;

/** The cost of a next hop that cannot be reached. */
export const UNREACHABLE = Number.POSITIVE_INFINITY;

const NOT_ASKED = -1;
/** Of a link-local address: the same one is another neighbour on every link, so that each is asked about by who told it. */
const BY_SOURCE = -2;

export class NextHopTable {
  readonly #rows = new RowNumbers();
  readonly #ids = new Map<IpAddress, NextHopId>();
  /** IPv4 addresses as numbers, of those in #ids that came so. */
  readonly #words = new Map<number, NextHopId>();
  readonly #addresses: (IpAddress | undefined)[] = [];
  readonly #holders = new Int32Column();
  readonly #costs = new Float64Column();
  readonly #changed = new Uint8Column();

  /** The number of this next hop, held once more. */
  hold(address: IpAddress): NextHopId {
    const id = this.#ids.get(address) ?? this.#add(address);
    this.#holders.set(id, this.#holders.get(id) + 1);
    return id;
  }

  /** hold() for an IPv4 address as a 32-bit number. */
  holdIpv4(word: number): NextHopId {
    const known = this.#words.get(word);
    if (known !== undefined) {
      this.#holders.set(known, this.#holders.get(known) + 1);
      return known;
    }
    const id = this.hold(addressFromNumber(word));
    this.#words.set(word, id);
    return id;
  }

  address(id: NextHopId): IpAddress {
    return this.#addresses[id] as IpAddress;
  }

  release(id: NextHopId): void {
    const left = this.#holders.get(id) - 1;
    this.#holders.set(id, left);
    if (left > 0) return;
    const address = this.address(id);
    this.#ids.delete(address);
    if (versionOf(address) === 4) this.#words.delete(addressToNumber(address));
    this.#addresses[id] = undefined;
    this.#rows.give(id);
  }

  /**
   * What `view` says about it, asked at most once; UNREACHABLE where it cannot be reached. One view per table. `source`: who
   * told it.
   */
  cost(id: NextHopId, view: NextHopView, source: SourceId): number {
    const known = this.#costs.get(id);
    if (known >= 0) return known;
    const asked = known === NOT_ASKED ? this.#ask(id, view) : known;
    return asked === BY_SOURCE ? (view.metricFrom?.(this.address(id), source) ?? UNREACHABLE) : asked;
  }

  /**
   * Asks again about every next hop that was asked about, and marks those with another answer, and those that may have one for
   * somebody; returns how many. Marks of `earlier` calls are kept or not.
   */
  askAgain(view: NextHopView, earlier: "keep" | "forget"): number {
    let changed = 0;
    for (const id of this.#ids.values()) {
      const before = this.#costs.get(id);
      const differs = before === BY_SOURCE || (before !== NOT_ASKED && this.#ask(id, view) !== before);
      if (differs || earlier === "forget") this.#changed.set(id, differs ? 1 : 0);
      if (differs) changed++;
    }
    return changed;
  }

  /** Did askAgain() hear something new about it? */
  hasChanged(id: NextHopId): boolean {
    return this.#changed.get(id) === 1;
  }

  get size(): number {
    return this.#rows.size;
  }

  #add(address: IpAddress): NextHopId {
    const id = this.#rows.take() as NextHopId;
    this.#ids.set(address, id);
    this.#addresses[id] = address;
    this.#costs.set(id, NOT_ASKED);
    this.#changed.set(id, 0);
    return id;
  }

  #ask(id: NextHopId, view: NextHopView): number {
    const address = this.address(id);
    const isAnybodys = view.metricFrom === undefined || versionOf(address) === 4 || !isLinkLocal(address);
    const cost = isAnybodys ? (view.metric(address) ?? UNREACHABLE) : BY_SOURCE;
    this.#costs.set(id, cost);
    return cost;
  }
}
