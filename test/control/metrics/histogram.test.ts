/** Durations counted in buckets, and which of them are recent. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram, RECENT_MS, RecentHistogram } from "../../../src/control/records/histogram.ts";

const aDuration = fc.record({ ms: fc.double({ min: 0, max: 200_000, noNaN: true }), weight: fc.integer({ min: 1, max: 1000 }) });
const A_FIFTH = 2 ** 0.25 + 1e-9; // from one bound to the next
const LEAST_MS = 0.25;
const LONGEST_MS = 65_536;

test("a bucket counts what took at most as long as its bound says, and the last one everything", () => {
  fc.assert(
    fc.property(fc.array(aDuration, { maxLength: 50 }), (durations) => {
      const histogram = new Histogram();
      for (const { ms, weight } of durations) histogram.observe(ms, weight);
      for (const { atMostMs, count } of histogram.cumulative()) {
        expect(count).toBe(durations.reduce((sum, { ms, weight }) => (ms <= atMostMs ? sum + weight : sum), 0));
      }
      expect(histogram.cumulative().at(-1)).toEqual({ atMostMs: Infinity, count: histogram.count });
    }),
  );
});

test("a quantile is never too low, and at most a fifth too high", () => {
  fc.assert(
    fc.property(fc.array(aDuration, { minLength: 1, maxLength: 50 }), fc.constantFrom(0.01, 0.5, 0.99, 1), (durations, part) => {
      const histogram = new Histogram();
      for (const { ms, weight } of durations) histogram.observe(ms, weight);
      const sorted = durations.flatMap(({ ms, weight }) => Array.from({ length: weight }, () => ms)).sort((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil(part * sorted.length - 1e-9) - 1)] as number;
      const told = histogram.quantileMs(part) as number;
      expect(told).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(told).toBeLessThanOrEqual(exact > LONGEST_MS ? Infinity : Math.max(LEAST_MS, exact * A_FIFTH));
    }),
  );
});

test("there is no quantile of nothing", () => {
  expect(new Histogram().quantileMs(0.5)).toBeUndefined();
});

test("what is older than the last minutes is no longer recent, and counts for ever", () => {
  const durations = new RecentHistogram();
  durations.observe(1, 7, 1000);
  durations.observe(8, 2, RECENT_MS - 1);
  expect(durations.recent(RECENT_MS - 1).count).toBe(9);
  expect(durations.recent(RECENT_MS + 1).count).toBe(2);
  expect(durations.recent(3 * RECENT_MS).count).toBe(0);
  durations.observe(1, 1, 3 * RECENT_MS); // where the first ones were
  expect(durations.recent(3 * RECENT_MS).count).toBe(1);
  expect(durations.all.count).toBe(10);
});
