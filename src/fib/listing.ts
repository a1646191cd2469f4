/**
 * Wanted against actual, for operators: counts and rows.
 * Pure. Counts are kept and cost nothing; rows are walked when somebody asks.
 */

import type { Prefix } from "../ip/prefix.ts";
import type { Family } from "../bgp/wire/context.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import type { Desired } from "./desired.ts";
import type { RouteOwner } from "./rtnetlink-route.ts";
import type { KernelMirror } from "./kernel-mirror.ts";
import type { FibAudit, FibExplanation, FibRoute, KernelRefusal, OtherOfPrefix, ResyncSummary } from "./vocabulary.ts";
import { NO_TARGET, type TargetTable, describeTarget } from "./targets.ts";

export interface ListingParts {
  readonly desired: Desired;
  readonly targets: TargetTable;
  readonly mirror: KernelMirror;
  readonly owner: RouteOwner;
}

export interface FibCounts {
  readonly wanted: number;
  readonly installed: number;
  readonly unreachable: number;
  readonly conflicts: number;
  readonly inherited: number;
}

export function countRows({ desired }: ListingParts): FibCounts {
  const { wanted, tally } = desired.counts;
  return {
    wanted,
    installed: tally.count("installed"),
    unreachable: tally.count("unreachable"),
    conflicts: tally.count("conflict"),
    inherited: tally.count("inherited"),
  };
}

/** Whether routes of an earlier life stand in that family. */
export function hasInherited({ desired }: ListingParts, family: Family): boolean {
  if (desired.counts.tally.count("inherited") === 0) return false;
  for (let row = 0; row < desired.end; row++) if (desired.state(row) === "inherited" && desired.family(row) === family) return true;
  return false;
}

/** Every row that is wanted or there, in no order. */
export function* listRows(parts: ListingParts, which: "all" | "differing"): Iterable<FibRoute> {
  const { desired } = parts;
  const { wanted, tally } = desired.counts;
  const everythingStands = tally.count("installed") === wanted && OTHERS.every((state) => tally.count(state) === 0);
  if (which === "differing" && everythingStands) return;
  for (let row = 0; row < desired.end; row++) {
    const state = desired.state(row);
    if (state !== "none" && (which === "all" || state !== "installed")) yield fibRoute(parts, row, state);
  }
}

const MAX_AUDITED = 1_000; // nobody reads more, and all of it is in memory at once

/** The differences as they are now, right after a comparison. */
export function auditOf(summary: ResyncSummary, parts: ListingParts): FibAudit {
  const differing: FibRoute[] = [];
  let further = 0;
  for (const route of listRows(parts, "differing")) {
    if (differing.length < MAX_AUDITED) differing.push(route);
    else further++;
  }
  return { ...summary, differing, further };
}

/** Everything about one prefix. */
export function explainPrefix(parts: ListingParts, prefix: Prefix, refusalOf: (row: number) => KernelRefusal | undefined): FibExplanation {
  const { desired, targets, mirror, owner } = parts;
  const row = desired.rowOf(prefix);
  const state = row === undefined ? "none" : desired.state(row);
  const ours = row === undefined ? NO_TARGET : desired.have(row);
  const goal = row === undefined ? NO_TARGET : desired.goal(row);
  const standingOf = (metric: number): OtherOfPrefix["standing"] => {
    if (goal !== NO_TARGET && ours !== goal && metric === targets.metric(goal)) return "in-the-way";
    if (ours === NO_TARGET) return "alone";
    return metric < targets.metric(ours) ? "preferred" : "behind";
  };
  return {
    route: row === undefined || state === "none" ? undefined : fibRoute(parts, row, state),
    refusal: row === undefined ? undefined : refusalOf(row),
    others: mirror.exactly(prefix, owner.table).map(({ protocol, metric, target }) => ({
      protocol,
      protocolName: protocolName(protocol),
      metric,
      target: describeTarget(target, (device) => mirror.linkName(device)),
      standing: standingOf(metric),
    })),
  };
}

const OTHERS = ["pending", "unreachable", "conflict", "refused", "inherited"] as const;

function fibRoute({ desired, targets, mirror, owner }: ListingParts, row: number, state: FibRoute["state"]): FibRoute {
  const name = (device: number): string => mirror.linkName(device);
  const text = (target: number): string | undefined => (target === NO_TARGET ? undefined : describeTarget(targets.get(target), name) + metricText(targets.metric(target)));
  const goal = desired.goal(row);
  const other = goal === NO_TARGET ? undefined : mirror.inTheWay(row as PrefixId, { table: owner.table, metric: targets.metric(goal) });
  return {
    prefix: desired.prefix(row),
    state,
    wanted: desired.isWanted(row) ? text(goal) : undefined,
    actual: text(desired.have(row)),
    inTheWay: other && `${describeTarget(other.target, name)} proto ${protocolName(other.protocol)}${metricText(other.metric)}`,
  };
}

function metricText(metric: number): string {
  return metric === 0 ? "" : ` metric ${metric}`;
}

/** As `ip route` has them in its table of protocols. */
const PROTOCOLS: { readonly [protocol: number]: string } = {
  2: "kernel", 3: "boot", 4: "static", 9: "ra", 11: "zebra", 12: "bird", 15: "ntk", 16: "dhcp", 18: "keepalived", 42: "babel",
  186: "bgp", 187: "isis", 188: "ospf", 189: "rip", 192: "eigrp",
};

function protocolName(protocol: number): string {
  return PROTOCOLS[protocol] ?? String(protocol);
}
