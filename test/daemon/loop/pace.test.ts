/** When routes are told again: what a law says about any history, and the two cases it is for. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Pace } from "../../../src/daemon/loop/pace.ts";

test("a lone change is told at once, and so is one long after the last", () => {
  const pace = new Pace();
  expect(pace.isDue(0)).toBe(true);
  pace.told(1000, 1004);
  expect(pace.isDue(1500)).toBe(true);
  pace.told(2000, 2001);
  expect(pace.isDue(2001)).toBe(true); // too little to set a timer for
});

test("changes that come while telling takes long wait half as long as that, and three times as long while callers come in", () => {
  const pace = new Pace();
  pace.told(1000, 1004);
  expect([1005.9, 1006].map((atMs) => pace.isDue(atMs))).toEqual([false, true]);
  pace.called();
  pace.told(1010, 1014);
  expect([1025.9, 1026].map((atMs) => pace.isDue(atMs))).toEqual([false, true]);
  pace.told(1030, 1034);
  expect(pace.isDue(1036)).toBe(true); // nobody came since
});

test("no change is kept back for longer than 50 ms, and telling gets most of the time unless callers come in", () => {
  const telling = fc.record({ costMs: fc.double({ min: 0, max: 500, noNaN: true }), calls: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(telling), (tellings) => {
      const pace = new Pace();
      let nowMs = 0;
      for (const { costMs, calls } of tellings) {
        for (let call = 0; call < calls; call++) pace.called();
        pace.told(nowMs, nowMs + costMs);
        const restMs = pace.dueMs - (nowMs + costMs);
        expect(restMs).toBeLessThanOrEqual(50 + 1e-9);
        if (calls === 0) expect(restMs).toBeLessThanOrEqual(costMs / 2 + 1e-9);
        nowMs = pace.dueMs;
        expect(pace.isDue(nowMs)).toBe(true);
      }
    }),
  );
});

test("what has only begun to be told goes on at once, and rests when it is over", () => {
  const pace = new Pace();
  pace.unfinished();
  pace.told(1000, 1020);
  expect(pace.isDue(1020)).toBe(true);
  pace.told(1020, 1040);
  expect([pace.isDue(1040), pace.isDue(1050)]).toEqual([false, true]);
});
