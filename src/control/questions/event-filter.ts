/**
 * Which events somebody asks for: about one peer, some prefixes, since when.
 * Pure. A peer that is in no configuration any more has a past all the same: it is asked for by the name or address it had.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import type { ChangeReader } from "../../history/change-reader.ts";
import { type PrefixQuery, Selection } from "../../history/selection.ts";
import { address, prefix } from "../../speaker/config/scalars.ts";
import { optional, parsed, text } from "../../speaker/config/schema.ts";
import type { RouteOrigin } from "../../speaker/view.ts";
import type { ToldFact } from "../records/fact-log.ts";
import type { Look } from "../look.ts";
import { findPeer } from "./question.ts";

const UNIT_MS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "5m", "2h": milliseconds. */
export const durationMs = parsed((written) => {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(written) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}, 'a duration such as "90s", "5m" or "2h"');

/** Of whoever wants events of some prefixes or of one peer. */
export const filterArguments = {
  peer: optional(text(), "only about this peer: its name or its address"),
  prefix: optional(prefix, "only about exactly this prefix"),
  longer: optional(prefix, "only about this prefix and those within it"),
  covering: optional(address, "only about prefixes that hold this address"),
};

export interface FilterArguments {
  readonly peer: string | undefined;
  readonly prefix: Prefix | undefined;
  readonly longer: Prefix | undefined;
  readonly covering: IpAddress | undefined;
}

export class EventFilter {
  readonly sinceMs: number;
  readonly prefixes: Selection;
  readonly #peer: { readonly name: string; readonly address: string } | undefined;

  constructor(given: FilterArguments, sinceMs: number, look: Look) {
    const peer = given.peer === undefined ? undefined : findPeer(look.speaker, given.peer);
    this.sinceMs = sinceMs;
    this.prefixes = new Selection(queryOf(given));
    this.#peer = given.peer === undefined ? undefined : { name: peer?.name ?? given.peer, address: peer?.config.address ?? given.peer };
  }

  wantsChange(change: ChangeReader<RouteOrigin>): boolean {
    if (change.atMs < this.sinceMs || !this.prefixes.holds(change)) return false;
    return this.#peer === undefined || this.#isPeer(change.after) || this.#isPeer(change.before);
  }

  wantsFact(fact: ToldFact): boolean {
    if (fact.atMs < this.sinceMs) return false;
    if (this.prefixes.isNarrow && !(fact.prefix !== undefined && this.prefixes.holdsPrefix(fact.prefix))) return false;
    return this.#peer === undefined || fact.peer === this.#peer.name;
  }

  #isPeer(origin: RouteOrigin | undefined): boolean {
    return origin?.kind === "peer" && (origin.peer === this.#peer?.name || origin.address === this.#peer?.address);
  }
}

function queryOf({ prefix: exactly, longer, covering }: FilterArguments): PrefixQuery {
  if (exactly !== undefined) return { kind: "exactly", prefix: exactly };
  if (longer !== undefined) return { kind: "within", prefix: longer };
  return covering === undefined ? { kind: "all" } : { kind: "holding", address: covering };
}
