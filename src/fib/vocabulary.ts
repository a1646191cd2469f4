/**
 * What the FIB is told at start, and what it tells: settings, facts, status, listing.
 * Pure, types only.
 */

import type { IpAddress } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { Family } from "../bgp/wire/context.ts";

/** How netlink is reached: foreign functions in a worker (Node 26), or a child process of perl-base. */
export type Carrier = "ffi" | "perl";

export interface FibSettings {
  /** rtm_protocol of our routes: what makes them ours. */
  readonly protocol: number;
  /** Of routes that do not bring their own. */
  readonly metric: number;
  readonly table: number;
  readonly carrier: "auto" | Carrier;
  /** Compare wanted and actual that often even when nothing happened. */
  readonly rescanMs: number;
  /** Globs ("cali*"): host routes of others on these interfaces are this host's workloads. */
  readonly workloadInterfaces: readonly string[];
  /** What is told of the kernel's routes: those of workloads (also when absent), or all that others put there, and connected networks. */
  readonly learn?: "workloads" | "all";
  readonly families: readonly Family[];
  /** Source address of packets that this host itself sends along our routes. */
  readonly preferredSource?: { readonly [F in Family]?: IpAddress | undefined };
  /** Every next hop is reached through this device, on-link ("tunl0"): an overlay. A route that names a tunnel has its own. */
  readonly overlayDevice?: string | undefined;
  /** What stands where no next hop of a route can be reached: nothing (also when absent), or a route that says so to whoever sends there. */
  readonly withoutNextHop?: "no-route" | "unreachable";
  /** Path of another network namespace ("/run/netns/blue"); absent: the process's own. */
  readonly namespace?: string;
}

/** Why wanted and actual were compared. */
export type ResyncReason =
  | "start" | "relay-restarted" | "link-changed" | "overrun" | "send-failed"
  | "dump-failed" | "interrupted" | "drift" | "rescan" | "asked";

/** Something worth telling about the kernel. */
export type FibFact =
  | { readonly kind: "relay-started"; readonly carrier: Carrier }
  | { readonly kind: "relay-lost"; readonly reason: string; readonly retryMs: number }
  /** Neither carrier works here: no route goes into the kernel. */
  | { readonly kind: "no-carrier"; readonly reason: string }
  /** The kernel lost messages for us; everything is compared again. */
  | { readonly kind: "overrun"; readonly socket: "request" | "event" }
  /** Somebody else's route stands where ours should; theirs stays. */
  | { readonly kind: "conflict"; readonly prefix: Prefix; readonly protocol: number | undefined; readonly metric: number }
  /** The kernel does not take this route now; told for the first of a kind, retried. */
  | { readonly kind: "refused"; readonly prefix: Prefix; readonly errno: number; readonly text: string }
  /** CAP_NET_ADMIN is missing: nothing more is written. */
  | { readonly kind: "permission-denied" }
  | ({ readonly kind: "resynced"; readonly ms: number } & ResyncSummary);

export interface ResyncSummary {
  readonly reason: ResyncReason;
  /** Our routes that stood in the kernel. */
  readonly kernel: number;
  readonly wanted: number;
  /** What the comparison found to be done. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** What a comparison that somebody asked for found, before anything of it was put right. */
export interface FibAudit extends ResyncSummary {
  /** Routes that are not as wanted; of very many only the first. */
  readonly differing: readonly FibRoute[];
  /** Those that are left out there. */
  readonly further: number;
}

export type FibState =
  | "starting"
  | "synchronised"
  | "writing"
  | "comparing"
  | "relay-lost"
  | "not-permitted"
  | "no-carrier"
  | "closed";

export interface FibStatus {
  readonly state: FibState;
  readonly carrier: Carrier | undefined;
  readonly wanted: number;
  readonly installed: number;
  /** Wanted, but no next hop can be reached now. */
  readonly unreachable: number;
  readonly conflicts: number;
  readonly refused: number;
  /** Found in the kernel at start and wanted by nobody yet. */
  readonly inherited: number;
  /** Route messages sent to the kernel in this life. */
  readonly written: number;
  readonly resyncs: number;
  readonly overruns: number;
  readonly relayRestarts: number;
  readonly lastResync: ResyncSummary | undefined;
  /** How often a route of ours was not as we had put it: told by the kernel, and found only by comparing. */
  readonly drift: { readonly noticed: number; readonly found: number };
}

/** One row of the listing of wanted against actual. */
export interface FibRoute {
  readonly prefix: Prefix;
  readonly state: "installed" | "pending" | "unreachable" | "conflict" | "refused" | "inherited";
  /** As `ip route` would print it behind the prefix; undefined: nothing. */
  readonly wanted: string | undefined;
  readonly actual: string | undefined;
  /** The route of somebody else that stands in its place. */
  readonly inTheWay: string | undefined;
}

/** What the kernel said when it did not take a route. */
export interface KernelRefusal {
  readonly errno: number;
  /** The kernel's own words; "" where it had none. */
  readonly text: string;
}

/** Everything about one prefix in our table: our route, what the kernel said to it, and the routes of others beside it. */
export interface FibExplanation {
  /** undefined: neither wanted nor there. */
  readonly route: FibRoute | undefined;
  readonly refusal: KernelRefusal | undefined;
  /** The best metric first. */
  readonly others: readonly OtherOfPrefix[];
}

/** A route of somebody else to the same prefix. */
export interface OtherOfPrefix {
  /** rtm_protocol, and its name where `ip route` has one. */
  readonly protocol: number;
  readonly protocolName: string;
  readonly metric: number;
  /** As `ip route` prints it behind the prefix. */
  readonly target: string;
  /** It stands where ours should; or ours stands, and the kernel prefers the other one; or the other way round. */
  readonly standing: "in-the-way" | "preferred" | "behind" | "alone";
}
