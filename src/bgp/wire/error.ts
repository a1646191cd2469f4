/**
 * What is wrong with a message, and what it costs.
 * Pure. Severities of RFC 7606 §2.
 */

import type { Notification } from "./notification.ts";

/** Weakest first. AFI/SAFI disable is left out on purpose: no peer is known to profit, and treat-as-withdraw covers it. */
export const SEVERITIES = ["discard-attribute", "treat-as-withdraw", "reset-session"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Costs the session; the only exception that leaves this floor. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly notification: Notification;

  constructor(notification: Notification, reason: string) {
    super(reason);
    this.notification = notification;
  }
}

/** One attribute or capability is not as its RFC has it. Never leaves this floor: whoever walks the list says what it costs. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** The shortage of a Reader whose bytes are one attribute or capability. */
export function malformed(reason: string): Malformed {
  return new Malformed(reason);
}

/** A bad attribute that the session survives: what was wrong with which bytes, and what was done. */
export interface AttributeFault {
  /** 0 where no attribute could be told apart any more. */
  readonly code: number;
  readonly severity: Exclude<Severity, "reset-session">;
  readonly reason: string;
  /** The attribute as received, header included, cut to a loggable length. */
  readonly bytes: Uint8Array;
}
