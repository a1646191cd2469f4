/**
 * What every client has heard: one octet per client and prefix, and counts that say at any moment whether all is told.
 * Pure. A hot path: it has to keep up with whatever is under test, so there is no object per route and no branch that is not needed.
 */

import { FIRST_CLIENT, FIRST_PREFIX, FIRST_SET_ASN, type Layout } from "./plan.ts";
import type { Announcement } from "./update-reader.ts";

/** Octets of a client's table. Above WRONG: right, and the MED modulo VERSIONS says which version. */
const ABSENT = 0;
const WRONG = 1;
const VERSION_0 = 2;
const VERSIONS = 254;

/** The upper 24 bits of the first prefix. */
const FIRST_HIGH = FIRST_PREFIX >>> 8;

/** What differs from the plan, summed over all clients. */
export interface Verdict {
  readonly missing: number;
  readonly wrong: number;
  readonly outdated: number;
  /** Prefixes nobody announced. */
  readonly unexpected: number;
}

/** Told of every prefix that is heard with a MED other than zero. */
export type VersionListener = (med: number) => void;

export class Heard {
  onVersion: VersionListener = () => undefined;
  /** How many of a client's prefixes are as they shall be. */
  readonly right: Int32Array;
  readonly expected: Int32Array;
  /** The MED with which each prefix was announced last. */
  readonly med: Uint32Array;
  announcements = 0;
  withdrawals = 0;
  /** A client's own routes, sent back to it: allowed, but work for nobody. */
  ownReturned = 0;
  unexpected = 0;
  readonly #layout: Layout;
  readonly #clusterId: number;
  readonly #states: readonly Uint8Array[];

  constructor(layout: Layout, clusterId: number) {
    const { clients } = layout.plan;
    this.#layout = layout;
    this.#clusterId = clusterId;
    this.#states = Array.from({ length: clients }, () => new Uint8Array(layout.prefixes));
    this.right = new Int32Array(clients);
    this.expected = Int32Array.from({ length: clients }, (_, client) => layout.expectedBy(client));
    this.med = new Uint32Array(layout.prefixes);
  }

  isComplete(client: number): boolean {
    return this.right[client] === this.expected[client];
  }

  forget(client: number): void {
    this.#states[client]?.fill(ABSENT);
    this.right[client] = 0;
  }

  announce(client: number, first: number, end: number, told: Announcement): void {
    const { setFirst, setWinner, soleSet, prefixes, plan } = this.#layout;
    const source = told.originatorId - FIRST_CLIENT;
    const set = told.lastAsn === 0 ? (soleSet[source] ?? -1) : told.lastAsn - FIRST_SET_ASN;
    const rightful = source !== client && setWinner[set] === source && told.nextHop === told.originatorId && told.clusterList === this.#clusterId;
    const from = rightful ? (setFirst[set] as number) : prefixes;
    const to = rightful ? (setFirst[set + 1] as number) : prefixes;
    const value = VERSION_0 + (told.med % VERSIONS);
    const state = this.#states[client] as Uint8Array;
    const { bytes } = told;
    const { prefixBits } = plan;
    const width = 1 + ((prefixBits + 7) >>> 3);
    let right = 0;
    for (let at = first; at < end; at += width) {
      const prefix = prefixAt(bytes, at, prefixBits);
      if (prefix >= from && prefix < to) {
        if ((state[prefix] as number) <= WRONG) right++;
        state[prefix] = value;
      } else right -= this.#unrightful(client, source, prefix);
    }
    this.right[client] = (this.right[client] as number) + right;
    const count = (end - first) / width;
    this.announcements += count;
    if (told.med !== 0) for (let n = 0; n < count; n++) this.onVersion(told.med);
  }

  /** How many right prefixes less that makes. */
  #unrightful(client: number, source: number, prefix: number): 0 | 1 {
    const { winner, prefixes } = this.#layout;
    if (prefix < 0 || prefix >= prefixes) {
      this.unexpected++;
      return 0;
    }
    const isOwn = source === client && winner[prefix] === client;
    const state = this.#states[client] as Uint8Array;
    const before = state[prefix] as number;
    state[prefix] = isOwn ? ABSENT : WRONG; // who hears his own route has no other
    if (isOwn) this.ownReturned++;
    return before > WRONG ? 1 : 0;
  }

  withdraw(client: number, bytes: Uint8Array, first: number, end: number): void {
    const { prefixes, plan } = this.#layout;
    const state = this.#states[client] as Uint8Array;
    for (let at = first; at < end; at += 1 + ((plan.prefixBits + 7) >>> 3)) {
      const prefix = prefixAt(bytes, at, plan.prefixBits);
      this.withdrawals++;
      if (prefix < 0 || prefix >= prefixes) return void this.unexpected++;
      if ((state[prefix] as number) > WRONG) this.right[client] = (this.right[client] as number) - 1;
      state[prefix] = ABSENT;
    }
  }

  /** Every client's table, prefix by prefix, against the plan. */
  verdict(): Verdict {
    const { winner } = this.#layout;
    let missing = 0;
    let wrong = 0;
    let outdated = 0;
    for (const [client, state] of this.#states.entries()) {
      for (let prefix = 0; prefix < state.length; prefix++) {
        const octet = state[prefix] as number;
        const isOwn = winner[prefix] === client; // then another's path may have been there for a while, and has to be gone
        if (octet === ABSENT) missing += isOwn ? 0 : 1;
        else if (octet === WRONG) wrong++;
        else if (octet !== VERSION_0 + ((this.med[prefix] as number) % VERSIONS)) outdated++;
      }
    }
    return { missing, wrong, outdated, unexpected: this.unexpected };
  }
}

/** The number of the prefix that is written there; -1: another length than all of ours have. */
function prefixAt(bytes: Uint8Array, at: number, prefixBits: number): number {
  if (bytes[at] !== prefixBits) return -1;
  const above = (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) - FIRST_HIGH;
  if (prefixBits <= 24) return above >> (24 - prefixBits);
  return (above << (prefixBits - 24)) | ((bytes[at + 4] as number) >>> (32 - prefixBits));
}
