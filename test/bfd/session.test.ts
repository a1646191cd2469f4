/** One BFD session, event by event: states, diagnostics, intervals, polls (RFC 5880 §6.8). */

import { describe, expect, it } from "vitest";
import { BFD_STATES, type BfdState, type ControlPacket, DIAGNOSTIC } from "../../src/bfd/packet.ts";
import { type BfdSession, detectionMs, initialSession, step, transmitMs } from "../../src/bfd/session.ts";
import type { BfdAction, BfdEvent, BfdSettings } from "../../src/bfd/vocabulary.ts";

const SETTINGS: BfdSettings = { intervalMs: 300, multiplier: 3 };
const OURS = 0x1111;
const THEIRS = 0x2222;

/** A session, what it did last, and the time. */
class Play {
  nowMs = 10_000;
  session: BfdSession;
  actions: readonly BfdAction[] = [];

  constructor(settings: BfdSettings = SETTINGS) {
    this.session = initialSession(OURS, settings);
    this.tell({ kind: "enable" });
  }

  static in(state: "down" | "init" | "up", settings: BfdSettings = SETTINGS): Play {
    const play = new Play(settings);
    if (state !== "down") play.hear("down");
    if (state === "up") play.hear("init").hear("up", { final: true });
    return play;
  }

  tell(event: BfdEvent): this {
    ({ session: this.session, actions: this.actions } = step(this.session, event, this.nowMs));
    return this;
  }

  hear(state: BfdState, fields: Partial<ControlPacket> = {}): this {
    return this.tell({ kind: "packet", packet: packet(state, fields) });
  }

  get sent(): readonly ControlPacket[] {
    return this.actions.flatMap((action) => (action.kind === "send" ? [action.packet] : []));
  }

  armed(timer: "transmit" | "detect"): BfdAction | undefined {
    return this.actions.find((action) => action.kind === "arm" && action.timer === timer);
  }

  get news(): readonly BfdAction[] {
    return this.actions.filter(({ kind }) => kind === "up" || kind === "down");
  }
}

function packet(state: BfdState, fields: Partial<ControlPacket> = {}): ControlPacket {
  return {
    kind: "control",
    diagnostic: 0,
    state,
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: 5,
    myDiscriminator: THEIRS,
    yourDiscriminator: state === "down" ? 0 : OURS,
    desiredMinTxUs: state === "up" ? 200_000 : 1_000_000,
    requiredMinRxUs: 100_000,
    requiredMinEchoRxUs: 0,
    ...fields,
  };
}

/** What we are in, what we hear, what we are in then (RFC 5880 §6.2). */
const TRANSITIONS: { readonly [Ours in "down" | "init" | "up"]: { readonly [Theirs in BfdState]: BfdState } } = {
  down: { "admin-down": "down", down: "init", init: "up", up: "down" },
  init: { "admin-down": "down", down: "init", init: "up", up: "up" },
  up: { "admin-down": "down", down: "down", init: "up", up: "up" },
};

describe("states", () => {
  const rows = (["down", "init", "up"] as const).flatMap((ours) =>
    BFD_STATES.map((theirs) => [ours, theirs, TRANSITIONS[ours][theirs]] as const),
  );

  it.each(rows)("in %s it hears %s and is in %s", (ours, theirs, after) => {
    const play = Play.in(ours);
    expect(play.session.state).toBe(ours);
    expect(play.hear(theirs).session.state).toBe(after);
  });

  it("up and its end are told once each, with the reason", () => {
    expect(Play.in("init").hear("up").news).toEqual([{ kind: "up" }]);
    expect(Play.in("up").hear("up").news).toEqual([]);
    expect(Play.in("up").hear("down").news).toEqual([{ kind: "down", because: "neighbor-down" }]);
    expect(Play.in("up").hear("admin-down").news).toEqual([{ kind: "down", because: "neighbor-admin-down" }]);
    expect(Play.in("up").tell({ kind: "timer", timer: "detect" }).news).toEqual([{ kind: "down", because: "silence" }]);
    expect(Play.in("up").tell({ kind: "disable" }).news).toEqual([{ kind: "down", because: "admin-down" }]);
    expect(Play.in("init").tell({ kind: "timer", timer: "detect" }).news).toEqual([]);
  });

  it("each change carries its diagnostic", () => {
    expect(Play.in("up").hear("down").session.diagnostic).toBe(DIAGNOSTIC.neighborDown);
    expect(Play.in("up").tell({ kind: "timer", timer: "detect" }).session.diagnostic).toBe(DIAGNOSTIC.detectionTimeExpired);
    expect(Play.in("up").tell({ kind: "disable" }).session.diagnostic).toBe(DIAGNOSTIC.administrativelyDown);
    expect(Play.in("up").hear("down").hear("down").session).toMatchObject({ state: "init", diagnostic: DIAGNOSTIC.none });
  });

  it("administratively down it hears everything and stays", () => {
    const play = Play.in("up").tell({ kind: "disable" });
    for (const state of BFD_STATES) expect(play.hear(state).session.state).toBe("admin-down");
    expect(play.tell({ kind: "enable" }).session.state).toBe("down");
  });

  it("a silent neighbor is forgotten: its discriminator is not repeated (RFC 5880 §6.8.1)", () => {
    const play = Play.in("up");
    expect(play.tell({ kind: "timer", timer: "transmit" }).sent[0]?.yourDiscriminator).toBe(THEIRS);
    expect(play.tell({ kind: "timer", timer: "detect" }).sent[0]).toMatchObject({
      state: "down",
      yourDiscriminator: 0,
      diagnostic: 1,
    });
  });
});

describe("intervals", () => {
  it("no faster than once a second before it is up, as wanted after (RFC 5880 §6.8.3) [5.3-bfd]", () => {
    expect(new Play().sent).toEqual([
      expect.objectContaining({ state: "down", desiredMinTxUs: 1_000_000, requiredMinRxUs: 300_000, detectMultiplier: 3 }),
    ]);
    expect(Play.in("init").armed("transmit")).toMatchObject({ ms: 1_000 });
    const play = Play.in("init").hear("up");
    expect(play.sent).toEqual([expect.objectContaining({ state: "up", desiredMinTxUs: 300_000, poll: true })]);
    expect(play.armed("transmit")).toEqual({ kind: "arm", timer: "transmit", ms: 300, jitter: 0.25 });
    expect(new Play({ intervalMs: 2_000, multiplier: 3 }).armed("transmit")).toMatchObject({ ms: 2_000 });
  });

  it("sends as slowly as the neighbor wants, and not at all where it wants nothing", () => {
    const play = Play.in("up").hear("up", { requiredMinRxUs: 700_000 });
    expect(transmitMs(play.session)).toBe(700);
    expect(play.hear("up", { requiredMinRxUs: 0 }).actions).toContainEqual({ kind: "disarm", timer: "transmit" });
    expect(transmitMs(play.session)).toBeUndefined();
  });

  it("a neighbor that wants packets sooner gets the next one an interval after the last, at once where that is over", () => {
    const slow = Play.in("up").hear("up", { requiredMinRxUs: 3_000_000 }).tell({ kind: "timer", timer: "transmit" });
    slow.nowMs += 100;
    expect(slow.hear("up", { requiredMinRxUs: 500_000 }).armed("transmit")).toMatchObject({ ms: 400 });
    slow.nowMs += 2_000;
    expect(slow.hear("up", { requiredMinRxUs: 400_000 }).armed("transmit")).toMatchObject({ ms: 0 });
  });

  it("waits for the neighbor's multiplier of the slower of its sending and our receiving (RFC 5880 §6.8.4)", () => {
    expect(Play.in("up").armed("detect")).toEqual({ kind: "arm", timer: "detect", ms: 5 * 300, jitter: 0 });
    expect(Play.in("up").hear("up", { desiredMinTxUs: 900_000, detectMultiplier: 2 }).armed("detect")).toMatchObject({
      ms: 1_800,
    });
  });

  it("with a multiplier of 1 no packet comes later than after 90 % of the interval (RFC 5880 §6.8.7)", () => {
    const armed = Play.in("up", { intervalMs: 300, multiplier: 1 }).tell({ kind: "timer", timer: "transmit" }).armed("transmit");
    if (armed?.kind !== "arm") return expect.fail("nothing is armed");
    expect([armed.ms * (1 - armed.jitter), armed.ms].map(Math.round)).toEqual([225, 270]);
  });

  it("a neighbor in demand mode is sent nothing while both are up, but is polled (RFC 5880 §6.6)", () => {
    const play = Play.in("up").hear("up", { demand: true });
    expect(play.actions).toContainEqual({ kind: "disarm", timer: "transmit" });
    expect(play.tell({ kind: "settings", settings: { intervalMs: 200, multiplier: 3 } }).sent).toEqual([
      expect.objectContaining({ poll: true }),
    ]);
    expect(play.armed("transmit")).toMatchObject({ ms: 200 });
    expect(play.hear("up", { demand: true, final: true }).actions).toContainEqual({ kind: "disarm", timer: "transmit" });
    expect(play.hear("up").armed("transmit")).toBeDefined();
  });
});

describe("polls", () => {
  it("are answered at once, without a poll of our own, and not counted as a periodic packet", () => {
    const play = Play.in("up");
    const answered = play.hear("up", { poll: true });
    expect(answered.sent).toEqual([expect.objectContaining({ poll: false, final: true, state: "up" })]);
    expect(answered.armed("transmit")).toBeUndefined();
    expect(Play.in("init").hear("up", { poll: true }).sent).toEqual([
      expect.objectContaining({ final: true, poll: false, state: "up" }),
    ]);
  });

  it("are not answered while administratively down", () => {
    expect(Play.in("up").tell({ kind: "disable" }).hear("up", { poll: true }).sent).toEqual([]);
  });

  it("go on until they are answered", () => {
    const play = Play.in("init").hear("up");
    expect(play.tell({ kind: "timer", timer: "transmit" }).sent[0]?.poll).toBe(true);
    expect(play.hear("up", { final: true }).session.poll).toBe("none");
    expect(play.tell({ kind: "timer", timer: "transmit" }).sent[0]?.poll).toBe(false);
  });

  it("before we send slower: the old interval holds until the neighbor knows (RFC 5880 §6.8.3)", () => {
    const play = Play.in("up").tell({ kind: "settings", settings: { intervalMs: 900, multiplier: 3 } });
    expect(play.sent).toEqual([expect.objectContaining({ poll: true, desiredMinTxUs: 900_000, requiredMinRxUs: 900_000 })]);
    expect([transmitMs(play.session), detectionMs(play.session)]).toEqual([300, 5 * 900]);
    play.hear("up", { final: true });
    expect(transmitMs(play.session)).toBe(900);
  });

  it("before we wait shorter: the old detection time holds until the neighbor knows", () => {
    const play = Play.in("up", { intervalMs: 900, multiplier: 3 }).tell({
      kind: "settings",
      settings: { intervalMs: 300, multiplier: 3 },
    });
    expect([transmitMs(play.session), detectionMs(play.session)]).toEqual([300, 5 * 900]);
    play.hear("up", { final: true });
    expect(play.armed("detect")).toMatchObject({ ms: 5 * 300 });
  });

  it("a change during a poll is polled again, because the answer may mean the older values", () => {
    const play = Play.in("up")
      .tell({ kind: "settings", settings: { intervalMs: 900, multiplier: 3 } })
      .tell({ kind: "settings", settings: { intervalMs: 1_500, multiplier: 3 } });
    expect(transmitMs(play.hear("up", { final: true }).session)).toBe(300);
    expect(transmitMs(play.hear("up", { final: true }).session)).toBe(1_500);
  });

  it("a change of the multiplier alone needs none and is told at once", () => {
    expect(Play.in("up").tell({ kind: "settings", settings: { intervalMs: 300, multiplier: 7 } }).sent).toEqual([
      expect.objectContaining({ detectMultiplier: 7, poll: false }),
    ]);
  });
});
