/**
 * One BFD session, single hop, asynchronous mode: is the neighbor there, and does it know that we are?
 * Pure. RFC 5880 §6.8: states (§6.2), timer negotiation (§6.8.2 to §6.8.4), polls (§6.5), reception (§6.8.6),
 * transmission (§6.8.7).
 *
 *   what we hear ──►   admin-down   down    init    up
 *   down               -            init    up      -
 *   init               down         -       up      up         silence for the detection time: down
 *   up                 down         down    -       -
 *
 * Two sets of intervals: what our packets say (`told`), and what is in force until the neighbor has confirmed that (`used`).
 * Our own demand mode, echoes and authentication are left out; a neighbor in demand mode gets the quiet it asks for.
 */

import { assertNever } from "../ip/assert.ts";
import { type BfdState, type ControlPacket, DIAGNOSTIC } from "./packet.ts";
import type { BfdAction, BfdEvent, BfdSettings, BfdTimer, DownCause } from "./vocabulary.ts";

export interface BfdSession {
  readonly localDiscriminator: number;
  readonly settings: BfdSettings;
  readonly state: BfdState;
  /** Why it last changed its state. */
  readonly diagnostic: number;
  /** What its last packet said; undefined: it was silent for a detection time. */
  readonly neighbor: Neighbor | undefined;
  readonly told: Intervals;
  readonly used: Intervals;
  /** "again": what is told changed during the poll, and its answer may mean the old values. */
  readonly poll: "none" | "active" | "again";
  /** When the last periodic packet went. */
  readonly sentAtMs: number;
}

export interface Neighbor {
  readonly discriminator: number;
  readonly state: BfdState;
  readonly diagnostic: number;
  readonly demand: boolean;
  readonly multiplier: number;
  readonly desiredMinTxMs: number;
  readonly requiredMinRxMs: number;
}

export interface Intervals {
  readonly desiredMinTxMs: number;
  readonly requiredMinRxMs: number;
}

/** What step() answers. */
export interface BfdStep {
  readonly session: BfdSession;
  readonly actions: readonly BfdAction[];
}

const SLOW_MS = 1_000; // RFC 5880 §6.8.3: no faster while the session is not Up
const US_PER_MS = 1_000;

/** Our state and the one we hear -> our next one (RFC 5880 §6.8.6). */
const NEXT_STATE: { readonly [Ours in Exclude<BfdState, "admin-down">]: { readonly [Theirs in BfdState]: BfdState } } = {
  down: { "admin-down": "down", down: "init", init: "up", up: "down" },
  init: { "admin-down": "down", down: "init", init: "up", up: "up" },
  up: { "admin-down": "down", down: "down", init: "up", up: "up" },
};

/** A session that says nothing before it is enabled or disabled. */
export function initialSession(localDiscriminator: number, settings: BfdSettings): BfdSession {
  const intervals = intervalsFor("admin-down", settings);
  return {
    localDiscriminator,
    settings,
    state: "admin-down",
    diagnostic: DIAGNOSTIC.none,
    neighbor: undefined,
    told: intervals,
    used: intervals,
    poll: "none",
    sentAtMs: -Infinity,
  };
}

/** One event: the session after it, and what is to be done. */
export function step(session: BfdSession, event: BfdEvent, nowMs: number): BfdStep {
  switch (event.kind) {
    case "enable":
      return session.state === "admin-down"
        ? announce(aim({ ...session, state: "down", diagnostic: DIAGNOSTIC.none }), nowMs)
        : { session, actions: [] };
    case "disable":
      return disable(session, nowMs);
    case "settings":
      return conclude(session, aim({ ...session, settings: event.settings }), nowMs);
    case "packet":
      return hear(session, event.packet, nowMs);
    case "timer":
      return expire(session, event.timer, nowMs);
    default:
      return assertNever(event);
  }
}

/** How long the neighbor may be silent (RFC 5880 §6.8.4); undefined: it is. */
export function detectionMs({ neighbor, used }: BfdSession): number | undefined {
  return neighbor && neighbor.multiplier * Math.max(used.requiredMinRxMs, neighbor.desiredMinTxMs);
}

/** Between two of our packets, before jitter (RFC 5880 §6.8.7); undefined: the neighbor wants none. */
export function transmitMs({ state, neighbor, used, poll }: BfdSession): number | undefined {
  if (!neighbor) return used.desiredMinTxMs;
  const asleep = neighbor.demand && neighbor.state === "up" && state === "up" && poll === "none";
  return asleep || neighbor.requiredMinRxMs === 0 ? undefined : Math.max(used.desiredMinTxMs, neighbor.requiredMinRxMs);
}

function disable(session: BfdSession, nowMs: number): BfdStep {
  const told = announce(aim({ ...session, state: "admin-down", diagnostic: DIAGNOSTIC.administrativelyDown }), nowMs);
  return { session: told.session, actions: [...told.actions, ...turn(session, told.session, "admin-down")] };
}

function expire(session: BfdSession, timer: BfdTimer, nowMs: number): BfdStep {
  if (timer === "transmit") return announce(session, nowMs);
  const silent: BfdSession = { ...session, neighbor: undefined, poll: "none" };
  const wasHeard = session.state === "init" || session.state === "up";
  const after = aim(wasHeard ? { ...silent, state: "down", diagnostic: DIAGNOSTIC.detectionTimeExpired } : silent);
  const { session: told, actions } = conclude(session, after, nowMs);
  return { session: told, actions: [...actions, ...turn(session, told, "silence")] };
}

function hear(session: BfdSession, packet: ControlPacket, nowMs: number): BfdStep {
  const heard: BfdSession = { ...(packet.final ? endPoll(session) : session), neighbor: neighborOf(packet) };
  if (session.state === "admin-down") return listen(conclude(session, heard, nowMs));
  const state = NEXT_STATE[session.state][packet.state];
  const diagnostic = state === "down" ? DIAGNOSTIC.neighborDown : DIAGNOSTIC.none;
  const after = aim(state === session.state ? heard : { ...heard, state, diagnostic });
  const told = packet.poll ? answer(session, after, nowMs) : conclude(session, after, nowMs);
  const cause: DownCause = packet.state === "admin-down" ? "neighbor-admin-down" : "neighbor-down";
  return listen({ session: told.session, actions: [...told.actions, ...turn(session, told.session, cause)] });
}

/** The neighbor was heard just now. */
function listen({ session, actions }: BfdStep): BfdStep {
  const ms = detectionMs(session);
  return ms === undefined
    ? { session, actions }
    : { session, actions: [...actions, { kind: "arm", timer: "detect", ms, jitter: 0 }] };
}

function neighborOf(packet: ControlPacket): Neighbor {
  return {
    discriminator: packet.myDiscriminator,
    state: packet.state,
    diagnostic: packet.diagnostic,
    demand: packet.demand,
    multiplier: packet.detectMultiplier,
    desiredMinTxMs: packet.desiredMinTxUs / US_PER_MS,
    requiredMinRxMs: packet.requiredMinRxUs / US_PER_MS,
  };
}

/** The neighbor knows what we told it: that is in force now. */
function endPoll(session: BfdSession): BfdSession {
  if (session.poll === "none") return session;
  return session.poll === "again" ? { ...session, poll: "active" } : { ...session, poll: "none", used: session.told };
}

/**
 * Tells the intervals that belong to the state and the settings, and polls the neighbor when they are other ones. Until it
 * answers, an Up session sends no slower and waits no shorter than before (RFC 5880 §6.8.3).
 */
function aim(session: BfdSession): BfdSession {
  const told = intervalsFor(session.state, session.settings);
  if (told.desiredMinTxMs === session.told.desiredMinTxMs && told.requiredMinRxMs === session.told.requiredMinRxMs)
    return session;
  const cautious: Intervals = {
    desiredMinTxMs: Math.min(told.desiredMinTxMs, session.used.desiredMinTxMs),
    requiredMinRxMs: Math.max(told.requiredMinRxMs, session.used.requiredMinRxMs),
  };
  const poll = !session.neighbor ? "none" : session.poll === "none" ? "active" : "again";
  return { ...session, told, poll, used: session.state === "up" ? cautious : told };
}

function intervalsFor(state: BfdState, { intervalMs }: BfdSettings): Intervals {
  return { desiredMinTxMs: state === "up" ? intervalMs : Math.max(SLOW_MS, intervalMs), requiredMinRxMs: intervalMs };
}

/** Whoever relies on the session hears when it comes up and when it ends. */
function turn(before: BfdSession, after: BfdSession, because: DownCause): readonly BfdAction[] {
  if (before.state === after.state) return [];
  if (after.state === "up") return [{ kind: "up" }];
  return before.state === "up" ? [{ kind: "down", because }] : [];
}

/** News goes at once; otherwise the next periodic packet keeps its time, or the one that belongs to a new interval. */
function conclude(before: BfdSession, after: BfdSession, nowMs: number): BfdStep {
  return sayTheSame(before, after) ? reschedule(before, after, nowMs) : announce(after, nowMs);
}

/** A poll is answered at once, and the answer carries the news (RFC 5880 §6.8.7). */
function answer(before: BfdSession, after: BfdSession, nowMs: number): BfdStep {
  const { session, actions } = reschedule(before, after, nowMs);
  return { session, actions: [{ kind: "send", packet: { ...packetOf(session), poll: false, final: true } }, ...actions] };
}

/** A periodic packet, now; the next one an interval from now. */
function announce(session: BfdSession, nowMs: number): BfdStep {
  const after = { ...session, sentAtMs: nowMs };
  return { session: after, actions: [{ kind: "send", packet: packetOf(after) }, nextTransmission(after, nowMs)] };
}

function reschedule(before: BfdSession, after: BfdSession, nowMs: number): BfdStep {
  return { session: after, actions: transmitMs(before) === transmitMs(after) ? [] : [nextTransmission(after, nowMs)] };
}

/** An interval after the last one, jittered (RFC 5880 §6.8.7); at once where that is over. */
function nextTransmission(session: BfdSession, nowMs: number): BfdAction {
  const interval = transmitMs(session);
  if (interval === undefined) return { kind: "disarm", timer: "transmit" };
  const { share, jitter } = session.settings.multiplier === 1 ? { share: 0.9, jitter: 1 / 6 } : { share: 1, jitter: 0.25 };
  return { kind: "arm", timer: "transmit", ms: Math.max(0, session.sentAtMs + share * interval - nowMs), jitter };
}

function packetOf({ localDiscriminator, settings, state, diagnostic, neighbor, told, poll }: BfdSession): ControlPacket {
  return {
    kind: "control",
    diagnostic,
    state,
    poll: poll !== "none",
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: settings.multiplier,
    myDiscriminator: localDiscriminator,
    yourDiscriminator: neighbor?.discriminator ?? 0,
    desiredMinTxUs: told.desiredMinTxMs * US_PER_MS,
    requiredMinRxUs: told.requiredMinRxMs * US_PER_MS,
    requiredMinEchoRxUs: 0,
  };
}

/** Would the neighbor learn nothing new from a packet? */
function sayTheSame(before: BfdSession, after: BfdSession): boolean {
  const [was, is] = [packetOf(before), packetOf(after)];
  return (Object.keys(is) as (keyof ControlPacket)[]).every((field) => field === "poll" || was[field] === is[field]);
}
