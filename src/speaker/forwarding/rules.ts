/**
 * Which routes go to the kernel, and how: the first rule whose conditions all hold decides; a route that no rule matches goes there.
 * Pure. Asked about paths as import policy left them.
 */

import { type PolicyRoute, allHold } from "../../bgp/policy/evaluate.ts";
import type { PathRow } from "../../bgp/rib/ids.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { ForwardingRule, RoutePriority } from "../config/config.ts";
import type { LocalRoutes } from "./local-routes.ts";
import { metricOf } from "./priority.ts";
import type { Tables } from "../tables/tables.ts";

/** What becomes of one path: undefined: nothing. */
export interface Programming {
  readonly tunnel: string | undefined;
}

const PLAIN: Programming = { tunnel: undefined };
const DEFAULT_LOCAL_PREF = 100;

export class ForwardingRules {
  readonly #tables: Tables;
  readonly #local: LocalRoutes;
  readonly #octets = new Uint8Array(16);
  #rules: readonly ForwardingRule[] = [];
  #priority: RoutePriority | undefined;

  constructor(tables: Tables, local: LocalRoutes) {
    this.#tables = tables;
    this.#local = local;
  }

  configure(rules: readonly ForwardingRule[], priority: RoutePriority | undefined): void {
    this.#rules = rules;
    this.#priority = priority;
  }

  programming(row: PathRow): Programming | undefined {
    const rule = this.ruleFor(row);
    if (!rule) return PLAIN;
    return rule.then === "program" ? rule : undefined;
  }

  /** The rule that decides about a path; undefined: none, so that the kernel gets it. */
  ruleFor(row: PathRow): ForwardingRule | undefined {
    if (this.#rules.length === 0) return undefined;
    const attributes = this.#attributes(row);
    const route = this.#route(row, attributes);
    return this.#rules.find(({ when }) => allHold(when, route, attributes));
  }

  /** The kernel's metric for a path of a peer; undefined: that of all our routes. */
  metric(row: PathRow): number | undefined {
    return this.#priority && metricOf(this.#attributes(row).localPref ?? DEFAULT_LOCAL_PREF);
  }

  #route(row: PathRow, attributes: PathAttributes): PolicyRoute {
    const { rib, prefixes, sources } = this.#tables;
    const prefix = rib.paths.prefix(row);
    const source = rib.paths.source(row);
    const local = this.#local.sourceOf(source);
    prefixes.copyAddress(prefix, this.#octets, 0);
    return {
      family: prefixes.family(prefix),
      bytes: this.#octets,
      at: 0,
      bits: prefixes.bits(prefix),
      attributes,
      source: local?.kind ?? (sources.isExternal(source) ? "external" : "internal"),
      interface: local?.interface ?? "",
    };
  }

  #attributes(row: PathRow): PathAttributes {
    return this.#tables.attributes.get(this.#tables.rib.paths.usable(row));
  }
}
