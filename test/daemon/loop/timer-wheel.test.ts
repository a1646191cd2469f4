/** The timer wheel against a plain map of deadlines, on a virtual clock. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { TimerWheel } from "../../../src/daemon/loop/timer-wheel.ts";

const TICK_MS = 20;

function wheelAt(nowMs: number): TimerWheel<string> {
  return new TimerWheel(nowMs, (key: string) => key);
}

test("a timer fires once, never early, and at most a tick late", () => {
  const wheel = wheelAt(5);
  wheel.arm("keepalive", 1005);
  expect(wheel.due(1004)).toEqual([]);
  expect(wheel.due(1005 + TICK_MS)).toEqual(["keepalive"]);
  expect(wheel.due(9999)).toEqual([]);
  expect(wheel.size).toBe(0);
});

test("arming an armed key moves it, to later and to earlier", () => {
  const wheel = wheelAt(0);
  wheel.arm("hold", 1000);
  wheel.arm("hold", 3000);
  expect(wheel.due(2000)).toEqual([]);
  wheel.arm("hold", 2100);
  expect(wheel.due(2120)).toEqual(["hold"]);
});

test("a deadline beyond the ring waits for its time", () => {
  const wheel = wheelAt(0);
  wheel.arm("rest", 3_600_000);
  let nowMs = 0;
  let wakeUps = 0;
  for (let fired: readonly string[] = []; fired.length === 0; wakeUps++) {
    nowMs = wheel.nextAtMs() ?? Number.NaN;
    fired = wheel.due(nowMs);
  }
  expect(nowMs).toBe(3_600_000);
  expect(wakeUps).toBeLessThan(200);
});

test("after a pause longer than the ring everything that was due comes, the earliest first", () => {
  const wheel = wheelAt(0);
  for (const [key, atMs] of [["c", 50_000], ["a", 100], ["d", 200_000], ["b", 30_000]] as const) wheel.arm(key, atMs);
  expect(wheel.due(100_000)).toEqual(["a", "b", "c"]);
  expect(wheel.due(200_000)).toEqual(["d"]);
});

const move = fc.oneof(
  fc.record({ kind: fc.constant("arm" as const), key: fc.constantFrom("a", "b", "c", "d", "e"), delayMs: fc.oneof(fc.integer({ min: -50, max: 400 }), fc.integer({ min: 0, max: 90_000 })) }),
  fc.record({ kind: fc.constant("disarm" as const), key: fc.constantFrom("a", "b", "c", "d", "e") }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 60_000 })) }),
  fc.record({ kind: fc.constant("sleep-till-next" as const) }),
);

test("whatever is armed, moved and disarmed, exactly what is due fires", () => {
  const seen = { fired: 0, moved: 0, wrapped: 0, slept: 0 };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e7 }), fc.array(move, { maxLength: 80, size: "max" }), (startMs, moves) => {
      let nowMs = startMs;
      const wheel = wheelAt(nowMs);
      const deadlines = new Map<string, number>();
      const advance = (toMs: number): void => {
        if (toMs - nowMs > 1024 * TICK_MS) seen.wrapped++;
        nowMs = toMs;
        const fired = wheel.due(nowMs);
        seen.fired += fired.length;
        for (const key of fired) {
          expect(deadlines.get(key)).toBeLessThanOrEqual(nowMs);
          deadlines.delete(key);
        }
        for (const [key, atMs] of deadlines) expect(atMs, key).toBeGreaterThan(nowMs - TICK_MS);
      };
      for (const step of moves) {
        if (step.kind === "wait") advance(nowMs + step.ms);
        else if (step.kind === "disarm") {
          wheel.disarm(step.key);
          deadlines.delete(step.key);
        } else if (step.kind === "arm") {
          if (deadlines.has(step.key)) seen.moved++;
          wheel.arm(step.key, nowMs + step.delayMs);
          deadlines.set(step.key, Math.max(nowMs + step.delayMs, nowMs)); // what is overdue when armed fires with the next tick
        } else if (wheel.nextAtMs() !== undefined) {
          seen.slept++;
          const nextMs = wheel.nextAtMs() as number;
          expect(nextMs - TICK_MS).toBeLessThan(Math.min(...deadlines.values()) + TICK_MS);
          advance(Math.max(nowMs, nextMs));
        }
        expect(wheel.size).toBe(deadlines.size);
        for (const [key, deadlineMs] of deadlines) expect(Math.abs((wheel.dueAtMs(key) as number) - deadlineMs)).toBeLessThanOrEqual(2 * TICK_MS);
      }
      advance(nowMs + 200_000);
      expect(deadlines.size).toBe(0);
    }),
    { numRuns: 500 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
});
