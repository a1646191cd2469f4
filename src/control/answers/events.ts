/**
 * What happened, as the JSON that `changes`, `history`, `flaps` and `monitor` answer.
 * Pure. Names are the RFC's nouns in camelCase; absent is null, so that every key is always there.
 */

import { type Cause, CAUSES, type Change, type Difference, type PathDigest, type RouteChange } from "../../history/change.ts";
import type { FlappingPrefix } from "../../history/flap-counts.ts";
import type { RouteOrigin } from "../../speaker/view.ts";
import type { ToldFact } from "../records/fact-log.ts";
import { type Clock, wallTime } from "../look.ts";
import { type OriginRow, originRow } from "./route.ts";

/** First row of every look back: since when everything is known. */
export interface ReachRow {
  readonly kind: "reach";
  /** Everything that happened after that is in the answer. */
  readonly since: string;
  /** What was asked for; null: all there is. */
  readonly asked: string | null;
  /** Nothing of what was asked for is forgotten. */
  readonly complete: boolean;
  readonly now: string;
}

/** First row of a monitor: from now on. */
export interface BeganRow {
  readonly kind: "began";
  readonly at: string;
}

/** So many events were forgotten before they were read. */
export interface MissedRow {
  readonly kind: "missed";
  readonly at: string;
  readonly events: number;
}

/** The best path to a prefix came, became another one, or went. */
export interface RouteEventRow {
  readonly kind: "route";
  readonly at: string;
  readonly prefix: string;
  readonly family: "ipv4" | "ipv6";
  readonly change: Change;
  readonly cause: Cause;
  /** The cause as a sentence. */
  readonly because: string;
  /** With the cause "better-path": the rule of RFC 4271 §9.1.2 by which the new one stands before the old one. */
  readonly decidedBy: string | null;
  /** What the new best path has other than the old one. */
  readonly differs: readonly Difference[];
  /** Whose path was best; null: there was none. */
  readonly before: OriginRow | null;
  readonly after: OriginRow | null;
  /** The path that is best now; null: there is none. */
  readonly path: { readonly nextHop: string | null; readonly localPref: number; readonly med: number; readonly asPathLength: number; readonly neighbourAs: number | null; readonly origin: PathDigest["origin"] } | null;
}

/** Anything else that the log tells: sessions, configuration, the kernel. */
export interface FactEventRow {
  readonly kind: "fact";
  readonly at: string;
  /** daemon, config, session, routes, kernel or control. */
  readonly topic: string;
  /** Which fact it is, such as "peer-up", "peer-down", "conflict". */
  readonly fact: string;
  readonly level: ToldFact["level"];
  readonly peer: string | null;
  readonly prefix: string | null;
  readonly text: string;
  /** How often: more than once where this is the last of many like it. */
  readonly times: number;
  /** As the log has it; long lists are cut. */
  readonly fields: object;
}

export type HistoryRow = ReachRow | MissedRow | RouteEventRow | FactEventRow;
export type MonitorRow = BeganRow | MissedRow | RouteEventRow | FactEventRow;

/** A prefix whose best path changed more than once. */
export interface PrefixFlapRow {
  readonly kind: "prefix";
  readonly prefix: string;
  readonly changes: number;
  /** How many of them left it without any path. */
  readonly went: number;
  readonly last: string;
  readonly lastCause: Cause;
}

/** A session that went down. */
export interface SessionFlapRow {
  readonly kind: "session";
  readonly peer: string;
  readonly downs: number;
  readonly last: string;
  /** Why it went down last. */
  readonly lastText: string;
}

export type FlapRow = ReachRow | PrefixFlapRow | SessionFlapRow;

export function routeEventRow({ atMs, prefix, change, cause, decidedBy, differs, before, after, path }: RouteChange<RouteOrigin>, clock: Clock): RouteEventRow {
  return {
    kind: "route",
    at: wallTime(atMs, clock),
    prefix,
    family: prefix.includes(":") ? "ipv6" : "ipv4",
    change,
    cause,
    because: CAUSES[cause],
    decidedBy: decidedBy ?? null,
    differs,
    before: before ? originRow(before) : null,
    after: after ? originRow(after) : null,
    path: path ? { ...path, nextHop: path.nextHop ?? null, neighbourAs: path.neighbourAs ?? null } : null,
  };
}

export function factEventRow({ atMs, topic, fact, level, peer, prefix, text, times, fields }: ToldFact, clock: Clock): FactEventRow {
  return { kind: "fact", at: wallTime(atMs, clock), topic, fact, level, peer: peer ?? null, prefix: prefix ?? null, text, times, fields };
}

export function prefixFlapRow({ prefix, changes, went, lastMs, lastCause }: FlappingPrefix, clock: Clock): PrefixFlapRow {
  return { kind: "prefix", prefix, changes, went, last: wallTime(lastMs, clock), lastCause };
}

export function missedRow(events: number, clock: Clock): MissedRow {
  return { kind: "missed", at: wallTime(clock.nowMs, clock), events };
}
