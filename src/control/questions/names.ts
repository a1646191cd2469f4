/**
 * `names`: what a beginning may go on to, for shells that complete.
 * Pure.
 */

import { type Prefix, parsePrefix } from "../../ip/prefix.ts";
import { defaulted, integer, object, oneOf, required, text } from "../../speaker/config/schema.ts";
import type { Look, Rows } from "../look.ts";
import { type Question, question } from "./question.ts";

/** One way to go on. */
export interface NameRow {
  readonly name: string;
}

const MOST = 100; // nobody reads more

const nameArguments = object({
  of: required(oneOf(["peers", "prefixes"]), "what is named"),
  beginning: defaulted(text(), "", "what they begin with"),
  most: defaulted(integer(1, 10_000), MOST, "how many"),
});

export const NAMES: Question = question("names", "peers or prefixes that begin so, for shells", nameArguments, (look, { of, beginning, most }) => ({
  kind: "rows",
  rows: first(of === "peers" ? peerNames(look, beginning) : prefixNames(look, beginning), most),
}));

function* peerNames({ speaker }: Look, beginning: string): Generator<string> {
  for (const { name, config } of speaker.walkPeers()) yield* [config.address, name].filter((candidate) => candidate.startsWith(beginning));
}

function* prefixNames({ speaker }: Look, beginning: string): Generator<string | undefined> {
  const within = wholeOctets(beginning);
  let last: string | undefined;
  for (const route of speaker.walkRoutes(within === undefined ? {} : { within })) {
    if (route === undefined) yield undefined;
    else if (route.prefix !== last && route.prefix.startsWith(beginning)) yield route.prefix;
    last = route?.prefix ?? last;
  }
}

/** The prefix that everything is in that begins so: "10.2.3" -> 10.2.0.0/16; undefined: it says too little. */
function wholeOctets(beginning: string): Prefix | undefined {
  const octets = beginning.split(".").slice(0, -1);
  if (octets.length === 0 || octets.length > 3) return undefined;
  return parsePrefix(`${[...octets, "0", "0", "0", "0"].slice(0, 4).join(".")}/${octets.length * 8}`);
}

function* first(names: Iterable<string | undefined>, most: number): Rows {
  let count = 0;
  for (const name of names) {
    if (name === undefined) yield undefined;
    else if (count++ < most) yield { name } satisfies NameRow;
    else return;
  }
}
