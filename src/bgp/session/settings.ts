/**
 * What an operator decides about one session, as the session machine needs it.
 * Pure, types only. Defaults belong to the configuration (speaker/config/config.ts), so every field is present here.
 */

import type { Capability, Role } from "../wire/message-types.ts";
import type { Family } from "../wire/context.ts";

/** The settings of one peer's session; a change of any of them restarts the session. */
export interface SessionSettings {
  readonly localAs: number;
  /** Unsigned 32 bit, never 0 (RFC 6286). */
  readonly localRouterId: number;
  readonly remoteAs: number;
  /** AS numbers that its OPEN may tell instead; like remoteAs, all of them are other than ours, or there are none. */
  readonly otherRemoteAses: readonly number[];
  /** Never dials; waits to be called. */
  readonly passive: boolean;
  /** 0 (no liveness check) or at least 3 (RFC 4271 §4.2). */
  readonly holdTimeSec: number;
  /** Between two KEEPALIVEs when the hold time that we propose is agreed, less in proportion when a shorter one is; undefined: a third of the hold time. */
  readonly keepaliveSec: number | undefined;
  /** Families offered; those that both sides offer are carried. */
  readonly families: readonly Family[];
  /** Each of these must be agreed, or the session is refused with 2/7 (RFC 5492 §3). */
  readonly requiredFamilies: readonly Family[];
  readonly addPath: "off" | "receive" | "send" | "both";
  readonly extendedMessages: boolean;
  /** IPv4 prefixes with IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean;
  readonly role: { readonly local: Role; readonly strict: boolean } | undefined;
  /** Shown to the peer (draft FQDN capability 73); undefined: not offered. */
  readonly hostname: string | undefined;
  readonly softwareVersion: string | undefined;
  /** What we offer about restarts of ours, and whether we keep the peer's routes over its own; "off": neither. */
  readonly gracefulRestart: RestartSettings | "off";
  /** Capabilities other floors want offered besides. */
  readonly extraCapabilities: readonly Capability[];
  readonly timing: SessionTiming;
}

/** RFC 4724, RFC 8538, RFC 9494. */
export interface RestartSettings {
  /** How long the peer is to keep our routes while we are away: at most 4095 (RFC 4724 §3). */
  readonly restartTimeSec: number;
  /** How long a peer that is back may take to tell everything again (RFC 8538 §4.1). */
  readonly staleTimeSec: number;
  /** What a NOTIFICATION or an expired hold timer shall cost where the peer agrees (RFC 8538; "end-session" is the N bit). */
  readonly notifications: "end-routes" | "end-session";
  /** How long routes are kept as the last choice after that; zero: not at all (RFC 9494). */
  readonly longLivedSec: { readonly [F in Family]: number };
}

/** Durations in milliseconds. */
export interface SessionTiming {
  /** Between two dials while nothing answers (RFC 4271 §8: ConnectRetryTimer). */
  readonly connectRetryMs: number;
  /** How long OpenSent waits; RFC 4271 §8.2.2 suggests four minutes. */
  readonly openWaitMs: number;
  /** Rest after a failure: doubles from the first to the last value, back to the first after a session that lasted. */
  readonly restFirstMs: number;
  readonly restLastMs: number;
  /** RFC 9687; undefined: max(8 min, 2 × hold time). */
  readonly sendHoldMs: number | undefined;
}
