/** Which lines of the log the timeline keeps, and how; and that one moment has one wall time. */

import { expect, test } from "vitest";
import type { Prefix } from "../../../src/ip/prefix.ts";
import type { AnyFact } from "../../../src/daemon/facts.ts";
import { lineOf } from "../../../src/daemon/log/fact-lines.ts";
import type { Written } from "../../../src/daemon/log/log.ts";
import { toldFact, worthOf } from "../../../src/daemon/log/told-fact.ts";
import { WallClock } from "../../../src/daemon/loop/wall-clock.ts";
import type { PeerName } from "../../../src/speaker/config/config.ts";

const PEER = "Mesh_x" as PeerName;

function written(fact: AnyFact, heldBack = 0): Written {
  return { fact, line: lineOf(fact), heldBack, atMs: 1_234.5 };
}

test("a line says whom or what it is about, and how many it stands for", () => {
  expect(toldFact(written({ kind: "peer-down", peer: PEER, was: "established", reason: { kind: "lost" } }, 7))).toMatchObject({
    atMs: 1_234, topic: "session", fact: "peer-down", level: "warn", peer: PEER, prefix: undefined, text: "Mesh_x went down: connection lost", times: 7,
  });
  expect(toldFact(written({ kind: "conflict", prefix: "10.0.0.0/8" as Prefix, protocol: 3, metric: 0 }))).toMatchObject({ topic: "kernel", peer: undefined, prefix: "10.0.0.0/8", times: 1 });
});

test("long lists are cut, so that what is kept stays small", () => {
  const changes = Array.from({ length: 5_000 }, (_, n) => ({ kind: "add-peer" as const, peer: `p${n}` as PeerName }));
  const { text, fields } = toldFact(written({ kind: "configured", changes }));
  expect(text).toBe("configuration applied: 5000 peers added");
  expect((fields as { changes: readonly unknown[] }).changes).toHaveLength(16);
});

test("attempts and what is said at debug level are for those who watch; everything else is kept", () => {
  expect(worthOf(written({ kind: "peer-down", peer: PEER, was: "attempt", reason: { kind: "lost" } }))).toBe("a look");
  expect(worthOf(written({ kind: "dial-failed", peer: PEER, reason: "no" }))).toBe("a look");
  expect(worthOf(written({ kind: "peer-state", peer: PEER, from: "Idle", to: "Connect" }))).toBe("a look");
  expect(worthOf(written({ kind: "peer-down", peer: PEER, was: "established", reason: { kind: "lost" } }))).toBe("keeping");
  expect(worthOf(written({ kind: "configured", changes: [] }))).toBe("keeping");
});

test("one moment has one wall time, however often it is asked, until somebody sets the clock", () => {
  const wall = new WallClock();
  const shown = (eventMs: number, nowMs: number, wallMs: number): number => wall.at(nowMs, wallMs) - (nowMs - eventMs);
  const first = shown(100, 200.9, 1_000_200);
  expect([shown(100, 300.1, 1_000_300), shown(100, 400.5, 1_000_399)]).toEqual([first, first]);
  expect(shown(100, 500, 1_060_500)).toBe(1_060_100);
});

test("whoever is put aside between the two clocks reads them again: nobody has set the clock", () => {
  const wall = new WallClock();
  const read = (nows: number[], walls: number[]): number => {
    const { nowMs, wallMs } = wall.read(() => nows.shift() ?? Number.NaN, () => walls.shift() ?? Number.NaN);
    return wallMs - nowMs;
  };
  const first = read([100, 100.1], [1_000_100]);
  expect(read([200, 220, 220.1, 220.2], [1_000_220, 1_000_220])).toBe(first);
  expect(read([300, 300.1], [1_060_300])).toBe(1_060_000);
});
