/**
 * The attribute section that nearly every UPDATE has, read where it lies: numbers and offsets, no object.
 * Pure. RFC 4271 §4.3 and §5; what each attribute may be is said by its row in attribute.ts, of which this is the short form.
 *
 * Plain is a section that is its own canonical form: known attributes in the order of their codes, flags and lengths as we
 * would write them ourselves, AS numbers of four octets, the next hop in NEXT_HOP, and nothing wrong with any of it.
 * Whatever is not plain is for attribute-section.ts to read: this file never finds a fault, it only declines.
 *
 * Hot: once per UPDATE of a table that loads.
 */

import { ATTRIBUTES, CLASS_FLAGS } from "./attribute.ts";
import { isHostV4 } from "./attributes/scalar.ts";
import { AS_SEGMENT, ATTRIBUTE } from "./code-points.ts";
import type { CodecContext } from "./context.ts";
import { readU32 } from "./cursor.ts";

const HEADER_BYTES = 3; // flags, code, length of one octet
const SEGMENT_HEADER_BYTES = 2;
const U32_BYTES = 4;
const EXTENDED_COMMUNITY_BYTES = 8;
const LARGE_COMMUNITY_BYTES = 12;
const WELL_KNOWN = 0xffff; // high half of every community with a meaning of its own (RFC 1997)
const ALL_CODES = 256;

/** Flags of the attributes that we know; zero for all others. */
const FLAGS = new Uint8Array(ALL_CODES);
/** 1: ignored when an external peer sends it, so that no plain section of his has it. */
const INTERNAL_ONLY = new Uint8Array(ALL_CODES);
for (const { code, flags, internalOnly } of Object.values(ATTRIBUTES)) {
  FLAGS[code] = CLASS_FLAGS[flags];
  INTERNAL_ONLY[code] = internalOnly ? 1 : 0;
}

const NOTHING = new Uint8Array(0);

/** What one section says; valid until the next read() and as long as its bytes are. */
export class PlainSection {
  bytes: Uint8Array = NOTHING;
  at = 0;
  end = 0;
  /** As on the wire: 0, 1 or 2. */
  origin = 0;
  /** AS numbers in the one AS_SEQUENCE there may be. */
  pathLength = 0;
  nextHop = 0;
  med: number | undefined;
  localPref: number | undefined;
  originatorId: number | undefined;
  clusterLength = 0;
  /** There is a community with a meaning of its own: somebody has to look closer. */
  wellKnownCommunity: "some" | "none" = "none";
  #asnsAt = 0;
  #clustersAt = 0;
  #communitiesAt = 0;
  #communities = 0;

  /** Reads the section from `at` to `end`; false: it is not plain under that agreement, and the fields mean nothing. */
  read(bytes: Uint8Array, at: number, end: number, { fourOctetAs, internal }: CodecContext): boolean {
    if (!fourOctetAs) return false;
    this.#begin(bytes, at, end);
    let seen = 0;
    let last = 0;
    for (let next = at; next < end; ) {
      const valueAt = next + HEADER_BYTES;
      if (valueAt > end) return false;
      const code = bytes[next + 1] as number;
      const length = bytes[next + 2] as number;
      if (code <= last || bytes[next] !== FLAGS[code] || (!internal && INTERNAL_ONLY[code] === 1)) return false;
      if (valueAt + length > end || !this.#take(code, valueAt, length)) return false;
      if (code <= ATTRIBUTE.nextHop) seen++;
      last = code;
      next = valueAt + length;
    }
    return seen === ATTRIBUTE.nextHop; // ORIGIN, AS_PATH and NEXT_HOP are 1, 2 and 3
  }

  /** How often that AS stands in the path. */
  countAs(asn: number): number {
    let count = 0;
    for (let at = this.#asnsAt, left = this.pathLength; left > 0; at += U32_BYTES, left--) if (readU32(this.bytes, at) === asn) count++;
    return count;
  }

  /** Is that cluster in the CLUSTER_LIST? */
  hasCluster(clusterId: number): boolean {
    return this.#has(this.#clustersAt, this.clusterLength, clusterId);
  }

  hasCommunity(community: number): boolean {
    return this.#has(this.#communitiesAt, this.#communities, community);
  }

  /** The AS that the route came from last; undefined: it is from inside ours. */
  get firstAs(): number | undefined {
    return this.pathLength === 0 ? undefined : readU32(this.bytes, this.#asnsAt);
  }

  #begin(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.med = undefined;
    this.localPref = undefined;
    this.originatorId = undefined;
    this.clusterLength = 0;
    this.#communities = 0;
    this.wellKnownCommunity = "none";
  }

  /** One attribute of that code; false: its value is not plain. */
  #take(code: number, at: number, length: number): boolean {
    switch (code) {
      case ATTRIBUTE.origin:
        this.origin = this.bytes[at] as number;
        return length === 1 && this.origin <= 2;
      case ATTRIBUTE.asPath:
        return this.#takePath(at, length);
      case ATTRIBUTE.nextHop:
        this.nextHop = length === U32_BYTES ? readU32(this.bytes, at) : 0;
        return length === U32_BYTES && isHostV4(this.bytes, at);
      case ATTRIBUTE.med:
        this.med = length === U32_BYTES ? readU32(this.bytes, at) : 0;
        return length === U32_BYTES;
      case ATTRIBUTE.localPref:
        this.localPref = length === U32_BYTES ? readU32(this.bytes, at) : 0;
        return length === U32_BYTES;
      case ATTRIBUTE.atomicAggregate:
        return length === 0;
      case ATTRIBUTE.communities:
        return this.#takeCommunities(at, length);
      case ATTRIBUTE.originatorId:
        this.originatorId = length === U32_BYTES ? readU32(this.bytes, at) : 0;
        return length === U32_BYTES;
      case ATTRIBUTE.clusterList:
        this.#clustersAt = at;
        this.clusterLength = length / U32_BYTES;
        return isListOf(U32_BYTES, length);
      default:
        return this.#isSound(code, at, length);
    }
  }

  /** Attributes whose values nobody asks for on the way in. */
  #isSound(code: number, at: number, length: number): boolean {
    switch (code) {
      case ATTRIBUTE.aggregator:
        return length === 2 * U32_BYTES && readU32(this.bytes, at) !== 0; // RFC 7607 §2
      case ATTRIBUTE.extendedCommunities:
        return isListOf(EXTENDED_COMMUNITY_BYTES, length);
      case ATTRIBUTE.largeCommunities:
        return isListOf(LARGE_COMMUNITY_BYTES, length) && this.#hasNoRepeats(at, length);
      case ATTRIBUTE.otc:
        return length === U32_BYTES;
      default:
        return false;
    }
  }

  /** Empty, or one AS_SEQUENCE. */
  #takePath(at: number, length: number): boolean {
    this.#asnsAt = at + SEGMENT_HEADER_BYTES;
    this.pathLength = length === 0 ? 0 : (this.bytes[at + 1] as number);
    if (length === 0) return true;
    const isWhole = length === SEGMENT_HEADER_BYTES + U32_BYTES * this.pathLength && this.pathLength > 0;
    return isWhole && this.bytes[at] === AS_SEGMENT.sequence && this.countAs(0) === 0; // RFC 7607 §2
  }

  #takeCommunities(at: number, length: number): boolean {
    const { bytes } = this;
    this.#communitiesAt = at;
    this.#communities = length / U32_BYTES;
    for (let i = at; i < at + length; i += U32_BYTES) {
      if ((((bytes[i] as number) << 8) | (bytes[i + 1] as number)) === WELL_KNOWN) this.wellKnownCommunity = "some";
    }
    return isListOf(U32_BYTES, length);
  }

  /** RFC 8092 §5 drops repeated values. */
  #hasNoRepeats(at: number, length: number): boolean {
    for (let a = at; a < at + length; a += LARGE_COMMUNITY_BYTES) {
      for (let b = a + LARGE_COMMUNITY_BYTES; b < at + length; b += LARGE_COMMUNITY_BYTES) if (this.#isSame(a, b)) return false;
    }
    return true;
  }

  #isSame(a: number, b: number): boolean {
    for (let i = 0; i < LARGE_COMMUNITY_BYTES; i++) if (this.bytes[a + i] !== this.bytes[b + i]) return false;
    return true;
  }

  #has(at: number, count: number, value: number): boolean {
    for (let i = 0; i < count; i++) if (readU32(this.bytes, at + U32_BYTES * i) === value) return true;
    return false;
  }
}

function isListOf(itemBytes: number, length: number): boolean {
  return length > 0 && length % itemBytes === 0;
}
