/**
 * Policies in words: what a rule asks, what it changes, what then.
 * Pure. What an operator reads is made from the very rules that routes go through.
 */

import { assertNever } from "../../ip/assert.ts";
import { OTHERWISE } from "../../bgp/policy/evaluate.ts";
import type { AsPathTest, Condition, Modification, Policy, PolicyRule, PrefixListEntry, RouteSource, SetChange } from "../../bgp/policy/policy.ts";
import { maxLength, prefixLength, prefixVersion } from "../../ip/prefix.ts";
import type { ForwardingRule } from "../../speaker/config/config.ts";
import { formatCommunity, formatExtendedCommunity, formatLargeCommunity } from "../../speaker/config/communities.ts";

const MOST_NAMED = 6; // members of a list; the others are counted
const HIGHEST = 0xffffffff;

const SOURCES: { readonly [S in RouteSource]: string } = {
  internal: "a peer in our AS",
  external: "a peer in another AS",
  network: "our configuration",
  block: "a block of this host",
  static: "a static route",
  direct: "a connected network",
  kernel: "this host's kernel",
  workload: "a workload on this host",
};

/** "accept what is in 192.168.0.0/16, with community 64512:100". */
export function ruleWords({ when, set, then }: PolicyRule): string {
  const what = subject(when);
  const changes = set.length === 0 ? "" : `, ${set.map(modificationWords).join(", ")}`;
  return then === "continue" ? `go on with ${what}${changes}` : `${then} ${what}${changes}`;
}

/** The rule of that name, or what becomes of what no rule decided; undefined: there is no such rule any more. */
export function wordsOfRule({ rules, otherwise }: Policy, name: string): string | undefined {
  if (name === OTHERWISE) return `${otherwise} ${rules.length === 0 ? "everything" : "the rest"}`;
  const rule = rules.find((candidate) => candidate.name === name);
  return rule && ruleWords(rule);
}

/** "leave what is in 10.0.0.0/8 to others", "program everything, through tunl0". */
export function forwardingWords({ when, then, tunnel }: ForwardingRule): string {
  const what = subject(when);
  if (then === "leave") return `leave ${what} to others`;
  return `program ${what}${tunnel === undefined ? "" : `, through ${tunnel}`}`;
}

function subject(when: readonly Condition[]): string {
  return when.length === 0 ? "everything" : `what ${when.map(conditionWords).join(" and ")}`;
}

export function conditionWords(condition: Condition): string {
  switch (condition.kind) {
    case "prefix-list":
      return `is ${either(condition.list.entries.map(entryWords))}`;
    case "community":
      return `has community ${either(condition.anyOf.map(formatCommunity))}`;
    case "large-community":
      return `has large community ${either(condition.anyOf.map(formatLargeCommunity))}`;
    case "extended-community":
      return `has extended community ${either(condition.anyOf.map(formatExtendedCommunity))}`;
    case "as-path":
      return pathWords(condition.test);
    case "source":
      return `comes from ${either(condition.anyOf.map((source) => SOURCES[source]))}`;
    case "family":
      return `is ${condition.family === "ipv4" ? "IPv4" : "IPv6"}`;
    case "next-hop":
      return `has next hop ${either(condition.anyOf)}`;
    case "next-hop-in":
      return `has a next hop in ${either(condition.anyOf)}`;
    case "local-pref":
      return `has LOCAL_PREF ${rangeWords(condition.atLeast, condition.atMost)}`;
    case "interface":
      return `leads to interface ${either(condition.anyOf)}`;
    case "not":
      return condition.condition.kind === "not" ? conditionWords(condition.condition.condition) : negated(conditionWords(condition.condition));
    default:
      return assertNever(condition);
  }
}

/** Every condition begins with one of these verbs. */
const NEGATIONS: readonly (readonly [yes: string, no: string])[] = [["is ", "is not "], ["has ", "does not have "], ["comes ", "does not come "], ["leads ", "does not lead "], ["was ", "was not "]];

function negated(words: string): string {
  const [yes, no] = NEGATIONS.find(([verb]) => words.startsWith(verb)) ?? ["", "not: "];
  return no + words.slice(yes.length);
}

function entryWords({ prefix, ge, le }: PrefixListEntry): string {
  const longest = maxLength(prefixVersion(prefix));
  const own = prefixLength(prefix);
  if (ge === undefined && le === undefined) return prefix;
  const from = ge ?? own;
  const to = le ?? longest;
  if (from === own && to === longest) return from === to ? prefix : `in ${prefix}`;
  return `in ${prefix} with a length ${from === to ? `of ${from}` : `from ${from} to ${to}`}`;
}

function pathWords(test: AsPathTest): string {
  switch (test.kind) {
    case "contains":
      return `has AS ${test.asn} in its path`;
    case "starts-with":
      return `comes from AS ${test.asn}`;
    case "begins-with":
      return `has a path that begins with ${test.asns.join(" ")}`;
    case "originated-by":
      return `was announced first by AS ${test.asn}`;
    case "empty":
      return "has an empty path";
    case "at-most":
      return `has a path of at most ${test.length}`;
    default:
      return assertNever(test);
  }
}

function rangeWords(atLeast: number, atMost: number): string {
  if (atLeast === atMost) return String(atLeast);
  if (atLeast === 0) return `up to ${atMost}`;
  return atMost === HIGHEST ? `from ${atLeast}` : `from ${atLeast} to ${atMost}`;
}

const CHANGES: { readonly [C in SetChange]: (name: string, values: readonly string[]) => string } = {
  add: (name, values) => `with ${name} ${values.join(", ")}`,
  remove: (name, values) => `without ${name} ${values.join(", ")}`,
  replace: (name, values) => (values.length === 0 ? `without any ${name}` : `with only ${name} ${values.join(", ")}`),
};

export function modificationWords(modification: Modification): string {
  switch (modification.kind) {
    case "local-pref":
      return `with LOCAL_PREF ${modification.value}`;
    case "med":
      return modification.value === undefined ? "without MED" : `with MED ${modification.value}`;
    case "origin":
      return `with origin ${modification.value}`;
    case "next-hop":
      return `with next hop ${modification.address}`;
    case "communities":
      return CHANGES[modification.change]("community", modification.values.map(formatCommunity));
    case "large-communities":
      return CHANGES[modification.change]("large community", modification.values.map(formatLargeCommunity));
    case "extended-communities":
      return CHANGES[modification.change]("extended community", modification.values.map(formatExtendedCommunity));
    case "prepend":
      return `with AS ${modification.asn} put before its path${modification.times === 1 ? "" : ` ${modification.times} times`}`;
    default:
      return assertNever(modification);
  }
}

function either(texts: readonly string[]): string {
  if (texts.length === 0) return "one of none";
  if (texts.length > MOST_NAMED + 1) return `${texts.slice(0, MOST_NAMED).join(", ")} or one of ${texts.length - MOST_NAMED} more`;
  return texts.length === 1 ? (texts[0] as string) : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}
