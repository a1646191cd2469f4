/**
 * The datastore's side of an answer: is it followed, and does what it says hold.
 * Pure.
 */

import type { ClusterView } from "../../calico/cluster-watch.ts";
import { type Clock, wallTime } from "../look.ts";

export interface DatastoreAnswer {
  readonly servers: string;
  /** What runs is what the datastore says: every change of it reaches us, and none is held back. */
  readonly settled: boolean;
  readonly state: ClusterView["store"]["kind"];
  readonly since: string;
  /** Why it is lost. */
  readonly reason: string | null;
  readonly keys: number;
  /** Where the running configuration comes from; "last-good": from disk, because the datastore was away or wrong at the start. */
  readonly running: ClusterView["running"] | null;
  readonly appliedAt: string | null;
  /** A change that would be a loss waits for ts-bgp accept-change. */
  readonly held: { readonly since: string; readonly reasons: readonly string[] } | null;
  /** Resources that count as absent, and why. */
  readonly ignored: readonly { readonly key: string; readonly reason: string }[];
}

export function datastoreAnswer({ servers, store, keys, running, appliedAtMs, held, complaints }: ClusterView, clock: Clock): DatastoreAnswer {
  return {
    servers,
    settled: store.kind === "following" && held === undefined && running === "datastore",
    state: store.kind,
    since: wallTime(store.sinceMs, clock),
    reason: store.kind === "lost" ? store.reason : null,
    keys,
    running: running ?? null,
    appliedAt: appliedAtMs === undefined ? null : wallTime(appliedAtMs, clock),
    held: held ? { since: wallTime(held.sinceMs, clock), reasons: held.reasons } : null,
    ignored: complaints,
  };
}
