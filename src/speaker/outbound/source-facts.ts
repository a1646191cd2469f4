/**
 * What export policy and reflection ask about the source of a path: its role, router id and interface.
 * Pure. Answered also for a source that has just been removed.
 */

import type { SourceTable } from "../../bgp/rib/source-table.ts";
import type { SourceFacts, SourceFactsOf } from "./exporter.ts";
import { ROUTE_SOURCES, type RouteSource } from "../../bgp/policy/policy.ts";
import type { CameFrom } from "../../rr/reflect.ts";
import type { LocalRoutes, LocalSource } from "../forwarding/local-routes.ts";
import type { Peers } from "../peers/peers.ts";

/**
 * Answers are kept until the source has a new router id or another role: a withdrawal may name a peer that was taken out
 * of the configuration in the same turn.
 */
export function sourceFacts(sources: SourceTable, peers: Peers, local: LocalRoutes): SourceFactsOf {
  const known: (SourceFacts | undefined)[] = [];
  return (source) => {
    const { routerId } = sources.get(source);
    const own = local.sourceOf(source);
    const kind = peers.ofSource(source)?.role ?? (own ? "local" : undefined);
    const last = known[source];
    if (last && (kind === undefined || isStill(last, kind, routerId, own))) return last;
    const path = { kind: kind ?? "non-client", routerId } as const;
    const policy = own?.kind ?? (kind === "external" ? "external" : "internal");
    const key = keyOf(policy, path.kind, own?.number ?? routerId);
    return (known[source] = { path, policy, interface: own?.interface ?? "", key });
  };
}

const ROLES: readonly CameFrom[] = ["client", "non-client", "external", "local"];
const NUMBERS = 2 ** 32;

/** One number for everything about a source that the way out depends on. */
function keyOf(policy: RouteSource, role: CameFrom, number: number): number {
  return (ROUTE_SOURCES.indexOf(policy) * ROLES.length + ROLES.indexOf(role)) * NUMBERS + number;
}

function isStill({ path, policy, interface: name }: SourceFacts, kind: CameFrom, routerId: number, own: LocalSource | undefined): boolean {
  if (path.kind !== kind || path.routerId !== routerId) return false;
  return own === undefined || (policy === own.kind && name === own.interface);
}
