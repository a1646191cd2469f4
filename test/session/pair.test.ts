/**
 * Two machines against each other.
 *
 *   left ◄──── links, in memory ────► right
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SETTINGS, linkId, mirrored, settingsWith } from "../support/session-builders.ts";
import { SessionPair } from "../support/session-pair.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Numbers in [0, 1), the same for the same seed. */
function chanceFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function pairOf(left = SETTINGS, right = mirrored(left)): SessionPair {
  return new SessionPair(left, right, chanceFrom(1));
}

function up(left = SETTINGS, right = mirrored(left)): SessionPair {
  const pair = pairOf(left, right);
  pair.start();
  expect(pair.runUntil(() => pair.session !== undefined, MINUTE_MS)).toBe(true);
  return pair;
}

describe("both dial", () => {
  it("in whatever order things arrive, one session is left, the same link on both sides", () => {
    const reached = { collisions: 0, leftsLink: 0, rightsLink: 0, retried: 0 };
    const deliveries = fc.array(fc.nat({ max: 30 }), { minLength: 10, maxLength: 60, size: "max" });
    const external = fc.constantFrom(64512, 65001);
    fc.assert(
      fc.property(deliveries, external, fc.nat(), fc.boolean(), (picks, remoteAs, seed, rightHigher) => {
        const left = settingsWith({ remoteAs });
        const right = mirrored(left, { localRouterId: left.localRouterId + (rightHigher ? 1 : -1) });
        const pair = new SessionPair(left, right, chanceFrom(seed));
        pair.start();
        for (const pick of picks) if (pair.session === undefined) pair.turn(pick);
        expect(pair.runUntil(() => pair.session !== undefined, 2 * MINUTE_MS)).toBe(true);
        expect(pair.left.rig.ledger.liveLinks).toEqual([pair.session]);
        expect(pair.right.rig.ledger.liveLinks).toEqual([pair.session]);
        if (pair.notices.length > 0) reached.collisions++;
        if (pair.nowMs > 0) reached.retried++;
        reached[dialledByLeft(pair) ? "leftsLink" : "rightsLink"]++;
      }),
      { numRuns: 2_000 },
    );
    expect(reached.collisions).toBeGreaterThan(500);
    expect(reached.leftsLink).toBeGreaterThan(200);
    expect(reached.rightsLink).toBeGreaterThan(200);
    expect(reached.retried).toBeGreaterThan(0);
  });

  it("collisions cost nothing else than 6/7", () => {
    expect(new Set(up().notices.map((notice) => notice.split(" ")[1]))).toEqual(new Set(["6/7"]));
  });

  function dialledByLeft({ left, session }: SessionPair): boolean {
    const { state } = left.rig;
    return state.kind === "trying" && state.connections.some(({ link, side }) => link === session && side === "ours");
  }
});

describe("one dials, one waits", () => {
  it("one link, no collision", () => {
    const pair = up(SETTINGS, mirrored(SETTINGS, { passive: true }));
    expect([pair.left.dials, pair.right.dials, pair.notices]).toEqual([1, 0, []]);
  });

  it("both wait: nothing ever happens", () => {
    const pair = pairOf(settingsWith({ passive: true }));
    pair.start();
    expect([pair.left.rig.shown, pair.right.rig.shown]).toEqual(["Active", "Active"]);
    expect([...pair.left.timers, ...pair.right.timers]).toEqual([]);
  });
});

describe("as time goes by", () => {
  it("keepalives keep a quiet session up", () => {
    const pair = up();
    const { session } = pair;
    expect(pair.runUntil(() => false, HOUR_MS)).toBe(false);
    expect(pair.session).toBe(session);
  });

  it("a session without hold time needs none", () => {
    const pair = up(settingsWith({ holdTimeSec: 0 }), mirrored(SETTINGS, { passive: true }));
    expect([...pair.left.timers, ...pair.right.timers]).toEqual([]);
  });

  it("a broken link is replaced after the first rest, again and again once each session has settled", () => {
    const pair = up();
    for (let round = 0; round < 5; round++) {
      pair.runUntil(() => false, MINUTE_MS);
      pair.cut();
      const brokenAtMs = pair.nowMs;
      expect(pair.runUntil(() => pair.session !== undefined, MINUTE_MS)).toBe(true);
      expect(pair.nowMs - brokenAtMs).toBeLessThanOrEqual(1_000);
    }
  });

  it("a peer that vanishes is noticed when the hold time ends, with 4/0", () => {
    const pair = up(settingsWith({ holdTimeSec: 9 }));
    const goneAtMs = pair.nowMs;
    pair.crash("right");
    expect(pair.runUntil(() => pair.left.rig.shown === "Idle", MINUTE_MS)).toBe(true);
    expect(pair.nowMs - goneAtMs).toBeLessThanOrEqual(9_000);
    expect(pair.notices.at(-1)).toBe("left 4/0");
  });

  it("a peer that comes back before that is refused until then, and soon after is up again", () => {
    const pair = up(settingsWith({ holdTimeSec: 90 }));
    const { session } = pair;
    const goneAtMs = pair.nowMs;
    pair.crash("right");
    pair.restart("right");
    const backUp = (): boolean => pair.session !== undefined && pair.session !== session;
    expect(pair.runUntil(backUp, 2 * MINUTE_MS)).toBe(true);
    expect(pair.nowMs - goneAtMs).toBeLessThanOrEqual(90_000 + 1_000);
    expect(pair.session).not.toBe(linkId(1));
  });

  it("peers that cannot agree do not knock more often than the longest rest allows", () => {
    const pair = pairOf(SETTINGS, mirrored(SETTINGS, { localAs: 65002 }));
    pair.start();
    expect(pair.runUntil(() => pair.session !== undefined, HOUR_MS)).toBe(false);
    const atMost = HOUR_MS / (0.75 * SETTINGS.timing.restLastMs) + 4; // the first rests are shorter
    expect(pair.left.dials).toBeLessThanOrEqual(atMost);
    expect(pair.right.dials).toBeLessThanOrEqual(atMost);
    expect(pair.left.dials + pair.right.dials).toBeGreaterThan(100);
  });
});
