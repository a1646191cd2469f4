/**
 * The five messages as values.
 * Pure, types only. RFC 4271 §4, RFC 2918 (ROUTE-REFRESH).
 *
 * NLRI stay bytes: an UPDATE may carry a thousand prefixes, and nobody needs a thousand objects to put them into a
 * table. Read them with NlriReader.
 */

import type { PathAttributes } from "./attribute-types.ts";
import type { Family, FamilyCode } from "./context.ts";
import type { AttributeFault } from "./error.ts";
import type { Notification } from "./notification.ts";

export type Message = Open | Update | Keepalive | NotificationMessage | RouteRefresh;

export interface Open {
  readonly kind: "open";
  readonly version: number;
  /** The real AS number: taken from the four-octet capability where there is one (RFC 6793). */
  readonly asn: number;
  readonly holdTimeSec: number;
  readonly routerId: number;
  readonly capabilities: readonly Capability[];
}

export interface Keepalive {
  readonly kind: "keepalive";
}

export interface NotificationMessage {
  readonly kind: "notification";
  readonly notification: Notification;
}

/** RFC 2918; `subtype` is RFC 7313's: a plain request, or the marks around a resend. */
export interface RouteRefresh {
  readonly kind: "route-refresh";
  readonly family: FamilyCode;
  readonly subtype: "request" | "begin" | "end" | "unknown";
}

/** NLRI of one family, validated: every prefix length fits, the last prefix ends where the bytes end, host bits may be set. */
export interface NlriBlock {
  readonly family: Family;
  /** Each prefix has four octets of path identifier before it (RFC 7911). */
  readonly addPath: boolean;
  readonly bytes: Uint8Array;
}

/** Prefixes that share one attribute set, next hop included. */
export interface Announcement {
  readonly nlri: NlriBlock;
  readonly attributes: PathAttributes;
}

/**
 * UPDATE with the verdict of RFC 7606 already applied: what was to be treated as withdrawn stands in `withdrawn`, and
 * `faults` says why.
 */
export interface Update {
  readonly kind: "update";
  readonly withdrawn: readonly NlriBlock[];
  readonly announced: readonly Announcement[];
  /** The family whose initial routes are complete (RFC 4724 §2); then everything else is empty. */
  readonly endOfRib?: Family;
  readonly faults: readonly AttributeFault[];
}

export type Role = "provider" | "route-server" | "route-server-client" | "customer" | "peer"; // RFC 9234 §4.1, codes 0 to 4

export type Capability =
  | { readonly kind: "multiprotocol"; readonly family: FamilyCode }
  | { readonly kind: "route-refresh" }
  | { readonly kind: "enhanced-route-refresh" }
  | { readonly kind: "extended-message" }
  | { readonly kind: "four-octet-as"; readonly asn: number }
  | { readonly kind: "extended-next-hop"; readonly entries: readonly (FamilyCode & { readonly nextHopAfi: number })[] }
  | { readonly kind: "add-path"; readonly entries: readonly (FamilyCode & { readonly mode: AddPathMode })[] }
  | GracefulRestartCapability
  | { readonly kind: "long-lived-graceful-restart"; readonly entries: readonly (Forwarding & { readonly staleTimeSec: number })[] }
  | { readonly kind: "role"; readonly role: Role | number }
  | { readonly kind: "hostname"; readonly host: string; readonly domain: string }
  | { readonly kind: "software-version"; readonly version: string }
  | { readonly kind: "unknown"; readonly code: number; readonly value: Uint8Array };

/** A family, and whether its packets were still forwarded while the speaker restarted (RFC 4724 §3). */
export type Forwarding = FamilyCode & { readonly forwarding: boolean };

export type AddPathMode = "receive" | "send" | "both";

export interface GracefulRestartCapability {
  readonly kind: "graceful-restart";
  /** The R bit: the sender has just restarted. */
  readonly restarting: boolean;
  /** The N bit of RFC 8538. */
  readonly notification: boolean;
  readonly restartTimeSec: number;
  readonly entries: readonly Forwarding[];
}
