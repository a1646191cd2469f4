/**
 * Why a session is not up, in the words of RFC 4271 and as a value.
 * Pure.
 */

import { assertNever } from "../../ip/assert.ts";
import type { DownCause } from "../../bfd/vocabulary.ts";
import type { DownReason } from "../../bgp/session/vocabulary.ts";
import { ERROR_CODE, type Notification, insideHardReset, notificationName, shutdownText } from "../../bgp/wire/notification.ts";

/** The last thing that went wrong with a session, as `peers ADDRESS --json` tells it. */
export interface LastError {
  readonly at: string;
  /** Who said so: a NOTIFICATION that was sent or received; a connection lost, or given up for another one; a dial without success. */
  readonly kind: Failure["kind"];
  /** Of the NOTIFICATION; null where there was none. */
  readonly code: number | null;
  readonly subcode: number | null;
  readonly text: string;
}

export type Failure = DownReason | { readonly kind: "dial"; readonly reason: string };

/** One line: "received Cease: Administrative Shutdown (maintenance)". */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case "sent":
      return `sent ${nameOf(failure.notification)}${detailOf(failure)}`;
    case "received":
      return `received ${nameOf(failure.notification)}`;
    case "lost":
      return "connection lost";
    case "replaced":
      return "the peer came back on a new connection";
    case "left":
      return "left to restart";
    case "dial":
      return failure.reason;
    default:
      return assertNever(failure);
  }
}

export function lastErrorOf(failure: Failure, at: string): LastError {
  const notification = failure.kind === "sent" || failure.kind === "received" ? failure.notification : undefined;
  return { at, kind: failure.kind, code: notification?.code ?? null, subcode: notification?.subcode ?? null, text: describeFailure(failure) };
}

const BFD_CAUSES: { readonly [Cause in DownCause]: string } = {
  silence: "nothing was heard for the detection time",
  "neighbor-down": "it says that it lost us",
  "neighbor-admin-down": "it was switched off there",
  "admin-down": "it was switched off here",
};

/** Why BFD no longer hears a peer, as half a sentence. */
export function describeBfdCause(cause: DownCause): string {
  return BFD_CAUSES[cause];
}

/** A Cease says everything in its subcode and text (RFC 4486, RFC 9003); other NOTIFICATIONs leave open what exactly was wrong. */
function detailOf({ notification, detail }: Extract<DownReason, { readonly kind: "sent" }>): string {
  return detail === "" || notification.code === ERROR_CODE.cease ? "" : `: ${detail}`;
}

/** A hard reset is named by the reason that it carries (RFC 8538 §3.1). */
function nameOf(notification: Notification): string {
  const inside = insideHardReset(notification);
  const name = inside ? `${notificationName(inside)}, hard reset` : notificationName(notification);
  const said = shutdownText(notification);
  return said === undefined ? name : `${name} (${said})`;
}
