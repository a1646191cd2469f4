/** What a reflector does before anybody calls: the warm-up is like a real day, and it makes room as soon as there is one. */

import { afterEach, expect, test, vi } from "vitest";
import { ReflectorWarmUp } from "../../../src/daemon/warm-up/reflector-warm-up.ts";
import { WarmUp } from "../../../src/daemon/warm-up/warm-up.ts";

afterEach(() => vi.useRealTimers());

function told(rounds: number): number {
  const warmUp = new ReflectorWarmUp({ maxBytes: 1024 * 1024, maxAgeMs: 60_000 });
  for (const _turn of warmUp.play(rounds));
  return warmUp.toldBytes;
}

/** A warm-up on a clock that stands still but for what each look at it costs. */
function started({ looks = 1, isQuiet = (): boolean => true } = {}): { readonly warmUp: WarmUp; readonly spentMs: () => number } {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let nowMs = 0;
  const warmUp = new WarmUp(undefined, { isQuiet, nowMs: () => (nowMs += looks) });
  warmUp.begin();
  return { warmUp, spentMs: () => nowMs };
}

test("in a warm-up every client hears every other client's routes, and each round tells them again", () => {
  const least = 64 * 63 * 20 * 5; // 64 clients hear 63 others' 20 prefixes of five octets each
  expect(told(1)).toBeGreaterThan(least);
  expect(told(2) - told(1)).toBeGreaterThan(least);
});

test("a warm-up says the same every time", () => {
  expect(told(2)).toBe(told(2));
});

test("a warm-up plays slice by slice, and comes to its end", () => {
  const { warmUp } = started();
  expect(warmUp.isOver).toBe(false);
  vi.advanceTimersToNextTimer();
  expect(warmUp.isOver).toBe(false);
  vi.runAllTimers();
  expect(warmUp.isOver).toBe(true);
});

test("a warm-up is over as soon as somebody is connected", () => {
  let connections = 0;
  const { warmUp, spentMs } = started({ isQuiet: () => connections === 0 });
  vi.advanceTimersToNextTimer();
  const before = spentMs();
  expect(before).toBeGreaterThan(0);
  connections = 1;
  vi.advanceTimersToNextTimer();
  expect(warmUp.isOver).toBe(true);
  expect(spentMs()).toBe(before);
});

test("a warm-up on a slow machine ends unfinished after a second of work", () => {
  const { warmUp, spentMs } = started({ looks: 50 });
  vi.runAllTimers();
  expect(warmUp.isOver).toBe(true);
  expect(spentMs()).toBeLessThan(2_500); // a second that counted, and the looks before each slice
});

test("a warm-up that is stopped does not go on", () => {
  const { warmUp, spentMs } = started();
  vi.advanceTimersToNextTimer();
  const before = spentMs();
  warmUp.stop();
  vi.runAllTimers();
  expect(warmUp.isOver).toBe(true);
  expect(spentMs()).toBe(before);
});

test("a warm-up begins anew a few times, because what is still empty is laid out otherwise", () => {
  const plays = vi.spyOn(ReflectorWarmUp.prototype, "play");
  started({ looks: 0.001 });
  vi.runAllTimers();
  expect(new Set(plays.mock.contexts).size).toBe(3);
  plays.mockRestore();
});
