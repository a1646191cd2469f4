/**
 * A place in the journal of the routing table: reads on from there, at its own pace, however much comes meanwhile.
 * Pure. What was forgotten before it was read is counted. The change at hand is read where it lies, and only until the next one is told; toObject() makes an object of it.
 */

import { type IpAddress, addressFromBytes, addressFromNumber } from "../ip/address.ts";
import { prefixFromBytes } from "../ip/prefix.ts";
import { CAUSE_NAMES, CHANGES, type Cause, type Change, DIFFERENCES, ORIGINS, type PathDigest, RULE_NAMES, type RouteChange } from "./change.ts";
import { HEAD, HOP_WORDS, type Slab, WENT } from "./slab.ts";

/** Where the slabs are; see ChangeRing. */
export interface Slabs<Source> {
  readonly oldest: number;
  readonly told: number;
  slab(number: number): Slab<Source> | undefined;
}

const NO_WORDS = new Uint32Array(0);
const NO_SOURCES: readonly undefined[] = [];

export class ChangeReader<Source> {
  readonly #slabs: Slabs<Source>;
  #slab: number;
  /** Of the next change. */
  #at: number;
  /** How many changes were told before the next one. */
  #place: number;
  #missed = 0;
  /** The change at hand. */
  #words: Uint32Array = NO_WORDS;
  #sources: readonly (Source | undefined)[] = NO_SOURCES;
  #here = 0;
  #baseMs = 0;
  readonly #octets = new Uint8Array(16);

  constructor(slabs: Slabs<Source>, slab: number, at: number, place: number) {
    this.#slabs = slabs;
    this.#slab = slab;
    this.#at = at;
    this.#place = place;
  }

  /** Goes to the next change; false: there is none yet. */
  next(): boolean {
    if (this.#slab < this.#slabs.oldest) this.#skip();
    let slab = this.#slabs.slab(this.#slab);
    while (slab && this.#at === slab.end) {
      const following = this.#slabs.slab(this.#slab + 1);
      if (!following) return false;
      slab = following;
      this.#slab++;
      this.#at = 0;
    }
    if (!slab) return false;
    this.#words = slab.words;
    this.#sources = slab.sources;
    this.#baseMs = slab.baseMs;
    this.#here = this.#at;
    this.#at += this.#tailAt - this.#here + (this.#isGone ? 0 : 4 + this.#hopWords);
    this.#place++;
    return true;
  }

  /** How many changes were forgotten before they were read, since this was asked last. */
  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  /** Changes told before the next one. */
  get place(): number {
    return this.#place;
  }

  get atMs(): number {
    return this.#baseMs + this.#word(1);
  }

  /** 0 is IPv4. */
  get family(): 0 | 1 {
    return ((this.#head >>> HEAD.family) & 1) as 0 | 1;
  }

  /** Length of the prefix. */
  get bits(): number {
    return this.#head & 0xff;
  }

  /** Of the prefix's address: IPv4 has one, IPv6 four. */
  addressWord(at: number): number {
    return this.#word(2 + at);
  }

  get change(): Change {
    return CHANGES[(this.#head >>> HEAD.change) & 3] as Change;
  }

  get cause(): Cause {
    return CAUSE_NAMES[(this.#head >>> HEAD.cause) & 31] as Cause;
  }

  get before(): Source | undefined {
    return this.#sources[this.#word(this.#tailAt - this.#here - 1) >>> 16];
  }

  get after(): Source | undefined {
    return this.#sources[this.#word(this.#tailAt - this.#here - 1) & 0xffff];
  }

  /** Writes all 4 or 16 octets of the prefix's address; returns how many. */
  copyAddress(into: Uint8Array, at: number): number {
    const words = this.family === 0 ? 1 : 4;
    for (let i = 0; i < words; i++) writeWord(into, at + 4 * i, this.addressWord(i));
    return 4 * words;
  }

  /** The change at hand as an object. */
  toObject(): RouteChange<Source> {
    const head = this.#head;
    this.copyAddress(this.#octets, 0);
    return {
      atMs: this.atMs,
      prefix: prefixFromBytes(this.#octets, 0, this.bits, this.family === 0 ? 4 : 6),
      change: this.change,
      cause: this.cause,
      decidedBy: RULE_NAMES[(head >>> HEAD.rule) & 31],
      differs: DIFFERENCES.filter((_, bit) => ((head >>> (HEAD.differs + bit)) & 1) === 1),
      before: this.before,
      after: this.after,
      path: this.#isGone ? undefined : this.#path(),
    };
  }

  #path(): PathDigest {
    const tail = this.#tailAt - this.#here;
    const neighbourAs = this.#word(tail + 3);
    return {
      nextHop: this.#nextHop(tail + 4),
      localPref: this.#word(tail + 1),
      med: this.#word(tail + 2),
      asPathLength: this.#word(tail),
      neighbourAs: neighbourAs === 0 ? undefined : neighbourAs,
      origin: ORIGINS[(this.#head >>> HEAD.origin) & 3] ?? "incomplete",
    };
  }

  #nextHop(at: number): IpAddress | undefined {
    const words = this.#hopWords;
    if (words === 0) return undefined;
    if (words === 1) return addressFromNumber(this.#word(at));
    for (let i = 0; i < words; i++) writeWord(this.#octets, 4 * i, this.#word(at + i));
    return addressFromBytes(this.#octets, 0, 6);
  }

  get #head(): number {
    return this.#words[this.#here] as number;
  }

  get #isGone(): boolean {
    return ((this.#head >>> HEAD.change) & 3) === WENT;
  }

  get #hopWords(): 0 | 1 | 4 {
    return HOP_WORDS[(this.#head >>> HEAD.hop) & 3] ?? 0;
  }

  /** Where the path that is best now is described, if there is one. */
  get #tailAt(): number {
    return this.#here + (this.family === 0 ? 4 : 7);
  }

  #word(at: number): number {
    return this.#words[this.#here + at] as number;
  }

  /** What was next is gone: on with the oldest there is. */
  #skip(): void {
    const { oldest, told } = this.#slabs;
    const first = this.#slabs.slab(oldest)?.first ?? told;
    this.#missed += first - this.#place;
    this.#place = first;
    this.#slab = oldest;
    this.#at = 0;
  }
}

function writeWord(into: Uint8Array, at: number, word: number): void {
  into[at] = word >>> 24;
  into[at + 1] = word >>> 16;
  into[at + 2] = word >>> 8;
  into[at + 3] = word;
}
