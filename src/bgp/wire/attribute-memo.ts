/**
 * Attribute sets by the bytes they came in: the same bytes under the same agreement are the same object.
 * Pure: a memo, the only state of this floor, and no result tells whether it is there.
 *
 * A table announced by two peers, or again after a flap, costs no second decoding, and whoever interns attribute sets
 * knows them again by identity. One slot per hash: a newcomer replaces what it meets, so nothing grows.
 */

import { type AttributeSpan, spanAt } from "./attribute-span.ts";
import { ATTRIBUTE, ATTRIBUTE_FLAG } from "./code-points.ts";
import { copyOf } from "./cursor.ts";
import type { PathAttributes } from "./attribute-types.ts";
import type { CodecContext } from "./context.ts";

/** The attribute sets of one UPDATE; they differ in the next hop only. */
export interface AttributePair {
  /** With the next hop of NEXT_HOP: for the NLRI at the end of the UPDATE. */
  readonly classic: PathAttributes;
  /** With the next hop of MP_REACH_NLRI, where there is one of a family that we carry. */
  readonly reach: PathAttributes | undefined;
}

/** A section's memo key, and the two attributes whose prefixes are not part of it. */
export interface SectionKey {
  /** Valid until the next key is made. */
  readonly bytes: Uint8Array;
  readonly reach: AttributeSpan | undefined;
  readonly unreach: AttributeSpan | undefined;
}

interface Slot {
  readonly hash: number;
  readonly key: Uint8Array;
  readonly pair: AttributePair;
}

const SLOTS = 16_384; // ten to thirty megabytes when full
const MAX_KEY_BYTES = 512; // longer sets are rare, and one of them may be a hundred times as long
const REACH_HEAD_BYTES = 4; // AFI, SAFI, length of the next hop

/** A bounded map from key bytes to decoded attribute sets. */
export class AttributeMemo {
  readonly #slots: (Slot | undefined)[] = Array<Slot | undefined>(SLOTS).fill(undefined);

  get(key: Uint8Array): AttributePair | undefined {
    const hash = hashOf(key);
    const slot = this.#slots[hash % SLOTS];
    return slot && slot.hash === hash && sameBytes(slot.key, key) ? slot.pair : undefined;
  }

  put(key: Uint8Array, pair: AttributePair): void {
    const hash = hashOf(key);
    this.#slots[hash % SLOTS] = { hash, key: copyOf(key), pair };
  }
}

const SCRATCH = new Uint8Array(MAX_KEY_BYTES);

/**
 * The key of a section: what was agreed, then each attribute as flags, code, length and value, of MP_REACH_NLRI and
 * MP_UNREACH_NLRI without the prefixes. Undefined for a section that is broken or too long to remember.
 */
export function sectionKey(bytes: Uint8Array, at: number, end: number, context: CodecContext): SectionKey | undefined {
  SCRATCH[0] = agreementOf(context);
  let length = 1;
  let reach: AttributeSpan | undefined;
  let unreach: AttributeSpan | undefined;
  for (let next = at; next < end; ) {
    const span = spanAt(bytes, next, end);
    if (!span || length + 4 + keptBytes(bytes, span) > MAX_KEY_BYTES) return undefined;
    if (span.code === ATTRIBUTE.mpReach) {
      if (reach) return undefined;
      reach = span;
    } else if (span.code === ATTRIBUTE.mpUnreach) {
      if (unreach) return undefined;
      unreach = span;
    }
    length = keep(bytes, span, length);
    next = span.end;
  }
  return { bytes: SCRATCH.subarray(0, length), reach, unreach };
}

/** Appends one attribute to the scratch key; returns the key's new length. */
function keep(bytes: Uint8Array, span: AttributeSpan, length: number): number {
  const count = keptBytes(bytes, span);
  SCRATCH[length] = span.flags & ~ATTRIBUTE_FLAG.extendedLength;
  SCRATCH[length + 1] = span.code;
  SCRATCH[length + 2] = count >> 8;
  SCRATCH[length + 3] = count;
  for (let i = 0; i < count; i++) SCRATCH[length + 4 + i] = bytes[span.valueAt + i] as number;
  return length + 4 + count;
}

/** How much of the value decides the attribute set: all of it, or what stands before the prefixes. */
function keptBytes(bytes: Uint8Array, { code, valueAt, end }: AttributeSpan): number {
  if (code === ATTRIBUTE.mpUnreach) return 0;
  const all = end - valueAt;
  if (code !== ATTRIBUTE.mpReach || all < REACH_HEAD_BYTES) return all;
  return Math.min(all, REACH_HEAD_BYTES + (bytes[valueAt + REACH_HEAD_BYTES - 1] as number));
}

/** Everything in a context that changes what remembered bytes mean; next hops are checked where prefixes are read. */
function agreementOf({ fourOctetAs, internal, asSets }: CodecContext): number {
  return (fourOctetAs ? 1 : 0) | (internal ? 2 : 0) | (asSets === "accept" ? 4 : 0);
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
