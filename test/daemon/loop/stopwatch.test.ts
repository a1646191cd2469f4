/**
 * The stopwatch on a virtual clock, around a speaker that only counts: what it says of each UPDATE is what happened to it.
 * A play is a list of moves; every UPDATE of it is followed by a plain model.
 */

import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { LinkId } from "../../../src/bgp/session/vocabulary.ts";
import { ConvergenceTimes, type Step } from "../../../src/control/records/convergence-times.ts";
import { type Round, Stopwatch } from "../../../src/daemon/loop/stopwatch.ts";
import type { SpeakerAction } from "../../../src/speaker/vocabulary.ts";

const LINK = 1 as LinkId;

/** What it is about to count, and what its next flush does. */
class CountingSpeaker {
  readonly progress = { updates: 0, undecided: 0, frames: 0 };
  completes = 0;
  next = { decides: true, tells: false };

  absorb(): void {
    this.progress.updates += this.completes;
    if (this.completes > 0) this.progress.undecided = 1;
  }

  flush(_nowMs: number, routes: "now" | "later"): readonly SpeakerAction[] {
    if (routes === "later") return [];
    if (this.next.decides) this.progress.undecided = 0;
    if (this.next.tells) this.progress.frames += 3;
    return [];
  }
}

class Rig {
  nowMs = 1000;
  readonly speaker = new CountingSpeaker();
  readonly times = new ConvergenceTimes();
  round: Round = { entered: 0, served: 0 };
  /** How long which UPDATEs took, by step: "5 x2". */
  readonly observed: { readonly [S in Step]: string[] } = { best: [], kernel: [], sent: [] };
  readonly stopwatch: Stopwatch;
  wants = 0;

  constructor() {
    const observe = this.times.observe.bind(this.times);
    this.times.observe = (step, ms, updates, nowMs) => {
      this.observed[step].push(`${ms} x${updates}`);
      observe(step, ms, updates, nowMs);
    };
    this.stopwatch = new Stopwatch(this.speaker, this.times, () => this.round, () => this.nowMs);
  }

  /** A chunk that completes so many UPDATEs, read so long ago. */
  hear(updates: number, agoMs = 0): void {
    this.speaker.completes = updates;
    this.stopwatch.absorb({ kind: "bytes", link: LINK, bytes: new Uint8Array(1), readAtMs: this.nowMs - agoMs }, this.nowMs);
  }

  turn({ decides = true, tells = false, wants = false, listeners = 0, serves = true, routes = "now" as "now" | "later" } = {}): void {
    this.speaker.next = { decides, tells };
    this.stopwatch.flush(this.nowMs, routes);
    if (wants) this.stopwatch.forwarded(++this.wants);
    this.round = { ...this.round, entered: this.round.entered + listeners };
    this.stopwatch.filling();
    if (serves) this.round = { ...this.round, served: this.round.entered };
    this.stopwatch.filled();
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});

describe("an UPDATE", () => {
  it("is decided at the end of the turn that decides everything, counted from the moment its last octets were read", () => {
    rig.hear(2, 4);
    rig.hear(1, 1);
    rig.nowMs += 10;
    rig.turn();
    expect(rig.observed).toEqual({ best: ["14 x2", "11 x1"], kernel: [], sent: [] });
  });

  it("waits while routes are not due, and while a large table is decided slice by slice", () => {
    rig.hear(1);
    rig.nowMs += 5;
    rig.turn({ routes: "later" });
    rig.turn({ decides: false });
    expect(rig.observed.best).toEqual([]);
    rig.nowMs += 5;
    rig.turn();
    expect(rig.observed.best).toEqual(["10 x1"]);
  });

  it("is in the kernel when the kernel has answered for what its turn changed there, not before", () => {
    rig.hear(1);
    rig.turn({ wants: true });
    rig.hear(1);
    rig.nowMs += 3;
    rig.turn({ wants: true });
    rig.stopwatch.answered(1);
    expect(rig.observed.kernel).toEqual(["3 x1"]);
    rig.nowMs += 4;
    rig.stopwatch.answered(2);
    expect(rig.observed.kernel).toEqual(["3 x1", "7 x1"]);
  });

  it("is in the kernel at once where that was answered for while it was wanted", () => {
    rig.hear(1);
    rig.stopwatch.answered(1);
    rig.turn({ wants: true });
    expect(rig.observed.kernel).toEqual(["0 x1"]);
  });

  it("is told on when the round of sockets has come by all that were to hear it", () => {
    rig.hear(1);
    rig.turn({ tells: true, listeners: 3, serves: false });
    rig.nowMs += 6;
    rig.round = { ...rig.round, served: 2 };
    rig.stopwatch.filled();
    expect(rig.observed.sent).toEqual([]);
    rig.round = { ...rig.round, served: 3 };
    rig.stopwatch.filled();
    expect(rig.observed.sent).toEqual(["6 x1"]);
  });

  it("is not told on where nobody has to hear it: nothing changed, or nobody listens", () => {
    rig.hear(1);
    rig.turn({ listeners: 1 });
    rig.hear(1);
    rig.turn({ tells: true });
    expect(rig.observed).toMatchObject({ best: ["0 x1", "0 x1"], sent: [] });
  });

  it("does not stand for what others changed: a configuration that was applied before it came", () => {
    rig.turn({ wants: true, tells: true, listeners: 1 });
    rig.hear(1);
    rig.turn({ listeners: 1 });
    rig.stopwatch.answered(1);
    expect(rig.observed).toEqual({ best: ["0 x1"], kernel: [], sent: [] });
  });

  it("that finds too many under way is counted as unmeasured, and the others go on", () => {
    for (let lot = 0; lot < 300; lot++) {
      rig.hear(1);
      rig.turn({ wants: true });
    }
    rig.stopwatch.answered(300);
    expect(rig.observed.kernel).toHaveLength(256);
    expect(rig.times.unmeasured).toBe(44);
  });

  it("in one of very many chunks is taken for as old as the last one that is kept", () => {
    rig.hear(1, 9);
    for (let chunk = 0; chunk < 3000; chunk++) rig.hear(1);
    rig.turn();
    expect(rig.times.all("best").count).toBe(3001);
    expect(rig.observed.best).toHaveLength(1024);
  });
});

const aMove = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("hear" as const), updates: fc.integer({ min: 0, max: 3 }), agoMs: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("turn" as const), decides: fc.boolean(), wants: fc.boolean(), tells: fc.boolean(), serves: fc.boolean(), listeners: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("answer" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 50 }) }) },
);

it("counts every UPDATE once for each step that it comes to, in whatever order things happen", () => {
  let reached = 0;
  fc.assert(
    fc.property(fc.array(aMove, { size: "max", maxLength: 60 }), (moves) => {
      const play = new Rig();
      let heard = 0;
      for (const move of moves) {
        if (move.kind === "hear") {
          play.hear(move.updates, move.agoMs);
          heard += move.updates;
        } else if (move.kind === "turn") play.turn(move);
        else if (move.kind === "answer") play.stopwatch.answered(play.wants);
        else play.nowMs += move.ms;
        const { best, kernel, sent } = counts(play.times);
        expect(best).toBeLessThanOrEqual(heard);
        expect(Math.max(kernel, sent)).toBeLessThanOrEqual(best);
      }
      play.turn({ wants: true, tells: true, listeners: 1 });
      play.stopwatch.answered(play.wants);
      const { best, kernel, sent } = counts(play.times);
      expect(best).toBe(heard);
      reached += kernel + sent;
      expect(play.times.all("best").sumMs).toBeGreaterThanOrEqual(0);
    }),
  );
  expect(reached).toBeGreaterThan(500);
});

function counts(times: ConvergenceTimes): { readonly [S in Step]: number } {
  return { best: times.all("best").count, kernel: times.all("kernel").count, sent: times.all("sent").count };
}
