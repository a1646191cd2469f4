/**
 * Where a path came from, as policy and reflection see it, for every source there is or just was.
 * Pure.
 */

import type { SourceTable } from "../bgp/rib/source-table.ts";
import type { SourceFacts, SourceFactsOf } from "./exporter.ts";
import type { LocalRoutes } from "./local-routes.ts";
import type { Peers } from "./peers.ts";

/**
 * Answers are kept until the source has a new router id or another role: a withdrawal may name a peer that was taken out
 * of the configuration in the same turn.
 */
export function sourceFacts(sources: SourceTable, peers: Peers, local: LocalRoutes): SourceFactsOf {
  const known: (SourceFacts | undefined)[] = [];
  return (source) => {
    const { routerId } = sources.get(source);
    const kind = peers.ofSource(source)?.role ?? (local.kindOf(source) ? "local" : undefined);
    const last = known[source];
    if (last && (kind === undefined || (last.path.kind === kind && last.path.routerId === routerId))) return last;
    const policy = local.kindOf(source) ?? (kind === "external" ? "external" : "internal");
    return (known[source] = { path: { kind: kind ?? "non-client", routerId }, policy });
  };
}
