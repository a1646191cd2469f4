/**
 * Whether to have zero, one or two connections with a peer, and when to try again.
 * Pure. RFC 4271 §8 (Idle, Connect, Active), §6.8 (collisions), §10 (jitter), RFC 6286 (equal router ids), RFC 4724 §5 (a peer
 * that comes back while its old session still stands).
 *
 *   stopped ── start ──► trying ── the last connection ended ──────► resting
 *      ▲                   │  ▲                                        │  │
 *      └─────── stop ──────┘  └── the rest is over, or the peer calls ─┘  │
 *      └─────── stop ─────────────────────────────────────────────────────┘
 *
 * The six states of the RFC are read off these, not stored. A dial is answered exactly once, so `dial` outlives
 * stop and start: there are never two on the way. Who calls while our dial is on the way spares us the dial: a speaker that
 * hears of a second connection when the first is established takes it for a restart (RFC 4724 §5), and of two in a row
 * it forgets the routes it keeps.
 *
 * Deviates: RFC 4271's DampPeerOscillations refuses connections while resting; here the peer's call ends the rest.
 * After a host restarts, the whole mesh rests at once, and whoever calls first shows that it is back. What repeats is
 * bounded by the caller's own rest and by ours, which keeps growing until a session has settled.
 *
 * Deviates: RFC 4724 §5 gives a session up as soon as the peer connects again. Here the newcomer must have said its OPEN, and
 * the peer must have been established before: a dial of a living peer that came through late, or met our own on the way, or
 * somebody who only connects, would end a healthy session.
 */

import { assertNever } from "../../ip/assert.ts";
import type { Open } from "../wire/message-types.ts";
import { cease, maximumPrefixes } from "../wire/notification.ts";
import { type Connection, type Ended, type Established, type Lives, type Outcome, abandon, begin, expire, hear, hearUpdate } from "./connection.ts";
import { lose, refuse, refuseError, sent, turnAway } from "./connection.ts";
import { asMeant, mayComeBack } from "./restart-agreement.ts";
import type { SessionSettings, SessionTiming } from "./settings.ts";
import type { Farewell, LinkId, PeerAction, PeerEvent, PeerTimer, Side } from "./vocabulary.ts";

/** A dial that has not been answered yet is pending. */
type Dial = "none" | "pending";

export type PeerState = Stopped | Resting | Trying;

interface Stopped {
  readonly kind: "stopped";
  readonly dial: Dial;
}

interface Resting {
  readonly kind: "resting";
  readonly dial: Dial;
  /** How long the next rest is. */
  readonly restMs: number;
}

/** At most one connection per side; beside an established one at most a newcomer that waits for its OPEN. */
interface Trying {
  readonly kind: "trying";
  readonly dial: Dial;
  readonly restMs: number;
  readonly connections: readonly Connection[];
}

/** What step() answers. */
export interface Step {
  readonly state: PeerState;
  readonly actions: readonly PeerAction[];
}

/** The states of RFC 4271 §8.2.2. */
export type SessionState = "Idle" | "Connect" | "Active" | "OpenSent" | "OpenConfirm" | "Established";

/** A peer that was never started. */
export const initialPeer: PeerState = { kind: "stopped", dial: "none" };

type LinkEvent = Extract<PeerEvent, { kind: "disconnected" | "message" | "heard" | "malformed" | "sent" | "link-timer" }>;

const RETRY_JITTER = 0.25; // RFC 4271 §10
const NOTHING: readonly PeerAction[] = [];

/** One event: the state after it, and what is to be done. Whatever comes for a link we let go of does nothing. */
export function step(state: PeerState, event: PeerEvent, settings: SessionSettings, ourOpen: Open): Step {
  switch (event.kind) {
    case "start":
      return start(state, settings);
    case "stop":
      return end(state, settings, (connection) => dismiss(connection, event));
    case "leave":
      return end(state, settings, (connection) => leave(connection, event.text));
    case "connected":
      return connected(state, event.link, event.side, settings, ourOpen);
    case "dial-failed":
      return dialFailed({ ...state, dial: "none" }, settings);
    case "timer":
      return timer(state, event.timer, settings);
    case "liveness-lost":
      return livenessLost(state, settings.timing);
    default: {
      const connection = state.kind === "trying" ? state.connections.find(({ link }) => link === event.link) : undefined;
      if (state.kind !== "trying" || !connection) return { state, actions: NOTHING };
      return settle(state, connection, happen(connection, event, settings, ourOpen), settings);
    }
  }
}

/** The state to show to people. */
export function sessionStateOf(state: PeerState): SessionState {
  if (state.kind !== "trying") return "Idle";
  const kinds = state.connections.map(({ kind }) => kind);
  if (kinds.includes("established")) return "Established";
  if (kinds.includes("open-confirm")) return "OpenConfirm";
  if (kinds.includes("open-sent")) return "OpenSent";
  return state.dial === "pending" ? "Connect" : "Active";
}

function start(state: PeerState, settings: SessionSettings): Step {
  if (state.kind === "trying") return { state, actions: NOTHING };
  const restMs = state.kind === "resting" ? state.restMs : settings.timing.restFirstMs;
  const actions: readonly PeerAction[] = state.kind === "resting" ? [disarm("rest")] : NOTHING;
  return dial({ kind: "trying", dial: state.dial, restMs, connections: [] }, actions, settings);
}

/** A peer that only listens, or whose last dial is still on the way, has nothing to do. */
function dial(state: Trying, actions: readonly PeerAction[], { passive }: SessionSettings): Step {
  if (passive || state.dial === "pending") return { state, actions };
  return { state: { ...state, dial: "pending" }, actions: [...actions, { kind: "dial" }] };
}

/** Ends every connection, each in its way. */
function end(state: PeerState, settings: SessionSettings, endOf: (connection: Connection) => Ended): Step {
  const stopped: PeerState = { kind: "stopped", dial: state.dial };
  if (state.kind === "stopped") return { state, actions: NOTHING };
  const timers = disarmAll(state, settings);
  if (state.kind === "resting") return { state: stopped, actions: timers };
  const ends = state.connections.map(endOf);
  const told = ends[state.connections.findIndex(isEstablished)] ?? ends[0];
  const down: readonly PeerAction[] = told ? [{ kind: "down", reason: told.reason }] : NOTHING;
  return { state: stopped, actions: [...ends.flatMap(({ actions }) => actions), ...timers, ...down] };
}

/** Where the peer would keep its routes although they are meant to go, it hears so (RFC 8538 §3.1). */
function dismiss(connection: Connection, { cease: why, text, exceeded }: Farewell): Ended {
  const notification = exceeded ? maximumPrefixes(exceeded.family, exceeded.limit) : cease(why, text);
  const meant = connection.kind === "established" ? asMeant(notification, why, connection.negotiated.restart) : notification;
  return refuse(connection, meant, text || why);
}

function leave(connection: Connection, text: string): Ended {
  const isAwaited = connection.kind === "established" && connection.negotiated.restart.ourRoutes === "kept";
  return isAwaited ? abandon(connection, "left") : dismiss(connection, { cease: "administrative-shutdown", text });
}

function dialFailed(state: PeerState, settings: SessionSettings): Step {
  if (!awaitsRetry(state, settings)) return { state, actions: NOTHING };
  return { state, actions: [arm("connect-retry", settings.timing.connectRetryMs, RETRY_JITTER)] };
}

function connected(state: PeerState, link: LinkId, side: Side, settings: SessionSettings, ourOpen: Open): Step {
  const dialNow: Dial = side === "ours" ? "none" : state.dial;
  if (state.kind === "stopped") {
    return { state: { ...state, dial: dialNow }, actions: turnAway(link, cease("connection-rejected")) };
  }
  const timers = state.kind === "trying" && state.connections.length > 0 ? NOTHING : disarmAll(state, settings);
  const connections = state.kind === "trying" ? state.connections : [];
  const trying: Trying = { kind: "trying", dial: dialNow, restMs: state.restMs, connections };
  const { state: next, actions } = welcome(trying, link, side, settings, ourOpen);
  const spared: readonly PeerAction[] = dialNow === "pending" ? [{ kind: "call-off" }] : NOTHING;
  return { state: next, actions: [...timers, ...actions, ...spared] };
}

/**
 * A new link beside those that stand. An established session stays (RFC 4271 §6.8), unless it is the peer who connects and it
 * may have restarted; a connection of the same side that has heard the peer's OPEN stays too; one that has not is dead, or
 * the peer would not have connected again.
 */
function welcome(state: Trying, link: LinkId, side: Side, { timing }: SessionSettings, ourOpen: Open): Step {
  const established = state.connections.find(isEstablished);
  const isLate = established && !(side === "theirs" && established.standing === "mutual" && mayComeBack(established.negotiated.restart));
  const sameSide = state.connections.find((connection) => connection.side === side && connection !== established);
  if (isLate || (sameSide && sameSide.kind !== "open-sent")) return { state, actions: turnAway(link, cease("collision-resolution")) };
  const others = state.connections.filter((connection) => connection !== sameSide);
  const replaced = sameSide ? refuse(sameSide, cease("collision-resolution"), "replaced by a newer connection").actions : NOTHING;
  const { connection, actions } = begin(link, side, ourOpen, timing);
  return { state: { ...state, connections: [...others, connection] }, actions: [...replaced, ...actions] };
}

function happen(connection: Connection, event: LinkEvent, settings: SessionSettings, ourOpen: Open): Outcome {
  switch (event.kind) {
    case "message":
      return hear(connection, event.message, settings, ourOpen);
    case "heard":
      return hearUpdate(connection);
    case "sent":
      return sent(connection, event.agoMs, settings.timing);
    case "link-timer":
      return expire(connection, event.timer);
    case "malformed":
      return refuseError(connection, event.error);
    case "disconnected":
      return lose(connection);
    default:
      return assertNever(event);
  }
}

/** Puts what became of one connection back among the others. */
function settle(state: Trying, before: Connection, outcome: Outcome, settings: SessionSettings): Step {
  if (outcome.kind === "ended") return bury(state, before, outcome, settings.timing);
  const { connection, actions } = outcome;
  if (connection === before) return { state, actions };
  if (isEstablished(before)) return { state: { ...state, connections: state.connections.map((other) => (other === before ? connection : other)) }, actions };
  const rivals = state.connections.filter((other) => other !== before);
  const established = rivals.find(isEstablished);
  if (established) return replace(state, established, outcome, settings.timing);
  if (rivals.some((rival) => yields(connection, rival, settings))) {
    return bury(state, before, refuse(before, cease("collision-resolution"), "connection collision"), settings.timing);
  }
  return advance(state, outcome, rivals, settings);
}

/** The peer has said OPEN on a new connection: it has restarted, and the old session is a ghost (RFC 4724 §5). */
function replace(state: Trying, old: Established, { connection, actions }: Lives, timing: SessionTiming): Step {
  const { actions: farewell, reason } = abandon(old, "replaced");
  const settling = awaitsSettling(state, timing) ? [disarm("settled")] : NOTHING;
  return { state: { ...state, connections: [connection] }, actions: [...farewell, ...settling, { kind: "down", reason }, ...actions] };
}

/** A connection came further than before; rivals that must yield to it are sent home first. */
function advance(state: Trying, { connection, actions }: Lives, rivals: readonly Connection[], settings: SessionSettings): Step {
  const losers = rivals.filter((rival) => connection.kind === "established" || yields(rival, connection, settings));
  const sentHome = losers.flatMap((loser) => refuse(loser, cease("collision-resolution"), "connection collision").actions);
  const connections = [...rivals.filter((rival) => !losers.includes(rival)), connection];
  const next: Trying = { ...state, connections };
  const settling = awaitsSettling(next, settings.timing) ? [arm("settled", settings.timing.restLastMs, 0)] : NOTHING;
  return { state: next, actions: [...sentHome, ...settling, ...actions] };
}

/** RFC 4271 §6.8: of two that have both heard an OPEN, the one stays that the higher router id called for. */
function yields(connection: Connection, to: Connection, settings: SessionSettings): boolean {
  if (connection.kind !== "open-confirm" || to.kind !== "open-confirm") return false;
  const { remoteRouterId, remoteAs } = to.negotiated;
  const ours = settings.localRouterId - remoteRouterId || settings.localAs - remoteAs; // RFC 6286 §2.3
  return to.side === (ours > 0 ? "ours" : "theirs");
}

/** One connection less; when it was the last, the attempt is over. A session is over also beside a newcomer. */
function bury(state: Trying, dead: Connection, { actions, reason }: Ended, timing: SessionTiming): Step {
  const connections = state.connections.filter((connection) => connection !== dead);
  const settling = isEstablished(dead) && awaitsSettling(state, timing) ? [disarm("settled")] : NOTHING;
  if (connections.length > 0) {
    const down: readonly PeerAction[] = isEstablished(dead) ? [...settling, { kind: "down", reason }] : NOTHING;
    return { state: { ...state, connections }, actions: [...actions, ...down] };
  }
  const { restMs } = state;
  return {
    state: { kind: "resting", dial: state.dial, restMs: Math.min(2 * restMs, timing.restLastMs) },
    actions: [...actions, ...settling, arm("rest", restMs, RETRY_JITTER), { kind: "down", reason }],
  };
}

/** Every connection over the dead path ends with 6/10 (RFC 9384), a session behind its newcomer; a rest follows as after any failure. */
function livenessLost(state: PeerState, timing: SessionTiming): Step {
  let step: Step = { state, actions: NOTHING };
  const connections = state.kind === "trying" ? state.connections : [];
  const sessionLast = [...connections.filter((connection) => !isEstablished(connection)), ...connections.filter(isEstablished)];
  for (const dead of sessionLast) {
    if (step.state.kind !== "trying") break;
    const { state: next, actions } = bury(step.state, dead, dismiss(dead, { cease: "bfd-down", text: "BFD down" }), timing);
    step = { state: next, actions: [...step.actions, ...actions] };
  }
  return step;
}

/** One that was disarmed while its event was on the way changes nothing. */
function timer(state: PeerState, which: PeerTimer, settings: SessionSettings): Step {
  const unmoved: Step = { state, actions: NOTHING };
  switch (which) {
    case "connect-retry":
      return state.kind === "trying" && awaitsRetry(state, settings) ? dial(state, NOTHING, settings) : unmoved;
    case "rest":
      return state.kind === "resting" ? dial({ ...state, kind: "trying", connections: [] }, NOTHING, settings) : unmoved;
    case "settled": {
      const { timing } = settings;
      const settled = state.kind === "trying" && awaitsSettling(state, timing);
      return settled ? { state: { ...state, restMs: timing.restFirstMs }, actions: NOTHING } : unmoved;
    }
    default:
      return assertNever(which);
  }
}

/** Is connect-retry armed? */
function awaitsRetry(state: PeerState, { passive }: SessionSettings): boolean {
  return state.kind === "trying" && state.connections.length === 0 && state.dial === "none" && !passive;
}

/** Is settled armed? Only where there is a longer rest to be forgiven. */
function awaitsSettling(state: Trying, { restFirstMs }: SessionTiming): boolean {
  return state.restMs > restFirstMs && state.connections.some(({ kind }) => kind === "established");
}

function disarmAll(state: PeerState, settings: SessionSettings): readonly PeerAction[] {
  if (state.kind === "resting") return [disarm("rest")];
  if (awaitsRetry(state, settings)) return [disarm("connect-retry")];
  return state.kind === "trying" && awaitsSettling(state, settings.timing) ? [disarm("settled")] : NOTHING;
}

function isEstablished(connection: Connection): connection is Established {
  return connection.kind === "established";
}

function arm(which: PeerTimer, ms: number, jitter: number): PeerAction {
  return { kind: "arm", timer: which, ms, jitter };
}

function disarm(which: PeerTimer): PeerAction {
  return { kind: "disarm", timer: which };
}
