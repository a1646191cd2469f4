/**
 * Everything that can happen to a BFD session, and everything that is to be done about it. Read this first.
 * Pure: types, and one question about them. RFC 5880 §6.8.
 *
 * Words: the *neighbor* is the system at the other end of the link; *liveness* is what its packets show.
 */

import type { ControlPacket } from "./packet.ts";

/** What an operator decides about one session. */
export interface BfdSettings {
  /** Of sending and of receiving, while the session is Up. */
  readonly intervalMs: number;
  /** How many of our packets the neighbor misses before it gives us up. */
  readonly multiplier: number;
}

/** "detect": the neighbor has been silent for the detection time. */
export type BfdTimer = "transmit" | "detect";

export type BfdEvent =
  | { readonly kind: "enable" }
  /** Administratively down, and telling so. */
  | { readonly kind: "disable" }
  | { readonly kind: "settings"; readonly settings: BfdSettings }
  | { readonly kind: "packet"; readonly packet: ControlPacket }
  | { readonly kind: "timer"; readonly timer: BfdTimer };

export type BfdAction =
  | { readonly kind: "send"; readonly packet: ControlPacket }
  | ({ readonly kind: "arm"; readonly timer: BfdTimer } & Delay)
  | { readonly kind: "disarm"; readonly timer: BfdTimer }
  | { readonly kind: "up" }
  | { readonly kind: "down"; readonly because: DownCause };

/** A duration drawn evenly between ms × (1 - jitter) and ms by whoever owns the clock. */
export interface Delay {
  readonly ms: number;
  readonly jitter: number;
}

/** Why a session left Up. An operator's wish says nothing about the path (RFC 5882 §3.2): see `isFailure`. */
export type DownCause = "silence" | "neighbor-down" | "neighbor-admin-down" | "admin-down";

/** Does that end what relies on the path? */
export function isFailure(cause: DownCause): boolean {
  return cause === "silence" || cause === "neighbor-down";
}
