/**
 * Questions about the past: what changed, to one prefix or at all, and what changed most.
 * Pure. The first row of every answer says since when everything is known.
 */

import type { ChangeRing } from "../../history/change-ring.ts";
import { flappingPrefixes } from "../../history/flap-counts.ts";
import { type ValueOf, defaulted, integer, object, optional } from "../../speaker/config/schema.ts";
import type { RouteOrigin } from "../../speaker/view.ts";
import { EventFilter, durationMs, filterArguments } from "./event-filter.ts";
import { type FlapRow, type HistoryRow, type ReachRow, type SessionFlapRow, factEventRow, missedRow, prefixFlapRow, routeEventRow } from "../answers/events.ts";
import type { HistoryLook } from "../records/fact-log.ts";
import { type Answer, type Look, wallTime } from "../look.ts";
import { type Question, question } from "./question.ts";

const MOST_FLAPS = 1000;
const CHANGES_PER_BREATH = 4096; // that are looked at while others wait

const since = optional(durationMs, "only what happened in that time");
const changesArguments = object({ ...filterArguments, since });
const flapsArguments = object({ ...filterArguments, since, top: defaulted(integer(1, MOST_FLAPS), 10, "how many prefixes, and how many sessions") });

const OFF: Answer = { kind: "refused", reason: "nothing is remembered: control.history is off" };

export const HISTORY_QUESTIONS: readonly Question[] = [
  question("changes", "what happened: best paths that changed and everything else worth telling, the oldest first", changesArguments, answerChanges),
  question("flaps", "prefixes and sessions that changed most", flapsArguments, answerFlaps),
];

function answerChanges(look: Look, args: ValueOf<typeof changesArguments>): Answer {
  const { history } = look;
  if (!history.routes) return OFF;
  const reach = reachRow(look, args.since);
  return { kind: "rows", rows: timeline(look, history, new EventFilter(args, startMs(look, args.since), look), reach) };
}

function answerFlaps(look: Look, args: ValueOf<typeof flapsArguments>): Answer {
  const { history } = look;
  if (!history.routes) return OFF;
  return { kind: "rows", rows: flaps(look, history.routes, new EventFilter(args, startMs(look, args.since), look), args) };
}

function* flaps(look: Look, routes: ChangeRing<RouteOrigin>, filter: EventFilter, { since: duration, top }: ValueOf<typeof flapsArguments>): Generator<FlapRow | undefined> {
  yield reachRow(look, duration);
  const prefixes = yield* flappingPrefixes(routes.read("oldest"), top, (change) => filter.wantsChange(change));
  for (const prefix of prefixes) yield prefixFlapRow(prefix, look.clock);
  yield* flappingSessions(look, look.history, filter).slice(0, top);
}

/** Best paths and facts in one order; of the same moment the facts first, because they are why. */
function* timeline({ clock }: Look, { routes, facts }: HistoryLook, filter: EventFilter, reach: ReachRow): Generator<HistoryRow | undefined> {
  const until = routes?.told ?? 0; // what comes while this is read is for the next question
  const reader = routes?.read("oldest");
  const kept = [...facts.since(filter.sinceMs)].filter((fact) => filter.wantsFact(fact));
  let next = 0;
  let looked = 0;
  yield reach;
  while (reader && reader.place < until) {
    if (++looked % CHANGES_PER_BREATH === 0) yield undefined; // between two changes: the one at hand may be overwritten meanwhile
    if (!reader.next()) break;
    const missed = reader.takeMissed() - Math.max(0, reader.place - 1 - until);
    if (missed > 0) yield missedRow(missed, clock);
    if (reader.place > until) break;
    if (!filter.wantsChange(reader)) continue;
    const change = reader.toObject();
    for (let fact = kept[next]; fact && fact.atMs <= change.atMs; fact = kept[++next]) yield factEventRow(fact, clock);
    yield routeEventRow(change, clock);
  }
  for (const fact of kept.slice(next)) yield factEventRow(fact, clock);
}

function flappingSessions({ clock }: Look, { facts }: HistoryLook, filter: EventFilter): readonly SessionFlapRow[] {
  const sessions = new Map<string, SessionFlapRow>();
  for (const fact of facts.since(filter.sinceMs)) {
    if (fact.fact !== "peer-down" || fact.peer === undefined || !filter.wantsFact(fact)) continue;
    const downs = (sessions.get(fact.peer)?.downs ?? 0) + fact.times;
    sessions.set(fact.peer, { kind: "session", peer: fact.peer, downs, last: wallTime(fact.atMs, clock), lastText: fact.text });
  }
  return [...sessions.values()].sort((a, b) => b.downs - a.downs);
}

function startMs({ clock, history }: Look, duration: number | undefined): number {
  const reach = reachMs(history, clock.nowMs);
  return duration === undefined ? reach : Math.max(reach, Math.floor(clock.nowMs - duration));
}

function reachRow({ clock, history }: Look, duration: number | undefined): ReachRow {
  const known = reachMs(history, clock.nowMs);
  const asked = duration === undefined ? undefined : clock.nowMs - duration;
  return {
    kind: "reach",
    since: wallTime(known, clock),
    asked: asked === undefined ? null : wallTime(asked, clock),
    complete: asked !== undefined && known <= asked,
    now: wallTime(clock.nowMs, clock),
  };
}

/** Since when both are known to the last. */
function reachMs({ routes, facts }: HistoryLook, nowMs: number): number {
  return Math.max(routes?.reachMs(nowMs) ?? 0, facts.reachMs(nowMs));
}
