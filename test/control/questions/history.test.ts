/** What is asked about the past, and what is watched: over a journal and a log that the test filled. */

import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import type { Prefix } from "../../../src/ip/prefix.ts";
import type { RouteChange } from "../../../src/history/change.ts";
import { ChangeRing } from "../../../src/history/change-ring.ts";
import { answer } from "../../../src/control/commands.ts";
import type { FactEventRow, FlapRow, HistoryRow, MonitorRow, ReachRow, RouteEventRow } from "../../../src/control/answers/events.ts";
import { FactLog, type ToldFact } from "../../../src/control/records/fact-log.ts";
import type { LiveRows, Look } from "../../../src/control/look.ts";
import type { RouteOrigin } from "../../../src/speaker/view.ts";
import { draftOf } from "../../support/changes.ts";
import { FakeView, fromPeer } from "../../support/fake-view.ts";
import { quietLook } from "../../support/quiet-look.ts";

const HOUR_MS = 3_600_000;
const START_MS = 1_000;
const WALL_MS = Date.parse("2025-11-21T09:00:00Z");
const X = fromPeer("Mesh_x", "10.0.0.1");
const Y = fromPeer("Mesh_y", "10.0.0.2");

let view: FakeView;
let ring: ChangeRing<RouteOrigin>;
let facts: FactLog;

beforeEach(() => {
  view = new FakeView();
  view.addPeer({ name: "Mesh_x", address: "10.0.0.1" });
  ring = new ChangeRing({ maxBytes: 1 << 20, maxAgeMs: HOUR_MS }, START_MS);
  facts = new FactLog(HOUR_MS, START_MS);
});

function look(nowMs: number): Look {
  return quietLook(view, { history: { routes: ring, facts }, clock: { nowMs, wallMs: WALL_MS + nowMs } });
}

function changed(atMs: number, prefix: string, before: RouteOrigin | undefined, after: RouteOrigin | undefined, more: Partial<RouteChange<RouteOrigin>> = {}): void {
  const path = after && { nextHop: "10.0.0.9" as IpAddress, localPref: 100, med: 0, asPathLength: 1, neighbourAs: 65001, origin: "igp" as const };
  ring.append(draftOf({ atMs, prefix: prefix as Prefix, change: before === undefined ? "appeared" : after ? "changed" : "went", cause: "announced", decidedBy: undefined, differs: [], before, after, path, ...more }));
}

function told(atMs: number, fact: string, given: Partial<ToldFact> = {}, worth: "keeping" | "a look" = "keeping"): void {
  facts.note({ atMs, topic: "session", fact, level: "info", peer: undefined, prefix: undefined, text: `${fact} happened`, fields: {}, times: 1, ...given }, worth);
}

function rows<Row>(nowMs: number, ask: string, args: object = {}): readonly Row[] {
  const reply = answer(look(nowMs), ask, args);
  if (reply.kind !== "rows") throw new Error(`not rows: ${JSON.stringify(reply)}`);
  return JSON.parse(JSON.stringify([...reply.rows].filter((row) => row !== undefined))) as Row[];
}

/** "09:00:02 10.0.0.0/8" or "09:00:02 peer-up" of each row but the first. */
function timeline(nowMs: number, args: object = {}): readonly string[] {
  const [reach, ...events] = rows<HistoryRow>(nowMs, "changes", args);
  expect(reach?.kind).toBe("reach");
  return events.map((row) => (row.kind === "route" ? `${row.at.slice(11, 19)} ${row.prefix}` : row.kind === "fact" ? `${row.at.slice(11, 19)} ${row.fact}` : row.kind));
}

describe("changes", () => {
  it("let others have their turn while a long journal is looked through for little", () => {
    for (let number = 0; number < 10_000; number++) changed(2_000, `10.${number >> 8}.${number & 255}.0/24`, undefined, X);
    const reply = answer(look(3_000), "changes", { prefix: "10.39.15.0/24" });
    const given = reply.kind === "rows" ? [...reply.rows] : [];
    expect(given.filter((row) => row !== undefined)).toHaveLength(2);
    expect(given.filter((row) => row === undefined)).toHaveLength(2);
  });

  it("are best paths and facts in one order; of one moment the facts first", () => {
    changed(2_000, "10.1.0.0/16", undefined, X);
    told(3_000, "peer-down", { peer: "Mesh_x" });
    changed(3_000, "10.1.0.0/16", X, undefined, { cause: "session-down" });
    changed(4_000, "2001:db8::/32", undefined, Y);
    told(5_000, "configured");
    expect(timeline(6_000)).toEqual(["09:00:02 10.1.0.0/16", "09:00:03 peer-down", "09:00:03 10.1.0.0/16", "09:00:04 2001:db8::/32", "09:00:05 configured"]);
  });

  it("show a best path as it is documented", () => {
    changed(2_000, "10.1.0.0/16", X, Y, { cause: "better-path", decidedBy: "local-pref", differs: ["next-hop", "local-pref"] });
    changed(3_000, "10.1.0.0/16", Y, undefined, { cause: "withdrawn" });
    const [, first, second] = rows<RouteEventRow>(6_000, "changes");
    expect(first).toEqual({
      kind: "route",
      at: "2025-11-21T09:00:02.000Z",
      prefix: "10.1.0.0/16",
      family: "ipv4",
      change: "changed",
      cause: "better-path",
      because: "another path is preferred",
      decidedBy: "local-pref",
      differs: ["next-hop", "local-pref"],
      before: { kind: "peer", peer: "Mesh_x", address: "10.0.0.1" },
      after: { kind: "peer", peer: "Mesh_y", address: "10.0.0.2" },
      path: { nextHop: "10.0.0.9", localPref: 100, med: 0, asPathLength: 1, neighbourAs: 65001, origin: "igp" },
    });
    expect(second).toMatchObject({ change: "went", after: null, path: null, decidedBy: null });
  });

  it("show a fact with the words of the log", () => {
    told(2_000, "conflict", { topic: "kernel", level: "warn", prefix: "10.1.0.0/16" as Prefix, text: "in the way", fields: { metric: 7 }, times: 3 });
    expect(rows<FactEventRow>(6_000, "changes")[1]).toEqual({ kind: "fact", at: "2025-11-21T09:00:02.000Z", topic: "kernel", fact: "conflict", level: "warn", peer: null, prefix: "10.1.0.0/16", text: "in the way", times: 3, fields: { metric: 7 } });
  });

  it("are asked for by time, peer and prefix", () => {
    view.addPeer({ name: "Mesh_y", address: "10.0.0.2" });
    changed(2_000, "10.1.0.0/16", undefined, X);
    changed(3_000, "10.1.2.0/24", undefined, Y);
    told(4_000, "peer-up", { peer: "Mesh_y" });
    told(4_500, "conflict", { prefix: "10.1.2.0/24" as Prefix });
    changed(5_000, "10.1.0.0/16", X, Y);
    changed(6_000, "0.0.0.0/0", undefined, X);
    expect(timeline(7_000, { since: "3s" })).toEqual(["09:00:04 peer-up", "09:00:04 conflict", "09:00:05 10.1.0.0/16", "09:00:06 0.0.0.0/0"]);
    expect(timeline(7_000, { peer: "10.0.0.2" })).toEqual(["09:00:03 10.1.2.0/24", "09:00:04 peer-up", "09:00:05 10.1.0.0/16"]);
    expect(timeline(7_000, { prefix: "10.1.2.0/24" })).toEqual(["09:00:03 10.1.2.0/24", "09:00:04 conflict"]);
    expect(timeline(7_000, { longer: "10.0.0.0/8" })).toEqual(["09:00:02 10.1.0.0/16", "09:00:03 10.1.2.0/24", "09:00:04 conflict", "09:00:05 10.1.0.0/16"]);
    expect(timeline(7_000, { covering: "10.1.3.4" })).toEqual(["09:00:02 10.1.0.0/16", "09:00:05 10.1.0.0/16", "09:00:06 0.0.0.0/0"]);
  });

  it("of a peer that is in no configuration any more are found by the name and the address it had", () => {
    changed(2_000, "10.1.0.0/16", undefined, Y);
    told(3_000, "peer-down", { peer: "Mesh_y" });
    expect(timeline(7_000, { peer: "Mesh_y" })).toEqual(["09:00:02 10.1.0.0/16", "09:00:03 peer-down"]);
    expect(timeline(7_000, { peer: "10.0.0.2" })).toEqual(["09:00:02 10.1.0.0/16"]);
  });

  it("begin with since when they are known, and whether that is all that was asked for", () => {
    const reach = (nowMs: number, since?: string): ReachRow => rows<ReachRow>(nowMs, "changes", since === undefined ? {} : { since })[0] as ReachRow;
    expect(reach(6_000)).toEqual({ kind: "reach", since: "2025-11-21T09:00:01.000Z", asked: null, complete: false, now: "2025-11-21T09:00:06.000Z" });
    expect(reach(6_000, "4s")).toMatchObject({ asked: "2025-11-21T09:00:02.000Z", complete: true });
    expect(reach(6_000, "5m")).toMatchObject({ since: "2025-11-21T09:00:01.000Z", complete: false });
    expect(reach(2 * HOUR_MS, "90m")).toMatchObject({ since: "2025-11-21T10:00:00.000Z", complete: false });
    expect(reach(2 * HOUR_MS, "1h")).toMatchObject({ complete: true });
  });

  it("know of no time that the facts were forgotten of", () => {
    for (let n = 0; n < 5_000; n++) told(2_000 + n, "peer-up");
    changed(2_000, "10.1.0.0/16", undefined, X);
    const [reach, ...events] = rows<HistoryRow>(10_000, "changes");
    expect(reach).toMatchObject({ since: "2025-11-21T09:00:02.903Z" });
    expect(events).toHaveLength(4_097 - 1); // of the last forgotten one's moment nothing is said
  });

  it("are read to the end that they had when they were asked for, and what is forgotten meanwhile is told", () => {
    ring = new ChangeRing({ maxBytes: 4096, maxAgeMs: HOUR_MS }, START_MS, 1024);
    for (let n = 0; n < 50; n++) changed(2_000 + n, "10.1.0.0/16", undefined, X);
    const reply = answer(look(6_000), "changes", {});
    if (reply.kind !== "rows") throw new Error("not rows");
    const kinds: string[] = [];
    let missed = 0;
    for (const row of reply.rows as Iterable<HistoryRow>) {
      kinds.push(row.kind);
      if (row.kind === "missed") missed = row.events;
      if (kinds.length === 5) for (let n = 0; n < 200; n++) changed(7_000 + n, "10.2.0.0/16", undefined, X);
    }
    expect(kinds).toEqual(["reach", "route", "route", "route", "route", "missed"]);
    expect(missed).toBe(46);
  });

  it.each([
    [{ since: "soon" }, 'since: "soon", expected a duration such as "90s", "5m" or "2h"'],
    [{ longer: "10.0.0.1/8" }, /^longer: "10\.0\.0\.1\/8", expected a prefix/],
    [{ until: "now" }, /^until: "now", expected no field of that name/],
  ])("%j is one clear line", (args, reason) => {
    const reply = answer(look(6_000), "changes", args);
    expect(reply.kind === "refused" && reply.reason).toMatch(reason);
  });

  it("are refused where nothing is remembered", () => {
    const off = quietLook(view, { history: { routes: undefined, facts } });
    for (const ask of ["changes", "flaps"]) expect(answer(off, ask, {})).toEqual({ kind: "refused", reason: "nothing is remembered: control.history is off" });
    expect(answer(off, "monitor", { routes: "told" })).toEqual({ kind: "refused", reason: "best paths cannot be watched: control.history is off" });
    expect(answer(off, "monitor", {}).kind).toBe("live");
  });
});

describe("flaps", () => {
  it("are the prefixes that changed most and the sessions that went down most", () => {
    for (let n = 0; n < 4; n++) changed(2_000 + n, "10.1.0.0/16", X, n % 2 === 0 ? undefined : Y);
    for (let n = 0; n < 2; n++) changed(3_000 + n, "10.2.0.0/16", X, Y, { cause: "better-path" });
    changed(3_500, "10.3.0.0/16", undefined, Y);
    told(4_000, "peer-down", { peer: "Mesh_y" });
    told(5_000, "peer-down", { peer: "Mesh_x", text: "first" });
    told(6_000, "peer-down", { peer: "Mesh_x", text: "last of many", times: 12 });
    const [reach, ...flaps] = rows<FlapRow>(7_000, "flaps");
    expect(reach).toMatchObject({ kind: "reach" });
    expect(flaps).toEqual([
      { kind: "prefix", prefix: "10.1.0.0/16", changes: 4, went: 2, last: "2025-11-21T09:00:02.003Z", lastCause: "announced" },
      { kind: "prefix", prefix: "10.2.0.0/16", changes: 2, went: 0, last: "2025-11-21T09:00:03.001Z", lastCause: "better-path" },
      { kind: "session", peer: "Mesh_x", downs: 13, last: "2025-11-21T09:00:06.000Z", lastText: "last of many" },
      { kind: "session", peer: "Mesh_y", downs: 1, last: "2025-11-21T09:00:04.000Z", lastText: "peer-down happened" },
    ]);
    expect(rows<FlapRow>(7_000, "flaps", { top: 1 }).map(({ kind }) => kind)).toEqual(["reach", "prefix", "session"]);
    expect(rows<FlapRow>(7_000, "flaps", { since: "2500ms" }).slice(1)).toMatchObject([{ peer: "Mesh_x", downs: 13 }]);
  });
});

describe("a monitor", () => {
  function watch(args: object = {}): LiveRows {
    const reply = answer(look(2_000), "monitor", args);
    if (reply.kind !== "live") throw new Error(`not live: ${JSON.stringify(reply)}`);
    expect(taken(reply.rows, 2_000)).toEqual(["began"]);
    return reply.rows;
  }

  function taken(live: LiveRows, nowMs: number): readonly string[] {
    return (live.take(look(nowMs)) as readonly MonitorRow[]).map((row) => (row.kind === "route" ? row.prefix : row.kind === "fact" ? row.fact : row.kind === "missed" ? `missed ${row.events}` : row.kind));
  }

  it("begins now, and shows what happens after that, once", () => {
    told(1_500, "peer-down");
    changed(1_500, "10.1.0.0/16", undefined, X);
    const live = watch({ routes: "told" });
    expect(taken(live, 2_500)).toEqual([]);
    changed(3_000, "10.2.0.0/16", undefined, X);
    told(3_000, "peer-up", {}, "a look");
    expect(taken(live, 3_000)).toEqual(["peer-up", "10.2.0.0/16"]);
    expect(taken(live, 3_000)).toEqual([]);
  });

  it("shows best paths only where they are asked for, and only what is wanted", () => {
    const [quiet, narrow] = [watch(), watch({ routes: "told", longer: "10.0.0.0/8", peer: "Mesh_x" })];
    changed(3_000, "10.2.0.0/16", undefined, X);
    changed(3_000, "10.3.0.0/16", undefined, Y);
    changed(3_000, "11.0.0.0/8", undefined, X);
    told(3_000, "peer-up", { peer: "Mesh_x" });
    expect(taken(quiet, 3_000)).toEqual(["peer-up"]);
    expect(taken(narrow, 3_000)).toEqual(["10.2.0.0/16"]);
  });

  it("takes a bounded number at a time, and is told how many were forgotten before it read them", () => {
    ring = new ChangeRing({ maxBytes: 64 * 1024, maxAgeMs: HOUR_MS }, START_MS, 1024);
    const live = watch({ routes: "told" });
    for (let n = 0; n < 5_000; n++) changed(3_000, "10.2.0.0/16", undefined, X);
    for (let n = 0; n < 1_500; n++) told(3_000, "peer-up", {}, "a look");
    let shown = 0;
    let missed = 0;
    for (let more = taken(live, 4_000); more.length > 0; more = taken(live, 4_000)) {
      expect(more.length).toBeLessThanOrEqual(1_001);
      for (const event of more) event.startsWith("missed") ? (missed += Number(event.slice(7))) : shown++;
    }
    expect(missed).toBeGreaterThan(2_000);
    expect(shown + missed).toBe(6_500);
  });
});

describe("a long journal", () => {
  it.each([["changes", 12], ["flaps", 3]] as const)("is read with breaths for others, asked for %s, and whole", (ask, breaths) => {
    ring = new ChangeRing({ maxBytes: 8 << 20, maxAgeMs: HOUR_MS }, START_MS);
    for (let n = 0; n < 50_000; n++) changed(2_000, `10.${n >> 8}.${n & 255}.0/24`, undefined, X);
    for (const other of [Y, X]) changed(3_000, "192.0.2.0/24", undefined, other);
    const args = ask === "changes" ? { prefix: "192.0.2.0/24" } : {};
    const reply = answer(look(4_000), ask, args);
    if (reply.kind !== "rows") throw new Error("not rows");
    expect([...reply.rows].filter((row) => row === undefined)).toHaveLength(breaths);
    expect(JSON.stringify(rows(4_000, ask, args).slice(1))).toContain("192.0.2.0/24");
  });
});
