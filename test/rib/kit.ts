/**
 * Short ways to say what a RIB test talks about: prefixes, sources, paths; and a RIB with its tables around it.
 */

import { type IpAddress, parseAddress } from "../../src/ip/address.ts";
import { present } from "../../src/ip/assert.ts";
import { type Prefix, parsePrefix } from "../../src/ip/prefix.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { AttributeStore } from "../../src/bgp/rib/attribute-store.ts";
import type { DecisionOptions } from "../../src/bgp/rib/decide.ts";
import { NO_ATTRIBUTES, NO_PATH, type PathRow, type PrefixId, type SourceId } from "../../src/bgp/rib/ids.ts";
import type { NextHopView } from "../../src/bgp/rib/next-hop.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import type { RankingDefaults } from "../../src/bgp/rib/ranking.ts";
import { Rib } from "../../src/bgp/rib/rib.ts";
import { type Source, SourceTable } from "../../src/bgp/rib/source-table.ts";

export function prefix(text: string): Prefix {
  return present(parsePrefix(text), `${text} is a prefix`);
}

export function address(text: string): IpAddress {
  return present(parseAddress(text), `${text} is an address`);
}

export function external(text: string | undefined, more: Partial<Source> = {}): Source {
  return { kind: "external", asn: 65001, routerId: 1, address: text === undefined ? undefined : address(text), ...more };
}

export function internal(text: string, more: Partial<Source> = {}): Source {
  return external(text, { kind: "internal", asn: 64512, ...more });
}

export const KERNEL: Source = { kind: "kernel", asn: 64512, routerId: 1, address: undefined };
export const LOCAL: Source = { kind: "local", asn: 64512, routerId: 1, address: undefined };

/** Attributes as a neighbour of AS `asns[0]` would tell them. */
export function via(nextHop: string, more: PathAttributes = {}, ...asns: readonly number[]): PathAttributes {
  return { origin: "igp", asPath: asns.length === 0 ? [] : [{ kind: "sequence", asns }], nextHop: { address: address(nextHop) }, ...more };
}

/** Next hops that can be moved about while the test runs. */
export class MovableNextHops implements NextHopView {
  readonly costs = new Map<string, number | undefined>();
  asked = 0;

  metric(nextHop: IpAddress): number | undefined {
    this.asked++;
    return this.costs.has(nextHop) ? this.costs.get(nextHop) : 0;
  }
}

export const PREFIX = prefix("10.0.0.0/8");

export interface BestChange {
  readonly prefix: PrefixId;
  readonly before: PathRow;
  readonly after: PathRow;
}

/** A RIB that is spoken to in text and objects. */
export class RibKit {
  readonly nextHops = new MovableNextHops();
  readonly sources = new SourceTable();
  readonly prefixes = new PrefixTable();
  readonly attributes: AttributeStore;
  readonly rib: Rib;
  nowMs = 0;

  constructor(options: Partial<DecisionOptions> = {}, defaults: Partial<RankingDefaults> = {}, stepsPerTurn?: number) {
    this.attributes = new AttributeStore(defaults);
    this.rib = new Rib({ nextHops: this.nextHops, sources: this.sources, attributes: this.attributes, prefixes: this.prefixes }, options, stepsPerTurn);
  }

  learn(source: SourceId, attributes: PathAttributes, where: Prefix = PREFIX, pathId = 0): PathRow {
    const set = this.attributes.intern(attributes);
    this.rib.learn(source, this.prefixes.internPrefix(where), pathId, set, set, 0, this.nowMs);
    return this.row(source, where, pathId);
  }

  refuse(source: SourceId, attributes: PathAttributes, verdict: number, where: Prefix = PREFIX, pathId = 0): PathRow {
    this.rib.learn(source, this.prefixes.internPrefix(where), pathId, this.attributes.intern(attributes), NO_ATTRIBUTES, verdict, this.nowMs);
    return this.row(source, where, pathId);
  }

  forget(source: SourceId, where: Prefix = PREFIX, pathId = 0): void {
    const id = this.prefixes.findPrefix(where);
    if (id !== undefined) this.rib.forget(source, id, pathId);
  }

  row(source: SourceId, where: Prefix = PREFIX, pathId = 0): PathRow {
    const id = this.prefixes.findPrefix(where);
    return id === undefined ? NO_PATH : this.rib.paths.find(source, id, pathId);
  }

  best(where: Prefix = PREFIX): PathRow {
    const id = this.prefixes.findPrefix(where);
    return id === undefined ? NO_PATH : this.rib.best(id);
  }

  /** What decide() answers, as objects. */
  decide(most?: number): readonly BestChange[] {
    const changes = this.rib.decide(most);
    return Array.from({ length: changes.length }, (_, at) => ({ prefix: changes.prefix(at), before: changes.before(at), after: changes.after(at) }));
  }

  /** Who each ranked path came from, and by which rule it lost. */
  explained(where: Prefix = PREFIX): readonly (readonly [SourceId, string | undefined])[] {
    return this.rib.explain(this.prefixes.internPrefix(where)).map(({ row, lostBy }) => [this.rib.paths.source(row), lostBy]);
  }

  /** Numbers still in use in every table; sources apart, which their owner removes. */
  leftovers(): { readonly [Table in "paths" | "prefixes" | "attributes" | "nextHops"]: number } {
    return { paths: this.rib.size, prefixes: this.prefixes.size, attributes: this.attributes.size, nextHops: this.attributes.nextHops.size };
  }
}
