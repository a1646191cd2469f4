/**
 * Policies and prefix lists as people write them, and what they mean.
 * Pure. Written: { "when": [{ "prefixList": "pools" }], "set": [{ "localPref": 200 }], "then": "accept" }.
 */

import { assertNever } from "../../ip/assert.ts";
import { type Condition, type Modification, type Policy, type PolicyRule, type PrefixList, ROUTE_SOURCES, type SetChange } from "../../bgp/policy/policy.ts";
import { prefixLength, prefixVersion } from "../../ip/prefix.ts";
import type { ForwardingRule } from "./config.ts";
import { parseCommunity, parseExtendedCommunity, parseLargeCommunity } from "./communities.ts";
import { address, asn, prefix } from "./scalars.ts";
import {
  type ConfigFault,
  type Shape,
  type ValueOf,
  defaulted,
  dictionary,
  exactlyOne,
  fault,
  integer,
  list,
  object,
  oneOf,
  optional,
  parsed,
  refined,
  required,
  text,
  yes,
} from "./schema.ts";

const community = parsed(parseCommunity, 'a community such as "64512:100" or "no-export"');
const largeCommunity = parsed(parseLargeCommunity, 'a large community such as "64512:1:100"');
const extendedCommunity = parsed(parseExtendedCommunity, 'an extended community such as "rt:64512:100" or "0x0002fc0000000064"');
const u32 = integer(0, 0xffffffff);

const prefixListEntry = object({
  prefix: required(prefix, "a prefix"),
  ge: optional(integer(0, 128), "shortest length that matches"),
  le: optional(integer(0, 128), "longest length that matches"),
});

export const prefixLists = dictionary(list(prefixListEntry));

const asPathTest = exactlyOne({
  contains: asn,
  startsWith: asn,
  beginsWith: list(asn),
  originatedBy: asn,
  empty: yes,
  atMost: integer(0, 255),
});

const localPrefRange = object({
  atLeast: defaulted(u32, 0, "lowest LOCAL_PREF that matches"),
  atMost: defaulted(u32, 0xffffffff, "highest LOCAL_PREF that matches"),
});

export const interfacePattern = refined(text(), (pattern) => /^[^\s/]{1,15}$/.test(pattern), 'the name of an interface such as "eth0" or "cali*"');

const plainCondition = {
  prefixList: text("the name of a prefix list"),
  community: list(community),
  largeCommunity: list(largeCommunity),
  extendedCommunity: list(extendedCommunity),
  asPath: asPathTest,
  source: list(oneOf(ROUTE_SOURCES)),
  family: oneOf(["ipv4", "ipv6"]),
  nextHop: list(address),
  nextHopIn: list(prefix),
  localPref: localPrefRange,
  interface: list(interfacePattern),
} as const;

const condition = exactlyOne({ ...plainCondition, not: exactlyOne(plainCondition) });

const prependShape = object({
  asn: required(asn, "the AS number to prepend"),
  times: defaulted(integer(1, 16), 1, "how often"),
});

const modification = exactlyOne({
  localPref: u32,
  med: u32,
  removeMed: yes,
  origin: oneOf(["igp", "egp", "incomplete"]),
  nextHop: address,
  addCommunities: list(community),
  removeCommunities: list(community),
  replaceCommunities: list(community),
  addLargeCommunities: list(largeCommunity),
  removeLargeCommunities: list(largeCommunity),
  replaceLargeCommunities: list(largeCommunity),
  addExtendedCommunities: list(extendedCommunity),
  removeExtendedCommunities: list(extendedCommunity),
  replaceExtendedCommunities: list(extendedCommunity),
  prepend: prependShape,
});

const rule = object({
  name: optional(text(), "name of the rule, shown wherever it decides; without it its number"),
  when: defaulted(list(condition), [], "conditions that must all hold; none: every route"),
  set: defaulted(list(modification), [], "what to change on a route that matched"),
  then: required(oneOf(["accept", "reject", "continue"]), 'one of "accept", "reject", "continue"'),
});

const device = refined(text(), (name) => /^[^\s/*?]{1,15}$/.test(name), "the name of a network interface");

const forwardingRule = object({
  name: optional(text(), "name of the rule; without it its number"),
  when: defaulted(list(condition), [], "conditions that must all hold; none: every route"),
  then: required(oneOf(["program", "leave"]), "program: the kernel gets the route; leave: it does not"),
  tunnel: optional(device, 'reach next hops through this device as if they were on its link, such as "tunl0"'),
});

export const forwardingRules = list(forwardingRule);

const policy = object({
  rules: required(list(rule), "a list of rules, asked in order"),
  otherwise: defaulted(oneOf(["accept", "reject"]), "reject", "what holds when no rule decided"),
});

export const policies: Shape<ReadonlyMap<string, ValueOf<typeof policy>>> = dictionary(policy);

interface PolicyDocument {
  readonly prefixLists: ValueOf<typeof prefixLists>;
  readonly policies: ValueOf<typeof policies>;
  readonly forwarding: ValueOf<typeof forwardingRules>;
}

export interface BuiltPolicies {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly forwarding: readonly ForwardingRule[];
}

/** The named policies of a document, and its rules for the kernel; a name that leads nowhere is a fault. */
export function buildPolicies(document: PolicyDocument, faults: ConfigFault[]): BuiltPolicies {
  const lists = new Map([...document.prefixLists].map(([name, entries]) => [name, buildPrefixList(name, entries, faults)]));
  const policies = [...document.policies].map(([name, written]): readonly [string, Policy] => {
    const rules = written.rules.map((item, index) => buildRule(item, index, `policies.${name}.rules[${index}]`, lists, faults));
    return [name, { name, rules, otherwise: written.otherwise }];
  });
  const forwarding = document.forwarding.map(({ name, when, then, tunnel }, index) => ({
    name: name ?? `${index + 1}`,
    when: when.flatMap((item, at) => buildCondition(item, `forwarding[${index}].when[${at}]`, lists, faults)),
    then,
    tunnel,
  }));
  return { policies: new Map(policies), forwarding };
}

function buildPrefixList(name: string, entries: readonly ValueOf<typeof prefixListEntry>[], faults: ConfigFault[]): PrefixList {
  for (const [index, { prefix, ge, le }] of entries.entries()) {
    const longest = prefixVersion(prefix) === 4 ? 32 : 128;
    const path = `prefixLists.${name}[${index}]`;
    const shortest = prefixLength(prefix);
    if (ge !== undefined && (ge < shortest || ge > longest)) fault(faults, `${path}.ge`, ge, `a length from ${shortest} to ${longest}`);
    if (le !== undefined && (le < (ge ?? shortest) || le > longest)) fault(faults, `${path}.le`, le, `a length from ${ge ?? shortest} to ${longest}`);
  }
  return { name, entries: entries.map(({ prefix, ge, le }) => ({ prefix, ...(ge === undefined ? {} : { ge }), ...(le === undefined ? {} : { le }) })) };
}

type Lists = ReadonlyMap<string, PrefixList>;

function buildRule(written: ValueOf<typeof rule>, index: number, path: string, lists: Lists, faults: ConfigFault[]): PolicyRule {
  return {
    name: written.name ?? `${index + 1}`,
    when: written.when.flatMap((item, at) => buildCondition(item, `${path}.when[${at}]`, lists, faults)),
    set: written.set.map(buildModification),
    then: written.then,
  };
}

/** A condition that could not be built is left out; its fault is in the list. */
function buildCondition(written: ValueOf<typeof condition>, path: string, lists: Lists, faults: ConfigFault[]): readonly Condition[] {
  switch (written.kind) {
    case "prefixList": {
      const found = lists.get(written.value);
      if (!found) fault(faults, `${path}.prefixList`, written.value, `the name of a prefix list (known: ${[...lists.keys()].join(", ") || "none"})`);
      return found ? [{ kind: "prefix-list", list: found }] : [];
    }
    case "community":
      return [{ kind: "community", anyOf: written.value }];
    case "largeCommunity":
      return [{ kind: "large-community", anyOf: written.value }];
    case "extendedCommunity":
      return [{ kind: "extended-community", anyOf: written.value }];
    case "asPath":
      return [{ kind: "as-path", test: buildAsPathTest(written.value) }];
    case "source":
      return [{ kind: "source", anyOf: written.value }];
    case "family":
      return [{ kind: "family", family: written.value }];
    case "nextHop":
      return [{ kind: "next-hop", anyOf: written.value }];
    case "nextHopIn":
      return [{ kind: "next-hop-in", anyOf: written.value }];
    case "localPref":
      return [{ kind: "local-pref", ...written.value }];
    case "interface":
      return [{ kind: "interface", anyOf: written.value }];
    case "not":
      return buildCondition(written.value, `${path}.not`, lists, faults).map((inner) => ({ kind: "not", condition: inner }));
    default:
      return assertNever(written);
  }
}

function buildAsPathTest(written: ValueOf<typeof asPathTest>): Extract<Condition, { kind: "as-path" }>["test"] {
  switch (written.kind) {
    case "contains":
      return { kind: "contains", asn: written.value };
    case "startsWith":
      return { kind: "starts-with", asn: written.value };
    case "beginsWith":
      return { kind: "begins-with", asns: written.value };
    case "originatedBy":
      return { kind: "originated-by", asn: written.value };
    case "empty":
      return { kind: "empty" };
    case "atMost":
      return { kind: "at-most", length: written.value };
    default:
      return assertNever(written);
  }
}

/** "addLargeCommunities" names a change and an attribute. */
const SET_CHANGE = /^(add|remove|replace)(.*)$/;
const COMMUNITY_KINDS = { Communities: "communities", LargeCommunities: "large-communities", ExtendedCommunities: "extended-communities" } as const;

function buildModification(written: ValueOf<typeof modification>): Modification {
  switch (written.kind) {
    case "localPref":
      return { kind: "local-pref", value: written.value };
    case "med":
      return { kind: "med", value: written.value };
    case "removeMed":
      return { kind: "med", value: undefined };
    case "origin":
      return { kind: "origin", value: written.value };
    case "nextHop":
      return { kind: "next-hop", address: written.value };
    case "prepend":
      return { kind: "prepend", ...written.value };
    default: {
      const [, change, attribute] = SET_CHANGE.exec(written.kind) ?? [];
      const kind = COMMUNITY_KINDS[attribute as keyof typeof COMMUNITY_KINDS];
      return { kind, change: change as SetChange, values: written.value } as Modification;
    }
  }
}
