/**
 * One way to handle every BGP daemon in a test: start it, let it announce, read what it learned.
 * The drivers are bird-peer.ts, exabgp-peer.ts, frr-peer.ts, gobgp-peer.ts, openbgpd-peer.ts and, for our own program, ts-bgp-peer.ts.
 */

import type { IpAddress } from "../../src/ip/address.ts";
import { type Prefix, prefixVersion } from "../../src/ip/prefix.ts";
import type { Family } from "../../src/bgp/wire/context.ts";
import type { Background } from "../../src/cli/lab/background.ts";
import type { LanHost } from "./lan.ts";

export const TEST_ASN = 64512;
export const HOLD_SEC = 9;

/** What one daemon is to be: where, and with whom it talks. */
export interface PeerPlan {
  readonly host: LanHost;
  /** "reflector": every neighbour is its client. */
  readonly role: "plain" | "reflector";
  readonly neighbors: readonly Neighbor[];
  /** "graceful": RFC 4724 on both sides of every session; "plain", or nothing: its routes go when it is killed. */
  readonly restarts?: Restarts;
  /** What it announces from its first moment on, where it can be told so before it starts. */
  readonly routes?: readonly Announcement[];
}

export type Restarts = "plain" | "graceful";

/** One BGP session to set up. */
export interface Neighbor {
  readonly name: string;
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly families: readonly Family[];
  /** It is waited for, not called: BIRD, FRR and ts-bgp can. */
  readonly passive?: true;
  /** RFC 7911, both ways. */
  readonly addPath?: "both";
  /** RFC 8950: IPv4 prefixes with IPv6 next hops. */
  readonly extendedNextHop?: "both";
  /** RFC 8654; without it each daemon does as it does by itself. */
  readonly extendedMessages?: "on" | "off";
}

export interface Announcement {
  readonly prefix: Prefix;
  readonly nextHop: IpAddress;
  readonly med: number;
  /** Where the driver can say them. */
  readonly communities?: readonly (readonly [asn: number, value: number])[];
}

/** Best routes heard from neighbours: prefix to "next hop, MED". */
export type Learned = ReadonlyMap<Prefix, string>;

export interface PeerKind {
  readonly title: string;
  /** Programs that must be installed. */
  readonly programs: readonly string[];
  /** Absent: it can be a reflector. */
  readonly reflects?: false;
  start(plan: PeerPlan): Promise<RunningPeer>;
}

export type EndSignal = "SIGKILL" | "SIGTERM";

export interface RunningPeer {
  /** Announces these and nothing else. */
  announce(routes: readonly Announcement[]): Promise<void>;
  learned(): Promise<Learned>;
  /** The next hops of all paths to a prefix that it heard from neighbours, sorted; where the driver can tell. */
  pathsTo?(prefix: Prefix): Promise<readonly string[]>;
  /** Ends every session with a NOTIFICATION and lets them come up again. */
  resetSessions(): Promise<void>;
  /** How many sessions of it came up so far, where it counts them. */
  sessionsSoFar?(): Promise<number>;
  /** kill -9 unless told otherwise; gone when this returns. */
  kill(signal?: EndSignal): Promise<void>;
}

/** Announcements in rounds: the second one of a prefix is in the second round, and so on. */
export function rounds(routes: readonly Announcement[]): readonly (readonly Announcement[])[] {
  const seen = new Map<Prefix, number>();
  const found: Announcement[][] = [];
  for (const route of routes) {
    const round = seen.get(route.prefix) ?? 0;
    seen.set(route.prefix, round + 1);
    (found[round] ??= []).push(route);
  }
  return found;
}

/** How `learned` writes a route down. */
export function describeRoute(nextHop: string, med: number | undefined): string {
  return `via ${nextHop}, MED ${med ?? "none"}`;
}

export function familyOf(prefix: Prefix): Family {
  return prefixVersion(prefix) === 4 ? "ipv4" : "ipv6";
}

/** Gone when this returns. */
export async function killNow(daemon: Background, signal: EndSignal = "SIGKILL"): Promise<void> {
  daemon.kill(signal);
  await daemon.end;
}

/** Did it work? For asking a daemon that may not be there yet. */
export function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
