/** `why` as people read it: what fits, who is named, what is left out. */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { whyLines } from "../../src/cli/why-text.ts";
import type { WhyAnswer } from "../../src/control/why/answer.ts";
import { WhyStage, sequence } from "../support/why-stage.ts";

const PLAIN = { width: undefined, colour: "none" } as const;

function lines(answer: WhyAnswer, width?: number): readonly string[] {
  return whyLines(answer, { width, colour: "none" }, Date.parse(answer.paths[0]?.route.since ?? "1970-01-01T00:00:00Z")).map((line) => line.replace(/since \d\d:\d\d:\d\d/, "since then"));
}

/** A reflector with so many clients, the first of which tells the prefix. */
function reflector(clients: number): WhyStage {
  const names = Array.from({ length: clients }, (_, at) => `node-${at + 1}`);
  const stage = new WhyStage(Object.fromEntries(names.map((name) => [name, { reflectorClient: true }])));
  const [first, ...others] = names.map((name) => stage.join(name));
  if (first) stage.tell(first, { asPath: sequence(65001), localPref: 200 });
  expect(others).toHaveLength(clients - 1);
  return stage;
}

describe("a prefix with one path", () => {
  it("is told from where it came to whom it went", () => {
    expect(lines(reflector(3).why())).toEqual([
      "10.2.0.0/16: 1 path, the best is 1",
      "Received",
      "  1  from node-1 (10.0.0.2), since then, the best",
      "      next hop 10.0.0.99, LOCAL_PREF 200, AS path 65001",
      "      let in by accept-all",
      "Kernel",
      "  not-forwarding: this process keeps no kernel routes",
      "Told",
      "  2 peers: node-2 (10.0.0.3), node-3 (10.0.0.4)",
      "Not told",
      "  node-1 (10.0.0.2)",
      "    split-horizon: the peer told us this path itself (RFC 4456 §6)",
    ]);
  });

  it("says of paths as good as the best that they share its packets, where there are packets", () => {
    const stage = new WhyStage({ a: {}, b: {} }, { router: { asn: 64512, id: "10.0.0.1", multipath: 2 } });
    stage.tell(stage.join("a"), { nextHop: { address: "10.0.0.2" as IpAddress } });
    stage.tell(stage.join("b"), { nextHop: { address: "10.0.0.3" as IpAddress } });
    const answer = stage.why();
    expect(answer.paths.map(({ shares }) => shares)).toEqual(["multipath", "multipath"]);
    const sharing = (kernel: object): readonly string[] => lines({ ...answer, kernel: { ...answer.kernel, ...kernel } }).filter((line) => line.includes("multipath"));
    expect(sharing({}), "a reflector forwards none").toEqual([]);
    expect(sharing({ reason: "installed" }), "the best shares with itself nothing").toHaveLength(1);
  });

  it("names some of many peers, and counts the others", () => {
    expect(lines(reflector(30).why())).toContainEqual("  29 peers: node-2 (10.0.0.3), node-3 (10.0.0.4), node-4 (10.0.0.5), node-5 (10.0.0.6), node-6 (10.0.0.7), node-7 (10.0.0.8) and 23 more");
  });

  it("fits the terminal, a line that goes on standing deeper", () => {
    const narrow = lines(reflector(30).why(), 60);
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(narrow.join("\n")).toContain("\n  29 peers: node-2 (10.0.0.3), node-3 (10.0.0.4), node-4\n    (10.0.0.5),");
  });

  it("is shown to and from one peer, as it is told", () => {
    const text = lines(reflector(3).why({ prefix: "10.2.0.0/16", peer: "node-2" }));
    expect(text.slice(-6)).toEqual([
      expect.stringMatching(/^What node-2 \(10\.0\.0\.3\) told us; Established, since /),
      "  not-received: this peer has not told it to us (RFC 4271 §3.2)",
      "What we tell it",
      "  path 1 told",
      "    by accept-all",
      "    as next hop 10.0.0.99, LOCAL_PREF 200, AS path 65001, originator 10.0.0.2, clusters 10.0.0.1",
    ]);
  });
});

describe("what policy did", () => {
  const CHANGED = { policies: { up: { rules: [{ name: "all", set: [{ localPref: 300 }], then: "accept" }] } } };

  it("is shown beside what came", () => {
    const stage = new WhyStage({ a: { importPolicy: "up" } }, CHANGED);
    stage.tell(stage.join("a"), { localPref: 100 });
    expect(lines(stage.why())).toEqual(expect.arrayContaining(["      let in by up/all: accept everything, with LOCAL_PREF 300", "      changed: localPref 100 -> 300"]));
  });

  it("is shown under its name, whatever is in that", () => {
    const policies = { "rack/7": { rules: [{ name: "in/out", set: [{ localPref: 300 }], then: "accept" }] } };
    const stage = new WhyStage({ a: { importPolicy: "rack/7" } }, { policies });
    stage.tell(stage.join("a"), { localPref: 100 });
    const answer = stage.why();
    expect(answer.paths[0]?.import).toMatchObject({ policy: "rack/7", rule: "in/out" });
    expect(lines(answer)).toContainEqual("      let in by rack/7/in/out: accept everything, with LOCAL_PREF 300");
  });

  it("is not mistaken for that of a policy whose name is spelled alike", () => {
    const policies = { "a/b": { rules: [{ name: "c", then: "accept" }] }, a: { rules: [{ name: "b/c", then: "accept" }] } };
    const stage = new WhyStage({ one: { importPolicy: "a/b" }, two: { importPolicy: "a" } }, { policies });
    for (const name of ["one", "two"]) stage.tell(stage.join(name));
    expect(stage.why().paths.map(({ route, import: { policy, rule } }) => [route.from.peer, policy, rule])).toEqual([["one", "a/b", "c"], ["two", "a", "b/c"]]);
  });

  it("is shown where it kept something back", () => {
    const stage = new WhyStage({ a: { reflectorClient: true }, b: { exportPolicy: "few" } }, { policies: { few: { rules: [{ name: "none", then: "reject" }] } } });
    stage.tell(stage.join("a"));
    stage.join("b");
    expect(lines(stage.why()).slice(-3)).toEqual(["  b (10.0.0.3)", "    export-policy: the export policy refused it (RFC 4271 §9.1.3)", "    few/none: reject everything"]);
  });
});

describe("a prefix that nobody has", () => {
  const stage = new WhyStage({}, { networks: ["10.0.0.0/8", "10.2.1.0/24", "10.2.2.0/24"] });

  it("is said to be that, with what holds it and what lies inside it", () => {
    const answer = stage.why();
    expect(answer).toMatchObject({ known: false, covering: ["10.0.0.0/8"], longer: { count: 2, first: ["10.2.1.0/24", "10.2.2.0/24"] }, told: [] });
    expect(lines(answer)).toEqual(["10.2.0.0/16: nobody has it", "  What holds it: 10.0.0.0/8", "  Inside it: 10.2.1.0/24, 10.2.2.0/24"]);
  });

  it("has the first of those inside it named, in their order, and all of them counted", () => {
    const inside = Array.from({ length: 30 }, (_, at) => `10.2.${at}.0/24`);
    const shuffled = inside.map((_, at) => inside[(at * 7) % 30] as string);
    expect(new WhyStage({}, { networks: shuffled }).why().longer).toEqual({ count: 30, first: inside.slice(0, 20) });
  });

  it("is asked for by an address as well", () => {
    expect(stage.why({ covering: "10.2.1.7" })).toMatchObject({ prefix: "10.2.1.0/24", known: true, covering: ["10.0.0.0/8"] });
    expect(stage.why({ covering: "192.0.2.1" })).toMatchObject({ prefix: "192.0.2.1/32", known: false, covering: [], longer: { count: 0, first: [] } });
  });
});

describe("what belongs to this host", () => {
  it("is a block, or a workload of one", () => {
    const stage = new WhyStage({ a: {} }, { blocks: ["10.2.0.0/24"] });
    stage.us.absorb({ kind: "workloads", prefixes: ["10.2.0.7/32" as never] });
    stage.join("a");
    expect(lines(stage.why({ prefix: "10.2.0.0/24" }))[1]).toBe("  It is a block of this host.");
    expect(lines(stage.why({ covering: "10.2.0.7" })).slice(1, 3)).toEqual(["  It is a block of this host.", "  10.2.0.7/32 is a workload of this host."]);
    const workload = stage.why({ prefix: "10.2.0.7/32" });
    expect(workload.known).toBe(true);
    expect(lines(workload)).toEqual([
      "10.2.0.7/32: a workload of this host",
      "  It lies in 10.2.0.0/24, a block of this host.",
      "  Held by 10.2.0.0/24",
      "Kernel",
      "  not-forwarding: this process keeps no kernel routes",
      "Not told",
      "  a (10.0.0.2)",
      "    inside-own-block: it is a workload inside a block of this host: the block is told in its place",
    ]);
  });
});

it("has colours where there are colours", () => {
  expect(whyLines(reflector(2).why(), { ...PLAIN, colour: "ansi" }, 0).filter((line) => line.includes("\u001B[32m"))).toHaveLength(2);
});

it("asks for one of prefix and address, and for a peer that there is", () => {
  const stage = new WhyStage({ a: {} });
  expect(() => stage.why({})).toThrow('expected \\"prefix\\" or \\"covering\\"');
  expect(() => stage.why({ prefix: "10.2.0.0/16", covering: "10.2.0.1" })).toThrow('expected \\"prefix\\" or \\"covering\\"');
  expect(() => stage.why({ prefix: "10.2.0.0/16", peer: "b" })).toThrow("no such peer: b");
  expect(stage.why({ prefix: "10.2.0.0/16", peer: "10.0.0.2" }).peer).toMatchObject({ name: "a", state: "Active", told: [{ reason: "no-session" }] });
});
