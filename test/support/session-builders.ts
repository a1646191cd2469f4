/**
 * Settings, OPENs and messages for session tests: every field has an ordinary value, a test names what it is about.
 */

import { openFor } from "../../src/bgp/session/negotiate.ts";
import type { RestartSettings, SessionSettings, SessionTiming } from "../../src/bgp/session/settings.ts";
import type { LinkId, PeerEvent } from "../../src/bgp/session/vocabulary.ts";
import { ProtocolError } from "../../src/bgp/wire/error.ts";
import type { Capability, Message, Open, RouteRefresh, Update } from "../../src/bgp/wire/message-types.ts";
import { cease, malformedAttributeList } from "../../src/bgp/wire/notification.ts";

export const TIMING: SessionTiming = { connectRetryMs: 5_000, openWaitMs: 240_000, restFirstMs: 1_000, restLastMs: 8_000, sendHoldMs: undefined };

/** Ordinary times, with RFC 8538. */
export const RESTART: RestartSettings = { restartTimeSec: 120, staleTimeSec: 180, notifications: "end-session", longLivedSec: { ipv4: 0, ipv6: 0 } };

/** A mesh peer in our own AS, router id 10.0.0.1. */
export const SETTINGS: SessionSettings = {
  localAs: 64512,
  localRouterId: 0x0a000001,
  remoteAs: 64512,
  otherRemoteAses: [],
  passive: false,
  holdTimeSec: 90,
  keepaliveSec: undefined,
  families: ["ipv4"],
  requiredFamilies: [],
  addPath: "off",
  extendedMessages: false,
  extendedNextHop: false,
  role: undefined,
  hostname: undefined,
  softwareVersion: undefined,
  gracefulRestart: "off",
  extraCapabilities: [],
  timing: TIMING,
};

export function settingsWith(changes: Partial<SessionSettings>): SessionSettings {
  return { ...SETTINGS, ...changes };
}

/** The settings of who sits at the other end: same agreement, seen from there. */
export function mirrored(settings: SessionSettings, changes: Partial<SessionSettings> = {}): SessionSettings {
  return { ...settings, localAs: settings.remoteAs, remoteAs: settings.localAs, localRouterId: 0x0a000002, ...changes };
}

/** The OPEN of a peer that fits `settings`, router id 10.0.0.2. */
export function theirOpen(settings: SessionSettings, changes: Partial<Open> = {}): Open {
  return { ...openFor(mirrored(settings)), ...changes };
}

export function openOffering(settings: SessionSettings, capabilities: readonly Capability[]): Open {
  return theirOpen(settings, { capabilities });
}

export const KEEPALIVE: Message = { kind: "keepalive" };
export const UPDATE: Update = { kind: "update", withdrawn: [], announced: [], faults: [] };
export const REFRESH: RouteRefresh = { kind: "route-refresh", family: { afi: 1, safi: 1 }, subtype: "request" };
export const GOODBYE: Message = { kind: "notification", notification: cease("administrative-shutdown", "maintenance") };
export const MALFORMED = new ProtocolError(malformedAttributeList, "attribute runs past its section");
export const STOP: PeerEvent = { kind: "stop", cease: "administrative-shutdown", text: "" };

export function linkId(number: number): LinkId {
  return number as LinkId;
}
