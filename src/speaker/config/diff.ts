/**
 * What changed between two configurations, and what each change costs.
 * Pure. Only what is named here moves; every other session stays up and untouched.
 */

import { assertNever } from "../../ip/assert.ts";
import type { ConfigChange, PeerConfig, PeerName, RangeConfig, RouterConfig, SpeakerConfig } from "./config.ts";
import { Comparison } from "./same.ts";
import { type Slices, whole } from "../slices.ts";

/** Fields of a peer by what their change costs; a field missing here does not compile. */
const PEER_FIELDS: { readonly [Field in keyof PeerConfig]: Cost } = {
  name: "nothing",
  description: "nothing",
  group: "nothing",
  address: "session",
  port: "session",
  localAddress: "session",
  shutdown: "session",
  session: "session",
  reflectorClient: "session",
  nextHop: "export",
  allowOwnAs: "import",
  addPathSend: "export",
  importPolicy: "import",
  exportPolicy: "export",
  gracefulShutdown: "import",
  drain: "both",
  blackhole: "import",
  maxPrefixes: "nothing",
  maxPathsPerPrefix: "nothing",
  maxAsPathLength: "import",
  maxCommunities: "import",
  firstAs: "import",
  bfd: "nothing",
  transport: "session",
};

/** Fields of the router by what their change costs every peer. */
const ROUTER_FIELDS: { readonly [Field in keyof RouterConfig]: Cost } = {
  asn: "session",
  routerId: "session",
  clusterId: "both",
  ipv4: "both", // what we originate is told with it, and a path through it is a loop
  ipv6: "both",
  routePriority: "nothing", // what it changes is told as another route
  multipath: "nothing",
  deferralMs: "nothing",
};

type Cost = "nothing" | "import" | "export" | "both" | "session";

const PEERS_PER_SLICE = 128; // compared

/** In the order in which they are carried out: removals first, so that addresses are free again. */
export function diffConfig(before: SpeakerConfig, after: SpeakerConfig): readonly ConfigChange[] {
  return whole(diffing(before, after));
}

/** The same, a slice of the peers at a time. */
export function* diffing(before: SpeakerConfig, after: SpeakerConfig): Slices<readonly ConfigChange[]> {
  const comparison = new Comparison();
  const old = new Map(before.peers.map((peer) => [peer.name, peer]));
  const kept = new Set(after.peers.map((peer) => peer.name));
  const routerCosts = changedFields(before.router, after.router, ROUTER_FIELDS, comparison);
  const changes: ConfigChange[] = before.peers.filter((peer) => !kept.has(peer.name)).map((peer) => ({ kind: "remove-peer", peer: peer.name }));
  for (const [at, peer] of after.peers.entries()) {
    if (at % PEERS_PER_SLICE === PEERS_PER_SLICE - 1) yield;
    const was = old.get(peer.name);
    if (!was) changes.push({ kind: "add-peer", peer: peer.name });
    else changes.push(...changesOf(peer.name, [...routerCosts, ...changedFields(was, peer, PEER_FIELDS, comparison)]));
  }
  if (!comparison.isSame(origination(before), origination(after))) changes.push({ kind: "originate" });
  return [...changes, ...changedRanges(before.ranges, after.ranges, comparison)];
}

/** What this machine announces and puts into its kernel depends on this alone. */
function origination({ networks, blocks, statics, directExcept, forwarding, router }: SpeakerConfig): object {
  return { networks, blocks, statics, directExcept, forwarding, multipath: router.multipath, routePriority: router.routePriority };
}

/** What a range costs its peers stands with the peers: whoever compares brings them along. */
function changedRanges(before: readonly RangeConfig[], after: readonly RangeConfig[], comparison: Comparison): readonly ConfigChange[] {
  const names = new Set([...before, ...after].map(({ name }) => name));
  const named = (ranges: readonly RangeConfig[], name: string): RangeConfig | undefined => ranges.find((range) => range.name === name);
  const ranges = [...names].filter((name) => !comparison.isSame(named(before, name), named(after, name)));
  return ranges.length > 0 ? [{ kind: "ranges", ranges }] : [];
}

interface ChangedField {
  readonly field: string;
  readonly cost: Cost;
}

/** Fields that only hold others together: what changed in them is named. */
const BUNDLES: readonly (keyof PeerConfig)[] = ["session", "transport"];

function changedFields<T extends object>(before: T, after: T, costs: { readonly [Field in keyof T]: Cost }, comparison: Comparison): readonly ChangedField[] {
  return (Object.keys(costs) as (keyof T & string)[]).filter((field) => !comparison.isSame(before[field], after[field])).flatMap((field) => namesOf(field, before[field], after[field], comparison).map((name) => ({ field: name, cost: costs[field] })));
}

function namesOf(field: string, before: unknown, after: unknown, comparison: Comparison): readonly string[] {
  if (!(BUNDLES as readonly string[]).includes(field)) return [field];
  const [was, is] = [before, after] as readonly Readonly<Record<string, unknown>>[];
  return [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])].filter((name) => !comparison.isSame(was?.[name], is?.[name]));
}

/** A restart covers whatever else changed. */
function changesOf(peer: PeerName, changed: readonly ChangedField[]): readonly ConfigChange[] {
  const restart = changed.filter(({ cost }) => cost === "session").map(({ field }) => field);
  if (restart.length > 0) return [{ kind: "restart-peer", peer, because: [...new Set(restart)].join(", ") }];
  const costs = new Set(changed.flatMap(({ cost }) => directions(cost)));
  return [...costs].map((direction) => ({ kind: direction === "import" ? ("re-import" as const) : ("re-export" as const), peer }));
}

function directions(cost: Cost): readonly ("import" | "export")[] {
  switch (cost) {
    case "both":
      return ["import", "export"];
    case "import":
    case "export":
      return [cost];
    case "nothing":
    case "session":
      return [];
    default:
      return assertNever(cost);
  }
}
