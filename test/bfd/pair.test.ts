/** Two BFD systems on one link, on virtual time: coming up, losing packets, losing the link, restarting, changing their minds. */

import { describe, expect, it } from "vitest";
import type { BfdSettings } from "../../src/bfd/vocabulary.ts";
import { BfdLink, type BfdSystem } from "../support/bfd-link.ts";

const FAST: BfdSettings = { intervalMs: 300, multiplier: 3 };
const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);

function news(system: BfdSystem): readonly string[] {
  return system.news.map(({ news }) => news);
}

/** Milliseconds between periodic packets since then; polls' answers come when they come. */
function gaps(system: BfdSystem, sinceMs: number): readonly number[] {
  const times = system.sent.filter(({ atMs, packet }) => atMs >= sinceMs && !packet.final).map(({ atMs }) => atMs);
  return times.slice(1).map((atMs, index) => atMs - (times[index] as number));
}

describe("two systems", () => {
  it("are up within two slow intervals, whoever starts first, and tell it once", () => {
    for (const headStartMs of [0, 1, 500, 999, 3_600_000]) {
      const link = new BfdLink();
      link.want(link.a, FAST);
      link.run(headStartMs);
      link.want(link.b, FAST);
      link.run(2_000);
      expect([link.a.state, link.b.state, news(link.a), news(link.b)]).toEqual(["up", "up", ["up"], ["up"]]);
    }
  });

  it("stay up for hours, and send with jitter but never later than agreed (RFC 5880 §6.8.7)", () => {
    const link = BfdLink.up(FAST, { intervalMs: 400, multiplier: 5 });
    const sinceMs = link.nowMs;
    link.run(2 * 3_600_000);
    expect([news(link.a), news(link.b)]).toEqual([["up"], ["up"]]);
    for (const system of [link.a, link.b]) {
      const between = gaps(system, sinceMs);
      expect(between.length).toBeGreaterThan(10_000);
      expect(Math.min(...between)).toBeGreaterThanOrEqual(300);
      expect(Math.max(...between)).toBeLessThanOrEqual(400);
    }
  });

  it("agree on the slower interval each way, and on the sender's multiplier", () => {
    const link = BfdLink.up({ intervalMs: 300, multiplier: 3 }, { intervalMs: 1_200, multiplier: 5 });
    expect([link.a.view.transmitMs, link.b.view.transmitMs]).toEqual([1_200, 1_200]);
    expect([link.a.view.detectionMs, link.b.view.detectionMs]).toEqual([5 * 1_200, 3 * 1_200]);
  });

  it.each(SEEDS.slice(0, 10))("come up through heavy loss, and are up for good once it ends (seed %i)", (seed) => {
    const link = new BfdLink(seed);
    link.carries = () => link.random() > 0.6;
    link.want(link.a, FAST);
    link.want(link.b, FAST);
    link.run(120_000);
    expect(news(link.a)).toContain("up");
    expect(news(link.b)).toContain("up");
    link.carries = () => true;
    link.run(10_000);
    expect([link.a.state, link.b.state]).toEqual(["up", "up"]);
    const before = link.a.news.length + link.b.news.length;
    link.run(600_000);
    expect(link.a.news.length + link.b.news.length).toBe(before);
  });

  it("one or two packets lost in a row end nothing; three do", () => {
    for (const lost of [1, 2, 3]) {
      const link = BfdLink.up(FAST, FAST);
      let left = lost;
      link.carries = (from) => from !== link.b || left-- <= 0;
      link.run(10_000);
      expect(news(link.a).includes("silence")).toBe(lost === 3);
    }
  });
});

describe("a link that dies", () => {
  it.each(SEEDS)("is noticed by both within the detection time, not before (seed %i) [5.3-bfd]", (seed) => {
    const link = BfdLink.up(FAST, FAST, seed);
    link.run(1_000 * link.random());
    link.carries = () => false;
    const cutMs = link.nowMs;
    link.run(2_000);
    for (const system of [link.a, link.b]) {
      const [, end] = system.news;
      expect(end?.news).toBe("silence");
      expect((end?.atMs ?? 0) - cutMs).toBeGreaterThan(900 - 301);
      expect((end?.atMs ?? 0) - cutMs).toBeLessThanOrEqual(901);
    }
    link.carries = () => true;
    link.run(2_500);
    expect([link.a.state, link.b.state]).toEqual(["up", "up"]);
  });

  it("in one direction only is noticed by whoever hears nothing, who tells the other", () => {
    const link = BfdLink.up(FAST, FAST);
    link.carries = (from) => from === link.a;
    link.run(2_000);
    expect([news(link.a), news(link.b)]).toEqual([
      ["up", "silence"],
      ["up", "neighbor-down"],
    ]);
    link.run(60_000);
    expect([link.a.state, link.b.state]).toEqual(["down", "init"]);
    expect([news(link.a), news(link.b)]).toEqual([
      ["up", "silence"],
      ["up", "neighbor-down"],
    ]);
  });

  it("costs a packet a second while it is dead", () => {
    const link = BfdLink.up(FAST, FAST);
    link.carries = () => false;
    link.run(5_000);
    const sinceMs = link.nowMs;
    link.run(100_000);
    expect(link.a.sent.filter(({ atMs }) => atMs > sinceMs).length).toBeLessThan(140);
    expect(Math.min(...gaps(link.a, sinceMs))).toBeGreaterThanOrEqual(750);
  });
});

describe("a neighbor that restarts", () => {
  it("without a word is lost and found, with its new discriminator", () => {
    const link = BfdLink.up(FAST, FAST);
    const b = link.reborn(link.b, FAST);
    link.run(5_000);
    expect(news(link.a)).toEqual(["up", "neighbor-down", "up"]);
    expect(link.a.view.session.neighbor?.discriminator).toBe(b.view.session.localDiscriminator);
  });
});

describe("an operator", () => {
  it("who changes the interval moves both sides without a loss, slower and faster", () => {
    const link = BfdLink.up(FAST, FAST);
    for (const intervalMs of [2_000, 100, 300, 5_000, 50]) {
      link.want(link.a, { intervalMs, multiplier: 3 });
      link.run(20_000);
      expect([link.a.view.transmitMs, link.b.view.transmitMs]).toEqual([Math.max(intervalMs, 300), Math.max(intervalMs, 300)]);
    }
    expect([news(link.a), news(link.b)]).toEqual([["up"], ["up"]]);
  });

  it.each(SEEDS.slice(0, 20))("who changes it again and again through loss never brings it down by that (seed %i)", (seed) => {
    const link = BfdLink.up({ intervalMs: 300, multiplier: 8 }, { intervalMs: 300, multiplier: 8 }, seed);
    link.carries = () => link.random() > 0.1;
    for (let change = 0; change < 40; change++) {
      link.want(link.random() < 0.5 ? link.a : link.b, { intervalMs: 50 + Math.floor(link.random() * 3_000), multiplier: 8 });
      link.run(link.random() * 4_000);
    }
    expect([news(link.a), news(link.b)]).toEqual([["up"], ["up"]]);
  });

  it("who switches it off says so: the other side hears no failure, and is heard again when it is switched on", () => {
    const link = BfdLink.up(FAST, FAST);
    link.want(link.a, FAST, "down");
    link.run(10_000);
    expect([news(link.a), news(link.b)]).toEqual([
      ["up", "admin-down"],
      ["up", "neighbor-admin-down"],
    ]);
    link.want(link.a, FAST, "up");
    link.run(3_000);
    expect([link.a.state, link.b.state]).toEqual(["up", "up"]);
  });

  it("who wants it no longer is silent only after the neighbor was told for as long as it would have waited", () => {
    const link = BfdLink.up(FAST, FAST);
    let lost = 2;
    link.carries = (from) => from !== link.a || lost-- <= 0;
    link.want(link.a, "nobody");
    link.run(2_900);
    expect(link.a.closed).toBe(0);
    link.run(200);
    expect([link.a.closed, link.a.table.size, link.a.timers.size]).toEqual([1, 0, 0]);
    expect(link.a.sent.slice(-3).map(({ packet }) => packet.state)).toEqual(["admin-down", "admin-down", "admin-down"]);
    expect(link.b.view.session).toMatchObject({ state: "down" });
  });

  it("who wants it back before that has the same session again", () => {
    const link = BfdLink.up(FAST, FAST);
    const { localDiscriminator } = link.a.view.session;
    link.want(link.a, "nobody");
    link.run(500);
    link.want(link.a, FAST);
    link.run(10_000);
    expect(link.a.view.session).toMatchObject({ state: "up", localDiscriminator });
    expect(link.a.closed).toBe(0);
  });

  it("who ends the process: one last word, and nothing is left", () => {
    const link = BfdLink.up(FAST, FAST);
    link.perform(link.a, link.a.table.stop(link.nowMs));
    expect(link.a.sent.at(-1)?.packet.state).toBe("admin-down");
    expect([link.a.closed, link.a.table.size, link.a.timers.size]).toEqual([1, 0, 0]);
    link.run(100);
    expect(news(link.b)).toEqual(["up", "neighbor-admin-down"]);
  });
});
