/**
 * Policies: every condition, every modification, the order of rules, and shared attribute sets that stay shared.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { present } from "../../src/ip/assert.ts";
import { parseAddress } from "../../src/ip/address.ts";
import { type Prefix, parsePrefix, prefixLength, prefixToBytes, prefixVersion } from "../../src/ip/prefix.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { OTHERWISE, type PolicyRoute, dependsOnPrefix, evaluate } from "../../src/bgp/policy/evaluate.ts";
import { modify } from "../../src/bgp/policy/modify.ts";
import { ACCEPT_ALL, type Condition, type Modification, type Policy, type PolicyRule, REJECT_ALL } from "../../src/bgp/policy/policy.ts";

const NEXT_HOP = present(parseAddress("10.0.0.1"), "an address");
const OTHER_HOP = present(parseAddress("10.0.0.2"), "an address");
const LARGE = { global: 64512, local1: 1, local2: 2 };
const ROUTE_TARGET = 0x0002_fc00_0000_0064n;

const TAGGED: PathAttributes = {
  origin: "igp",
  asPath: [{ kind: "sequence", asns: [65001, 65002] }, { kind: "set", asns: [65003, 65004] }, { kind: "sequence", asns: [65005] }],
  nextHop: { address: NEXT_HOP },
  med: 10,
  localPref: 200,
  communities: [0xfc000001, 0xffffff01],
  largeCommunities: [LARGE],
  extendedCommunities: [ROUTE_TARGET],
};

const BARE: PathAttributes = { origin: "incomplete", asPath: [] };

function route(attributes: PathAttributes, text = "10.65.0.0/26", source: PolicyRoute["source"] = "internal", name = ""): PolicyRoute {
  const prefix = present(parsePrefix(text), text);
  return { family: prefixVersion(prefix) === 4 ? "ipv4" : "ipv6", bytes: prefixToBytes(prefix), at: 0, bits: prefixLength(prefix), attributes, source, interface: name };
}

function policyOf(...rules: readonly Partial<PolicyRule>[]): Policy {
  return { name: "test", rules: rules.map((rule, index) => ({ name: `rule ${index + 1}`, when: [], set: [], then: "accept", ...rule })), otherwise: "reject" };
}

function holds(condition: Condition, asked: PolicyRoute): boolean {
  return evaluate(policyOf({ when: [condition] }), asked).accepted !== undefined;
}

const pools = { name: "pools", entries: [{ prefix: present(parsePrefix("10.65.0.0/16"), "a prefix"), ge: 26 }] };

const CONDITIONS: readonly (readonly [what: string, condition: Condition, yes: PolicyRoute, no: PolicyRoute])[] = [
  ["the prefix is in a list", { kind: "prefix-list", list: pools }, route(BARE), route(BARE, "10.65.0.0/16")],
  ["it has one of these communities", { kind: "community", anyOf: [1, 0xffffff01] }, route(TAGGED), route(BARE)],
  ["it has one of these large communities", { kind: "large-community", anyOf: [{ ...LARGE }] }, route(TAGGED), route({ largeCommunities: [{ ...LARGE, local2: 3 }] })],
  ["it has one of these extended communities", { kind: "extended-community", anyOf: [ROUTE_TARGET] }, route(TAGGED), route({ extendedCommunities: [1n] })],
  ["its AS_PATH contains an AS, be it in a set", { kind: "as-path", test: { kind: "contains", asn: 65004 } }, route(TAGGED), route(BARE)],
  ["its neighbour is that AS", { kind: "as-path", test: { kind: "starts-with", asn: 65001 } }, route(TAGGED), route({ asPath: [{ kind: "sequence", asns: [65002, 65001] }] })],
  ["its AS_PATH begins with these ASes", { kind: "as-path", test: { kind: "begins-with", asns: [65001, 65002] } }, route(TAGGED), route({ asPath: [{ kind: "sequence", asns: [65001] }] })],
  ["a set is no beginning", { kind: "not", condition: { kind: "as-path", test: { kind: "begins-with", asns: [65001, 65002, 65003] } } }, route(TAGGED), route({ asPath: [{ kind: "sequence", asns: [65001, 65002, 65003] }] })],
  ["its next hop is in one of these prefixes", { kind: "next-hop-in", anyOf: [present(parsePrefix("10.0.0.0/31"), "a prefix")] }, route(TAGGED), route({ nextHop: { address: OTHER_HOP } })],
  ["its LOCAL_PREF is in that range", { kind: "local-pref", atLeast: 200, atMost: 300 }, route(TAGGED), route(BARE)],
  ["without LOCAL_PREF it has 100", { kind: "local-pref", atLeast: 100, atMost: 100 }, route(BARE), route(TAGGED)],
  ["it leads to one of these interfaces", { kind: "interface", anyOf: ["eth0", "*.cal?"] }, route(BARE, undefined, "kernel", "bpfin.cali"), route(BARE, undefined, "kernel", "bpfin.calico")],
  ["no interface is none of them", { kind: "not", condition: { kind: "interface", anyOf: ["eth*", "?"] } }, route(BARE), route(BARE, undefined, "kernel", "eth")],
  ["that AS announced it first", { kind: "as-path", test: { kind: "originated-by", asn: 65005 } }, route(TAGGED), route({ asPath: [{ kind: "sequence", asns: [65005, 65001] }] })],
  ["its AS_PATH is empty", { kind: "as-path", test: { kind: "empty" } }, route({}), route(TAGGED)],
  ["its AS_PATH counts at most four", { kind: "as-path", test: { kind: "at-most", length: 4 } }, route(TAGGED), route({ asPath: [{ kind: "sequence", asns: [1, 2, 3, 4, 5] }] })],
  ["it came from this machine", { kind: "source", anyOf: ["network", "workload"] }, route(BARE, undefined, "workload"), route(BARE, undefined, "block")],
  ["it is of that family", { kind: "family", family: "ipv6" }, route(BARE, "fd00::/64"), route(BARE)],
  ["it has one of these next hops", { kind: "next-hop", anyOf: [OTHER_HOP, NEXT_HOP] }, route(TAGGED), route(BARE)],
  ["another condition does not hold", { kind: "not", condition: { kind: "family", family: "ipv6" } }, route(BARE), route(BARE, "fd00::/64")],
];

describe("a condition holds when", () => {
  for (const [what, condition, yes, no] of CONDITIONS) {
    it(what, () => {
      expect([holds(condition, yes), holds(condition, no)]).toEqual([true, false]);
      expect([holds({ kind: "not", condition }, yes), holds({ kind: "not", condition }, no)]).toEqual([false, true]);
    });
  }
});

const MODIFICATIONS: readonly (readonly [what: string, modification: Modification, before: PathAttributes, after: PathAttributes])[] = [
  ["sets LOCAL_PREF", { kind: "local-pref", value: 300 }, TAGGED, { ...TAGGED, localPref: 300 }],
  ["sets MED", { kind: "med", value: 0 }, { origin: "igp" }, { origin: "igp", med: 0 }],
  ["takes MED off", { kind: "med", value: undefined }, { origin: "igp", med: 0 }, { origin: "igp" }],
  ["sets ORIGIN", { kind: "origin", value: "egp" }, { origin: "igp" }, { origin: "egp" }],
  ["sets the next hop, without the old one's link-local", { kind: "next-hop", address: NEXT_HOP }, { nextHop: { address: NEXT_HOP, linkLocal: OTHER_HOP } }, { nextHop: { address: NEXT_HOP } }],
  ["adds communities that are missing, once", { kind: "communities", change: "add", values: [2, 1, 2] }, { communities: [1] }, { communities: [1, 2] }],
  ["adds communities where there were none", { kind: "communities", change: "add", values: [2] }, {}, { communities: [2] }],
  ["removes communities", { kind: "communities", change: "remove", values: [1, 9] }, { communities: [1, 2] }, { communities: [2] }],
  ["takes the attribute off with its last community", { kind: "communities", change: "remove", values: [1] }, { origin: "igp", communities: [1] }, { origin: "igp" }],
  ["replaces communities", { kind: "communities", change: "replace", values: [3] }, { communities: [1, 2] }, { communities: [3] }],
  ["replaces communities by none", { kind: "communities", change: "replace", values: [] }, { communities: [1, 2] }, {}],
  ["removes large communities by value", { kind: "large-communities", change: "remove", values: [{ ...LARGE }] }, { largeCommunities: [LARGE] }, {}],
  ["adds extended communities", { kind: "extended-communities", change: "add", values: [ROUTE_TARGET] }, { extendedCommunities: [1n] }, { extendedCommunities: [1n, ROUTE_TARGET] }],
  ["prepends an AS, times over", { kind: "prepend", asn: 64512, times: 2 }, { asPath: [{ kind: "sequence", asns: [65001] }] }, { asPath: [{ kind: "sequence", asns: [64512, 64512, 65001] }] }],
  ["prepends to nothing", { kind: "prepend", asn: 64512, times: 1 }, {}, { asPath: [{ kind: "sequence", asns: [64512] }] }],
];

/** Each would leave TAGGED as it is. */
const IDLE: readonly Modification[] = [
  { kind: "local-pref", value: 200 },
  { kind: "med", value: 10 },
  { kind: "origin", value: "igp" },
  { kind: "next-hop", address: NEXT_HOP },
  { kind: "communities", change: "add", values: [0xffffff01] },
  { kind: "communities", change: "remove", values: [7] },
  { kind: "communities", change: "replace", values: [0xfc000001, 0xffffff01] },
  { kind: "large-communities", change: "add", values: [{ ...LARGE }] },
  { kind: "large-communities", change: "replace", values: [{ ...LARGE }] },
  { kind: "extended-communities", change: "remove", values: [] },
  { kind: "prepend", asn: 64512, times: 0 },
];

describe("a modification", () => {
  for (const [what, modification, before, after] of MODIFICATIONS) {
    it(what, () => {
      const copy = structuredClone(before);
      expect(modify(before, modification)).toStrictEqual(after);
      expect(before).toStrictEqual(copy);
    });
  }

  it("that changes nothing gives back the same object", () => {
    for (const modification of IDLE) expect(modify(TAGGED, modification), JSON.stringify(modification.kind)).toBe(TAGGED);
    const bare: PathAttributes = {};
    for (const kind of ["communities", "large-communities", "extended-communities"] as const) expect(modify(bare, { kind, change: "replace", values: [] })).toBe(bare);
    expect(modify(bare, { kind: "med", value: undefined })).toBe(bare);
  });
});

describe("a policy", () => {
  it("accept-all and reject-all do what they are called, and change nothing", () => {
    expect(evaluate(ACCEPT_ALL, route(TAGGED))).toEqual({ accepted: TAGGED, rule: OTHERWISE });
    expect(evaluate(ACCEPT_ALL, route(TAGGED)).accepted).toBe(TAGGED);
    expect(evaluate(REJECT_ALL, route(TAGGED))).toEqual({ accepted: undefined, rule: OTHERWISE });
  });

  it("is decided by the first rule whose conditions all hold [5.7-policy]", () => {
    const policy = policyOf(
      { when: [{ kind: "family", family: "ipv4" }, { kind: "community", anyOf: [5] }], then: "reject" },
      { when: [{ kind: "family", family: "ipv4" }], then: "accept" },
      { then: "reject" },
    );
    expect(evaluate(policy, route(BARE)).rule).toBe("rule 2");
    expect(evaluate(policy, route({ communities: [5] }))).toEqual({ accepted: undefined, rule: "rule 1" });
    expect(evaluate(policy, route(BARE, "fd00::/64")).rule).toBe("rule 3");
  });

  it("goes on after `continue` with the modified route", () => {
    const policy = policyOf(
      { set: [{ kind: "communities", change: "add", values: [7] }], then: "continue" },
      { when: [{ kind: "community", anyOf: [7] }], set: [{ kind: "local-pref", value: 50 }] },
    );
    expect(evaluate(policy, route(BARE))).toEqual({ accepted: { ...BARE, communities: [7], localPref: 50 }, rule: "rule 2" });
  });

  it("keeps what `continue` changed when it accepts otherwise", () => {
    const policy: Policy = { ...policyOf({ set: [{ kind: "med", value: 3 }], then: "continue" }), otherwise: "accept" };
    expect(evaluate(policy, route(BARE))).toEqual({ accepted: { ...BARE, med: 3 }, rule: OTHERWISE });
  });

  it("makes one object of one: routes that shared an attribute set go on sharing one", () => {
    const policy = policyOf({ when: [{ kind: "prefix-list", list: pools }], set: [{ kind: "local-pref", value: 50 }, { kind: "prepend", asn: 64512, times: 1 }] });
    const first = evaluate(policy, route(TAGGED, "10.65.0.0/26")).accepted;
    expect(evaluate(policy, route(TAGGED, "10.65.0.64/26")).accepted).toBe(first);
    expect(first?.localPref).toBe(50);
  });

  it("says whether it depends on the prefix, however deep the question hides", () => {
    const inList: Condition = { kind: "prefix-list", list: pools };
    expect(dependsOnPrefix(ACCEPT_ALL)).toBe(false);
    expect(dependsOnPrefix(policyOf({ when: [{ kind: "family", family: "ipv4" }] }))).toBe(false);
    expect(dependsOnPrefix(policyOf({}, { when: [{ kind: "family", family: "ipv4" }, inList] }))).toBe(true);
    expect(dependsOnPrefix(policyOf({ when: [{ kind: "not", condition: { kind: "not", condition: inList } }] }))).toBe(true);
  });

  it("that does not depend on the prefix judges all prefixes of a family alike", () => {
    const conditions = CONDITIONS.map(([, condition]) => condition).filter(({ kind }) => kind !== "prefix-list");
    const rule = fc.record({
      when: fc.subarray(conditions, { maxLength: 2 }),
      set: fc.subarray(MODIFICATIONS.map(([, modification]) => modification), { maxLength: 2 }),
      then: fc.constantFrom("accept" as const, "reject" as const, "continue" as const, "continue" as const),
    });
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), fc.constantFrom(TAGGED, BARE), (rules, attributes) => {
        const policy = policyOf(...rules);
        expect(dependsOnPrefix(policy)).toBe(false);
        const [one, other] = (["10.0.0.0/8", "192.0.2.1/32"] as Prefix[]).map((text) => evaluate(policy, route(attributes, text)));
        expect(one?.accepted).toBe(other?.accepted);
        expect(one?.rule).toBe(other?.rule);
        if (one?.accepted) accepted++;
        else refused++;
      }),
      { numRuns: 500 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(50);
  });
});
