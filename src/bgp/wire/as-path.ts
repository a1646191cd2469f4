/**
 * Questions to an AS_PATH, and prepending to it.
 * Pure. RFC 4271 §5.1.2 and §9.1.2.2 (a), RFC 5065 §5 (confederation segments do not count).
 */

import type { AsPath, AsPathSegment } from "./attribute-types.ts";

/** RFC 4271 §4.3: the number of ASes of a segment stands in one octet. */
export const MAX_SEGMENT_ASNS = 255;

/** Length for the decision: a set counts as one, confederation segments as none. */
export function asPathLength(asPath: AsPath): number {
  return asPath.reduce((length, segment) => length + segmentLength(segment), 0);
}

/** The AS that the route came from last: leftmost of the path, undefined when the path does not begin with a sequence. */
export function firstAs(asPath: AsPath): number | undefined {
  const first = asPath.find(({ kind }) => kind === "sequence" || kind === "set");
  return first?.kind === "sequence" ? first.asns[0] : undefined;
}

/** The AS that originated the route; undefined when it is ours or hidden in a set. */
export function originAs(asPath: AsPath): number | undefined {
  const last = asPath.at(-1);
  return last?.kind === "sequence" ? last.asns.at(-1) : undefined;
}

/** Is that AS anywhere in the path, sets and confederation segments included? */
export function containsAs(asPath: AsPath, asn: number): boolean {
  return asPath.some(({ asns }) => asns.includes(asn));
}

/** How often that AS stands in the path. */
export function countAs(asPath: AsPath, asn: number): number {
  let count = 0;
  for (const { asns } of asPath) for (const known of asns) if (known === asn) count++;
  return count;
}

/** Does the path begin with these ASes, one after the other? */
export function beginsWith(asPath: AsPath, asns: readonly number[]): boolean {
  const head = asPath.flatMap((segment): readonly (number | undefined)[] => (segment.kind === "sequence" ? segment.asns : [undefined]));
  return asns.every((asn, index) => head[index] === asn);
}

/** Does the path have an AS_SET or AS_CONFED_SET (deprecated by RFC 9774)? */
export function hasSet(asPath: AsPath): boolean {
  return asPath.some(({ kind }) => kind === "set" || kind === "confed-set");
}

/** The path as another confederation or none may see it (RFC 5065 §5.1). */
export function withoutConfederation(asPath: AsPath): AsPath {
  return asPath.some(isConfederation) ? asPath.filter((segment) => !isConfederation(segment)) : asPath;
}

export function isConfederation({ kind }: AsPathSegment): boolean {
  return kind === "confed-sequence" || kind === "confed-set";
}

/** The path with `asn` put before it, `times` over (RFC 4271 §5.1.2 (b)). */
export function prependAs(asPath: AsPath, asn: number, times = 1): AsPath {
  if (times === 0) return asPath;
  const added = Array<number>(times).fill(asn);
  const [first, ...rest] = asPath;
  if (first?.kind !== "sequence") return [...segmentsOf("sequence", added), ...asPath];
  return [...segmentsOf("sequence", [...added, ...first.asns]), ...rest];
}

/** "65001 65002 {65003,65004}"; confederation segments in ( ) and [ ]. */
export function formatAsPath(asPath: AsPath): string {
  return asPath.map(formatSegment).join(" ");
}

/** Any number of ASes as segments that fit on the wire; only the leftmost is shorter than the limit. */
export function segmentsOf(kind: AsPathSegment["kind"], asns: readonly number[]): AsPath {
  if (asns.length <= MAX_SEGMENT_ASNS) return [{ kind, asns }];
  const segments: AsPathSegment[] = [];
  for (let end = asns.length; end > 0; end -= MAX_SEGMENT_ASNS) {
    segments.unshift({ kind, asns: asns.slice(Math.max(0, end - MAX_SEGMENT_ASNS), end) });
  }
  return segments;
}

function segmentLength({ kind, asns }: AsPathSegment): number {
  if (kind === "sequence") return asns.length;
  return kind === "set" ? 1 : 0;
}

function formatSegment({ kind, asns }: AsPathSegment): string {
  switch (kind) {
    case "sequence":
      return asns.join(" ");
    case "set":
      return `{${asns.join(",")}}`;
    case "confed-sequence":
      return `(${asns.join(" ")})`;
    case "confed-set":
      return `[${asns.join(",")}]`;
  }
}
