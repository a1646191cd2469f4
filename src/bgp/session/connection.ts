/**
 * What happens on one TCP connection: OPEN sent, OPEN received, established, over.
 * Pure. RFC 4271 §8.2.2 (OpenSent, OpenConfirm, Established), RFC 6608 (messages out of place), RFC 9687 (send hold timer).
 *
 *   begin ──► open-sent ── OPEN ──► open-confirm ── KEEPALIVE ──► established
 *                 └────────────────────┴─── refuse, lose ──────────────┴──► ended
 *
 * refuse() and abandon() are the only ways to end a connection on purpose, so no end can forget the NOTIFICATION, the close,
 * or a timer. A NOTIFICATION would cost routes that are to survive: only then a connection is abandoned without one.
 *
 * Deviates: with hold time zero RFC 4271 lets OpenConfirm last for ever; here the wait of OpenSent goes on through it.
 */

import { assertNever } from "../../ip/assert.ts";
import { MESSAGE_TYPE } from "../wire/code-points.ts";
import { ProtocolError } from "../wire/error.ts";
import type { Message, Open } from "../wire/message-types.ts";
import { ERROR_CODE, type Notification, holdTimerExpired, sendHoldTimerExpired, unexpectedMessage } from "../wire/notification.ts";
import { negotiate } from "./negotiate.ts";
import type { SessionSettings, SessionTiming } from "./settings.ts";
import type { DownReason, LinkId, LinkTimer, Negotiated, PeerAction, Side } from "./vocabulary.ts";

/** The protocol state of one link. */
export type Connection = OpenSent | OpenConfirm | Established;

interface Ends {
  readonly link: LinkId;
  readonly side: Side;
}

interface OpenSent extends Ends {
  readonly kind: "open-sent";
}

interface OpenConfirm extends Ends {
  readonly kind: "open-confirm";
  readonly negotiated: Negotiated;
}

export interface Established extends Ends {
  readonly kind: "established";
  readonly negotiated: Negotiated;
  /** "mutual": the peer has said something that only an established session says, so it is past every collision. */
  readonly standing: "ours" | "mutual";
}

/** What an event made of a connection; one that goes on unchanged is the same object. */
export type Outcome = Lives | Ended;

export interface Lives {
  readonly kind: "lives";
  readonly connection: Connection;
  readonly actions: readonly PeerAction[];
}

export interface Ended {
  readonly kind: "ended";
  readonly actions: readonly PeerAction[];
  readonly reason: DownReason;
}

const SEND_HOLD_LEAST_MS = 480_000; // RFC 9687 §5: eight minutes or twice the hold time, whichever is longer
const KEEPALIVE_JITTER = 0.25; // RFC 4271 §10
const NOTHING: readonly PeerAction[] = [];

/** A link is there: we speak first. */
export function begin(link: LinkId, side: Side, ourOpen: Open, timing: SessionTiming): Lives {
  const actions: readonly PeerAction[] = [arm(link, "open-wait", timing.openWaitMs, 0), { kind: "send", link, message: ourOpen }];
  return lives({ kind: "open-sent", link, side }, actions);
}

/** A message came; `ourOpen` and `settings` matter until the session stands. */
export function hear(connection: Connection, message: Message, settings: SessionSettings, ourOpen: Open): Outcome {
  if (message.kind === "notification") return farewell(connection, message.notification);
  switch (connection.kind) {
    case "open-sent":
      return message.kind === "open" ? confirm(connection, message, settings, ourOpen) : outOfPlace(connection, message.kind);
    case "open-confirm":
      return message.kind === "keepalive" ? establish(connection, settings.timing) : outOfPlace(connection, message.kind);
    case "established":
      return hearEstablished(connection, message);
    default:
      return assertNever(connection);
  }
}

/** Updates came that somebody else reads; he asks only where the session is established. */
export function hearUpdate(connection: Connection): Outcome {
  if (connection.kind !== "established") return outOfPlace(connection, "update");
  const established = mutual(connection);
  return lives(established, heard(established));
}

/** A timer ran out; one that was disarmed while its event was on the way changes nothing. */
export function expire(connection: Connection, timer: LinkTimer): Outcome {
  if (!runningTimers(connection).includes(timer)) return lives(connection, NOTHING);
  const liveness = livenessOf(connection);
  switch (timer) {
    case "open-wait":
      // RFC 4271 §8.2.2 calls this wait a hold timer of a large value
      return refuse(connection, holdTimerExpired, "the peer did not open the session in time");
    case "hold":
      return refuse(connection, holdTimerExpired, "nothing heard within the hold time");
    case "send-hold":
      return refuse(connection, sendHoldTimerExpired, "the peer has not taken anything within the send hold time");
    case "keepalive":
      return lives(connection, liveness === "off" ? NOTHING : keepalive(connection.link, liveness.keepaliveMs));
    default:
      return assertNever(timer);
  }
}

/** The socket took bytes, the last of them `agoMs` ago. */
export function sent(connection: Connection, agoMs: number, timing: SessionTiming): Lives {
  const liveness = livenessOf(connection);
  if (connection.kind !== "established" || liveness === "off") return lives(connection, NOTHING);
  return lives(connection, [armSendHold(connection.link, liveness.holdMs, timing, agoMs)]);
}

/** The peer broke a rule; the error knows which. Of a message that has no place here, only that counts (RFC 4271 §8.2.2). */
export function refuseError(connection: Connection, error: ProtocolError): Ended {
  const about = MALFORMED[error.notification.code];
  if (about && !about.belongsIn.includes(connection.kind)) return outOfPlace(connection, about.message);
  return refuse(connection, error.notification, error.message);
}

/** Says why, hangs up, leaves no timer behind. */
export function refuse(connection: Connection, notification: Notification, detail: string): Ended {
  const reason: DownReason = { kind: "sent", notification, detail };
  return { kind: "ended", actions: [...turnAway(connection.link, notification), ...disarmAll(connection)], reason };
}

/** Closes without a word: routes that were agreed to survive a lost connection survive this one (RFC 4724 §4.2). */
export function abandon(connection: Connection, kind: "replaced" | "left"): Ended {
  return { kind: "ended", actions: [{ kind: "hang-up", link: connection.link }, ...disarmAll(connection)], reason: { kind } };
}

/** The TCP connection is gone; there is nobody left to tell. */
export function lose(connection: Connection): Ended {
  return { kind: "ended", actions: disarmAll(connection), reason: { kind: "lost" } };
}

/** A link that never became a connection gets its reason and is closed. */
export function turnAway(link: LinkId, notification: Notification): readonly PeerAction[] {
  return [{ kind: "send", link, message: { kind: "notification", notification } }, { kind: "hang-up", link }];
}

/** The peer ends the session: RFC 4271 §6.4 forbids an answer. */
function farewell(connection: Connection, notification: Notification): Ended {
  const actions: readonly PeerAction[] = [{ kind: "hang-up", link: connection.link }, ...disarmAll(connection)];
  return { kind: "ended", actions, reason: { kind: "received", notification } };
}

function confirm({ link, side }: OpenSent, theirs: Open, settings: SessionSettings, ourOpen: Open): Outcome {
  try {
    const negotiated = negotiate(ourOpen, theirs, settings);
    const { liveness } = negotiated;
    const confirmed: OpenConfirm = { kind: "open-confirm", link, side, negotiated };
    if (liveness === "off") return lives(confirmed, [sendKeepalive(link)]);
    return lives(confirmed, [disarm(link, "open-wait"), armHold(link, liveness.holdMs), ...keepalive(link, liveness.keepaliveMs)]);
  } catch (error) {
    if (error instanceof ProtocolError) return refuseError({ kind: "open-sent", link, side }, error);
    throw error;
  }
}

function establish({ link, side, negotiated }: OpenConfirm, timing: SessionTiming): Lives {
  const { liveness } = negotiated;
  const up: PeerAction = { kind: "up", link, negotiated };
  const established: Established = { kind: "established", link, side, negotiated, standing: "ours" };
  if (liveness === "off") return lives(established, [disarm(link, "open-wait"), up]);
  return lives(established, [armHold(link, liveness.holdMs), armSendHold(link, liveness.holdMs, timing), up]);
}

/** Once per UPDATE: nothing is built here but the answer. */
function hearEstablished(before: Established, message: Exclude<Message, { kind: "notification" }>): Outcome {
  const connection = mutual(before);
  switch (message.kind) {
    case "update":
      return lives(connection, heard(connection, { kind: "deliver", update: message }));
    case "keepalive":
      return lives(connection, heard(connection));
    case "route-refresh":
      return lives(connection, heard(connection, { kind: "refresh", request: message }));
    case "open":
      return outOfPlace(connection, message.kind);
    default:
      return assertNever(message);
  }
}

function mutual(connection: Established): Established {
  return connection.standing === "mutual" ? connection : { ...connection, standing: "mutual" };
}

/** Every message is a sign of life. The owner hears of it last: it may answer by stopping the session. */
function heard({ link, negotiated: { liveness } }: Established, news?: PeerAction): readonly PeerAction[] {
  if (liveness === "off") return news ? [news] : NOTHING;
  const hold = armHold(link, liveness.holdMs);
  return news ? [hold, news] : [hold];
}

const UNEXPECTED_IN: { readonly [K in Connection["kind"]]: Notification } = {
  "open-sent": unexpectedMessage.openSent,
  "open-confirm": unexpectedMessage.openConfirm,
  established: unexpectedMessage.established,
};

const TYPE_OCTETS: { readonly [K in Message["kind"]]: number } = {
  open: MESSAGE_TYPE.open,
  update: MESSAGE_TYPE.update,
  notification: MESSAGE_TYPE.notification,
  keepalive: MESSAGE_TYPE.keepalive,
  "route-refresh": MESSAGE_TYPE.routeRefresh,
};

interface MalformedMessage {
  readonly message: Message["kind"];
  readonly belongsIn: readonly Connection["kind"][];
}

/** Whose mistakes each error code tells, and where such a message is read at all; headers are read everywhere. */
const MALFORMED: { readonly [code: number]: MalformedMessage | undefined } = {
  [ERROR_CODE.open]: { message: "open", belongsIn: ["open-sent", "open-confirm"] },
  [ERROR_CODE.update]: { message: "update", belongsIn: ["established"] },
  [ERROR_CODE.routeRefresh]: { message: "route-refresh", belongsIn: ["established"] },
};

/** RFC 6608 §4: the data says which type of message it was. */
function outOfPlace(connection: Connection, message: Message["kind"]): Ended {
  const data = Uint8Array.of(TYPE_OCTETS[message]);
  return refuse(connection, { ...UNEXPECTED_IN[connection.kind], data }, `${message} does not belong in ${connection.kind}`);
}

/** The timers that stand armed for a connection; read off, so that none can be forgotten. */
function runningTimers(connection: Connection): readonly LinkTimer[] {
  if (connection.kind === "open-sent") return ["open-wait"];
  const confirmed = connection.kind === "open-confirm";
  if (connection.negotiated.liveness === "off") return confirmed ? ["open-wait"] : [];
  return confirmed ? ["hold", "keepalive"] : ["hold", "keepalive", "send-hold"];
}

function livenessOf(connection: Connection): Negotiated["liveness"] {
  return connection.kind === "open-sent" ? "off" : connection.negotiated.liveness;
}

function disarmAll(connection: Connection): readonly PeerAction[] {
  return runningTimers(connection).map((timer) => disarm(connection.link, timer));
}

function keepalive(link: LinkId, keepaliveMs: number): readonly PeerAction[] {
  return [arm(link, "keepalive", keepaliveMs, KEEPALIVE_JITTER), sendKeepalive(link)];
}

function sendKeepalive(link: LinkId): PeerAction {
  return { kind: "send", link, message: { kind: "keepalive" } };
}

function armHold(link: LinkId, holdMs: number): PeerAction {
  return arm(link, "hold", holdMs, 0);
}

function armSendHold(link: LinkId, holdMs: number, { sendHoldMs }: SessionTiming, agoMs = 0): PeerAction {
  return arm(link, "send-hold", Math.max(0, (sendHoldMs ?? Math.max(SEND_HOLD_LEAST_MS, 2 * holdMs)) - agoMs), 0);
}

function arm(link: LinkId, timer: LinkTimer, ms: number, jitter: number): PeerAction {
  return { kind: "arm-link", link, timer, ms, jitter };
}

function disarm(link: LinkId, timer: LinkTimer): PeerAction {
  return { kind: "disarm-link", link, timer };
}

function lives(connection: Connection, actions: readonly PeerAction[]): Lives {
  return { kind: "lives", connection, actions };
}
