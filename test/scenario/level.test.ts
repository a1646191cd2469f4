/**
 * What every peer holds follows from how things stand, not from how it came to that: after any play it is what a speaker tells
 * that has just begun with the last configuration, among those peers who are there and with what they tell.
 *
 *   a, b: clients   n: none   x, y: external   s, t: hear several paths   r: calls from a range
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AT_FIRST, Play, SHORT_TURN, advertised, anew, anyStep } from "../support/level-play.ts";
import { NAMES } from "../support/level-stage.ts";

describe("what peers hold and what is forwarded", () => {
  it("follows from how things stand, not from how it came to that", () => {
    const reached = { kept: 0, forgotten: 0, absentees: 0, routes: 0 };
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 120, size: "max" }), fc.constantFrom("kept" as const, "forgotten" as const), fc.constantFrom("anew" as const, "anew" as const, "anew" as const, "restart" as const), (steps, wish, begin) => {
        const play = new Play(AT_FIRST, {}, { turn: SHORT_TURN }, begin);
        for (const name of NAMES) play.join(name, 0);
        play.us.nextTurn = "later";
        for (const step of steps) play.make(step);
        const absent = play.isMurky || begin === "restart" ? "forgotten" : wish;
        play.settle(absent);
        expect(play.outcome).toEqual(anew(play, absent).outcome);
        if (!play.hasOdd) for (const actor of play.actors.values()) expect([actor.name, advertised(play.us, actor)]).toEqual([actor.name, actor.routes]); // what no message carries counts as advertised
        reached[absent]++;
        if (absent === "kept") reached.absentees += play.absent.size;
        for (const actor of play.actors.values()) reached.routes += actor.routes;
      }),
      { numRuns: 60 },
    );
    for (const [what, times] of Object.entries(reached)) expect([what, times > 5]).toEqual([what, true]);
  });
});
