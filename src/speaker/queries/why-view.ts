/**
 * The answer to `why`, as plain values: what was received of a prefix, what was chosen, what the kernel is asked for, who was told.
 * Pure, types only. Nothing of it is stored: it is computed from the tables when somebody asks.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { PeerName } from "../config/config.ts";
import type { ForwardingCase } from "../forwarding/forwarding.ts";
import type { LongerPrefixes } from "./longer-prefixes.ts";
import type { DecisionReason, ExportReason, ImportReason } from "./reasons.ts";

/** One prefix, or the longest one for an address; all peers, or one in full. */
export type WhyQuery = ({ readonly prefix: Prefix } | { readonly covering: IpAddress }) & { readonly peer?: PeerName };

export interface WhyView {
  /** What the answer is about; where nobody has any for the address, that address alone. */
  readonly prefix: Prefix;
  readonly family: Family;
  /** "unfinished": some of what is known is not decided yet; "deferred": nothing is, after a restart. */
  readonly decided: "settled" | "unfinished" | "deferred";
  /** As `routes` lists them: best first, then those that cannot be used, then the refused. */
  readonly paths: readonly WhyPath[];
  readonly forwarding: ForwardingCase;
  readonly tellings: readonly Telling[];
  /** What the peer told, where the question was about one. */
  readonly heard: Heard | undefined;
  /** Known prefixes that hold this one, the longest first. */
  readonly covering: readonly Prefix[];
  /** Known prefixes inside it, counted, and the first of them; looked for only where nobody has the prefix itself. */
  readonly longer: LongerPrefixes;
  readonly own: Own;
}

/** What of this host the question touches. */
export interface Own {
  /** A block of this host that holds it. */
  readonly block: Prefix | undefined;
  /** The workload of this host that was asked for. */
  readonly workload: Prefix | undefined;
}

export interface WhyPath {
  /** As the peer told it. */
  readonly received: PathAttributes;
  readonly import: { readonly reason: ImportReason; readonly policy: string | undefined; readonly rule: string | undefined };
  /** The peer is away, or is telling its routes again. */
  readonly kept: boolean;
  /** undefined: it was refused before. */
  readonly decision: Decided | undefined;
  readonly sharesTraffic: boolean;
}

/** How a path fared against the one that stands right before it. */
export interface Decided {
  readonly reason: DecisionReason;
  /** Which of the paths; undefined: none stands before it, or all are waiting. */
  readonly against: number | undefined;
  /** What was compared: "LOCAL_PREF 200"; undefined where there is only an order. */
  readonly values: { readonly own: string; readonly other: string } | undefined;
}

/** What one peer has told us of the prefix. */
export interface Heard {
  readonly peer: PeerName;
  /** Its paths, by their place among all. */
  readonly paths: readonly number[];
  /** Beside those paths, or why there are none. */
  readonly reason: Extract<ImportReason, "not-received" | "path-limit"> | undefined;
}

/** What one peer hears of one path, or of the prefix. */
export interface Telling {
  readonly peer: PeerName;
  readonly address: IpAddress;
  /** Its place among all; undefined: it is about no path. */
  readonly path: number | undefined;
  readonly outcome: "told" | "queued" | "not-told";
  readonly reason: ExportReason;
  /** The export policy and its rule that spoke; undefined: none was asked. */
  readonly policy: string | undefined;
  readonly rule: string | undefined;
  /** With add-path. */
  readonly pathId: number | undefined;
  /** The peer has not taken the last word about it: until then it may hold an older one. */
  readonly withdrawal: "queued" | "none";
  /** As it is told; undefined: it is not. */
  readonly attributes: (() => PathAttributes) | undefined;
}
