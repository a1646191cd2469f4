/**
 * Events as lines for people.
 * Pure: what time it is now is an argument.
 */

import { assertNever } from "../ip/assert.ts";
import type { BeganRow, HistoryRow, MonitorRow, ReachRow, RouteEventRow } from "../control/answers/events.ts";
import type { OriginRow } from "../control/answers/route.ts";
import { counted } from "../control/text/counted.ts";
import type { Cell } from "./table.ts";
import { moment } from "./times.ts";

/** A line of the timeline: when, what it is about, what happened. */
export interface EventLine {
  readonly at: string;
  readonly about: Cell;
  readonly what: string;
}

/** undefined: the row says nothing about the past by itself. */
export function eventLine(row: HistoryRow | MonitorRow, nowMs: number): EventLine | undefined {
  switch (row.kind) {
    case "reach":
      return undefined;
    case "began":
      return { at: moment(row.at, nowMs), about: "", what: beganText(row) };
    case "missed":
      return { at: moment(row.at, nowMs), about: { text: "missed", tint: "red" }, what: `${counted(row.events, "event")} came faster than they were read` };
    case "route":
      return { at: moment(row.at, nowMs), about: { text: row.prefix, tint: row.change === "went" ? "red" : row.change === "appeared" ? "green" : "yellow" }, what: routeText(row) };
    case "fact":
      return { at: moment(row.at, nowMs), about: { text: row.topic, tint: row.level === "info" || row.level === "debug" ? "dim" : "red" }, what: row.times > 1 ? `${row.text} (${row.times} times)` : row.text };
    default:
      return assertNever(row);
  }
}

/** "best from Mesh_a instead of Mesh_b, better-path (local-pref): via 10.0.0.1, LOCAL_PREF 200, MED 0, AS path of 1 by AS 65001; other next-hop". */
export function routeText({ change, cause, decidedBy, differs, before, after, path }: RouteEventRow): string {
  const because = decidedBy === null ? cause : `${cause} (${decidedBy})`;
  if (change === "went") return `gone, was from ${nameOf(before)}: ${because}`;
  const instead = change === "appeared" ? "" : sameOrigin(before, after) ? " as before" : ` instead of ${nameOf(before)}`;
  const other = differs.length === 0 ? "" : `; other ${differs.join(", ")}`;
  return `from ${nameOf(after)}${instead}, ${because}: ${pathText(path)}${other}`;
}

/** When the answer does not reach as far back as was asked for, or nothing was: since when it knows. */
export function reachText({ since, complete }: ReachRow, nowMs: number): string {
  return complete ? "" : `Known since ${moment(since, nowMs)}.`;
}

function beganText(_: BeganRow): string {
  return "watching; Ctrl-C ends it";
}

function pathText(path: RouteEventRow["path"]): string {
  if (!path) return "";
  const via = path.nextHop === null ? "here" : `via ${path.nextHop}`;
  const length = path.asPathLength === 0 ? "empty AS path" : `AS path of ${path.asPathLength}`;
  const external = path.neighbourAs === null ? "" : ` by AS ${path.neighbourAs}`;
  return `${via}, LOCAL_PREF ${path.localPref}, MED ${path.med}, ${length}${external}`;
}

function sameOrigin(a: OriginRow | null, b: OriginRow | null): boolean {
  return a?.kind === b?.kind && a?.peer === b?.peer;
}

function nameOf(origin: OriginRow | null): string {
  return origin?.peer ?? origin?.kind ?? "nobody";
}
