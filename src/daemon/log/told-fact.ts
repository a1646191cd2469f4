/**
 * A log line as the timeline keeps it.
 * Pure. Long lists are cut, because thousands of lines may be kept.
 */

import type { Prefix } from "../../ip/prefix.ts";
import type { ToldFact } from "../../control/records/fact-log.ts";
import type { Written } from "./log.ts";

const LONGEST_LIST = 16;

export function toldFact({ fact, line, heldBack, atMs }: Written): ToldFact {
  return {
    atMs: Math.floor(atMs),
    topic: line.topic,
    fact: fact.kind,
    level: line.level,
    peer: "peer" in fact ? fact.peer : undefined,
    prefix: "prefix" in fact ? (fact.prefix as Prefix) : undefined,
    text: line.message,
    fields: Object.values(line.fields).some(isLong) ? shortened(line.fields) : line.fields,
    times: Math.max(1, heldBack),
  };
}

function isLong(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > LONGEST_LIST;
}

function shortened(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]: [string, unknown]) => [name, isLong(value) ? value.slice(0, LONGEST_LIST) : value]));
}

/** Attempts go on for as long as a peer is away: `peers` shows the last one. */
export function worthOf({ fact, line: { level } }: Written): "keeping" | "a look" {
  if (level === "debug") return "a look";
  return fact.kind === "peer-down" && fact.was === "attempt" ? "a look" : "keeping";
}
