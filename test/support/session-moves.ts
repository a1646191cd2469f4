/**
 * Random plays for a session machine. A move is an intention ("carry on", "break it"); what event that is depends on the
 * state it meets, so that plays reach collisions and established sessions instead of knocking on a closed door.
 */

import fc from "fast-check";
import { openFor } from "../../src/bgp/session/negotiate.ts";
import type { SessionSettings } from "../../src/bgp/session/settings.ts";
import type { Cease, LinkId, LinkTimer, PeerEvent, PeerTimer } from "../../src/bgp/session/vocabulary.ts";
import type { Message, Open } from "../../src/bgp/wire/message-types.ts";
import { GOODBYE, KEEPALIVE, MALFORMED, REFRESH, RESTART, UPDATE, linkId, mirrored, settingsWith } from "./session-builders.ts";
import type { SessionRig } from "./session-rig.ts";

const MOVES = {
  "carry-on": 12,
  call: 5,
  "answer-dial": 6,
  "fail-dial": 2,
  "fire-peer-timer": 4,
  "fire-link-timer": 1,
  "fire-any-timer": 1,
  socket: 1,
  cut: 1,
  farewell: 1,
  malformed: 1,
  astray: 1,
  "bad-open": 1,
  "haunt-dead-link": 3,
  start: 3,
  stop: 1,
  "lose-path": 1,
  leave: 1,
} as const; // weights

type MoveKind = keyof typeof MOVES;

export interface Move {
  readonly kind: MoveKind;
  /** Chooses among what the state offers. */
  readonly pick: number;
}

export interface Play {
  readonly settings: SessionSettings;
  readonly theirs: Open;
  readonly moves: readonly Move[];
}

const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.oneof(...(Object.keys(MOVES) as MoveKind[]).map((kind) => ({ weight: MOVES[kind], arbitrary: fc.constant(kind) }))),
  pick: fc.nat({ max: 1_000 }),
});

/** One play: who both are, and what happens. */
export const play: fc.Arbitrary<Play> = fc
  .record({
    passive: fc.constantFrom(false, false, false, true),
    holdTimeSec: fc.constantFrom(90, 90, 3, 0),
    gracefulRestart: fc.constantFrom("off" as const, RESTART, { ...RESTART, notifications: "end-routes" as const }),
    remoteAs: fc.constantFrom(64512, 65001, 100),
    theirRouterId: fc.constantFrom(0x0a000000, 0x0a000001, 0x0a000002, 0xfe000001),
    moves: fc.array(move, { minLength: 1, maxLength: 60, size: "max" }),
  })
  .map(({ passive, holdTimeSec, gracefulRestart, remoteAs, theirRouterId, moves }) => {
    const settings = settingsWith({ passive, holdTimeSec, gracefulRestart, remoteAs });
    return { settings, theirs: openFor(mirrored(settings, { localRouterId: theirRouterId })), moves };
  });

/** The event that this move is now, or undefined when there is nothing to do it to. */
export function eventOf({ kind, pick }: Move, rig: SessionRig, theirs: Open, freshLink: LinkId): PeerEvent | undefined {
  const live = rig.ledger.liveLinks;
  const link = chosen(live, pick);
  switch (kind) {
    case "start":
      return { kind: "start" };
    case "stop":
      return { kind: "stop", cease: chosen(CEASES, pick) ?? "other-configuration-change", text: pick % 2 === 0 ? "" : "for a reason" };
    case "lose-path":
      return { kind: "liveness-lost" };
    case "leave":
      return { kind: "leave", text: "" };
    case "call":
      return { kind: "connected", link: freshLink, side: "theirs" };
    case "answer-dial":
      return rig.ledger.dialling ? { kind: "connected", link: freshLink, side: "ours" } : undefined;
    case "fail-dial":
      return rig.ledger.dialling ? { kind: "dial-failed" } : undefined;
    case "fire-peer-timer":
      return timerEvent(chosen(rig.ledger.armed, pick));
    case "fire-any-timer":
      return timerEvent(chosen(PEER_TIMERS, pick));
    case "haunt-dead-link":
      return haunt(chosen(rig.ledger.deadLinks, pick), pick);
    default:
      return link === undefined ? undefined : linkEvent(kind, link, pick, rig, theirs);
  }
}

const CEASES: readonly Cease[] = ["administrative-shutdown", "administrative-reset", "peer-deconfigured", "maximum-prefixes"];
const PEER_TIMERS: readonly PeerTimer[] = ["connect-retry", "rest", "settled"];
const LINK_TIMERS: readonly LinkTimer[] = ["open-wait", "hold", "keepalive", "send-hold"];

type LinkMove = "carry-on" | "fire-link-timer" | "socket" | "cut" | "farewell" | "malformed" | "astray" | "bad-open";

function linkEvent(kind: LinkMove, link: LinkId, pick: number, rig: SessionRig, theirs: Open): PeerEvent | undefined {
  const hears = (message: Message): PeerEvent => ({ kind: "message", link, message });
  switch (kind) {
    case "carry-on":
      return hears(nextMessage(rig, link, pick, theirs));
    case "astray":
      return hears(chosen([theirs, UPDATE, KEEPALIVE, REFRESH], pick) ?? KEEPALIVE);
    case "bad-open":
      return hears({ ...theirs, asn: 4_200_000_000 });
    case "farewell":
      return hears(GOODBYE);
    case "malformed":
      return { kind: "malformed", link, error: MALFORMED };
    case "socket":
      return { kind: "sent", link, agoMs: 0 };
    case "cut":
      return { kind: "disconnected", link };
    case "fire-link-timer": {
      const timer = chosen(rig.ledger.armedOn(link), pick);
      return timer && { kind: "link-timer", link, timer };
    }
  }
}

/** What a well-behaved peer would say next on that link. */
function nextMessage(rig: SessionRig, link: LinkId, pick: number, theirs: Open): Message {
  const connections = rig.state.kind === "trying" ? rig.state.connections : [];
  switch (connections.find((connection) => connection.link === link)?.kind) {
    case "open-sent":
      return theirs;
    case "open-confirm":
      return KEEPALIVE;
    default:
      return chosen([UPDATE, KEEPALIVE, REFRESH], pick) ?? KEEPALIVE;
  }
}

function haunt(link: LinkId | undefined, pick: number): PeerEvent | undefined {
  if (link === undefined) return undefined;
  const timer = chosen(LINK_TIMERS, pick) ?? "hold";
  const events: readonly PeerEvent[] = [
    { kind: "message", link, message: UPDATE },
    { kind: "message", link, message: GOODBYE },
    { kind: "malformed", link, error: MALFORMED },
    { kind: "sent", link, agoMs: 0 },
    { kind: "link-timer", link, timer },
  ];
  return chosen(events, pick);
}

function timerEvent(timer: PeerTimer | undefined): PeerEvent | undefined {
  return timer && { kind: "timer", timer };
}

function chosen<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % items.length];
}

/** A link that no play has used. */
export function freshLinks(): () => LinkId {
  let last = 0;
  return () => linkId(++last);
}
