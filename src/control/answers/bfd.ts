/**
 * What BFD knows of one peer's path, as `peers ADDRESS` answers it.
 * Pure. The words are those of RFC 5880; absent is null.
 */

import { type BfdState, DIAGNOSTIC, diagnosticName } from "../../bfd/packet.ts";
import type { Neighbor } from "../../bfd/session.ts";
import type { BfdCounters } from "../../bfd/session-table.ts";
import type { PeerView } from "../../speaker/view.ts";
import { type Look, wallTime } from "../look.ts";

export interface BfdAnswer {
  readonly state: BfdState;
  readonly since: string;
  /** Why the state last changed; null where nothing went wrong. */
  readonly diagnostic: string | null;
  readonly strict: boolean;
  readonly configuredIntervalMs: number;
  readonly multiplier: number;
  /** In force now, before jitter; null: the neighbor wants no periodic packets. */
  readonly transmitIntervalMs: number | null;
  /** null: the neighbor is not heard. */
  readonly detectionTimeMs: number | null;
  readonly localDiscriminator: number;
  /** What its last packet said; null: it is not heard. */
  readonly neighbor: BfdNeighborAnswer | null;
  readonly counters: BfdCounters;
}

/** All paths in short, as `status` answers them. */
export interface BfdSummary {
  readonly sessions: number;
  readonly up: number;
  /** Packets from addresses that nobody watches, discarded. */
  readonly unknownPackets: number;
}

export interface BfdNeighborAnswer {
  readonly state: BfdState;
  readonly diagnostic: string | null;
  readonly discriminator: number;
  readonly multiplier: number;
  readonly desiredMinTxMs: number;
  readonly requiredMinRxMs: number;
}

export function bfdAnswer({ config }: PeerView, look: Look): BfdAnswer | undefined {
  const view = config.bfd && look.bfd.view(config.address);
  if (!config.bfd || !view) return undefined;
  const { session } = view;
  return {
    state: session.state,
    since: wallTime(view.sinceMs, look.clock),
    diagnostic: nameOf(session.diagnostic),
    strict: config.bfd.strict,
    configuredIntervalMs: session.settings.intervalMs,
    multiplier: session.settings.multiplier,
    transmitIntervalMs: view.transmitMs ?? null,
    detectionTimeMs: view.detectionMs ?? null,
    localDiscriminator: session.localDiscriminator,
    neighbor: session.neighbor ? neighborOf(session.neighbor) : null,
    counters: view.counters,
  };
}

/** undefined: nobody is watched. */
export function bfdSummary(peers: readonly PeerView[], look: Look): BfdSummary | undefined {
  const views = peers.flatMap(({ config }) => (config.bfd && look.bfd.view(config.address)) ?? []);
  if (views.length === 0) return undefined;
  return {
    sessions: views.length,
    up: views.filter(({ session }) => session.state === "up").length,
    unknownPackets: look.bfd.unknownPackets,
  };
}

/** The peer would have its session tried if BFD said that the path works. */
export function waitsForBfd({ config, state }: PeerView, look: Look): boolean {
  return config.bfd?.strict === true && state === "Idle" && look.bfd.view(config.address)?.session.state !== "up";
}

function neighborOf(neighbor: Neighbor): BfdNeighborAnswer {
  const { state, diagnostic, discriminator, multiplier, desiredMinTxMs, requiredMinRxMs } = neighbor;
  return { state, diagnostic: nameOf(diagnostic), discriminator, multiplier, desiredMinTxMs, requiredMinRxMs };
}

function nameOf(diagnostic: number): string | null {
  return diagnostic === DIAGNOSTIC.none ? null : diagnosticName(diagnostic);
}
