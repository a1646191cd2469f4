/** What two OPENs agree on about restarts, and which endings a peer's routes survive. */

import { describe, expect, it } from "vitest";
import { openFor } from "../../src/bgp/session/negotiate.ts";
import { type OwnRestart, STEADY, agreeOnRestart, asMeant, routesSurvive } from "../../src/bgp/session/restart-agreement.ts";
import type { RestartSettings } from "../../src/bgp/session/settings.ts";
import type { DownReason, RestartAgreement } from "../../src/bgp/session/vocabulary.ts";
import type { Capability, Open } from "../../src/bgp/wire/message-types.ts";
import { cease, hardReset, holdTimerExpired, insideHardReset } from "../../src/bgp/wire/notification.ts";
import { RESTART, settingsWith } from "../support/session-builders.ts";

const BOTH = ["ipv4", "ipv6"] as const;

function open(changes: Partial<RestartSettings> | "off" = {}, own: OwnRestart = STEADY): Open {
  return openFor(settingsWith({ families: BOTH, gracefulRestart: changes === "off" ? "off" : { ...RESTART, ...changes } }), own);
}

function capability<Kind extends Capability["kind"]>({ capabilities }: Open, kind: Kind): Extract<Capability, { kind: Kind }> | undefined {
  return capabilities.find((candidate): candidate is Extract<Capability, { kind: Kind }> => candidate.kind === kind);
}

function agree(ours: Open, theirs: Open): RestartAgreement {
  return agreeOnRestart(ours, theirs, BOTH);
}

describe("our OPEN", () => {
  it("offers to keep and to be kept, for every family, with the N bit", () => {
    expect(capability(open(), "graceful-restart")).toEqual({
      kind: "graceful-restart", restarting: false, notification: true, restartTimeSec: 120,
      entries: [{ afi: 1, safi: 1, forwarding: false }, { afi: 2, safi: 1, forwarding: false }],
    });
  });

  it("says that we have restarted, and for which families packets were forwarded all the while [5.5-graceful-restart]", () => {
    const restarting = capability(open({}, { phase: "restarting", forwarding: ["ipv6"] }), "graceful-restart");
    expect(restarting).toMatchObject({ restarting: true, entries: [{ afi: 1, forwarding: false }, { afi: 2, forwarding: true }] });
  });

  it("offers the long-lived period only for the families it is configured for (RFC 9494 §5), and without any says that we know what it is (§4.3)", () => {
    expect(capability(open(), "long-lived-graceful-restart")).toEqual({ kind: "long-lived-graceful-restart", entries: [] });
    const longLived = capability(open({ longLivedSec: { ipv4: 3600, ipv6: 0 } }, { phase: "steady", forwarding: ["ipv4"] }), "long-lived-graceful-restart");
    expect(longLived?.entries).toEqual([{ afi: 1, safi: 1, forwarding: true, staleTimeSec: 3600 }]);
  });

  it("is silent about restarts where they are switched off", () => {
    for (const kind of ["graceful-restart", "long-lived-graceful-restart"] as const) expect(capability(open("off"), kind)).toBeUndefined();
  });
});

describe("two OPENs", () => {
  it("keep nothing unless both offer it", () => {
    for (const [ours, theirs] of [[open("off"), open()], [open(), open("off")]] as const) {
      expect(agree(ours, theirs)).toMatchObject({ families: new Map(), ourRoutes: "lost", notifications: "end-routes" });
    }
  });

  it("keep for as long as the one asks who goes away", () => {
    expect(agree(open(), open({ restartTimeSec: 60 })).families.get("ipv4")?.restartMs).toBe(60_000);
  });

  it("of a peer that names no family keep nothing, though it keeps ours (RFC 4724 §3) [5.5-graceful-restart]", () => {
    const helper: Open = { ...open("off"), capabilities: [{ kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: 0, entries: [] }] };
    expect(agree(open(), helper)).toMatchObject({ families: new Map(), ourRoutes: "kept" });
  });

  it("read the last of several capabilities (RFC 4724 §3)", () => {
    const theirs = open({ restartTimeSec: 60 });
    const twice: Open = { ...theirs, capabilities: [...open({ restartTimeSec: 600 }).capabilities, ...theirs.capabilities] };
    expect(agree(open(), twice).families.get("ipv4")?.restartMs).toBe(60_000);
  });

  it("bound the long-lived period by what either side finds good (RFC 9494 §4.2)", () => {
    const agreed = agree(open({ longLivedSec: { ipv4: 600, ipv6: 0 } }), open({ longLivedSec: { ipv4: 3600, ipv6: 3600 } }));
    expect([...agreed.families].map(([family, { longLivedMs }]) => [family, longLivedMs])).toEqual([["ipv4", 600_000], ["ipv6", 0]]);
  });

  it("ignore a long-lived capability that comes without the other (RFC 9494 §4.5) [5.5-long-lived]", () => {
    const theirs = open({ longLivedSec: { ipv4: 3600, ipv6: 0 } });
    const alone: Open = { ...theirs, capabilities: theirs.capabilities.filter(({ kind }) => kind !== "graceful-restart") };
    expect(agree(open({ longLivedSec: { ipv4: 600, ipv6: 0 } }), alone)).toMatchObject({ families: new Map(), longLived: "unknown" });
  });

  it("give a family that only the long-lived capability names a restart time of zero (RFC 9494 §4.2)", () => {
    const longLivedSec = { ipv4: 3600, ipv6: 3600 };
    const theirs = open({ longLivedSec });
    const capabilities = theirs.capabilities.map((one) => (one.kind === "graceful-restart" ? { ...one, entries: one.entries.filter(({ afi }) => afi === 1) } : one));
    expect(agree(open({ longLivedSec }), { ...theirs, capabilities }).families.get("ipv6")).toMatchObject({ restartMs: 0, longLivedMs: 3_600_000 });
  });
});

describe("the routes of a session survive", () => {
  const withNotifications = agree(open(), open());
  const without = agree(open(), open({ notifications: "end-routes" }));
  const shutdown = cease("administrative-shutdown");

  const ENDINGS: readonly { readonly ending: string; readonly reason: DownReason; readonly rfc8538: boolean; readonly rfc4724: boolean }[] = [
    { ending: "a lost connection", reason: { kind: "lost" }, rfc8538: true, rfc4724: true },
    { ending: "a new connection of the peer", reason: { kind: "replaced" }, rfc8538: true, rfc4724: true },
    { ending: "an expired hold timer", reason: { kind: "sent", notification: holdTimerExpired, detail: "" }, rfc8538: true, rfc4724: false },
    { ending: "a NOTIFICATION of the peer", reason: { kind: "received", notification: cease("other-configuration-change") }, rfc8538: true, rfc4724: false },
    { ending: "a hard reset by the peer", reason: { kind: "received", notification: hardReset(shutdown) }, rfc8538: false, rfc4724: false },
    { ending: "a hard reset by us", reason: { kind: "sent", notification: hardReset(shutdown), detail: "" }, rfc8538: false, rfc4724: false },
  ];

  it.each(ENDINGS)("$ending: $rfc8538 with the N bit, $rfc4724 without [5.2-hard-reset]", ({ reason, rfc8538, rfc4724 }) => {
    expect([routesSurvive(withNotifications, reason), routesSurvive(without, reason)]).toEqual([rfc8538, rfc4724]);
  });

  it("nothing where nothing was agreed", () => {
    for (const { reason } of ENDINGS) expect(routesSurvive(agree(open(), open("off")), reason)).toBe(false);
  });

  it("only what is meant to end them is sent as a hard reset, and only where the peer knows it (RFC 8538 §5.1) [5.2-hard-reset]", () => {
    expect(insideHardReset(asMeant(shutdown, "administrative-shutdown", withNotifications))).toEqual(shutdown);
    expect(asMeant(shutdown, "administrative-shutdown", without)).toBe(shutdown);
    const changed = cease("other-configuration-change");
    expect(asMeant(changed, "other-configuration-change", withNotifications)).toBe(changed);
  });
});
