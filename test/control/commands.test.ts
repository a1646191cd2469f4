/** What every question answers, over a view that the test filled. */

import { beforeEach, expect, test } from "vitest";
import { parseAddress, type IpAddress } from "../../src/ip/address.ts";
import { REFUSALS } from "../../src/bfd/packet.ts";
import type { BfdView } from "../../src/bfd/session-table.ts";
import { type BfdSession, initialSession } from "../../src/bfd/session.ts";
import { type Prefix, parsePrefix } from "../../src/ip/prefix.ts";
import { NO_RESTART } from "../../src/bgp/session/restart-agreement.ts";
import { cease, hardReset } from "../../src/bgp/wire/notification.ts";
import { QUESTIONS, type StatusAnswer, answer } from "../../src/control/commands.ts";
import type { FibView } from "../../src/control/answers/fib.ts";
import type { Answer, Look, PromptAnswer } from "../../src/control/look.ts";
import type { PeerDetail, PeerRow } from "../../src/control/answers/peer.ts";
import { RecentFailures } from "../../src/control/records/recent.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import type { FibAudit, FibRoute, FibStatus } from "../../src/fib/vocabulary.ts";
import type { Absence } from "../../src/speaker/vocabulary.ts";
import type { PeerName } from "../../src/speaker/config/config.ts";
import { FakeView, fromPeer, negotiated } from "../support/fake-view.ts";
import { type ConvergenceAnswer, ConvergenceTimes } from "../../src/control/records/convergence-times.ts";
import type { LogLevelAnswer } from "../../src/control/answers/log-levels.ts";
import { quietLook } from "../support/quiet-look.ts";

let view: FakeView;
let failures: RecentFailures;
let fib: FibView | undefined;
let audit: FibAudit | undefined;
let paths: Map<IpAddress, BfdView>;
let orders: Absence[];

beforeEach(() => {
  view = new FakeView();
  failures = new RecentFailures();
  fib = undefined;
  paths = new Map();
  orders = [];
});

/** One minute after the start of the daemon, which was at 09:00. */
function look(): Look {
  const bfd = { view: (neighbor: IpAddress) => paths.get(neighbor), unknownPackets: 5 };
  const quiet = quietLook(view);
  return { ...quiet, failures, fib, bfd, orders: { ...quiet.orders, end: (until) => orders.push(until) }, clock: { nowMs: 60_000, wallMs: Date.parse("2025-11-21T09:01:00Z") } };
}

function valueOf<Value>(reply: Answer): Value {
  if (reply.kind !== "value") throw new Error(`not a value: ${JSON.stringify(reply)}`);
  return JSON.parse(JSON.stringify(reply.value)) as Value;
}

async function later(reply: Answer): Promise<PromptAnswer> {
  if (reply.kind !== "later") throw new Error(`answered at once: ${JSON.stringify(reply)}`);
  return reply.answer;
}

function rowsOf<Row>(reply: Answer): readonly Row[] {
  if (reply.kind !== "rows") throw new Error(`not rows: ${JSON.stringify(reply)}`);
  return JSON.parse(JSON.stringify([...reply.rows])) as Row[];
}

const status = (): StatusAnswer => valueOf(answer(look(), "status", {}));

test("status names the type of a peer the way calicoctl does", () => {
  for (const [name, address] of [["Mesh_10_0_0_1", "10.0.0.1"], ["Node_10_0_0_2", "10.0.0.2"], ["Global_10_0_0_3", "10.0.0.3"], ["tor", "10.0.0.4"]]) view.addPeer({ name, address });
  expect(status().peers.map((peer) => peer.type)).toEqual(["node-to-node mesh", "node specific", "global", "configured"]);
});

test("status is healthy when every session is up or shut down on purpose", () => {
  view.addPeer({ address: "10.0.0.1" });
  view.addPeer({ address: "10.0.0.2", shutdown: "maintenance" }, { state: "Idle" });
  expect(status().healthy).toBe(true);
  expect(status().peers.map(({ state, info }) => [state, info])).toEqual([["up", "Established"], ["down", "shut down: maintenance"]]);
  view.addPeer({ address: "10.0.0.3" }, { state: "Active" });
  expect(status().healthy).toBe(false);
});

test("status is not healthy while the kernel lacks what is wanted", () => {
  fib = fakeFib({ installed: 1 });
  expect(status().healthy).toBe(false);
  fib = fakeFib({ installed: 2, state: "not-permitted" });
  expect(status().healthy).toBe(false);
  fib = fakeFib({ installed: 2, state: "comparing" });
  expect(status()).toMatchObject({ healthy: true, fib: { settled: true, carrier: "perl", lastResync: null } });
});

test("info tells the last failure: a dial without success, or the NOTIFICATION with its text", () => {
  const name = "Mesh_10_0_0_1" as PeerName;
  view.addPeer({ name, address: "10.0.0.1" }, { state: "Active" });
  failures.note({ kind: "dial-failed", peer: name, reason: "connection refused" }, 59_000);
  expect(status().peers[0]?.info).toBe("Active: connection refused");
  failures.note({ kind: "peer-down", peer: name, was: "established", reason: { kind: "received", notification: cease("administrative-shutdown", "upgrade") } }, 59_500);
  expect(status().peers[0]?.info).toBe("Active: received Cease: Administrative Shutdown (upgrade)");
  failures.note({ kind: "peer-down", peer: name, was: "established", reason: { kind: "received", notification: hardReset(cease("administrative-shutdown", "upgrade")) } }, 59_500);
  expect(status().peers[0]?.info).toBe("Active: received Cease: Administrative Shutdown, hard reset (upgrade)");
});

test("a peer that came up or was removed leaves no failure behind", () => {
  const name = "Mesh_10_0_0_1" as PeerName;
  const remote = { address: parseAddress("10.0.0.1") as IpAddress, port: 179 };
  for (const end of [{ kind: "peer-up", peer: name, remote, negotiated: negotiated() }, { kind: "configured", changes: [{ kind: "remove-peer", peer: name }] }, { kind: "range-peer-left", peer: name, range: "rack-a" }] as const) {
    failures.note({ kind: "dial-failed", peer: name, reason: "host unreachable" }, 1);
    expect(failures.of(name)).toBeDefined();
    failures.note(end, 2);
    expect(failures.of(name)).toBeUndefined();
  }
});

test("points on the speaker's clock become wall time", () => {
  view.addPeer({ address: "10.0.0.1" }, { sinceMs: 30_000 });
  expect(status().router.startedAt).toBe("2025-11-21T09:00:00.000Z");
  expect(status().peers[0]?.since).toBe("2025-11-21T09:00:30.000Z");
});

test("peers counts routes by family", () => {
  view.addPeer({ address: "10.0.0.1" });
  const [row] = rowsOf<PeerRow>(answer(look(), "peers", {}));
  expect(row).toMatchObject({ address: "10.0.0.1", state: "Established", uptimeSec: 55, lastError: null, families: { ipv4: { received: 3, accepted: 2, best: 1, advertised: 4, endOfRib: true } } });
});

test("a peer is found by address and by name, and told in full", () => {
  view.addPeer({ name: "Global_10_0_0_1", address: "10.0.0.1" }, { negotiated: negotiated() });
  for (const peer of ["10.0.0.1", "Global_10_0_0_1"]) {
    const detail = valueOf<PeerDetail>(answer(look(), "peer", { peer }));
    expect(detail.remoteRouterId).toBe("172.17.8.102");
    expect(detail.timers).toEqual({ configuredHoldTimeSec: 90, holdTimeSec: 90, keepaliveSec: 30, connectRetrySec: 5 });
    expect(detail.policies).toEqual({ import: "accept-all", export: "accept-all" });
    expect(detail.capabilities.received.at(-1)).toEqual({ kind: "unknown", code: 200, value: "01ff" });
  }
  expect(answer(look(), "peer", { peer: "10.9.9.9" })).toEqual({ kind: "refused", reason: "no such peer: 10.9.9.9; see ts-bgp peers" });
});

test("a peer's last error keeps code and subcode", () => {
  view.addPeer({ address: "10.0.0.1" }, { state: "Idle", lastDown: { atMs: 10_000, reason: { kind: "sent", notification: { code: 4, subcode: 0, data: new Uint8Array() }, detail: "" } } });
  expect(valueOf<PeerDetail>(answer(look(), "peer", { peer: "10.0.0.1" })).lastError).toEqual({ at: "2025-11-21T09:00:10.000Z", kind: "sent", code: 4, subcode: 0, text: "sent Hold Timer Expired" });
});

test("routes are asked for by prefix, by address, by family and by neighbour", () => {
  view.addPeer({ name: "Mesh_172_17_8_102", address: "172.17.8.102" });
  view.addRoute("192.168.18.64/26");
  view.addRoute("10.0.0.0/8", { origin: { kind: "network" } });
  view.addRoute("fd00::/64");
  const prefixes = (args: object): readonly string[] => rowsOf<RouteRow>(answer(look(), "routes", args)).map((row) => row.prefix);
  expect(prefixes({})).toHaveLength(3);
  expect(prefixes({ prefix: "10.0.0.0/8" })).toEqual(["10.0.0.0/8"]);
  expect(prefixes({ covering: "192.168.18.70" })).toEqual(["192.168.18.64/26"]);
  expect(prefixes({ family: "ipv6" })).toEqual(["fd00::/64"]);
  expect(prefixes({ from: "172.17.8.102" })).toEqual(["192.168.18.64/26", "fd00::/64"]);
});

test("a route shows its attributes the way the RFC writes them", () => {
  view.addRoute("10.1.0.0/16", {
    best: false,
    lostBy: "as-path",
    origin: fromPeer("tor", "10.0.0.9"),
    attributes: {
      origin: "incomplete",
      nextHop: { address: parseAddress("10.0.0.9") as IpAddress },
      med: 0,
      asPath: [{ kind: "sequence", asns: [65001, 65002] }, { kind: "set", asns: [65010, 65011] }],
      communities: [(64512 << 16 | 100) >>> 0, 0xffffff01],
      largeCommunities: [{ global: 1, local1: 2, local2: 3 }],
      originatorId: 0x0a000001,
      clusterList: [0x0a000002],
      aigp: 7n,
    },
  });
  expect(rowsOf<RouteRow>(answer(look(), "routes", {}))[0]).toMatchObject({
    best: false,
    lostBy: "as-path",
    rejectedBy: null,
    from: { kind: "peer", peer: "tor", address: "10.0.0.9" },
    localPref: null,
    med: 0,
    asPath: "65001 65002 {65010 65011}",
    origin: "incomplete",
    communities: ["64512:100", "no-export"],
    largeCommunities: ["1:2:3"],
    originatorId: "10.0.0.1",
    clusterList: ["10.0.0.2"],
    aigp: "7",
  });
});

test("every key of an answer is there in every state", () => {
  view.addPeer({ address: "10.0.0.1" }, { negotiated: negotiated(), lastDown: { atMs: 1, reason: { kind: "lost" } } });
  view.addPeer({ address: "10.0.0.2" }, { state: "Idle", localAddress: undefined });
  const [one, other] = ["10.0.0.1", "10.0.0.2"].map((peer) => Object.keys(valueOf<object>(answer(look(), "peer", { peer }))));
  expect(one).toEqual(other);
});

test("bad arguments are named with what is expected instead", () => {
  const reasonOf = (name: string, args: unknown): string => {
    const reply = answer(look(), name, args);
    return reply.kind === "refused" ? reply.reason : reply.kind;
  };
  expect(reasonOf("routes", { prefix: "10.0.0.1/8" })).toContain('prefix: "10.0.0.1/8", expected a prefix');
  expect(reasonOf("routes", { colour: "red" })).toContain("colour");
  expect(reasonOf("routes", null)).toContain("expected an object");
  expect(reasonOf("fortune", {})).toContain("no such question");
  expect(reasonOf("fib", {})).toBe("this process keeps no kernel routes");
});

test("the listing of the kernel's routes leaves out what is as it should be, unless asked", () => {
  fib = fakeFib({});
  expect(rowsOf(answer(look(), "fib-routes", {}))).toEqual([{ prefix: "10.2.0.0/16", state: "conflict", wanted: "via 10.0.0.1", actual: null, inTheWay: "via 10.0.0.9 dev eth0 proto static" }]);
  expect(rowsOf(answer(look(), "fib-routes", { which: "all" }))).toHaveLength(2);
});

test("a check tells what the kernel was found to hold, and that it cannot be asked where it cannot", async () => {
  fib = fakeFib({});
  audit = { reason: "asked", kernel: 1, wanted: 2, added: 0, changed: 0, removed: 0, differing: [CONFLICT as unknown as FibRoute], further: 0 };
  expect(valueOf(await later(answer(look(), "fib-check", {})))).toMatchObject({ matches: false, kernel: 1, inTheWay: 1, differing: [{ prefix: "10.2.0.0/16", actual: null }] });
  audit = undefined;
  expect(await later(answer(look(), "fib-check", {}))).toMatchObject({ kind: "refused", reason: expect.stringContaining("cannot be asked") });
});

test("questions have names of their own", () => {
  expect(new Set(QUESTIONS.map((row) => row.name)).size).toBe(QUESTIONS.length);
});

const INSTALLED = { prefix: "10.1.0.0/16", state: "installed", wanted: "via 10.0.0.1", actual: "via 10.0.0.1", inTheWay: undefined } as const;
const CONFLICT = { prefix: "10.2.0.0/16", state: "conflict", wanted: "via 10.0.0.1", actual: undefined, inTheWay: "via 10.0.0.9 dev eth0 proto static" } as const;

function fakeFib(overrides: Partial<FibStatus>): FibView {
  const status: FibStatus = {
    state: "synchronised", carrier: "perl", wanted: 2, installed: 1, unreachable: 0, conflicts: 1, refused: 0, inherited: 0,
    written: 3, resyncs: 1, overruns: 0, relayRestarts: 0, lastResync: undefined, drift: { noticed: 0, found: 0 }, ...overrides,
  };
  return {
    status: () => status,
    routes: (which) => (which === "all" ? [INSTALLED, CONFLICT] : [CONFLICT]) as unknown as ReturnType<FibView["routes"]>,
    explain: () => ({ route: undefined, refusal: undefined, others: [] }),
    audit: () => Promise.resolve(audit),
  };
}

test("a peer tells what BFD knows of its path, and null where BFD does not watch it", () => {
  view.addPeer({ address: "10.0.0.1", bfd: { intervalMs: 200, strict: true } });
  view.addPeer({ address: "10.0.0.2" });
  paths.set("10.0.0.1" as IpAddress, bfdView());
  const { bfd } = valueOf<PeerDetail>(answer(look(), "peer", { peer: "10.0.0.1" }));
  expect(bfd).toMatchObject({
    state: "down",
    since: "2025-11-21T09:00:50.000Z",
    diagnostic: "control detection time expired",
    strict: true,
    configuredIntervalMs: 200,
    transmitIntervalMs: 1000,
    detectionTimeMs: null,
    neighbor: null,
    counters: { sent: 12, received: 9, discarded: { version: 2 } },
  });
  expect(valueOf<PeerDetail>(answer(look(), "peer", { peer: "10.0.0.2" })).bfd).toBeNull();
});

test("status counts the paths that BFD watches, and says nothing of BFD where it watches none", () => {
  view.addPeer({ address: "10.0.0.1", bfd: {} });
  view.addPeer({ address: "10.0.0.2" });
  expect(status().bfd).toBeNull();
  paths.set("10.0.0.1" as IpAddress, bfdView());
  expect(status().bfd).toEqual({ sessions: 1, up: 0, unknownPackets: 5 });
});

test("status says that a strict peer waits for BFD, and no longer when it does not", () => {
  view.addPeer({ address: "10.0.0.1", bfd: { strict: true } }, { state: "Idle" });
  expect(status().peers[0]).toMatchObject({ state: "start", info: "Idle: waits for BFD" });
  paths.set("10.0.0.1" as IpAddress, { ...bfdView(), session: { ...bfdView().session, state: "up" } });
  expect(status().peers[0]).toMatchObject({ state: "start", info: "Idle" });
});

/** Lost ten seconds ago. */
function bfdView(): BfdView {
  const none = Object.fromEntries(REFUSALS.map((reason) => [reason, 0])) as BfdView["counters"]["discarded"];
  const session: BfdSession = { ...initialSession(7, { intervalMs: 200, multiplier: 3 }), state: "down", diagnostic: 1 };
  const counters = { sent: 12, received: 9, discarded: { ...none, version: 2 } };
  return { session, sinceMs: 50_000, transmitMs: 1_000, detectionMs: undefined, counters };
}

test("a peer in full tells how its connection is made, and never its password", () => {
  view.addPeer({ address: "10.0.0.1", password: "geheim", ttlSecurity: { hops: 1 }, device: "eth0", tcpUserTimeoutSec: 30 });
  const detail = valueOf<PeerDetail>(answer(look(), "peer", { peer: "10.0.0.1" }));
  expect(detail.transport).toEqual({ password: true, ttl: 255, leastTtl: 255, device: "eth0", userTimeoutSec: 30, dscp: 48 });
  const everything = [detail, ...rowsOf<PeerRow>(answer(look(), "peers", {})), status()];
  expect(JSON.stringify(everything)).not.toContain("geheim");
});

test("a peer of a range says which, and its coming and going is no matter of health", () => {
  view.addPeer({ name: "rack-a_10_1_0_7", address: "10.1.0.7" }, { range: "rack-a", state: "OpenSent" });
  expect(rowsOf<PeerRow>(answer(look(), "peers", {}))[0]).toMatchObject({ range: "rack-a", type: "range" });
  expect(status().healthy).toBe(true);
});

test("a range that is full and has turned callers away is not healthy", () => {
  const range = { name: "rack-a", prefix: parsePrefix("10.1.0.0/16") as Prefix, asns: [64512], limit: 2, peers: 2, refused: 0 };
  view.rangeViews.push(range);
  expect(status()).toMatchObject({ healthy: true, ranges: [{ name: "rack-a", peers: 2, limit: 2, refused: 0 }] });
  view.rangeViews.splice(0, 1, { ...range, refused: 1 });
  expect(status().healthy).toBe(false);
  view.rangeViews.splice(0, 1, { ...range, peers: 1, refused: 1 });
  expect(status().healthy).toBe(true);
});

test("status tells whom a restart waits for", () => {
  expect(status().router.restarting).toBeNull();
  view.deferral = { waitingFor: ["Mesh_10_0_0_1" as PeerName], peers: 3, sinceMs: 48_000, capMs: 30_000 };
  expect(status().router.restarting).toEqual({ waitingFor: ["Mesh_10_0_0_1"], peers: 3, elapsedSec: 12, capSec: 30 });
});

test("a peer tells what is kept of it while it is away, and what was agreed about that", () => {
  view.addPeer({ address: "10.0.0.1" }, { state: "Idle", kept: [{ family: "ipv4", stage: "restarting", stale: 7, untilMs: 100_500 }] });
  expect(valueOf<PeerDetail>(answer(look(), "peer", { peer: "10.0.0.1" }))).toMatchObject({ restart: null, kept: { ipv4: { stage: "restarting", stale: 7, remainingSec: 41 } } });
  const terms = { restartMs: 120_000, restartForwarding: "kept", longLivedMs: 0, longLivedForwarding: "lost" } as const;
  view.addPeer({ address: "10.0.0.2" }, { negotiated: negotiated({ restart: { ...NO_RESTART, ourRoutes: "kept", families: new Map([["ipv4", terms]]) } }) });
  expect(valueOf<PeerDetail>(answer(look(), "peer", { peer: "10.0.0.2" })).restart).toEqual({
    ourRoutesKept: true, survivesNotification: false, peerWasRestarting: false, families: { ipv4: { restartTimeSec: 120, longLivedSec: 0, forwarding: true } },
  });
});

test("the two orders end the process, and say who keeps our routes meanwhile", () => {
  view.addPeer({ address: "10.0.0.1" }, { negotiated: negotiated({ restart: { ...NO_RESTART, ourRoutes: "kept" } }) });
  view.addPeer({ address: "10.0.0.2" }, { negotiated: negotiated() });
  expect(valueOf(answer(look(), "restart", {}))).toEqual({ ordered: "restart", keeping: 1, sessions: 2 });
  expect(valueOf(answer(look(), "stop", {}))).toEqual({ ordered: "stop", keeping: 0, sessions: 2 });
  expect(orders).toEqual(["restart", "further-notice"]);
});

test.each([
  ["shutdown", { peer: "10.0.0.1", text: "x".repeat(128) }, { kind: "shutdown", text: "x".repeat(128) }],
  ["shutdown", { peer: "10.0.0.1", text: "x".repeat(127) + "€" }, "the text is too long: at most 128 octets are told"],
  ["enable", { peer: "10.0.0.1" }, "Mesh_10_0_0_1: it is not shut down"],
  ["clear", { peer: "Mesh_10_0_0_1" }, { kind: "reset" }],
  ["clear", { peer: "10.0.0.1", soft: "out" }, { kind: "refresh", direction: "out" }],
  ["clear", { peer: "10.0.0.2", soft: "in" }, "Mesh_10_0_0_2: there is no session: Active"],
  ["clear", { peer: "10.0.0.3" }, "Mesh_10_0_0_3: it is shut down"],
  ["clear", { peer: "10.9.9.9" }, "no such peer: 10.9.9.9; see ts-bgp peers"],
])("%s %j", (ask, args, expected) => {
  const given: unknown[] = [];
  for (const [last, more] of [[1, {}], [2, { state: "Active" as const }]] as const) view.addPeer({ name: `Mesh_10_0_0_${last}`, address: `10.0.0.${last}` }, more);
  view.addPeer({ name: "Mesh_10_0_0_3", address: "10.0.0.3", shutdown: "" }, { state: "Idle" });
  const reply = answer({ ...look(), orders: { ...look().orders, administer: (_peer, order) => given.push(order) } }, ask, args);
  expect(reply.kind === "refused" ? reply.reason : given[0]).toEqual(expected);
});

test("log levels are shown, set for one topic or all, and refused where there is no such level", () => {
  const here = look();
  expect(valueOf<LogLevelAnswer>(answer(here, "log-level", {}))).toMatchObject({ level: "info", topics: { session: "info" } });
  expect(valueOf<LogLevelAnswer>(answer(here, "set-log-level", { level: "debug", topic: "session" }))).toMatchObject({ level: null, topics: { session: "debug", kernel: "info" } });
  expect(valueOf<LogLevelAnswer>(answer(here, "set-log-level", { level: "warn" }))).toMatchObject({ level: "warn", topics: { session: "warn" } });
  expect(answer(here, "set-log-level", { level: "loud" })).toMatchObject({ kind: "refused", reason: expect.stringContaining('level: "loud", expected') });
});

test("how long UPDATEs take is told by step, for the last minutes, and null where nothing came so far", () => {
  const convergence = new ConvergenceTimes();
  const here = { ...look(), convergence };
  convergence.observe("best", 2, 99, here.clock.nowMs);
  convergence.observe("best", 900, 1, here.clock.nowMs);
  const { windowSec, steps, unmeasured } = valueOf<ConvergenceAnswer>(answer(here, "convergence", {}));
  expect({ windowSec, unmeasured }).toEqual({ windowSec: 300, unmeasured: 0 });
  expect(steps[0]).toMatchObject({ step: "best", updates: 100, p50Ms: 2, p99Ms: 2, meanMs: 10.98, updatesSinceStart: 100 });
  expect(steps[0]?.buckets.at(-1)).toEqual({ atMostMs: null, updates: 100 });
  expect(steps[0]?.buckets.find(({ atMostMs }) => atMostMs === 512)).toEqual({ atMostMs: 512, updates: 99 });
  expect(steps.slice(1)).toMatchObject([{ step: "kernel", updates: 0, p50Ms: null, p99Ms: null, meanMs: null }, { step: "sent", updates: 0 }]);
});
