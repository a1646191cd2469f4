/**
 * What each rule of decide.ts compared, in words: for whoever asks why one path stands before another.
 * Pure. Read from the same facts that the rules compare.
 */

import { addressFromNumber } from "../../ip/address.ts";
import type { RuleName } from "./decide.ts";
import type { PathRow } from "./ids.ts";
import type { PathFacts } from "./path-facts.ts";

/** The value of a path by a rule; undefined: rows that have no value of their own, only an order. */
type Value = (row: PathRow, facts: PathFacts) => string | undefined;

const ORIGINS = ["igp", "egp", "incomplete"] as const;

export const RULE_VALUES: { readonly [R in RuleName]: Value } = {
  resolvable: (row, facts) => (facts.unresolvable(row) === 1 ? "unreachable" : "reachable"),
  "not-kernel": (row, facts) => (facts.fromKernel(row) === 1 ? "from the kernel" : "from BGP"),
  "not-llgr-stale": (row, facts) => (facts.longLivedStale(row) === 0 ? "not stale" : "long-lived stale"),
  "local-pref": (row, facts) => `LOCAL_PREF ${facts.localPref(row)}`,
  local: (row, facts) => (facts.local(row) === 1 ? "our own" : "a peer's"),
  aigp: (row, facts) => `AIGP ${facts.aigp(row) ?? "none"}`,
  "as-path": (row, facts) => `AS_PATH of ${facts.pathLength(row)}`,
  origin: (row, facts) => `ORIGIN ${ORIGINS[facts.origin(row)]}`,
  med: (row, facts) => `MED ${facts.med(row)}`,
  external: (row, facts) => (facts.external(row) === 1 ? "external" : "internal"),
  "igp-metric": (row, facts) => `metric ${facts.finiteCost(row)} to the next hop`,
  "oldest-external": () => undefined,
  "router-id": (row, facts) => `router id ${addressFromNumber(facts.routerId(row))}`,
  "cluster-list": (row, facts) => `CLUSTER_LIST of ${facts.clusterLength(row)}`,
  "peer-address": () => undefined,
  "path-id": (row, facts) => `path identifier ${facts.pathId(row)}`,
  source: () => undefined,
};
