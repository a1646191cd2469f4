/**
 * Relay: what every carrier of the netlink relay offers (a worker thread, a child process).
 * Pure, types but for one number.
 */

/** The netlink groups whose events are wanted, as a bit mask: group n is bit n - 1. */
export const EVENT_GROUPS = 0x8000_0551; // links 1, IPv4 addresses 5, IPv4 routes 7, IPv6 addresses 9, IPv6 routes 11, nexthop objects 32

export interface RelayOptions {
  readonly groups: number;
  /** Path of another network namespace; undefined: this process's own. */
  readonly namespace: string | undefined;
}

/** What becomes of one life of a relay; `ended` is told once, and last. */
export interface RelayLife {
  bytes(chunk: Uint8Array): void;
  ended(reason: string): void;
}

export interface Relay {
  /** Takes whole frames; calls back when it needs the memory no longer. */
  send(frames: Uint8Array, taken: () => void): void;
  end(): void;
}

export type StartRelay = (options: RelayOptions, life: RelayLife) => Relay;
