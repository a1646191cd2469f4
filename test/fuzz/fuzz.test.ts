/**
 * A short run of the fuzzer, always with the same seed. What it finds names seed and number, and
 * `npm run fuzz -- --seed S --episode N` shows it again.
 */

import { describe, expect, it } from "vitest";
import { codecCase } from "./codec-fuzz.ts";
import { Figures } from "./figures.ts";
import { episode } from "./speaker-fuzz.ts";

const SEED = 20_260_731;
const CASES = 8_000;
const EPISODES = 40;

describe("spoiled messages of every type [5.1-total]", () => {
  it("decode to a message or an error, the same every time, and what is announced can be passed on [5.8-fuzz]", () => {
    const figures = new Figures();
    for (let number = 0; number < CASES; number++) codecCase(SEED, number, figures);
    expect(figures.outcomes("codec update")).toEqual(expect.arrayContaining(["announced", "withdrawn", "discard-attribute", "treat-as-withdraw", "3/1", "3/2", "3/9", "3/10", "end of rib"]));
    expect(figures.outcomes("codec open")).toEqual(expect.arrayContaining(["open", "2/0", "2/1", "2/4", "2/6", "1/2"]));
    expect(figures.outcomes("codec route-refresh")).toEqual(expect.arrayContaining(["route-refresh", "7/1"]));
  });
});

describe("hostile peers of every kind", () => {
  it("cost no healthy peer its session, a route or the truth, and leave nothing behind [5.8-fuzz]", () => {
    const figures = new Figures();
    for (let number = 0; number < EPISODES; number++) episode(SEED, number, figures);
    expect(figures.total("episodes")).toBe(EPISODES);
    expect(figures.outcomes("sessions ended")).toEqual(expect.arrayContaining(["lost", "sent 1/1", "sent 3/1", "sent 3/10", "sent 4/0", "sent 5/3", "sent 6/1"]));
    expect(figures.total("attribute faults")).toBeGreaterThan(100);
    expect(figures.outcomes("routes kept")).toEqual(["fresh", "long-lived", "restarting", "returning", "returning-late"]);
    expect(figures.outcomes("limits")).toEqual(["as-path-length", "callers", "communities", "first-as", "prefixes"]);
  });
});
