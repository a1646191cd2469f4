/**
 * Wanted against actual, for people: counts and rows.
 * Pure. Walks the whole table: for questions, not for the road of a route.
 */

import { prefixVersion } from "../ip/prefix.ts";
import { FAMILIES, type Family } from "../bgp/wire/context.ts";
import { type Desired, MARK } from "./desired.ts";
import type { Surroundings } from "./surroundings.ts";
import type { FibRoute } from "./vocabulary.ts";
import { NO_WAY, type WayTable, describeTarget } from "./ways.ts";

export interface ListingParts {
  readonly desired: Desired;
  readonly ways: WayTable;
  readonly surroundings: Surroundings;
}

export interface FibCounts {
  readonly wanted: number;
  readonly installed: number;
  readonly unreachable: number;
  readonly conflicts: number;
  readonly inherited: number;
}

export function countRows({ desired }: ListingParts): FibCounts {
  const counts = { wanted: 0, installed: 0, unreachable: 0, conflicts: 0, inherited: 0 };
  for (const { row, state } of rowsOf(desired)) {
    if (desired.isWanted(row)) counts.wanted++;
    if (state === "installed") counts.installed++;
    if (state === "unreachable") counts.unreachable++;
    if (state === "conflict") counts.conflicts++;
    if (state === "inherited") counts.inherited++;
  }
  return counts;
}

/** Whether routes of an earlier life stand in that family. */
export function hasInherited({ desired }: ListingParts, family: Family): boolean {
  const { version } = FAMILIES[family];
  for (const { row, state } of rowsOf(desired)) if (state === "inherited" && prefixVersion(desired.prefix(row)) === version) return true;
  return false;
}

/** Every row that is wanted or there, in no order. */
export function* listRows({ desired, ways, surroundings }: ListingParts): Iterable<FibRoute> {
  const text = (way: number): string | undefined =>
    way === NO_WAY ? undefined : describeTarget(ways.target(way), (device) => surroundings.linkName(device));
  for (const { row, state } of rowsOf(desired)) {
    const wanted = desired.isWanted(row) ? text(desired.goal(row)) : undefined;
    yield { prefix: desired.prefix(row), state, wanted, actual: text(desired.have(row)) };
  }
}

function* rowsOf(desired: Desired): Iterable<{ readonly row: number; readonly state: FibRoute["state"] }> {
  for (let row = 0; row < desired.end; row++) {
    if (desired.isWanted(row) || desired.have(row) !== NO_WAY) yield { row, state: stateOf(desired, row) };
  }
}

function stateOf(desired: Desired, row: number): FibRoute["state"] {
  if (desired.isMarked(row, MARK.conflict)) return "conflict";
  if (desired.isMarked(row, MARK.refused)) return "refused";
  if (!desired.isWanted(row)) return desired.inheritedStay && desired.isMarked(row, MARK.inherited) ? "inherited" : "pending";
  const goal = desired.goal(row);
  if (goal === NO_WAY) return "unreachable";
  return goal === desired.have(row) && !desired.isMarked(row, MARK.inFlight) ? "installed" : "pending";
}
