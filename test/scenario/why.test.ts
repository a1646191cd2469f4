/** Every reason that `why` may give, each in a small play in which it must appear, at its place; and none without a play. */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { COMMUNITY } from "../../src/bgp/wire/code-points.ts";
import type { DecisionOptions } from "../../src/bgp/rib/decide.ts";
import type { NextHopView } from "../../src/bgp/rib/next-hop.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { WhyAnswer } from "../../src/control/why/answer.ts";
import { REASONS, type ReasonToken } from "../../src/speaker/queries/reasons.ts";
import { freshKernel, OURS } from "../fib/reconcile-kit.ts";
import { AS, PREFIX, WhyStage, sequence, withKernel } from "../support/why-stage.ts";

/** Where in the answer the reason must stand. */
type Place = (answer: WhyAnswer) => ReasonToken | null | undefined;

interface Play {
  readonly token: ReasonToken;
  readonly when: string;
  readonly at: Place;
  play(): WhyAnswer | Promise<WhyAnswer>;
}

const came = (number: number): Place => ({ paths }) => paths[number - 1]?.import.reason;
const chosen = (number: number): Place => ({ paths }) => paths[number - 1]?.decision?.reason;
const kernelIs: Place = ({ kernel }) => kernel.reason;
const kernelFor: Place = ({ kernel }) => kernel.purpose;
const towards = (name: string): Place => ({ told }) => told.find(({ peers }) => peers.some((peer) => peer.name === name))?.reason;

const PASS = { importPolicy: "accept-all", exportPolicy: "accept-all" };
const EXTERNAL = { asn: 65001, ...PASS };
const CLIENT = { reflectorClient: true };

/** One peer tells the prefix with these attributes. */
function heardFrom(options: object, attributes: Parameters<WhyStage["tell"]>[1] = {}, asn = AS, more: object = {}): WhyAnswer {
  const stage = new WhyStage({ a: { asn, ...options } }, more);
  stage.tell(stage.join("a", { asn }), attributes);
  return stage.why();
}

/** Two peers in our AS tell the prefix, each with its attributes. */
function between(first: Parameters<WhyStage["tell"]>[1], second: Parameters<WhyStage["tell"]>[1], nextHops?: NextHopView): WhyAnswer {
  const stage = new WhyStage({ a: {}, b: {} }, {}, nextHops);
  stage.tell(stage.join("a"), first);
  stage.tell(stage.join("b"), second);
  return stage.why();
}

/** `a`, a client of ours, tells the prefix; `b` is another neighbour. */
function passedOn(attributes: Parameters<WhyStage["tell"]>[1], b: object = EXTERNAL, a: object = CLIENT): WhyAnswer {
  const stage = new WhyStage({ a, b });
  stage.tell(stage.join("a"), attributes);
  stage.join("b", { asn: "asn" in b ? Number(b.asn) : AS });
  return stage.why();
}

/** b takes nothing from a moment on that the test chooses. */
function shut(play: (stage: WhyStage, a: ReturnType<WhyStage["join"]>, b: ReturnType<WhyStage["join"]>) => void): WhyAnswer {
  const stage = new WhyStage({ a: CLIENT, b: CLIENT });
  const [a, b] = [stage.join("a"), stage.join("b")];
  play(stage, a, b);
  return stage.why();
}

function forwarded(attributes: Parameters<WhyStage["tell"]>[1] = {}, options: object = {}, more: object = {}): WhyStage {
  const stage = new WhyStage({ a: options }, more);
  stage.tell(stage.join("a"), { nextHop: { address: "10.0.0.2" as IpAddress }, ...attributes });
  return stage;
}

const STATIC = { kind: "via", hops: [{ device: 3, gateway: undefined, onLink: false }], source: undefined } as const;

const IMPORT: readonly Play[] = [
  { token: "accepted", when: "the policy lets it in", at: came(1), play: () => heardFrom({}) },
  { token: "originated", when: "it is a network of ours", at: came(1), play: () => new WhyStage({}, { networks: [PREFIX] }).why() },
  {
    token: "not-received", when: "another peer told it", at: ({ peer }) => peer?.received.reason,
    play() {
      const stage = new WhyStage({ a: {}, b: {} });
      stage.tell(stage.join("a"));
      stage.join("b");
      return stage.why({ prefix: PREFIX, peer: "b" });
    },
  },
  {
    token: "path-limit", when: "the peer tells more paths than it may", at: ({ peer }) => peer?.received.reason,
    play() {
      const stage = new WhyStage({ a: { addPath: "receive", maxPathsPerPrefix: 2 } });
      const entries = [{ ...FAMILIES.ipv4, mode: "send" as const }];
      const a = stage.join("a", { capabilities: [{ kind: "add-path", entries }], context: { addPathSend: new Set(["ipv4"]) } });
      for (const pathId of [1, 2, 3]) stage.tell(a, {}, { pathId });
      return stage.why({ prefix: PREFIX, peer: "a" });
    },
  },
  {
    token: "kept", when: "the peer has gone to come back", at: ({ paths }) => paths[0]?.note,
    play() {
      const stage = new WhyStage({ a: {} });
      const entries = [{ ...FAMILIES.ipv4, forwarding: true }];
      const a = stage.join("a", { capabilities: [{ kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: 120, entries }] });
      stage.tell(a);
      a.vanish();
      return stage.why();
    },
  },
  { token: "as-path-length", when: "it has more AS numbers than the peer may tell", at: came(1), play: () => heardFrom({ maxAsPathLength: 1 }, { asPath: sequence(65001, 65002) }) },
  { token: "communities", when: "it has more communities than the peer may tell", at: came(1), play: () => heardFrom({ maxCommunities: 1 }, { communities: [1, 2] }) },
  { token: "first-as", when: "an external peer tells it with another AS in front", at: came(1), play: () => heardFrom(PASS, { asPath: sequence(65002) }, 65001) },
  { token: "as-loop", when: "our AS is in it", at: came(1), play: () => heardFrom({}, { asPath: sequence(65001, AS) }) },
  { token: "own-originator-id", when: "we told it first", at: came(1), play: () => heardFrom({}, { originatorId: 0x0a000001 }) },
  { token: "cluster-loop", when: "it has been through our cluster", at: came(1), play: () => heardFrom({}, { originatorId: 7, clusterList: [0x0a000001] }) },
  { token: "own-next-hop", when: "it leads to ourselves", at: came(1), play: () => heardFrom({}, { nextHop: { address: "10.0.0.1" as IpAddress } }) },
  { token: "loopback-next-hop", when: "it leads to a loopback address", at: came(1), play: () => heardFrom({}, { nextHop: { address: "127.0.0.1" as IpAddress } }) },
  { token: "route-leak", when: "a customer tells what it heard from above", at: came(1), play: () => heardFrom({ ...PASS, role: { local: "provider" } }, { asPath: sequence(65001), otc: 65009 }, 65001) },
  { token: "import-policy", when: "a rule rejects it", at: came(1), play: () => heardFrom({ importPolicy: "few" }, {}, AS, { policies: { few: { rules: [{ name: "none", then: "reject" }] } } }) },
  { token: "no-import-policy", when: "nobody chose a policy towards another AS", at: came(1), play: () => heardFrom({}, { asPath: sequence(65001) }, 65001) },
];

const FAR: NextHopView = { metric: (nextHop) => (nextHop === "10.0.0.98" ? 10 : 0) };
const DEAD: NextHopView = { metric: () => undefined };
const SAME_ORIGIN = { originatorId: 7, clusterList: [1] };

const DECISION: readonly Play[] = [
  { token: "best", when: "it stands first", at: chosen(1), play: () => heardFrom({}) },
  {
    token: "unreachable-next-hop", when: "nobody knows the way to its next hop", at: chosen(1),
    play() {
      const stage = new WhyStage({ a: {} }, {}, DEAD);
      stage.tell(stage.join("a"));
      return stage.why();
    },
  },
  {
    token: "multipath", when: "two are alike", at: ({ paths }) => paths[1]?.shares,
    play() {
      const stage = new WhyStage({ a: {}, b: {} }, { router: { asn: AS, id: "10.0.0.1", multipath: 2 } });
      stage.tell(stage.join("a"), { nextHop: { address: "10.0.0.2" as IpAddress } });
      stage.tell(stage.join("b"), { nextHop: { address: "10.0.0.3" as IpAddress } });
      return stage.why();
    },
  },
  {
    token: "undecided", when: "we have restarted and wait", at: chosen(1),
    play() {
      const stage = deferring();
      stage.tell(stage.join("a", { capabilities: [RESTARTER] }));
      return stage.why();
    },
  },
  {
    token: "not-kernel", when: "the kernel has it too, from somebody else", at: chosen(2),
    play() {
      const stage = new WhyStage({ a: {} });
      stage.tell(stage.join("a"));
      stage.us.absorb({ kind: "kernel-routes", routes: [{ kind: "kernel", prefix: PREFIX as never, interface: "eth1", gateway: "10.0.1.9" as IpAddress, metric: 0 }] });
      return stage.why();
    },
  },
  { token: "not-llgr-stale", when: "it is long-lived stale", at: chosen(2), play: () => between({ communities: [COMMUNITY.llgrStale] }, {}) },
  { token: "local-pref", when: "it is less preferred", at: chosen(2), play: () => between({ localPref: 200 }, { localPref: 100 }) },
  {
    token: "local", when: "we announce it ourselves", at: chosen(2),
    play() {
      const stage = new WhyStage({ a: {} }, { networks: [PREFIX] });
      stage.tell(stage.join("a"));
      return stage.why();
    },
  },
  { token: "aigp", when: "its accumulated metric is higher", at: chosen(2), play: () => comparedBy({ aigp: "compare" }, { aigp: 5n }, { aigp: 9n }, AS) },
  { token: "as-path", when: "its AS_PATH is longer", at: chosen(2), play: () => between({ asPath: sequence(65001) }, { asPath: sequence(65001, 65002) }) },
  { token: "origin", when: "its ORIGIN is worse", at: chosen(2), play: () => between({}, { origin: "incomplete" }) },
  { token: "med", when: "its MED is higher", at: chosen(2), play: () => between({ med: 1 }, { med: 2 }) },
  {
    token: "external", when: "it came from inside", at: chosen(2),
    play() {
      const stage = new WhyStage({ a: {}, b: EXTERNAL });
      stage.tell(stage.join("a"), { asPath: sequence(65001) });
      stage.tell(stage.join("b", { asn: 65001 }), { asPath: sequence(65001) });
      return stage.why();
    },
  },
  { token: "igp-metric", when: "its next hop is farther away", at: chosen(2), play: () => between({}, { nextHop: { address: "10.0.0.98" as IpAddress } }, FAR) },
  { token: "oldest-external", when: "it came later", at: chosen(2), play: () => comparedBy({ oldestExternal: "prefer" }, {}, {}) },
  { token: "router-id", when: "its router id is higher", at: chosen(2), play: () => between({}, {}) },
  { token: "cluster-list", when: "it has been through more clusters", at: chosen(2), play: () => between(SAME_ORIGIN, { ...SAME_ORIGIN, clusterList: [1, 2] }) },
  { token: "peer-address", when: "its peer's address is higher", at: chosen(2), play: () => between(SAME_ORIGIN, SAME_ORIGIN) },
  {
    token: "path-id", when: "its peer told another one like it", at: chosen(2),
    play() {
      const stage = new WhyStage({ a: { addPath: "receive" } });
      const entries = [{ ...FAMILIES.ipv4, mode: "send" as const }];
      const a = stage.join("a", { capabilities: [{ kind: "add-path", entries }], context: { addPathSend: new Set(["ipv4"]) } });
      for (const pathId of [1, 2]) stage.tell(a, {}, { pathId });
      return stage.why();
    },
  },
  { token: "source", when: "we announce it twice", at: chosen(2), play: () => new WhyStage({}, { networks: [PREFIX], blocks: [PREFIX] }).why() },
];

const RESTARTER = { kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: 120, entries: [{ ...FAMILIES.ipv4, forwarding: true }] } as const;

/** It has restarted, and waits for `a`'s routes and for `b`. */
function deferring(): WhyStage {
  const stage = new WhyStage({ a: {}, b: {} });
  stage.us.absorb({ kind: "restarted", preserved: ["ipv4"] });
  return stage;
}

/** Two neighbours in one AS, where paths are compared otherwise than usual; the one with the higher address is the first. */
function comparedBy(decision: Partial<DecisionOptions>, first: Parameters<WhyStage["tell"]>[1], second: Parameters<WhyStage["tell"]>[1], asn = 65001): WhyAnswer {
  const stage = new WhyStage({ a: { ...PASS, asn }, b: { ...PASS, asn } }, {}, undefined, decision);
  for (const [name, attributes] of [["b", first], ["a", second]] as const) {
    stage.tell(stage.join(name, { asn }), { asPath: sequence(65001), ...attributes });
    stage.network.run(1_000);
  }
  return stage.why();
}

const KERNEL: readonly Play[] = [
  { token: "best-path", when: "there is a best path", at: kernelFor, play: () => withKernel(forwarded(), freshKernel()) },
  { token: "installed", when: "the kernel took it", at: kernelIs, play: () => withKernel(forwarded(), freshKernel()) },
  { token: "static-route", when: "it is a static route", at: kernelFor, play: () => withKernel(new WhyStage({}, { statics: [{ prefix: PREFIX, via: "10.0.0.9" }] }), freshKernel()) },
  { token: "own-block", when: "it is a block of ours", at: kernelFor, play: () => withKernel(new WhyStage({}, { blocks: [PREFIX] }), freshKernel()) },
  { token: "blackhole-community", when: "a believed peer says BLACKHOLE", at: kernelFor, play: () => withKernel(forwarded({ communities: [COMMUNITY.blackhole] }, { blackhole: "honour" }), freshKernel()) },
  { token: "no-usable-path", when: "it was refused", at: kernelIs, play: () => withKernel(forwarded({ asPath: sequence(AS) }), freshKernel()) },
  { token: "own-route", when: "it is a network of ours", at: kernelIs, play: () => withKernel(new WhyStage({}, { networks: [PREFIX] }), freshKernel()) },
  {
    token: "forwarding-rule", when: "a rule leaves it to others", at: kernelIs,
    play: () => withKernel(forwarded({}, {}, { forwarding: [{ name: "theirs", when: [{ source: ["internal"] }], then: "leave" }] }), freshKernel()),
  },
  { token: "not-forwarding", when: "there is no kernel", at: kernelIs, play: () => heardFrom({}) },
  {
    token: "outranked", when: "another route with a lower metric is there", at: kernelIs,
    play() {
      const kernel = freshKernel();
      kernel.putForeign(PREFIX, STATIC);
      return withKernel(forwarded(), kernel, "whole", { metric: 100 });
    },
  },
  {
    token: "foreign-route", when: "another route stands in its place", at: kernelIs,
    play() {
      const kernel = freshKernel();
      kernel.putForeign(PREFIX, STATIC);
      return withKernel(forwarded(), kernel);
    },
  },
  {
    token: "kernel-refused", when: "the kernel does not take it", at: kernelIs,
    play() {
      const kernel = freshKernel();
      kernel.refuse = () => 101;
      return withKernel(forwarded(), kernel);
    },
  },
  { token: "kernel-unreachable", when: "no link leads to its next hop", at: kernelIs, play: () => withKernel(forwarded({ nextHop: { address: "192.0.2.1" as IpAddress } }), freshKernel()) },
  { token: "kernel-pending", when: "the kernel has not answered", at: kernelIs, play: () => withKernel(forwarded(), freshKernel(), "mute") },
  {
    token: "inherited", when: "an earlier life left it", at: kernelIs,
    play() {
      const kernel = freshKernel();
      kernel.putForeign(PREFIX, STATIC, { protocol: OURS });
      return withKernel(new WhyStage({}), kernel);
    },
  },
  { token: "kernel-away", when: "the kernel cannot be heard", at: kernelIs, play: () => withKernel(forwarded(), freshKernel(), "cut") },
  {
    token: "not-permitted", when: "the process may not write routes", at: kernelIs,
    play() {
      const kernel = freshKernel();
      kernel.refuse = () => 1;
      return withKernel(forwarded(), kernel);
    },
  },
];

const TAKES_PATHS = { capabilities: [{ kind: "add-path" as const, entries: [{ ...FAMILIES.ipv4, mode: "receive" as const }] }], context: { addPathReceive: new Set(["ipv4" as const]) } };

const EXPORT: readonly Play[] = [
  { token: "told", when: "nothing keeps it back", at: towards("b"), play: () => passedOn({}, CLIENT) },
  {
    token: "queued", when: "the peer takes nothing", at: towards("b"),
    play: () => shut((stage, a, b) => {
      b.window = "shut";
      stage.tell(a);
    }),
  },
  {
    token: "initial-table", when: "the peer has just come", at: towards("b"),
    play() {
      const stage = new WhyStage({ b: CLIENT }, { networks: [PREFIX] });
      stage.join("b", { window: "shut" });
      return stage.why();
    },
  },
  {
    token: "table-again", when: "the peer asked for the table", at: towards("b"),
    play() {
      const stage = new WhyStage({ b: CLIENT }, { networks: [PREFIX] });
      const b = stage.join("b");
      b.window = "shut";
      b.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "request" });
      return stage.why();
    },
  },
  {
    token: "withdrawal-queued", when: "it has gone and the peer takes nothing", at: ({ told }) => told.find(({ peers }) => peers.some(({ name }) => name === "b"))?.note,
    play: () => shut((stage, a, b) => {
      stage.tell(a);
      b.window = "shut";
      stage.withdraw(a);
    }),
  },
  { token: "split-horizon", when: "the peer told it", at: towards("a"), play: () => passedOn({}, CLIENT) },
  { token: "split-horizon", when: "the peer told it, and would not hear it from another of its kind either", at: towards("a"), play: () => passedOn({}, {}, {}) },
  { token: "reflection", when: "it goes from one ordinary internal peer to another", at: towards("b"), play: () => passedOn({}, {}, {}) },
  { token: "export-policy", when: "a rule rejects it", at: towards("b"), play: () => {
    const stage = new WhyStage({ a: CLIENT, b: { ...CLIENT, exportPolicy: "few" } }, { policies: { few: { rules: [{ name: "none", then: "reject" }] } } });
    stage.tell(stage.join("a"));
    stage.join("b");
    return stage.why();
  } },
  { token: "no-export-policy", when: "nobody chose a policy towards another AS", at: towards("b"), play: () => passedOn({}, { asn: 65001 }) },
  { token: "no-advertise", when: "its community says so", at: towards("b"), play: () => passedOn({ communities: [COMMUNITY.noAdvertise] }, CLIENT) },
  { token: "no-export", when: "its community says so", at: towards("b"), play: () => passedOn({ communities: [COMMUNITY.noExport] }) },
  { token: "no-export-subconfed", when: "its community says so", at: towards("b"), play: () => passedOn({ communities: [COMMUNITY.noExportSubconfed] }) },
  { token: "long-lived-stale", when: "the peer knows nothing of that", at: towards("b"), play: () => passedOn({ communities: [COMMUNITY.llgrStale] }, CLIENT) },
  { token: "only-to-customer", when: "it has OTC and the peer is no customer", at: towards("b"), play: () => passedOn({ otc: 65009 }, { ...EXTERNAL, role: { local: "peer" } }) },
  { token: "as-in-path", when: "it has been through the peer's AS", at: towards("b"), play: () => passedOn({ asPath: sequence(65002, 65001) }) },
  {
    token: "no-own-address", when: "the session is over the other family", at: towards("b"),
    play() {
      const stage = new WhyStage({ b: { families: ["ipv6"] } }, { networks: ["2001:db8::/32"] });
      stage.join("b", { families: ["ipv6"] });
      return stage.why({ prefix: "2001:db8::/32" });
    },
  },
  {
    token: "next-hop-family", when: "the peer does not understand its next hop", at: towards("b"),
    play() {
      const stage = new WhyStage({ a: { ...CLIENT, extendedNextHop: true }, b: CLIENT });
      const entries = [{ ...FAMILIES.ipv4, nextHopAfi: 2 }];
      const a = stage.join("a", { capabilities: [{ kind: "extended-next-hop", entries }], context: { extendedNextHop: new Set(["ipv4"]) } });
      stage.tell(a, { nextHop: { address: "2001:db8::9" as IpAddress } });
      stage.join("b");
      return stage.why();
    },
  },
  { token: "message-too-long", when: "its communities fill a message", at: towards("b"), play: () => passedOn({ communities: Array.from({ length: 1008 }, (_, at) => at + 1) }, CLIENT) },
  {
    token: "not-best", when: "the question is about one peer, and another path is the best", at: ({ peer }) => peer?.told.find(({ path }) => path === 2)?.reason,
    play() {
      const stage = new WhyStage({ a: CLIENT, b: CLIENT, c: CLIENT });
      stage.tell(stage.join("a"));
      stage.tell(stage.join("b"));
      stage.join("c");
      return stage.why({ prefix: PREFIX, peer: "c" });
    },
  },
  {
    token: "not-selected", when: "the peer hears one path, and two are there", at: ({ told }) => told.find(({ path, peers }) => path === 2 && peers.some(({ name }) => name === "c"))?.reason,
    play() {
      const stage = new WhyStage({ a: CLIENT, b: CLIENT, c: { ...CLIENT, addPath: "send", addPathSend: 1 } });
      stage.join("c", TAKES_PATHS);
      stage.tell(stage.join("a"));
      stage.tell(stage.join("b"));
      return stage.why();
    },
  },
  { token: "no-best-path", when: "the only path was refused", at: towards("b"), play: () => passedOn({ asPath: sequence(AS) }) },
  { token: "shut-down", when: "an operator has shut it down", at: towards("b"), play: () => absent({ shutdown: "at noon" }) },
  {
    token: "held-down", when: "it told too much", at: towards("b"),
    play() {
      const stage = new WhyStage({ b: { maxPrefixes: 1 } }, { networks: [PREFIX] });
      const b = stage.join("b");
      for (const prefix of ["10.3.0.0/16", "10.4.0.0/16"]) stage.tell(b, {}, { prefix });
      return stage.why();
    },
  },
  { token: "no-session", when: "it is away", at: towards("b"), play: () => absent({}) },
  {
    token: "family-not-agreed", when: "it speaks the other family", at: towards("b"),
    play() {
      const stage = new WhyStage({ b: { families: ["ipv6"] } }, { networks: [PREFIX] });
      stage.join("b", { families: ["ipv6"] });
      return stage.why();
    },
  },
  {
    token: "restart-deferral", when: "we have restarted and wait", at: towards("a"),
    play() {
      const stage = deferring();
      stage.tell(stage.join("a", { capabilities: [RESTARTER] }));
      return stage.why();
    },
  },
  {
    token: "table-undecided", when: "the loop has not come to the routes yet", at: towards("b"),
    play() {
      const stage = new WhyStage({ b: {} }, { networks: [PREFIX] });
      stage.us.routes = "later";
      stage.join("b");
      return stage.why();
    },
  },
  {
    token: "inside-own-block", when: "it is a workload of a block of ours", at: towards("b"),
    play() {
      const stage = new WhyStage({ b: {} }, { blocks: ["10.2.0.0/24"] });
      stage.us.absorb({ kind: "workloads", prefixes: ["10.2.0.7/32" as never] });
      stage.join("b");
      return stage.why({ prefix: "10.2.0.7/32" });
    },
  },
];

function absent(options: object): WhyAnswer {
  return new WhyStage({ b: options }, { networks: [PREFIX] }).why();
}

const PLAYS = [...IMPORT, ...DECISION, ...KERNEL, ...EXPORT];

describe("why a prefix is where it is", () => {
  it.each(PLAYS)("$token: $when", async ({ token, at, play }) => {
    const answer = await play();
    expect(at(answer)).toBe(token);
    expect(answer.reasons[token]).toEqual(REASONS[token]);
  });

  it("has a play for every reason that there is", () => {
    expect([...new Set(PLAYS.map(({ token }) => token))].sort()).toEqual(Object.keys(REASONS).sort());
  });
});
