/**
 * What a journal says of a best path that changed: what happened, why, and what mattered of the path that is best now.
 * Pure. Codes are places in these tables; they stand in records of this process only, so rows may be added anywhere.
 */

import type { IpAddress } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { Origin } from "../bgp/wire/attribute-types.ts";
import { RULES } from "../bgp/rib/decide.ts";

/** There is a best path where there was none, another one, or none any more. */
export const CHANGES = ["appeared", "changed", "went"] as const;
export type Change = (typeof CHANGES)[number];

/** Every cause there is, in words. */
export const CAUSES = {
  announced: "it was told, and there was no other",
  "better-path": "another path is preferred",
  updated: "its source told it anew, with other attributes",
  refused: "its source told it anew, and it may not be used so",
  withdrawn: "its source took it back",
  "session-down": "the session with its source is gone",
  "kept-too-long": "it was kept for a source that has not come back in time",
  "not-told-again": "its source told its routes again, and not this one",
  stale: "its source has been away for so long that it is the last choice now",
  policy: "import policy is another one, or judges it otherwise",
  "next-hop-lost": "its next hop cannot be reached any more",
  "next-hop-found": "its next hop can be reached again",
} as const;
export type Cause = keyof typeof CAUSES;

export const CAUSE_NAMES = Object.keys(CAUSES) as readonly Cause[];
export const CAUSE_CODES = Object.fromEntries(CAUSE_NAMES.map((name, code) => [name, code])) as { readonly [C in Cause]: number };

/** In what the new best path differs from the old one; "attributes": in none of the others that are named here. */
export const DIFFERENCES = ["next-hop", "local-pref", "med", "as-path", "origin", "attributes"] as const;
export type Difference = (typeof DIFFERENCES)[number];

export const ORIGINS: readonly Origin[] = ["igp", "egp", "incomplete"];

/** Code 0 is no rule. */
export const RULE_NAMES: readonly (string | undefined)[] = [undefined, ...RULES.map(({ name }) => name)];
export const RULE_CODES: ReadonlyMap<string, number> = new Map(RULES.map(({ name }, at) => [name, at + 1]));

/** What the decision process asks first of a path; LOCAL_PREF and MED as they count where the path has none. */
export interface PathDigest {
  /** undefined: a path of this machine. */
  readonly nextHop: IpAddress | undefined;
  readonly localPref: number;
  readonly med: number;
  readonly asPathLength: number;
  /** undefined: from inside our AS. */
  readonly neighbourAs: number | undefined;
  readonly origin: Origin;
}

/** One change as an object, for whoever looks. */
export interface RouteChange<Source> {
  readonly atMs: number;
  readonly prefix: Prefix;
  readonly change: Change;
  readonly cause: Cause;
  /** The rule of RFC 4271 §9.1.2 by which the new path stands before the old one; undefined: it was not for a rule. */
  readonly decidedBy: string | undefined;
  readonly differs: readonly Difference[];
  /** Whose path was best; undefined: there was none. */
  readonly before: Source | undefined;
  readonly after: Source | undefined;
  /** The path that is best now. */
  readonly path: PathDigest | undefined;
}

/** A change on its way into the journal: one object that is filled again and again, because changes come by the million. */
export class ChangeDraft<Source> {
  atMs = 0;
  change = 0;
  cause = 0;
  rule = 0;
  /** A bit for each of DIFFERENCES. */
  differs = 0;
  /** 0 is IPv4. */
  family: 0 | 1 = 0;
  bits = 0;
  /** Of the prefix's address; IPv4 has only the first. */
  readonly address = new Uint32Array(4);
  before: Source | undefined;
  after: Source | undefined;
  localPref = 0;
  med = 0;
  asPathLength = 0;
  /** 0: none. */
  neighbourAs = 0;
  origin = 0;
  /** Words of the next hop: none, one or four. */
  hopWords: 0 | 1 | 4 = 0;
  readonly nextHop = new Uint32Array(4);
}
