/**
 * Read-only answers about the speaker, as plain values: what control, metrics and logs show.
 * Pure. Numbers stay numbers; whoever prints them formats them. Points in time are milliseconds of the clock that absorb() was given.
 */

import type { IpAddress } from "../ip/address.ts";
import type { Prefix } from "../ip/prefix.ts";
import type { PathAttributes } from "../bgp/wire/attribute-types.ts";
import type { Family } from "../bgp/wire/context.ts";
import type { Severity } from "../bgp/wire/error.ts";
import type { Retention } from "../bgp/session/graceful-restart.ts";
import type { DownReason, LinkId, Negotiated } from "../bgp/session/vocabulary.ts";
import type { LocalKind } from "./forwarding/local-routes.ts";
import type { RouteChanges } from "./peers/route-changes.ts";
import type { ConfigChange, ForwardingRule, PeerConfig, PeerName } from "./config/config.ts";
import type { Refusal } from "./tables/verdicts.ts";
import type { WhyQuery, WhyView } from "./queries/why-view.ts";

/** Best paths are held back after a restart of ours (RFC 4724 §4.1). */
export interface DeferralView {
  readonly waitingFor: readonly PeerName[];
  /** Of how many. */
  readonly peers: number;
  readonly sinceMs: number;
  readonly capMs: number;
}

/** A family of a peer whose routes wait for being told again. */
export interface KeptFamilyView {
  readonly family: Family;
  readonly stage: Retention["kind"];
  /** Paths not told again yet. */
  readonly stale: number;
  /** When that stage ends by itself. */
  readonly untilMs: number;
}

/** The states of RFC 4271 §8.2.2. */
export type SessionState = "Idle" | "Connect" | "Active" | "OpenSent" | "OpenConfirm" | "Established";

export interface RouterView {
  readonly asn: number;
  readonly routerId: number;
  readonly clusterId: number;
  readonly startedAtMs: number;
  readonly configuredAtMs: number;
  /** Before the first configuration holds there are no peers, and that says nothing. */
  readonly standing: "unconfigured" | "configured";
  readonly converged: boolean;
  readonly deferral: DeferralView | undefined;
  readonly prefixes: number;
  readonly paths: number;
  readonly attributeSets: number;
  readonly unknownConnections: number;
  /** Connections that came in and are no session yet. */
  readonly pendingConnections: number;
  /** Connections that were one too many, so far. */
  readonly refusedConnections: number;
}

/** A range of neighbours and who came in by it. */
export interface RangeView {
  readonly name: string;
  readonly prefix: Prefix;
  readonly asns: readonly number[];
  readonly limit: number;
  readonly peers: number;
  /** Callers that found no room. */
  readonly refused: number;
}

export interface PeerView {
  readonly name: PeerName;
  /** The range it came in by; undefined for a configured peer. */
  readonly range: string | undefined;
  readonly config: PeerConfig;
  readonly state: SessionState;
  /** Since when it is in that state, or, for every state that is not Established, since it last went down or started. */
  readonly sinceMs: number;
  readonly localAddress: IpAddress | undefined;
  /** Of the session; undefined: there is none. */
  readonly link: LinkId | undefined;
  readonly negotiated: Negotiated | undefined;
  readonly lastDown: { readonly atMs: number; readonly reason: DownReason } | undefined;
  /** Sent away for telling too much: until then; without a time until its limit is another one. */
  readonly held: { readonly untilMs: number | undefined } | undefined;
  readonly counters: PeerCounters;
  readonly families: readonly PeerFamilyView[];
  readonly kept: readonly KeptFamilyView[];
}

export interface PeerFamilyView {
  readonly family: Family;
  readonly received: number;
  readonly accepted: number;
  readonly best: number;
  readonly advertised: number;
  readonly endOfRib: boolean;
}

export interface MessageCounters {
  readonly open: number;
  readonly update: number;
  readonly keepalive: number;
  readonly notification: number;
  readonly routeRefresh: number;
}

export interface PeerCounters {
  readonly received: MessageCounters;
  readonly sent: MessageCounters;
  readonly established: number;
  readonly flaps: number;
  readonly attributesDiscarded: number;
  readonly treatedAsWithdraw: number;
  /** Both, and the resets, by attribute; what never happened has no row. */
  readonly attributeFaults: readonly AttributeFaultCount[];
  /** Beyond maxPathsPerPrefix. */
  readonly pathsIgnored: number;
  /** By what stood in their way before any policy; what never did has no row. */
  readonly pathsRefused: { readonly [R in Refusal]?: number };
}

export interface AttributeFaultCount {
  readonly code: number;
  /** "AS_PATH". */
  readonly attribute: string;
  readonly action: Severity;
  readonly count: number;
}

/** Who a path came from. */
export type RouteOrigin =
  | { readonly kind: "peer"; readonly peer: PeerName; readonly address: IpAddress }
  | { readonly kind: LocalKind };

/** One path to one prefix, ranked; the first with `best` forwards packets. */
export interface RouteView {
  readonly prefix: Prefix;
  readonly family: Family;
  readonly origin: RouteOrigin;
  readonly pathId: number;
  /** After import policy; as received where policy refused it. */
  readonly attributes: PathAttributes;
  readonly best: boolean;
  readonly stale: boolean;
  /** The rule by which it lost against the path ranked before it; undefined for the best. */
  readonly lostBy: string | undefined;
  /** Why it may not be used at all; undefined where it may. */
  readonly rejectedBy: string | undefined;
  readonly sinceMs: number;
}

/** One rule of a policy that somebody's routes go through, and how often it decided. */
export interface PolicyRuleView {
  readonly policy: string;
  readonly rule: string;
  readonly direction: "import" | "export";
  readonly then: "accept" | "reject" | "continue";
  readonly hits: number;
  /** Peers whose routes go through this policy in this direction. */
  readonly peers: number;
}

/** undefined fields ask for everything. */
export interface RouteQuery {
  readonly family?: Family;
  readonly prefix?: Prefix;
  /** The longest prefix that holds this address. */
  readonly covering?: IpAddress;
  readonly from?: PeerName;
  /** That prefix and all inside it. */
  readonly within?: Prefix;
  /** What that peer sent, as it sent it. */
  readonly sentBy?: PeerName;
  /** What that peer was told, as it was told. */
  readonly toldTo?: PeerName;
}

export interface SpeakerView {
  router(): RouterView;
  peers(): readonly PeerView[];
  /** The same one by one, for whoever wants to rest in between: each as it is when it is shown. */
  walkPeers(): Iterable<PeerView>;
  /** undefined: there is no such peer. */
  routeChanges(peer: PeerName, family: Family): RouteChanges | undefined;
  ranges(): readonly RangeView[];
  routes(query: RouteQuery): readonly RouteView[];
  /** The same, made while it is read; undefined in between, for whoever has others waiting. */
  walkRoutes(query: RouteQuery): Iterable<RouteView | undefined>;
  /** What that peer has been told, as it was told it. */
  toldTo(peer: PeerName, query: RouteQuery): readonly RouteView[];
  /** The whole life of one prefix; undefined before it: a breath, where that takes a walk through a long table. */
  why(query: WhyQuery): Generator<undefined, WhyView>;
  /** Rules in their order, the policies by name; where none decided, OTHERWISE. */
  policyRules(): readonly PolicyRuleView[];
  /** Which routes the kernel gets, rules in their order. */
  forwardingRules(): readonly ForwardingRule[];
  lastChanges(): readonly ConfigChange[];
}
