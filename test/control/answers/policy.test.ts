/** `policy PEER`: rules in words, and what an operator reads of a Calico node's session. */

import { describe, expect, it } from "vitest";
import type { Condition, Modification } from "../../../src/bgp/policy/policy.ts";
import { kernelLines, policyLines } from "../../../src/cli/policy.ts";
import { kernelRuleRows, policyAnswer } from "../../../src/control/answers/policy.ts";
import { conditionWords, modificationWords, ruleWords } from "../../../src/control/text/policy.ts";
import type { PeerView } from "../../../src/speaker/view.ts";
import { block, configOf, configuration, filter, node, peer, pool, session } from "../../support/calico.ts";
import { FakeView } from "../../support/fake-view.ts";

const list = (...entries: readonly object[]): Condition => ({ kind: "prefix-list", list: { name: "list", entries: entries as never } });

describe("words", () => {
  it.each<readonly [Condition, string]>([
    [list({ prefix: "10.0.0.0/8" }), "is 10.0.0.0/8"],
    [list({ prefix: "10.0.0.0/8", le: 32 }, { prefix: "fd00::/8", le: 128 }), "is in 10.0.0.0/8 or in fd00::/8"],
    [list({ prefix: "10.0.0.1/32", le: 32 }), "is 10.0.0.1/32"],
    [list({ prefix: "10.0.0.0/8", ge: 24 }), "is in 10.0.0.0/8 with a length from 24 to 32"],
    [list({ prefix: "10.0.0.0/8", ge: 26, le: 26 }), "is in 10.0.0.0/8 with a length of 26"],
    [list(...Array.from({ length: 9 }, (_, i) => ({ prefix: `10.${i}.0.0/16` }))), "is 10.0.0.0/16, 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16, 10.4.0.0/16, 10.5.0.0/16 or one of 3 more"],
    [{ kind: "not", condition: list({ prefix: "10.0.0.0/8", le: 32 }) }, "is not in 10.0.0.0/8"],
    [{ kind: "not", condition: { kind: "community", anyOf: [64512 * 65536 + 1] } }, "does not have community 64512:1"],
    [{ kind: "not", condition: { kind: "not", condition: { kind: "family", family: "ipv6" } } }, "is IPv6"],
    [{ kind: "source", anyOf: ["internal", "external"] }, "comes from a peer in our AS or a peer in another AS"],
    [{ kind: "interface", anyOf: ["*.cali", "tunl0"] }, "leads to interface *.cali or tunl0"],
    [{ kind: "as-path", test: { kind: "begins-with", asns: [1, 2] } }, "has a path that begins with 1 2"],
    [{ kind: "local-pref", atLeast: 100, atMost: 100 }, "has LOCAL_PREF 100"],
    [{ kind: "local-pref", atLeast: 5, atMost: 0xffffffff }, "has LOCAL_PREF from 5"],
    [{ kind: "local-pref", atLeast: 0, atMost: 9 }, "has LOCAL_PREF up to 9"],
    [{ kind: "next-hop-in", anyOf: ["10.0.0.0/24" as never] }, "has a next hop in 10.0.0.0/24"],
  ])("for a condition: %o", (condition, words) => {
    expect(conditionWords(condition)).toBe(words);
  });

  it.each<readonly [Modification, string]>([
    [{ kind: "communities", change: "add", values: [0xffffff01] }, "with community no-export"],
    [{ kind: "large-communities", change: "replace", values: [] }, "without any large community"],
    [{ kind: "prepend", asn: 65000, times: 2 }, "with AS 65000 put before its path 2 times"],
    [{ kind: "med", value: undefined }, "without MED"],
  ])("for a change: %o", (modification, words) => {
    expect(modificationWords(modification)).toBe(words);
  });

  it("for a rule", () => {
    const when: readonly Condition[] = [{ kind: "family", family: "ipv4" }, { kind: "source", anyOf: ["block"] }];
    expect(ruleWords({ name: "1", when, set: [{ kind: "local-pref", value: 7 }], then: "accept" })).toBe("accept what is IPv4 and comes from a block of this host, with LOCAL_PREF 7");
    expect(ruleWords({ name: "1", when: [], set: [], then: "reject" })).toBe("reject everything");
    expect(ruleWords({ name: "1", when: [], set: [{ kind: "med", value: 1 }], then: "continue" })).toBe("go on with everything, with MED 1");
  });
});

describe("which routes the kernel gets", () => {
  it("is said in words too", () => {
    const view = new FakeView();
    expect(kernelLines(kernelRuleRows(view))).toEqual(["What the kernel gets from us", "  otherwise  program everything"]);
    const entries = [node(1), pool("192.168.0.0/16", { ipipMode: "CrossSubnet" }, "cross"), pool("10.7.0.0/16", { vxlanMode: "Always" }, "vxlan"), configuration({ programClusterRoutes: "Enabled", serviceClusterIPs: [{ cidr: "10.96.0.0/12" }] })];
    view.kernelRules.push(...configOf(entries).speaker.forwarding);
    expect(kernelLines(kernelRuleRows(view))).toEqual([
      "What the kernel gets from us",
      "  service-range         leave what is in 10.96.0.0/12 to others",
      "  vxlan                 leave what is in 10.7.0.0/16 to others",
      "  cross-in-own-network  program what is in 192.168.0.0/16 and has a next hop in 10.0.0.0/24",
      "  cross                 program what is in 192.168.0.0/16, through tunl0",
      "  otherwise             program the rest",
    ]);
  });
});

describe("a session of a Calico node", () => {
  it("is explained in both directions", () => {
    const entries = [
      node(1), node(2), pool("192.168.0.0/16"), block("192.168.40.0/26"),
      peer("tor", { peerIP: "10.0.0.254", asNumber: 65001, filters: ["only-default"] }),
      filter("only-default", { importV4: [{ action: "Accept", cidr: "0.0.0.0/0", matchOperator: "Equal" }, { action: "Reject" }] }),
      configuration({ prefixAdvertisements: [{ cidr: "192.168.0.0/16", communities: ["64512:100"] }] }),
    ];
    const config = session(entries, "Global_10_0_0_254");
    const view = new FakeView();
    const answer = policyAnswer({ name: config.name, config } as PeerView, view);
    expect(policyLines(answer)).toEqual([
      "10.0.0.254  Global_10_0_0_254",
      "",
      "What it tells us (policy import-ipv4-ebgp only-default)",
      "  Hits  Rule",
      "     0  only-default/1  accept what is 0.0.0.0/0",
      "     0  only-default/2  reject everything",
      "     0  otherwise       accept the rest",
      "",
      "What we tell it (policy export-ipv4-ebgp only-default)",
      "  Hits  Rule",
      "     0  bpf-interface                   reject what leads to interface bpf*.cali",
      "     0  communities-for-192.168.0.0/16  go on with what is in 192.168.0.0/16, with community 64512:100",
      "     0  own-block                       accept what is 192.168.40.0/26",
      "     0  elevated-in-own-block           accept what is in 192.168.40.0/26 and has LOCAL_PREF from 2147482624 to 2147483646",
      "     0  in-own-block                    reject what is in 192.168.40.0/26",
      "     0  pool                            accept what is in 192.168.0.0/16",
      "     0  otherwise                       reject the rest",
    ]);
  });
});
