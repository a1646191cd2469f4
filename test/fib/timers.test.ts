/** When the FIB compares again, tries again, and stops waiting: on a clock that the test turns. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FibTimers } from "../../src/fib/timers.ts";

let told: string[];
let timers: FibTimers;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  timers = new FibTimers(60_000, {
    resync: (reason) => void told.push(reason),
    retryRefused: () => void told.push("retry"),
    unanswered: () => void told.push("unanswered"),
    look: () => void told.push("look"),
  });
});
afterEach(() => {
  timers.stop();
  vi.useRealTimers();
});

describe("a kernel that stops answering is given up", () => {
  it("five seconds after its last answer, not later", () => {
    timers.watch({ isWaiting: true, answers: 0, refused: 0 });
    vi.advanceTimersByTime(4_000);
    timers.watch({ isWaiting: true, answers: 1, refused: 0 });
    vi.advanceTimersByTime(4_900);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(told).toEqual(["unanswered"]);
  });

  it("five seconds after it was asked, when it was silent before because nobody asked", () => {
    timers.watch({ isWaiting: true, answers: 0, refused: 0 });
    timers.watch({ isWaiting: false, answers: 1, refused: 0 });
    vi.advanceTimersByTime(4_000);
    timers.watch({ isWaiting: true, answers: 1, refused: 0 });
    vi.advanceTimersByTime(4_900);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(told).toEqual(["unanswered"]);
  });

  it("never while it is asked nothing", () => {
    timers.watch({ isWaiting: true, answers: 0, refused: 0 });
    timers.watch({ isWaiting: false, answers: 1, refused: 0 });
    vi.advanceTimersByTime(50_000);
    expect(told).toEqual([]);
  });
});

describe("a comparison comes", () => {
  it("a tenth of a second after the first of many events, once", () => {
    for (let i = 0; i < 5; i++) {
      timers.resyncSoon("link-changed");
      vi.advanceTimersByTime(10);
    }
    expect(told).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(["link-changed"]);
  });

  it("later where comparing takes long: a sixth of the time at most", () => {
    timers.resyncDone(1_000);
    timers.resyncSoon("drift");
    vi.advanceTimersByTime(4_900);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(told).toEqual(["drift"]);
  });

  it("every rescanMs after the last one, whatever happened", () => {
    timers.resyncDone(10);
    vi.advanceTimersByTime(59_000);
    timers.resyncDone(10);
    vi.advanceTimersByTime(59_000);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(told).toEqual(["rescan"]);
  });
});

it("what was refused is tried again after one second, then after twice as long each time, until nothing is refused", () => {
  const tries: number[] = [];
  for (let second = 1; second <= 20; second++) {
    timers.watch({ isWaiting: false, answers: 0, refused: 3 });
    vi.advanceTimersByTime(1_000);
    if (told.splice(0).includes("retry")) tries.push(second);
  }
  expect(tries).toEqual([1, 3, 7, 15]);
  timers.watch({ isWaiting: false, answers: 0, refused: 0 });
  vi.advanceTimersByTime(60_000);
  told.length = 0;
  timers.watch({ isWaiting: false, answers: 0, refused: 1 });
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual(["retry"]);
});
