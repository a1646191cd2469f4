/** Whether to have zero, one or two connections: dialling, resting, collisions, being stopped. */

import { describe, expect, it } from "vitest";
import type { SessionSettings } from "../../src/bgp/session/settings.ts";
import type { Cease, Side } from "../../src/bgp/session/vocabulary.ts";
import { openFor } from "../../src/bgp/session/negotiate.ts";
import { shutdownText } from "../../src/bgp/wire/notification.ts";
import { GOODBYE, KEEPALIVE, RESTART, TIMING, UPDATE, linkId, settingsWith } from "../support/session-builders.ts";
import { SessionRig, established, hungUp, notified, only, openConfirm, openSent, sentOn } from "../support/session-rig.ts";

const PASSIVE = settingsWith({ passive: true });

function started(settings?: SessionSettings): SessionRig {
  const rig = new SessionRig(settings);
  rig.start();
  return rig;
}

describe("dialling", () => {
  it("begins with start, and shows as Connect [5.3-states]", () => {
    const rig = new SessionRig();
    expect(rig.shown).toBe("Idle");
    expect(rig.start()).toEqual([{ kind: "dial" }]);
    expect(rig.shown).toBe("Connect");
  });

  it("a second start does nothing", () => {
    expect(started().start()).toEqual([]);
  });

  it("a passive peer waits to be called, and shows as Active [5.3-passive, 5.3-states]", () => {
    const rig = new SessionRig(PASSIVE);
    expect(rig.start()).toEqual([]);
    expect(rig.shown).toBe("Active");
    expect(sentOn(1, rig.connect(1, "theirs"))).toEqual(["open"]);
  });

  it("a dial that fails is tried again after the retry time, with jitter [5.3-connect-retry]", () => {
    const rig = started();
    expect(rig.tell({ kind: "dial-failed" })).toEqual([{ kind: "arm", timer: "connect-retry", ms: 5_000, jitter: 0.25 }]);
    expect(rig.shown).toBe("Active");
    expect(rig.fire("connect-retry")).toEqual([{ kind: "dial" }]);
    expect(rig.shown).toBe("Connect");
  });

  it("is not repeated when the peer calls meanwhile", () => {
    const rig = started();
    rig.tell({ kind: "dial-failed" });
    expect(only("disarm", rig.connect(1, "theirs")).map(({ timer }) => timer)).toEqual(["connect-retry"]);
    expect(rig.fire("connect-retry")).toEqual([]);
  });

  it("is called off when the peer calls meanwhile, and only once on the way", () => {
    const rig = started();
    expect(rig.connect(1, "theirs").at(-1)).toEqual({ kind: "call-off" });
    rig.tell({ kind: "dial-failed" });
    rig.tell({ kind: "disconnected", link: linkId(1) });
    expect(rig.fire("rest")).toEqual([{ kind: "dial" }]);
    expect(only("call-off", rig.connect(2, "ours"))).toEqual([]);
  });

  it("that fails beside a connection of the peer's is no loss", () => {
    const rig = started();
    rig.connect(1, "theirs");
    expect(rig.tell({ kind: "dial-failed" })).toEqual([]);
    expect(rig.shown).toBe("OpenSent");
  });

  it("is not repeated while an older dial is on the way, through stop and start", () => {
    const rig = started();
    rig.stop();
    expect(rig.start()).toEqual([]);
    expect(rig.shown).toBe("Connect");
    expect(sentOn(1, rig.connect(1, "ours"))).toEqual(["open"]);
  });

  it("sends the OPEN that it was given", () => {
    const [send] = only("send", started().connect(1, "ours"));
    expect(send?.message).toEqual(openFor(settingsWith({})));
  });
});

describe("resting after a failure [5.3-idle-hold]", () => {
  function failedTimes(rig: SessionRig, times: number): readonly number[] {
    return Array.from({ length: times }, (_, failure) => {
      const link = failure + 1;
      rig.connect(link, "ours");
      const [rest] = only("arm", rig.disconnect(link));
      rig.fire("rest");
      return rest?.ms ?? 0;
    });
  }

  it("doubles from the first to the longest rest", () => {
    expect(failedTimes(started(), 6)).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it("is drawn with jitter, shows as Idle, and ends with a dial", () => {
    const rig = openSent();
    expect(only("arm", rig.disconnect(1))).toEqual([{ kind: "arm", timer: "rest", ms: 1_000, jitter: 0.25 }]);
    expect(rig.shown).toBe("Idle");
    expect(rig.fire("rest")).toEqual([{ kind: "dial" }]);
  });

  it("goes back to the first rest once a session has outlived the longest", () => {
    const rig = started();
    failedTimes(rig, 4);
    rig.connect(9, "ours");
    rig.hearOpen(9);
    expect(only("arm", rig.hear(9, KEEPALIVE))).toEqual([{ kind: "arm", timer: "settled", ms: 8_000, jitter: 0 }]);
    rig.fire("settled");
    expect(only("arm", rig.disconnect(9))).toMatchObject([{ timer: "rest", ms: 1_000 }]);
  });

  it("goes on growing when sessions come up and fall at once", () => {
    const rig = started();
    failedTimes(rig, 2);
    rig.connect(9, "ours");
    rig.hearOpen(9);
    rig.hear(9, KEEPALIVE);
    const actions = rig.disconnect(9);
    expect(only("disarm", actions)).toEqual([{ kind: "disarm", timer: "settled" }]);
    expect(only("arm", actions)).toMatchObject([{ timer: "rest", ms: 4_000 }]);
  });

  it("ends when the peer calls: it is back", () => {
    const rig = openSent();
    rig.disconnect(1);
    const actions = rig.connect(2, "theirs");
    expect(only("disarm", actions)).toEqual([{ kind: "disarm", timer: "rest" }]);
    expect(sentOn(2, actions)).toEqual(["open"]);
    expect(rig.shown).toBe("OpenSent");
  });

  it("ends when the operator says start", () => {
    const rig = openSent();
    rig.disconnect(1);
    expect(rig.start()).toEqual([{ kind: "disarm", timer: "rest" }, { kind: "dial" }]);
  });

  it("waits for the older dial where there is one", () => {
    const rig = started();
    rig.connect(1, "theirs");
    rig.disconnect(1);
    expect(rig.fire("rest")).toEqual([]);
    expect(rig.shown).toBe("Connect");
  });
});

describe("two connections at once (RFC 4271 §6.8)", () => {
  /** Link 1 ours, link 2 theirs; `first` is the link whose OPEN is heard first. */
  function collision(settings: SessionSettings, theirRouterId: number, first: 1 | 2): readonly string[] {
    const rig = started(settings);
    rig.connect(1, "ours");
    rig.connect(2, "theirs");
    rig.hearOpen(first, { routerId: theirRouterId });
    const actions = rig.hearOpen(3 - first, { routerId: theirRouterId });
    expect(rig.shown).toBe("OpenConfirm");
    expect(only("down", actions)).toEqual([]);
    return [1, 2].flatMap((link) => notified(link, actions).map((reason) => `link ${link} ${reason}`));
  }

  const OUR_ID = settingsWith({}).localRouterId;

  it.each([1, 2] as const)("both past OPEN: the connection of the higher router id stays, with link %i first [5.1-collision-router-id]", (first) => {
    expect(collision(settingsWith({}), OUR_ID + 1, first)).toEqual(["link 1 6/7"]);
    expect(collision(settingsWith({}), OUR_ID - 1, first)).toEqual(["link 2 6/7"]);
  });

  it("router ids are compared as unsigned numbers", () => {
    expect(collision(settingsWith({}), 0xc0a80001, 1)).toEqual(["link 1 6/7"]);
  });

  it.each([1, 2] as const)("equal router ids in two ASes: the higher AS's stays, with link %i first (RFC 6286) [5.1-collision-equal-id]", (first) => {
    expect(collision(settingsWith({ remoteAs: 65001 }), OUR_ID, first)).toEqual(["link 1 6/7"]);
    expect(collision(settingsWith({ remoteAs: 100 }), OUR_ID, first)).toEqual(["link 2 6/7"]);
  });

  it("the loser hears no KEEPALIVE before its NOTIFICATION", () => {
    const rig = started();
    rig.connect(1, "ours");
    rig.connect(2, "theirs");
    rig.hearOpen(2);
    expect(sentOn(1, rig.hearOpen(1))).toEqual(["notification"]);
  });

  it("one that waits for its OPEN harms nobody", () => {
    const rig = started();
    rig.connect(1, "ours");
    rig.connect(2, "theirs");
    expect(hungUp(rig.hearOpen(1))).toEqual([]);
    expect(rig.shown).toBe("OpenConfirm");
  });

  it("one that fails leaves the other alone, and nothing is told", () => {
    const rig = started();
    rig.connect(1, "ours");
    rig.connect(2, "theirs");
    expect(only("down", rig.disconnect(1))).toEqual([]);
    expect(rig.shown).toBe("OpenSent");
    expect(only("down", rig.disconnect(2))).toHaveLength(1);
  });

  it("the first to be established ends the other", () => {
    const rig = openConfirm();
    rig.connect(2, "theirs");
    const actions = rig.hear(1, KEEPALIVE);
    expect(notified(2, actions)).toEqual(["6/7"]);
    expect(rig.shown).toBe("Established");
  });

  it.each<Side>(["ours", "theirs"])("an established session wins over newcomers (%s) [5.1-collision-established]", (side) => {
    const rig = established();
    const actions = rig.connect(2, side);
    expect(notified(2, actions)).toEqual(["6/7"]);
    expect(hungUp(actions)).toEqual([2]);
    expect(rig.shown).toBe("Established");
  });

  it("a peer that calls again before it said anything means the new connection", () => {
    const rig = started(PASSIVE);
    rig.connect(1, "theirs");
    const actions = rig.connect(2, "theirs");
    expect(notified(1, actions)).toEqual(["6/7"]);
    expect(sentOn(2, actions)).toEqual(["open"]);
    expect(only("down", actions)).toEqual([]);
  });

  it("a peer that calls again in mid-handshake keeps the connection it has", () => {
    const rig = openConfirm(PASSIVE);
    expect(notified(2, rig.connect(2, "theirs"))).toEqual(["6/7"]);
    expect(rig.shown).toBe("OpenConfirm");
  });
});

describe("a peer that connects although its session stands, where graceful restart was agreed (RFC 4724 §5)", () => {
  const GRACEFUL = settingsWith({ gracefulRestart: RESTART });

  /** The peer has said something since, so that it knows of the session. */
  function standing(): SessionRig {
    const rig = established(GRACEFUL);
    rig.hear(1, UPDATE);
    return rig;
  }

  it("is heard first: the session stays until the newcomer has said OPEN [5.1-collision-graceful-restart]", () => {
    const rig = standing();
    expect(sentOn(2, rig.connect(2, "theirs"))).toEqual(["open"]);
    expect(rig.shown).toBe("Established");
    const actions = rig.hearOpen(2);
    expect(hungUp(actions)).toEqual([1]);
    expect(notified(1, actions)).toEqual([]);
    expect(only("down", actions)).toEqual([{ kind: "down", reason: { kind: "replaced" } }]);
    expect(only("up", rig.hear(2, KEEPALIVE)).map(({ link }) => link)).toEqual([linkId(2)]);
  });

  it("changes nothing when it says nothing and goes again", () => {
    const rig = standing();
    rig.connect(2, "theirs");
    expect(only("down", rig.disconnect(2))).toEqual([]);
    expect(rig.shown).toBe("Established");
  });

  it("changes nothing when its OPEN does not fit", () => {
    const rig = standing();
    rig.connect(2, "theirs");
    expect(notified(2, rig.hearOpen(2, { asn: 1 }))).toEqual(["2/2"]);
    expect(rig.shown).toBe("Established");
  });

  it("goes on with the newcomer when the old session is lost meanwhile, and tells the loss", () => {
    const rig = standing();
    rig.connect(2, "theirs");
    expect(only("down", rig.disconnect(1))).toEqual([{ kind: "down", reason: { kind: "lost" } }]);
    rig.hearOpen(2);
    expect(only("up", rig.hear(2, KEEPALIVE))).toHaveLength(1);
  });

  it("is sent away where our own late dial came through: that tells nothing about the peer", () => {
    expect(notified(2, standing().connect(2, "ours"))).toEqual(["6/7"]);
  });

  it("is sent away while it may not know of the session yet: that is a collision, and the session wins", () => {
    const rig = established(GRACEFUL);
    expect(notified(2, rig.connect(2, "theirs"))).toEqual(["6/7"]);
    expect(rig.shown).toBe("Established");
  });
});

describe("leave, to come back", () => {
  it("says nothing to a peer that keeps our routes meanwhile", () => {
    const actions = established(settingsWith({ gracefulRestart: RESTART })).tell({ kind: "leave", text: "" });
    expect([hungUp(actions), notified(1, actions)]).toEqual([[1], []]);
    expect(only("down", actions)).toEqual([{ kind: "down", reason: { kind: "left" } }]);
  });

  it("says goodbye to every other peer", () => {
    expect(notified(1, established().tell({ kind: "leave", text: "" }))).toEqual(["6/2"]);
    expect(notified(1, openConfirm(settingsWith({ gracefulRestart: RESTART })).tell({ kind: "leave", text: "" }))).toEqual(["6/2"]);
  });
});

describe("stop", () => {
  it("is a hard reset for a peer that would keep its routes otherwise (RFC 8538 §3.1)", () => {
    const rig = established(settingsWith({ gracefulRestart: RESTART }));
    const actions = rig.tell({ kind: "stop", cease: "administrative-shutdown", text: "for good" });
    expect(notified(1, actions)).toEqual(["6/9"]);
    const [down] = only("down", actions);
    expect(down?.reason.kind === "sent" && shutdownText(down.reason.notification)).toBe("for good");
  });


  it.each<{ readonly why: Cease; readonly sent: string; readonly text: string | undefined }>([
    { why: "administrative-shutdown", sent: "6/2", text: "kernel update, back at 10" },
    { why: "administrative-reset", sent: "6/4", text: "kernel update, back at 10" },
    { why: "peer-deconfigured", sent: "6/3", text: undefined },
    { why: "other-configuration-change", sent: "6/6", text: undefined },
    { why: "maximum-prefixes", sent: "6/1", text: undefined },
    { why: "out-of-resources", sent: "6/8", text: undefined },
    { why: "bfd-down", sent: "6/10", text: undefined },
  ])("for $why says $sent, with the operator's words where RFC 9003 has room", ({ why, sent, text }) => {
    const rig = established();
    const actions = rig.tell({ kind: "stop", cease: why, text: "kernel update, back at 10" });
    expect(notified(1, actions)).toEqual([sent]);
    expect(hungUp(actions)).toEqual([1]);
    const [down] = only("down", actions);
    expect(down?.reason.kind === "sent" && shutdownText(down.reason.notification)).toBe(text);
    expect(rig.shown).toBe("Idle");
  });

  it("ends every connection, and tells it once", () => {
    const rig = started();
    rig.connect(1, "ours");
    rig.connect(2, "theirs");
    const actions = rig.stop();
    expect(hungUp(actions)).toEqual([1, 2]);
    expect(only("down", actions)).toHaveLength(1);
  });

  it("with nothing open has nothing to tell", () => {
    expect(only("down", started().stop())).toEqual([]);
    expect(new SessionRig().stop()).toEqual([]);
  });

  it("ends a rest and a wait for the next dial", () => {
    const resting = openSent();
    resting.disconnect(1);
    expect(resting.stop()).toEqual([{ kind: "disarm", timer: "rest" }]);
    const waiting = started();
    waiting.tell({ kind: "dial-failed" });
    expect(waiting.stop()).toEqual([{ kind: "disarm", timer: "connect-retry" }]);
  });

  it("then whoever connects is turned away with 6/5", () => {
    const rig = established();
    rig.stop();
    const actions = rig.connect(2, "theirs");
    expect(notified(2, actions)).toEqual(["6/5"]);
    expect(hungUp(actions)).toEqual([2]);
  });

  it("then a dial that comes through late is closed", () => {
    const rig = started();
    rig.stop();
    expect(hungUp(rig.connect(1, "ours"))).toEqual([1]);
    expect(rig.shown).toBe("Idle");
  });

  it("forgets the failures before it", () => {
    const rig = openSent(settingsWith({ timing: { ...TIMING, restFirstMs: 500 } }));
    rig.disconnect(1);
    rig.stop();
    rig.start();
    rig.connect(2, "ours");
    expect(only("arm", rig.disconnect(2))).toMatchObject([{ timer: "rest", ms: 500 }]);
  });
});

describe("a path that is lost", () => {
  it("ends the session with 6/10 and lets it rest (RFC 9384) [5.2-bfd-down]", () => {
    const rig = established();
    const actions = rig.tell({ kind: "liveness-lost" });
    expect(notified(1, actions)).toEqual(["6/10"]);
    expect(hungUp(actions)).toEqual([1]);
    expect(only("down", actions)).toMatchObject([{ reason: { kind: "sent", notification: { code: 6, subcode: 10 } } }]);
    expect(only("arm", actions)).toEqual([{ kind: "arm", timer: "rest", ms: 1_000, jitter: 0.25 }]);
  });

  it("ends both of two connections, and tells it once", () => {
    const rig = started();
    rig.connect(1, "ours");
    rig.connect(2, "theirs");
    const actions = rig.tell({ kind: "liveness-lost" });
    expect(hungUp(actions)).toEqual([1, 2]);
    expect(only("down", actions)).toHaveLength(1);
    expect(rig.shown).toBe("Idle");
  });

  it("means nothing to a peer without a connection", () => {
    for (const rig of [new SessionRig(), started()]) {
      const { state } = rig;
      expect(rig.tell({ kind: "liveness-lost" })).toEqual([]);
      expect(rig.state).toBe(state);
    }
  });
});

describe("late events for a link that was let go", () => {
  it.each([
    { what: "a message", event: { kind: "message", link: linkId(1), message: UPDATE } as const },
    { what: "a NOTIFICATION", event: { kind: "message", link: linkId(1), message: GOODBYE } as const },
    { what: "its end", event: { kind: "disconnected", link: linkId(1) } as const },
    { what: "a timer", event: { kind: "link-timer", link: linkId(1), timer: "hold" } as const },
    { what: "room in its socket", event: { kind: "sent", link: linkId(1), agoMs: 0 } as const },
  ])("$what does nothing", ({ event }) => {
    const rig = established();
    rig.stop();
    rig.start();
    const { state } = rig;
    expect(rig.tell(event)).toEqual([]);
    expect(rig.state).toBe(state);
  });
});
