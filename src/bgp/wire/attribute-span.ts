/**
 * Where one attribute lies in its section.
 * Pure. RFC 4271 §4.3.
 *
 *   +-------+------+----------+-------
 *   | flags | code | length   | value     the length takes two octets when the flags say so, else one
 *   +-------+------+----------+-------
 */

import { ATTRIBUTE_FLAG } from "./code-points.ts";

/** One attribute: header from `at`, value from `valueAt`, the next one at `end`. */
export interface AttributeSpan {
  readonly code: number;
  readonly flags: number;
  readonly at: number;
  readonly valueAt: number;
  readonly end: number;
}

/** The attribute that begins at `at`; undefined when it does not fit before `sectionEnd`. */
export function spanAt(bytes: Uint8Array, at: number, sectionEnd: number): AttributeSpan | undefined {
  if (at + 3 > sectionEnd) return undefined;
  const flags = bytes[at] as number;
  const code = bytes[at + 1] as number;
  const extended = (flags & ATTRIBUTE_FLAG.extendedLength) !== 0;
  if (extended && at + 4 > sectionEnd) return undefined;
  const length = extended ? ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number) : (bytes[at + 2] as number);
  const valueAt = at + (extended ? 4 : 3);
  const end = valueAt + length;
  return end > sectionEnd ? undefined : { code, flags, at, valueAt, end };
}
