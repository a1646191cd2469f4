/**
 * What the rules of decide.ts may ask about a path.
 * Pure. Joins the path's row with the columns of its source, its attribute set and its next hop; every answer about a
 * single path is a number.
 */

import type { AttributeStore } from "./attribute-store.ts";
import type { PathRow } from "./ids.ts";
import { NO_NEXT_HOP, UNREACHABLE } from "./next-hop-table.ts";
import type { NextHopView } from "./next-hop.ts";
import type { Paths } from "./path-table.ts";
import type { SourceTable } from "./source-table.ts";

export class PathFacts {
  readonly #paths: Paths;
  readonly #sources: SourceTable;
  readonly #attributes: AttributeStore;
  readonly #view: NextHopView;

  constructor(paths: Paths, sources: SourceTable, attributes: AttributeStore, view: NextHopView) {
    this.#paths = paths;
    this.#sources = sources;
    this.#attributes = attributes;
    this.#view = view;
  }

  unresolvable(row: PathRow): 0 | 1 {
    return this.#cost(row) === UNREACHABLE ? 1 : 0;
  }

  longLivedStale(row: PathRow): number {
    return this.#attributes.ranking.longLivedStale.get(this.#paths.usable(row));
  }

  localPref(row: PathRow): number {
    return this.#attributes.ranking.localPref.get(this.#paths.usable(row));
  }

  local(row: PathRow): 0 | 1 {
    return this.#sources.isLocal(this.#paths.source(row)) ? 1 : 0;
  }

  fromKernel(row: PathRow): 0 | 1 {
    return this.#sources.isFromKernel(this.#paths.source(row)) ? 1 : 0;
  }

  external(row: PathRow): 0 | 1 {
    return this.#sources.isExternal(this.#paths.source(row)) ? 1 : 0;
  }

  pathLength(row: PathRow): number {
    return this.#attributes.ranking.pathLength.get(this.#paths.usable(row));
  }

  origin(row: PathRow): number {
    return this.#attributes.ranking.origin.get(this.#paths.usable(row));
  }

  med(row: PathRow): number {
    return this.#attributes.ranking.med.get(this.#paths.usable(row));
  }

  neighbourAs(row: PathRow): number {
    return this.#attributes.ranking.neighbourAs.get(this.#paths.usable(row));
  }

  nextHop(row: PathRow): number {
    return this.#attributes.ranking.nextHop(this.#paths.usable(row));
  }

  /** Costs are compared only among paths that can be reached; those that cannot are all alike. */
  finiteCost(row: PathRow): number {
    const cost = this.#cost(row);
    return cost === UNREACHABLE ? 0 : cost;
  }

  /** ORIGINATOR_ID stands for the router id where there is one (RFC 4456 §9). */
  routerId(row: PathRow): number {
    const originatorId = this.#attributes.ranking.originatorId.get(this.#paths.usable(row));
    return originatorId !== 0 ? originatorId : this.#sources.routerId(this.#paths.source(row));
  }

  clusterLength(row: PathRow): number {
    return this.#attributes.ranking.clusterLength.get(this.#paths.usable(row));
  }

  pathId(row: PathRow): number {
    return this.#paths.pathId(row);
  }

  source(row: PathRow): number {
    return this.#paths.source(row);
  }

  compareAddresses(a: PathRow, b: PathRow): number {
    return this.#sources.compareAddresses(this.#paths.source(a), this.#paths.source(b));
  }

  /** RFC 5004 speaks of external paths only. */
  compareAges(a: PathRow, b: PathRow): number {
    return this.external(a) === 1 && this.external(b) === 1 ? this.#paths.sinceMs(a) - this.#paths.sinceMs(b) : 0;
  }

  /** RFC 7311 §4.1: a path with AIGP before one without; then the lower AIGP with the way to the next hop added. */
  compareAigp(a: PathRow, b: PathRow): number {
    const left = this.aigp(a);
    const right = this.aigp(b);
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  /** With the way to the next hop added. */
  aigp(row: PathRow): bigint | undefined {
    const { aigp } = this.#attributes.get(this.#paths.usable(row));
    return aigp === undefined ? undefined : aigp + BigInt(this.finiteCost(row));
  }

  #cost(row: PathRow): number {
    const nextHop = this.#attributes.ranking.nextHop(this.#paths.usable(row));
    return nextHop === NO_NEXT_HOP ? 0 : this.#attributes.nextHops.cost(nextHop, this.#view, this.#paths.source(row));
  }
}
