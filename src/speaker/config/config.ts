/**
 * SpeakerConfig: the whole desired state of the speaker as one value.
 * Pure. Whoever makes it (a file, a datastore) hands over whole values; what changed is found by comparing two of them.
 */

import type { Brand } from "../../ip/brand.ts";
import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import type { BfdSettings } from "../../bfd/vocabulary.ts";
import type { Condition, Policy } from "../../bgp/policy/policy.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { SessionSettings } from "../../bgp/session/settings.ts";
import type { Secret } from "./secret.ts";

/** A peer's name is its identity across configurations: "Mesh_172_17_8_102". */
export type PeerName = Brand<string, "PeerName">;

export interface SpeakerConfig {
  readonly router: RouterConfig;
  /** Announced by us. */
  readonly networks: readonly Prefix[];
  /** This host's own address blocks: announced whole, blackholed in the kernel, their /32s told to nobody. */
  readonly blocks: readonly Prefix[];
  /** Announced, and put into the kernel. */
  readonly statics: readonly StaticRoute[];
  /** Interfaces ("docker0", "br-*") whose connected networks are announced to nobody. */
  readonly directExcept: readonly string[];
  /** Which routes the kernel gets: the first rule that fits decides, and where none does it gets the route. */
  readonly forwarding: readonly ForwardingRule[];
  readonly peers: readonly PeerConfig[];
  /** Neighbours that nobody knows by name: whoever calls from there. */
  readonly ranges: readonly RangeConfig[];
  readonly limits: LimitsConfig;
}

/** A route through a gateway on one of our links. To a single address: next hops with that address are reached that way too. */
export interface StaticRoute {
  readonly prefix: Prefix;
  readonly via: IpAddress;
}

export interface ForwardingRule {
  readonly name: string;
  /** All of them hold; none: every route. */
  readonly when: readonly Condition[];
  /** "leave": the kernel does not get it from us. */
  readonly then: "program" | "leave";
  /** The device through which next hops are reached as if they were on its link ("tunl0"). */
  readonly tunnel: string | undefined;
}

/** Bounds against peers and strangers that misbehave. */
export interface LimitsConfig {
  /** Connections that came in and are no session yet. */
  readonly pendingPerAddress: number;
  readonly pendingInAll: number;
}

/** Before the first configuration nobody is known, so nobody comes in. */
export const NO_CALLS: LimitsConfig = { pendingPerAddress: 0, pendingInAll: 0 };

export interface RouterConfig {
  readonly asn: number;
  readonly routerId: number;
  readonly clusterId: number;
  /** Next hop of what we originate, by address family; undefined: the session's own local address. */
  readonly ipv4: IpAddress | undefined;
  readonly ipv6: IpAddress | undefined;
  /** undefined: kernel metrics and LOCAL_PREF have nothing to do with one another. */
  readonly routePriority: RoutePriority | undefined;
  /** Next hops per route that go into the kernel; 1 is single path. */
  readonly multipath: number;
  /** After a restart of ours, the longest wait for the peers' routes (RFC 4724 §4.1). */
  readonly deferralMs: number;
}

/** The metric of what has none of its own. A route of ours with metric m is told with LOCAL_PREF 2147483647 - m, and one that is heard with LOCAL_PREF p goes into the kernel with metric 2147483647 - p. */
export type RoutePriority = { readonly [F in Family]: number };

export interface PeerConfig {
  readonly name: PeerName;
  readonly address: IpAddress;
  readonly port: number;
  readonly localAddress: IpAddress | undefined;
  readonly description: string;
  /** Whose options it inherited; for people. */
  readonly group: string | undefined;
  /** undefined: on. Otherwise administratively down, and why (RFC 9003). */
  readonly shutdown: string | undefined;
  /** RFC 4456: we reflect to and from it. */
  readonly reflectorClient: boolean;
  readonly nextHop: "auto" | "self" | "unchanged";
  /** How often our own AS may stand in a path of this peer. */
  readonly allowOwnAs: number;
  /** Where several paths to a prefix are sent (RFC 7911): how many, the best first. */
  readonly addPathSend: "all" | number;
  readonly importPolicy: Policy;
  readonly exportPolicy: Policy;
  /** GRACEFUL_SHUTDOWN on what this peer tells (RFC 8326). */
  readonly gracefulShutdown: "honour" | "ignore";
  /** What is about to go, and so to be avoided: nothing, this session, or this whole router. */
  readonly drain: "off" | "session" | "router";
  /** BLACKHOLE on what this peer tells (RFC 7999). */
  readonly blackhole: "honour" | "ignore";
  readonly maxPrefixes: PrefixLimit | undefined;
  /** With add-path. */
  readonly maxPathsPerPrefix: number;
  /** AS numbers in one AS_PATH; undefined: as many as a message holds. */
  readonly maxAsPathLength: number | undefined;
  /** Of one path, of all kinds together; undefined: as many as a message holds. */
  readonly maxCommunities: number | undefined;
  /** What an external peer's paths must begin with (RFC 4271 §6.3); route servers do not put themselves there (RFC 7947 §2.2.2). */
  readonly firstAs: "its-own" | "any";
  /** undefined: the hold timer alone says whether the peer is there. */
  readonly bfd: BfdConfig | undefined;
  readonly transport: TransportSettings;
  readonly session: SessionSettings;
}

/** How many paths one peer may tell in one family. */
export interface PrefixLimit {
  readonly limit: number;
  /** Share of the limit from which on a warning is given. */
  readonly warnPercent: number;
  /** What the path that is one too many leads to. */
  readonly action: "stop" | "restart" | "warn";
  /** How long "restart" keeps the session down. */
  readonly restartSec: number;
  /** Everything told, or only what import policy let in. */
  readonly count: "received" | "accepted";
}

export interface BfdConfig extends BfdSettings {
  /** No session while BFD is not up. */
  readonly strict: boolean;
}

/** What an operator decides about a peer's TCP connections. */
export interface TransportSettings {
  /** TCP MD5 (RFC 2385). */
  readonly password: Secret | undefined;
  /** "hops": the TTL of what we send; "security": 255 is sent, and so much less at most is taken (RFC 5082). */
  readonly reach: { readonly kind: "hops" | "security"; readonly hops: number };
  /** The only interface; undefined: whichever leads there. */
  readonly device: string | undefined;
  /** undefined: the kernel's own. */
  readonly userTimeoutMs: number | undefined;
  readonly dscp: number;
}

/** Whoever calls from these addresses is a peer as long as its session lasts, or its routes are kept for its return. */
export interface RangeConfig {
  readonly name: string;
  readonly prefix: Prefix;
  /** AS numbers that a caller may have: our own, or others. */
  readonly asns: readonly [number, ...number[]];
  /** Peers at a time, those who are away and may come back among them. */
  readonly limit: number;
  /** What every one of them is, beside its name and its address. */
  readonly member: Omit<PeerConfig, "name" | "address">;
}

/** One difference between two configurations, and what it costs. */
export type ConfigChange =
  | { readonly kind: "add-peer"; readonly peer: PeerName }
  | { readonly kind: "remove-peer"; readonly peer: PeerName }
  | { readonly kind: "restart-peer"; readonly peer: PeerName; readonly because: string }
  | { readonly kind: "re-import"; readonly peer: PeerName }
  | { readonly kind: "re-export"; readonly peer: PeerName }
  | { readonly kind: "originate" }
  /** By name; what it costs the peers in them is told beside it. */
  | { readonly kind: "ranges"; readonly ranges: readonly string[] };

/** The same peer, administratively down for that reason, or not at all. */
export function withShutdown(peer: PeerConfig, shutdown: string | undefined): PeerConfig {
  return peer.shutdown === shutdown ? peer : { ...peer, shutdown };
}
