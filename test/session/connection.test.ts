/** What happens on one TCP connection: the handshake, the timers, and every way down with its NOTIFICATION. */

import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/bgp/wire/error.ts";
import type { Capability, Message } from "../../src/bgp/wire/message-types.ts";
import { cease, connectionNotSynchronized } from "../../src/bgp/wire/notification.ts";
import { GOODBYE, KEEPALIVE, MALFORMED, REFRESH, TIMING, UPDATE, linkId, settingsWith, theirOpen } from "../support/session-builders.ts";
import { type SessionRig, established, hungUp, notified, only, openConfirm, openSent, sentOn } from "../support/session-rig.ts";

const L2VPN: Capability = { kind: "multiprotocol", family: { afi: 25, safi: 65 } };
const NO_HOLD_TIME = settingsWith({ holdTimeSec: 0 });

describe("the handshake", () => {
  it("begins with our OPEN, and a wait that has an end [5.3-open-wait]", () => {
    const rig = openSent();
    expect(rig.shown).toBe("OpenSent");
    expect(rig.ledger.armedOn(linkId(1))).toEqual(["open-wait"]);
  });

  it("answers a good OPEN with a KEEPALIVE and starts the hold timer", () => {
    const rig = openSent();
    const actions = rig.hearOpen(1, { holdTimeSec: 30 });
    expect(rig.shown).toBe("OpenConfirm");
    expect(sentOn(1, actions)).toEqual(["keepalive"]);
    expect(only("disarm-link", actions).map(({ timer }) => timer)).toEqual(["open-wait"]);
    expect(only("arm-link", actions).map(({ timer, ms, jitter }) => ({ timer, ms, jitter }))).toEqual([
      { timer: "hold", ms: 30_000, jitter: 0 },
      { timer: "keepalive", ms: 10_000, jitter: 0.25 },
    ]);
  });

  it("is over with the peer's KEEPALIVE: the session is up, with what was agreed", () => {
    const rig = openConfirm();
    const actions = rig.hear(1, KEEPALIVE);
    expect(rig.shown).toBe("Established");
    expect(only("up", actions)).toMatchObject([{ link: 1, negotiated: { remoteAs: 64512, families: ["ipv4"] } }]);
    expect(actions.at(-1)?.kind).toBe("up");
  });

  it("needs no hold timer where the hold time is zero, and still does not wait for ever", () => {
    const rig = openConfirm(NO_HOLD_TIME);
    expect(rig.ledger.armedOn(linkId(1))).toEqual(["open-wait"]);
    rig.hear(1, KEEPALIVE);
    expect(rig.ledger.armedOn(linkId(1))).toEqual([]);
    expect(rig.shown).toBe("Established");
  });

  it.each([
    { wrong: "another AS", open: { asn: 1 }, refusedWith: "2/2" },
    { wrong: "our router id", open: { routerId: settingsWith({}).localRouterId }, refusedWith: "2/3" },
    { wrong: "a hold time of two seconds", open: { holdTimeSec: 2 }, refusedWith: "2/6" },
    { wrong: "no family that we have", open: { capabilities: [L2VPN] }, refusedWith: "2/7" },
  ])("ends with $refusedWith when the OPEN tells $wrong", ({ open, refusedWith }) => {
    const rig = openSent();
    const actions = rig.hearOpen(1, open);
    expect(notified(1, actions)).toEqual([refusedWith]);
    expect(hungUp(actions)).toEqual([1]);
    expect(only("down", actions)).toMatchObject([{ reason: { kind: "sent" } }]);
  });
});

describe("an established session", () => {
  it.each<{ readonly message: Message; readonly news: string }>([
    { message: UPDATE, news: "deliver" },
    { message: REFRESH, news: "refresh" },
    { message: KEEPALIVE, news: "none" },
  ])("takes $message.kind as a sign of life", ({ message, news }) => {
    const actions = established().hear(1, message);
    expect(only("arm-link", actions)).toEqual([{ kind: "arm-link", link: 1, timer: "hold", ms: 90_000, jitter: 0 }]);
    expect(actions.slice(1).map(({ kind }) => kind)).toEqual(news === "none" ? [] : [news]);
  });

  it("arms nothing where the hold time is zero [5.1-hold-zero]", () => {
    const rig = established(NO_HOLD_TIME);
    expect(rig.hear(1, UPDATE)).toEqual([{ kind: "deliver", update: UPDATE }]);
    expect(rig.hear(1, KEEPALIVE)).toEqual([]);
    expect(rig.tell({ kind: "sent", link: linkId(1), agoMs: 0 })).toEqual([]);
  });

  it("is not changed by what it hears after the first word: the state stays the same object", () => {
    const rig = established();
    rig.hear(1, UPDATE);
    const { state } = rig;
    rig.hear(1, UPDATE);
    rig.fireOn(1, "keepalive");
    rig.tell({ kind: "sent", link: linkId(1), agoMs: 0 });
    expect(rig.state).toBe(state);
  });

  it("sends a KEEPALIVE whenever its timer runs out, and arms it again [5.3-keepalive]", () => {
    const actions = established().fireOn(1, "keepalive");
    expect(sentOn(1, actions)).toEqual(["keepalive"]);
    expect(only("arm-link", actions)).toMatchObject([{ timer: "keepalive", ms: 30_000, jitter: 0.25 }]);
  });

  it("hands UPDATEs over last, so that the owner may stop the session from there", () => {
    expect(established().hear(1, UPDATE).at(-1)?.kind).toBe("deliver");
  });
});

describe("the send hold timer (RFC 9687) [5.3-send-hold]", () => {
  it("is eight minutes or twice the hold time, whichever is longer", () => {
    const sendHold = (holdTimeSec: number) => armedAtUp(settingsWith({ holdTimeSec }));
    expect(sendHold(90)).toBe(480_000);
    expect(sendHold(600)).toBe(1_200_000);
  });

  it("is what the operator says where he says something", () => {
    expect(armedAtUp(settingsWith({ timing: { ...TIMING, sendHoldMs: 100_000 } }))).toBe(100_000);
  });

  it("begins anew whenever the socket takes bytes", () => {
    const actions = established().tell({ kind: "sent", link: linkId(1), agoMs: 0 });
    expect(actions).toEqual([{ kind: "arm-link", link: 1, timer: "send-hold", ms: 480_000, jitter: 0 }]);
  });

  it("runs from when the socket last took bytes, however late that is told", () => {
    const armedMs = (agoMs: number) => only("arm-link", established().tell({ kind: "sent", link: linkId(1), agoMs }))[0]?.ms;
    expect([0, 1_000, 480_000, 500_000].map(armedMs)).toEqual([480_000, 479_000, 0, 0]);
  });

  it("does not run before the session is established", () => {
    expect(openSent().tell({ kind: "sent", link: linkId(1), agoMs: 0 })).toEqual([]);
    expect(openConfirm().tell({ kind: "sent", link: linkId(1), agoMs: 0 })).toEqual([]);
  });

  it("ends the session with 8/0", () => {
    const actions = established().fireOn(1, "send-hold");
    expect(notified(1, actions)).toEqual(["8/0"]);
    expect(hungUp(actions)).toEqual([1]);
  });

  function armedAtUp(settings: ReturnType<typeof settingsWith>): number | undefined {
    const rig = openConfirm(settings);
    return only("arm-link", rig.hear(1, KEEPALIVE)).find(({ timer }) => timer === "send-hold")?.ms;
  }
});

type Place = "OpenSent" | "OpenConfirm" | "Established";
const PLACES: { readonly [P in Place]: () => SessionRig } = {
  OpenSent: () => openSent(),
  OpenConfirm: () => openConfirm(),
  Established: () => established(),
};
const EVERYWHERE: readonly Place[] = ["OpenSent", "OpenConfirm", "Established"];

describe("every way down", () => {
  const OPEN = theirOpen(settingsWith({}));

  it.each<{ readonly place: Place; readonly message: Message; readonly refusedWith: string; readonly type: number }>([
    { place: "OpenSent", message: KEEPALIVE, refusedWith: "5/1", type: 4 },
    { place: "OpenSent", message: UPDATE, refusedWith: "5/1", type: 2 },
    { place: "OpenSent", message: REFRESH, refusedWith: "5/1", type: 5 },
    { place: "OpenConfirm", message: OPEN, refusedWith: "5/2", type: 1 },
    { place: "OpenConfirm", message: UPDATE, refusedWith: "5/2", type: 2 },
    { place: "OpenConfirm", message: REFRESH, refusedWith: "5/2", type: 5 },
    { place: "Established", message: OPEN, refusedWith: "5/3", type: 1 },
  ])("$message.kind in $place is refused with $refusedWith and its type (RFC 6608)", ({ place, message, refusedWith, type }) => {
    const actions = PLACES[place]().hear(1, message);
    expect(notified(1, actions)).toEqual([refusedWith]);
    expect(only("down", actions)).toMatchObject([{ reason: { kind: "sent", notification: { data: Uint8Array.of(type) } } }]);
  });

  it.each(EVERYWHERE)("a malformed header in %s is refused with what the error says", (place) => {
    const actions = PLACES[place]().tell({ kind: "malformed", link: linkId(1), error: new ProtocolError(connectionNotSynchronized, "no marker") });
    expect(notified(1, actions)).toEqual(["1/1"]);
    expect(only("down", actions)).toMatchObject([{ reason: { detail: "no marker" } }]);
  });

  it.each<{ readonly place: Place; readonly refusedWith: string; readonly detail: string }>([
    { place: "OpenSent", refusedWith: "5/1", detail: "update does not belong in open-sent" },
    { place: "OpenConfirm", refusedWith: "5/2", detail: "update does not belong in open-confirm" },
    { place: "Established", refusedWith: "3/1", detail: "attribute runs past its section" },
  ])("a malformed UPDATE in $place is refused with $refusedWith: out of place comes before malformed", ({ place, refusedWith, detail }) => {
    const actions = PLACES[place]().tell({ kind: "malformed", link: linkId(1), error: MALFORMED });
    expect(notified(1, actions)).toEqual([refusedWith]);
    expect(only("down", actions)).toMatchObject([{ reason: { detail } }]);
  });

  it.each(EVERYWHERE)("a NOTIFICATION in %s ends it without an answer", (place) => {
    const actions = PLACES[place]().hear(1, GOODBYE);
    expect(only("send", actions)).toEqual([]);
    expect(hungUp(actions)).toEqual([1]);
    const notification = cease("administrative-shutdown", "maintenance");
    expect(only("down", actions)).toEqual([{ kind: "down", reason: { kind: "received", notification } }]);
  });

  it.each(EVERYWHERE)("a TCP connection lost in %s needs no closing", (place) => {
    const actions = PLACES[place]().disconnect(1);
    expect([only("send", actions), only("hang-up", actions)]).toEqual([[], []]);
    expect(only("down", actions)).toEqual([{ kind: "down", reason: { kind: "lost" } }]);
  });

  it.each<{ readonly place: Place; readonly timer: "open-wait" | "hold" }>([
    { place: "OpenSent", timer: "open-wait" },
    { place: "OpenConfirm", timer: "hold" },
    { place: "Established", timer: "hold" },
  ])("$timer run out in $place is 4/0 [5.3-open-wait, 5.3-hold]", ({ place, timer }) => {
    expect(notified(1, PLACES[place]().fireOn(1, timer))).toEqual(["4/0"]);
  });

  it("a peer that never confirms is given up with 4/0 also where the hold time is zero", () => {
    expect(notified(1, openConfirm(NO_HOLD_TIME).fireOn(1, "open-wait"))).toEqual(["4/0"]);
  });

  it("a timer that was disarmed while its event was on the way ends nothing", () => {
    const rig = established();
    expect(rig.fireOn(1, "open-wait")).toEqual([]);
    expect(openSent().fireOn(1, "hold")).toEqual([]);
    expect(rig.shown).toBe("Established");
  });
});
