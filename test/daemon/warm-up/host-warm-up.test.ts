/** What a host does before it calls anybody: a table comes in, changes, and goes, all the way to a kernel that is not there. */

import { expect, test, vi } from "vitest";
import type { Family } from "../../../src/bgp/wire/context.ts";
import { HostWarmUp } from "../../../src/daemon/warm-up/host-warm-up.ts";
import { type Forwarder, startWarm } from "../../../src/daemon/warm-up/warm-up.ts";

const ROUTES = 2_000;
const PIECES = 5; // of a scene; before each it is asked whether it is over

async function writtenIn(scenes: number): Promise<number> {
  const warmUp = new HostWarmUp({ maxBytes: 1024 * 1024, maxAgeMs: 60_000 });
  let looks = 0;
  await warmUp.play(() => ++looks > scenes * PIECES);
  return warmUp.written;
}

test("every route of the table is written, written with another next hop, and taken away", async () => {
  expect(await writtenIn(1)).toBe(ROUTES);
  expect(await writtenIn(2)).toBe(2 * ROUTES);
  expect(await writtenIn(3)).toBe(3 * ROUTES);
});

test("in the next round the second reflector tells the same, which costs nothing; while the two differ, routes go both ways", async () => {
  expect(await writtenIn(3 + 6)).toBe(7 * ROUTES);
});

/** A kernel's side that has routes of these families from an earlier life. */
function forwarder(inherited: readonly Family[] = []): Forwarder {
  return { start: () => Promise.resolve(), inherited: () => inherited };
}

test("a host that has warmed up for its time goes on, in the middle of a round", async () => {
  let nowMs = 0;
  expect(await startWarm(forwarder(), undefined, () => false, () => (nowMs += 40))).toEqual([]);
  expect(nowMs).toBeGreaterThanOrEqual(250);
  expect(nowMs).toBeLessThan(500);
});

test("a host that is to end does not warm up to the end of its time", async () => {
  let looks = 0;
  await startWarm(forwarder(), undefined, () => ++looks > 2, () => 0);
  expect(looks).toBeLessThan(6);
});

test("a host that finds its routes in the kernel is back without a warm-up", async () => {
  let looks = 0;
  expect(await startWarm(forwarder(["ipv4"]), undefined, () => ++looks > 100)).toEqual(["ipv4"]);
  expect(looks).toBe(0);
});

test("a host's warm-up begins anew a few times, because what is still empty is laid out otherwise", async () => {
  const plays = vi.spyOn(HostWarmUp.prototype, "play");
  let nowMs = 0;
  await startWarm(forwarder(), undefined, () => false, () => (nowMs += 5));
  expect(new Set(plays.mock.contexts).size).toBe(3);
  plays.mockRestore();
});
