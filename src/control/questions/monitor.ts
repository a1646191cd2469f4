/**
 * What happens from now on, for as long as somebody reads.
 * Pure. A monitor is a place in the journal and a place among the facts, and nothing is queued for it: whoever reads too slowly is
 * told how many events were forgotten meanwhile.
 */

import type { ChangeReader } from "../../history/change-reader.ts";
import { type ValueOf, defaulted, object, oneOf } from "../../speaker/config/schema.ts";
import type { RouteOrigin } from "../../speaker/view.ts";
import { EventFilter, filterArguments } from "./event-filter.ts";
import { type MonitorRow, factEventRow, missedRow, routeEventRow } from "../answers/events.ts";
import type { Answer, LiveRows, Look } from "../look.ts";
import { type Question, question } from "./question.ts";
import { wallTime } from "../look.ts";

const MOST_ROWS = 500; // at a time: some milliseconds
const MOST_LOOKED_AT = 20_000; // changes at a time, wanted or not

const monitorArguments = object({ ...filterArguments, routes: defaulted(oneOf(["told", "untold"]), "untold", "best paths that change, too") });

export const MONITOR_QUESTION: Question = question("monitor", "what happens from now on", monitorArguments, answerMonitor);

function answerMonitor(look: Look, args: ValueOf<typeof monitorArguments>): Answer {
  const { routes } = look.history;
  if (args.routes === "told" && !routes) return { kind: "refused", reason: "best paths cannot be watched: control.history is off" };
  return { kind: "live", rows: new Monitor(look, new EventFilter(args, 0, look), args.routes === "told" ? routes?.read("next") : undefined) };
}

/** An event with its time: rows of two lists become one. */
interface Timed {
  readonly atMs: number;
  readonly row: MonitorRow;
}

class Monitor implements LiveRows {
  readonly #filter: EventFilter;
  readonly #reader: ChangeReader<RouteOrigin> | undefined;
  #fact: number;
  #state: "new" | "under way" = "new";

  constructor({ history }: Look, filter: EventFilter, reader: ChangeReader<RouteOrigin> | undefined) {
    this.#filter = filter;
    this.#reader = reader;
    this.#fact = history.facts.live.end;
  }

  take(look: Look): readonly MonitorRow[] {
    const began: readonly MonitorRow[] = this.#state === "new" ? [{ kind: "began", at: wallTime(look.clock.nowMs, look.clock) }] : [];
    this.#state = "under way";
    const facts = this.#facts(look);
    const changes = this.#changes(look);
    const missed = facts.missed + changes.missed;
    const events = [...facts.events, ...changes.events].sort((a, b) => a.atMs - b.atMs); // a stable order: of one moment facts first
    return [...began, ...(missed > 0 ? [missedRow(missed, look.clock)] : []), ...events.map(({ row }) => row)];
  }

  #facts({ history: { facts: { live } }, clock }: Look): { readonly missed: number; readonly events: readonly Timed[] } {
    const missed = Math.max(0, live.first - this.#fact);
    const events: Timed[] = [];
    for (this.#fact += missed; this.#fact < live.end && events.length < MOST_ROWS; this.#fact++) {
      const fact = live.at(this.#fact);
      if (this.#filter.wantsFact(fact)) events.push({ atMs: fact.atMs, row: factEventRow(fact, clock) });
    }
    return { missed, events };
  }

  #changes({ clock }: Look): { readonly missed: number; readonly events: readonly Timed[] } {
    const reader = this.#reader;
    const events: Timed[] = [];
    for (let left = MOST_LOOKED_AT; left > 0 && events.length < MOST_ROWS && reader?.next(); left--) {
      if (this.#filter.wantsChange(reader)) events.push({ atMs: reader.atMs, row: routeEventRow(reader.toObject(), clock) });
    }
    return { missed: reader?.takeMissed() ?? 0, events };
  }
}
