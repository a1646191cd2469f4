/** Paths as somebody asks for them: what a peer sent and what it was told, inside a prefix, by attributes; in order, and with breaths. */

import { beforeEach, describe, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import { answer } from "../../src/control/commands.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { quietLook } from "../support/quiet-look.ts";
import { PREFIX, WhyStage } from "../support/why-stage.ts";

const US = "10.0.0.1";
const THEM = "10.0.0.2";
const OTHER = "10.0.0.3";

let us: TestSpeaker;
let network: Network;

beforeEach(() => {
  network = new Network();
  us = network.add(US, {
    router: { asn: 64512, id: US },
    networks: ["10.1.0.0/16"],
    prefixLists: { short: [{ prefix: "0.0.0.0/0", le: 16 }] },
    policies: {
      in: { rules: [{ name: "only-short", when: [{ prefixList: "short" }], set: [{ localPref: 300 }], then: "accept" }] },
      out: { rules: [{ set: [{ addCommunities: ["64512:1"] }], then: "accept" }] },
    },
    peers: [
      { name: "them", address: THEM, asn: 64512, importPolicy: "in", reflectorClient: true },
      { name: "other", address: OTHER, asn: 65003, importPolicy: "accept-all", exportPolicy: "out" },
    ],
  });
  const sets = [{ addLargeCommunities: ["64512:1:2"] }, { addExtendedCommunities: ["rt:64512:9"] }];
  network.add(THEM, { router: { asn: 64512, id: THEM }, networks: ["10.2.0.0/16", "10.2.3.0/24", "9.0.0.0/8"], policies: { out: { rules: [{ set: sets, then: "accept" }] } }, peers: [{ name: "us", address: US, asn: 64512, exportPolicy: "out" }] });
  network.add(OTHER, { router: { asn: 65003, id: OTHER }, networks: ["10.2.0.0/16"], peers: [{ name: "us", address: US, asn: 64512, exportPolicy: "accept-all", importPolicy: "accept-all" }] });
  network.run(30_000);
});

function rows(args: object): readonly RouteRow[] {
  const reply = answer(quietLook(us.speaker.view()), "routes", args);
  if (reply.kind !== "rows") throw new Error(JSON.stringify(reply));
  return [...reply.rows].filter((row) => row !== undefined) as readonly RouteRow[];
}

const prefixes = (args: object): readonly string[] => rows(args).map(({ prefix }) => prefix);

it("what a peer sent is shown as it sent it, with what was refused and by which rule", () => {
  expect(rows({ in: "them" }).map(({ prefix, localPref, rejectedBy }) => [prefix, localPref, rejectedBy])).toEqual([
    ["9.0.0.0/8", 100, null],
    ["10.2.0.0/16", 100, null],
    ["10.2.3.0/24", 100, "import-policy in/otherwise"],
  ]);
  expect(rows({ from: "them" }).map(({ localPref }) => localPref)).toEqual([300, 300, 100]);
  expect(prefixes({ in: THEM, rejected: true })).toEqual(["10.2.3.0/24"]);
});

it("what a peer was told is shown as it was told, and nothing that it told itself", () => {
  expect(rows({ out: "other" }).map(({ prefix, nextHop, asPath, communities }) => [prefix, nextHop, asPath, communities])).toEqual([
    ["9.0.0.0/8", US, "64512", ["64512:1"]],
    ["10.1.0.0/16", US, "64512", ["64512:1"]],
    ["10.2.0.0/16", US, "64512", ["64512:1"]],
  ]);
  expect(prefixes({ out: "them" })).toEqual(["10.1.0.0/16"]);
});

it("filters narrow it down, together", () => {
  expect(prefixes({ longer: "10.2.0.0/15", best: true })).toEqual(["10.2.0.0/16"]);
  expect(prefixes({ longer: "10.2.0.0/16" })).toEqual(["10.2.0.0/16", "10.2.0.0/16", "10.2.3.0/24"]);
  expect(prefixes({ largeCommunity: "64512:1:2", best: true })).toEqual(["9.0.0.0/8", "10.2.0.0/16"]);
  expect(prefixes({ extendedCommunity: "rt:64512:9", prefix: "10.2.0.0/16" })).toEqual(["10.2.0.0/16"]);
  expect(prefixes({ extendedCommunity: "rt:64512:8" })).toEqual([]);
  expect(prefixes({ out: "other", community: "64512:1", longer: "10.0.0.0/8" })).toEqual(["10.1.0.0/16", "10.2.0.0/16"]);
  expect(prefixes({ asPath: "65003" })).toEqual(["10.2.0.0/16"]);
  expect(prefixes({ asPath: "^$" })).toHaveLength(4);
  expect(prefixes({ family: "ipv6" })).toEqual([]);
});

it("IPv4 comes before IPv6, each by address, the shorter first", () => {
  us.configure({ router: { asn: 64512, id: US }, networks: ["fd00::/8", "10.9.0.0/16", "10.9.0.0/24", "10.10.0.0/16", "2001:db8::/32", "1.0.0.0/8"], peers: [] });
  network.run(1_000);
  expect(prefixes({})).toEqual(["1.0.0.0/8", "10.9.0.0/16", "10.9.0.0/24", "10.10.0.0/16", "2001:db8::/32", "fd00::/8"]);
});

it("a long table is read with breaths in between, also where nothing fits", () => {
  us.configure({ router: { asn: 64512, id: US }, networks: Array.from({ length: 1_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`), peers: [] });
  network.run(1_000);
  for (const args of [{}, { community: "1:1" }, { longer: "11.0.0.0/8" }]) {
    const reply = answer(quietLook(us.speaker.view()), "routes", args);
    expect(reply.kind === "rows" && [...reply.rows].filter((row) => row === undefined).length).toBeGreaterThanOrEqual(3);
  }
});

describe("a prefix with many paths", () => {
  const SENDS = { capabilities: [{ kind: "add-path" as const, entries: [{ ...FAMILIES.ipv4, mode: "send" as const }] }], context: { addPathSend: new Set(["ipv4" as const]) } };
  const PATHS = 1_000;

  it("is listed with breaths, also where none of its paths fits", () => {
    const stage = new WhyStage({ a: { addPath: "receive", maxPathsPerPrefix: PATHS }, b: {} });
    const [a, b] = [stage.join("a", SENDS), stage.join("b")];
    for (let pathId = 1; pathId <= PATHS; pathId++) stage.tell(a, {}, { pathId });
    stage.tell(b);
    stage.network.run(1_000);
    const listed = (args: object): readonly (object | undefined)[] => {
      const reply = answer(quietLook(stage.us.speaker.view()), "routes", args);
      return reply.kind === "rows" ? [...reply.rows] : [];
    };
    const breaths = (args: object): number => listed(args).filter((row) => row === undefined).length;
    expect(listed({}).filter((row) => row !== undefined)).toHaveLength(PATHS + 1);
    expect(breaths({ asPath: "^65001_" })).toBeGreaterThanOrEqual(Math.floor(PATHS / 256));
    expect(breaths({ community: "1:1" })).toBeGreaterThanOrEqual(Math.floor(PATHS / 256));
    expect(breaths({ from: "b" }), "to put them all in order for one is work too").toBeGreaterThanOrEqual(1);
  });

  it("shows none of another prefix that took the number of a path meanwhile", () => {
    const stage = new WhyStage({ a: {}, b: {} });
    const [a, b] = [stage.join("a"), stage.join("b")];
    stage.tell(a, { localPref: 200 });
    stage.tell(b, { localPref: 100 });
    stage.network.run(1_000);
    const listing = stage.us.speaker.view().walkRoutes({ prefix: PREFIX as Prefix })[Symbol.iterator]();
    expect(listing.next().value).toMatchObject({ prefix: PREFIX, attributes: { localPref: 200 } });
    stage.withdraw(b);
    for (let i = 0; i < 8; i++) {
      stage.tell(b, { localPref: 300 }, { prefix: `10.9.${i}.0/24` });
      stage.network.run(1_000);
    }
    expect([...{ [Symbol.iterator]: () => listing }].filter((route) => route !== undefined)).toEqual([]);
  });
});

it("of one family shows none of the other, also where a number passes from one to the other meanwhile", () => {
  const configure = (last: readonly string[]): void => {
    us.configure({ router: { asn: 64512, id: US }, networks: [...Array.from({ length: 300 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`), ...last], peers: [] });
    network.run(1_000);
  };
  configure(["20.0.0.0/8", "21.0.0.0/8"]);
  const listing = us.speaker.view().walkRoutes({ family: "ipv4" })[Symbol.iterator]();
  const listed: string[] = [];
  for (let next = listing.next(); next.value !== undefined; next = listing.next()) listed.push(next.value.prefix);
  expect(listed).not.toContain("20.0.0.0/8");
  for (let count = 0; count < 8; count++) configure(["21.0.0.0/8", ...Array.from({ length: count }, (_, at) => `2001:db8:${at}::/48`)]);
  for (let next = listing.next(); !next.done; next = listing.next()) if (next.value) listed.push(next.value.prefix);
  expect([listed.at(-1), listed.filter((prefix) => prefix.includes(":"))]).toEqual(["21.0.0.0/8", []]);
});

it.each([
  [{ in: "them", out: "them" }, "in, out, from: one of them"],
  [{ best: true, rejected: true }, "best, rejected"],
  [{ out: "them", rejected: true }, "out, rejected"],
  [{ prefix: "10.0.0.0/8", longer: "10.0.0.0/8" }, "prefix, covering, longer"],
  [{ in: "thm" }, "no such peer: thm: did you mean them?"],
  [{ community: "64512" }, 'community: "64512", expected a community such as "64512:100" or "no-export"'],
  [{ asPath: "(" }, "expected an AS number such as 65001, or a regular expression"],
  [{ asPath: "0" }, "expected an AS number"],
  [{ longer: "10.0.0.1/8" }, "expected a prefix with clear host bits"],
])("%j makes no sense, and why is said", (args, complaint) => {
  expect(answer(quietLook(us.speaker.view()), "routes", args)).toEqual({ kind: "refused", reason: expect.stringContaining(complaint) });
});
