/**
 * What a peer without four-octet AS numbers meant: AS_PATH and AS4_PATH as one path.
 * Pure. RFC 6793 §4.2.3.
 */

import { asPathLength, isConfederation } from "../as-path.ts";
import { AS_TRANS } from "../code-points.ts";
import type { WireAttributes } from "../attribute-codec.ts";
import type { AsPath, AsPathSegment, PathAttributes } from "../attribute-types.ts";

type PathAndAggregator = Pick<PathAttributes, "asPath" | "aggregator">;

/** Those of AS_PATH and AGGREGATOR that are truly others than the peer could write. */
export function mergeFourOctetAs({ asPath, aggregator }: PathAndAggregator, wire: WireAttributes): PathAndAggregator {
  const { as4Path, as4Aggregator } = wire;
  // somebody who did not know AS4_AGGREGATOR has aggregated since: both are of before that
  if (aggregator && as4Aggregator && aggregator.asn !== AS_TRANS) return {};
  return {
    ...(asPath && as4Path ? { asPath: mergePaths(asPath, as4Path) } : {}),
    ...(aggregator && as4Aggregator ? { aggregator: as4Aggregator } : {}),
  };
}

/** AS4_PATH with those ASes before it that were added by speakers who did not know it. */
function mergePaths(asPath: AsPath, as4Path: AsPath): AsPath {
  const missing = asPathLength(asPath) - asPathLength(as4Path);
  if (missing < 0) return asPath;
  return joined(leading(asPath, missing), as4Path);
}

/** The first `count` ASes of the path, with the confederation segments that stand before or beside them. */
function leading(asPath: AsPath, count: number): AsPath {
  const taken: AsPathSegment[] = [];
  let wanted = count;
  for (const segment of asPath) {
    if (isConfederation(segment)) {
      taken.push(segment);
      continue;
    }
    if (wanted === 0) break;
    const asns = segment.kind === "sequence" ? segment.asns.slice(0, wanted) : segment.asns;
    taken.push({ kind: segment.kind, asns });
    wanted -= segment.kind === "sequence" ? asns.length : 1;
  }
  return taken;
}

/** Two sequences that meet become one, so that the seam does not make the path look different. */
function joined(before: AsPath, after: AsPath): AsPath {
  const last = before.at(-1);
  const [first, ...rest] = after;
  if (last?.kind !== "sequence" || first?.kind !== "sequence") return [...before, ...after];
  return [...before.slice(0, -1), { kind: "sequence", asns: [...last.asns, ...first.asns] }, ...rest];
}
