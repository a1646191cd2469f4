/**
 * Everything that can happen to a peer, and everything that is to be done about it. Read this first.
 * Pure, types only. RFC 4271 §8; send hold timer of RFC 9687; restarts of RFC 4724.
 *
 * Words: a *link* is one TCP connection, a *connection* its protocol state, a *peer* the configured neighbour.
 */

import type { Brand } from "../../ip/brand.ts";
import type { CodecContext, Family, FamilyCode } from "../wire/context.ts";
import type { ProtocolError } from "../wire/error.ts";
import type { AddPathMode, Capability, Message, Open, RouteRefresh, Update } from "../wire/message-types.ts";
import type { Notification } from "../wire/notification.ts";

/** One TCP connection; the daemon numbers them and never uses a number twice. */
export type LinkId = Brand<number, "LinkId">;

/** Who opened the TCP connection. */
export type Side = "ours" | "theirs";

/** "settled": the session has outlived the longest rest, so its next failure is a first one again. */
export type PeerTimer = "connect-retry" | "rest" | "settled";
/** Every timer of a link is disarmed before the machine lets go of the link. */
export type LinkTimer = "open-wait" | "hold" | "keepalive" | "send-hold";

export type PeerEvent =
  | { readonly kind: "start" }
  | ({ readonly kind: "stop" } & Farewell)
  /** We restart and will be back: a peer that keeps our routes meanwhile is left without a word, the others are told goodbye. */
  | { readonly kind: "leave"; readonly text: string }
  | { readonly kind: "connected"; readonly link: LinkId; readonly side: Side }
  | { readonly kind: "dial-failed" }
  | { readonly kind: "disconnected"; readonly link: LinkId }
  /** The path to the peer is gone, whatever TCP still believes (RFC 5882 §4.3). */
  | { readonly kind: "liveness-lost" }
  | { readonly kind: "message"; readonly link: LinkId; readonly message: Message }
  /** A message came that its receiver read himself, as he may on an established session: a sign of life. */
  | { readonly kind: "heard"; readonly link: LinkId }
  | { readonly kind: "malformed"; readonly link: LinkId; readonly error: ProtocolError }
  /** The socket took bytes, last so long ago: the peer's window is open. May be told late, but before the send hold timer is. */
  | { readonly kind: "sent"; readonly link: LinkId; readonly agoMs: number }
  | { readonly kind: "timer"; readonly timer: PeerTimer }
  | { readonly kind: "link-timer"; readonly link: LinkId; readonly timer: LinkTimer };

/** Why we end a session that is well: the subcodes of RFC 4486 an owner of the peer may give, and that of RFC 9384. */
export type Cease = "administrative-shutdown" | "peer-deconfigured" | "administrative-reset" | "other-configuration-change" | "maximum-prefixes" | "out-of-resources" | "bfd-down";

/** How we end a session that is well. */
export interface Farewell {
  readonly cease: Cease;
  /** RFC 9003: reaches the other operator's screen. */
  readonly text: string;
  /** With "maximum-prefixes": which limit it was (RFC 4486 §4). */
  readonly exceeded?: { readonly family: FamilyCode; readonly limit: number };
}

export type PeerAction =
  /** Never asked again before `connected` (side "ours") or `dial-failed` has answered, not even after `stop` and `start`. */
  | { readonly kind: "dial" }
  /** The peer came first: the pending dial is given up if nothing of it has left yet, and answered in either case. */
  | { readonly kind: "call-off" }
  | { readonly kind: "send"; readonly link: LinkId; readonly message: Message }
  /** Send what is queued, then close. */
  | { readonly kind: "hang-up"; readonly link: LinkId }
  | ({ readonly kind: "arm"; readonly timer: PeerTimer } & Delay)
  | { readonly kind: "disarm"; readonly timer: PeerTimer }
  | ({ readonly kind: "arm-link"; readonly link: LinkId; readonly timer: LinkTimer } & Delay)
  | { readonly kind: "disarm-link"; readonly link: LinkId; readonly timer: LinkTimer }
  | { readonly kind: "up"; readonly link: LinkId; readonly negotiated: Negotiated }
  | { readonly kind: "deliver"; readonly update: Update }
  | { readonly kind: "refresh"; readonly request: RouteRefresh }
  | { readonly kind: "down"; readonly reason: DownReason };

/** A duration drawn evenly between ms × (1 - jitter) and ms by whoever owns the clock (RFC 4271 §10). */
export interface Delay {
  readonly ms: number;
  readonly jitter: number;
}

/** Why a session ended; `down` is told once for every `up`, and for attempts that ended before. */
export type DownReason =
  | { readonly kind: "sent"; readonly notification: Notification; readonly detail: string }
  | { readonly kind: "received"; readonly notification: Notification }
  | { readonly kind: "lost" }
  /** The peer came back on another connection before this one was missed (RFC 4724 §5). */
  | { readonly kind: "replaced" }
  /** We left it without a word, to come back. */
  | { readonly kind: "left" };

/** What two OPENs add up to; built once, never changed. */
export interface Negotiated {
  readonly remoteAs: number;
  readonly remoteRouterId: number;
  /** "off" is hold time zero: no keepalives, no hold timer. */
  readonly liveness: "off" | { readonly holdMs: number; readonly keepaliveMs: number };
  readonly families: readonly Family[];
  readonly codec: CodecContext;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  readonly addPath: ReadonlyMap<Family, AddPathMode>;
  readonly restart: RestartAgreement;
  readonly ours: readonly Capability[];
  readonly theirs: readonly Capability[];
  readonly theirOpen: Open;
}

/** How long one family's routes are worth keeping while the peer is away, and whether it still forwards their packets. */
export interface KeepTerms {
  /** Zero: none but the long-lived period, if there is one. */
  readonly restartMs: number;
  readonly restartForwarding: "kept" | "lost";
  /** Zero: the routes go when the restart time is over. */
  readonly longLivedMs: number;
  readonly longLivedForwarding: "kept" | "lost";
}

/** What two speakers agreed on about restarts; see restart-agreement.ts. */
export interface RestartAgreement {
  /** What a NOTIFICATION or an expired hold timer costs: the session alone where both set the N bit (RFC 8538). */
  readonly notifications: "end-routes" | "end-session";
  /** The R bit of the peer's OPEN. */
  readonly peerIs: "steady" | "restarting";
  /** Whether the peer keeps what we told it while we are away. */
  readonly ourRoutes: "kept" | "lost";
  /** Families of the peer that we keep; empty where it only keeps ours. */
  readonly families: ReadonlyMap<Family, KeepTerms>;
  /** The peer understands LLGR_STALE (RFC 9494 §4.3). */
  readonly longLived: "understood" | "unknown";
}
