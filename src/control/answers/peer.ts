/**
 * A PeerView as the JSON that `status`, `peers` and `peers ADDRESS` answer.
 * Pure. Names are the RFC's nouns in camelCase; absent is null, so that every key is always there.
 */

import { addressFromNumber } from "../../ip/address.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { AddPathMode, Capability } from "../../bgp/wire/message-types.ts";
import type { Negotiated, RestartAgreement } from "../../bgp/session/vocabulary.ts";
import type { PrefixLimit } from "../../speaker/config/config.ts";
import type { KeptFamilyView, PeerFamilyView, PeerView } from "../../speaker/view.ts";
import { type BfdAnswer, bfdAnswer, waitsForBfd } from "./bfd.ts";
import { type Look, wallTime } from "../look.ts";
import { type LastError, describeFailure, lastErrorOf } from "../text/reasons.ts";

/** Why Calico configured this peer, told by its name; calicoctl's words. */
const PEER_TYPES: readonly (readonly [prefix: string, type: string])[] = [
  ["Mesh_", "node-to-node mesh"],
  ["Node_", "node specific"],
  ["Global_", "global"],
];

export interface StatusPeer {
  readonly name: string;
  readonly address: string;
  readonly type: string;
  readonly asn: number;
  /** BIRD's three: up is Established, down is shut down here. */
  readonly state: "up" | "start" | "down";
  readonly since: string;
  /** The state of RFC 4271, and what went wrong last. */
  readonly info: string;
}

export interface PeerRow {
  readonly name: string;
  readonly address: string;
  readonly type: string;
  readonly asn: number;
  readonly description: string;
  readonly group: string | null;
  /** The range it came in by; null for a configured peer. */
  readonly range: string | null;
  readonly state: string;
  readonly shutdown: string | null;
  readonly since: string;
  readonly uptimeSec: number | null;
  readonly lastError: LastError | null;
  readonly families: { readonly [F in Family]?: FamilyRow };
}

export interface FamilyRow {
  readonly received: number;
  readonly accepted: number;
  readonly best: number;
  readonly advertised: number;
  readonly endOfRib: boolean;
}

export interface KeptRow {
  readonly stage: string;
  readonly stale: number;
  /** Until that stage ends by itself. */
  readonly remainingSec: number;
}

/** RFC 4724, RFC 8538, RFC 9494 as agreed. */
export interface RestartRow {
  readonly ourRoutesKept: boolean;
  readonly survivesNotification: boolean;
  readonly peerWasRestarting: boolean;
  readonly families: { readonly [F in Family]?: { readonly restartTimeSec: number; readonly longLivedSec: number; readonly forwarding: boolean } };
}

export interface PeerDetail extends PeerRow {
  readonly port: number;
  readonly localAddress: string | null;
  readonly localAs: number;
  readonly remoteRouterId: string | null;
  readonly reflectorClient: boolean;
  readonly passive: boolean;
  readonly nextHop: string;
  readonly addPathSend: "all" | number;
  readonly maxPrefixes: number | null;
  readonly prefixLimit: PrefixLimit | null;
  /** Sent away for telling more prefixes than it may; when it comes back by itself, if it does. */
  readonly held: { readonly until: string | null } | null;
  readonly policies: { readonly import: string; readonly export: string };
  /** The TCP connection as it is configured; that there is a password is all that is told of it. */
  readonly transport: { readonly password: boolean; readonly ttl: number; readonly leastTtl: number | null; readonly device: string | null; readonly userTimeoutSec: number | null; readonly dscp: number };
  readonly timers: { readonly configuredHoldTimeSec: number; readonly holdTimeSec: number | null; readonly keepaliveSec: number | null; readonly connectRetrySec: number };
  readonly capabilities: { readonly sent: readonly object[]; readonly received: readonly object[] };
  /** null: BFD does not watch this peer. */
  readonly bfd: BfdAnswer | null;
  /** What is kept of its routes while it is away or until it has told them again, by family. */
  readonly kept: { readonly [F in Family]?: KeptRow };
  /** null: no session, or not agreed. */
  readonly restart: RestartRow | null;
  readonly agreed: { readonly families: readonly Family[]; readonly fourOctetAs: boolean; readonly maxMessageBytes: number; readonly routeRefresh: boolean; readonly enhancedRouteRefresh: boolean; readonly addPath: { readonly [F in Family]?: AddPathMode } } | null;
  readonly counters: PeerView["counters"];
}

export function peerType({ name, range }: PeerView): string {
  if (range !== undefined) return "range";
  return PEER_TYPES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? "configured";
}

/** Up, or down because an operator here wants it down, or somebody whom nobody here expects. */
export function isHealthy(peer: PeerView): boolean {
  return peer.state === "Established" || peer.config.shutdown !== undefined || peer.range !== undefined;
}

export function statusPeer(peer: PeerView, look: Look): StatusPeer {
  return {
    name: peer.name,
    address: peer.config.address,
    type: peerType(peer),
    asn: peer.config.session.remoteAs,
    state: peer.state === "Established" ? "up" : peer.config.shutdown === undefined ? "start" : "down",
    since: wallTime(peer.sinceMs, look.clock),
    info: infoOf(peer, look),
  };
}

export function peerRow(peer: PeerView, look: Look): PeerRow {
  const up = peer.state === "Established";
  return {
    name: peer.name,
    address: peer.config.address,
    type: peerType(peer),
    asn: peer.config.session.remoteAs,
    description: peer.config.description,
    group: peer.config.group ?? null,
    range: peer.range ?? null,
    state: peer.state,
    shutdown: peer.config.shutdown ?? null,
    since: wallTime(peer.sinceMs, look.clock),
    uptimeSec: up ? Math.max(0, Math.floor((look.clock.nowMs - peer.sinceMs) / 1000)) : null,
    lastError: lastError(peer, look) ?? null,
    families: Object.fromEntries(peer.families.map((row) => [row.family, familyRow(row)])),
  };
}

export function peerDetail(peer: PeerView, look: Look): PeerDetail {
  const { config, negotiated } = peer;
  return {
    ...peerRow(peer, look),
    port: config.port,
    localAddress: peer.localAddress ?? config.localAddress ?? null,
    localAs: config.session.localAs,
    remoteRouterId: negotiated ? addressFromNumber(negotiated.remoteRouterId) : null,
    reflectorClient: config.reflectorClient,
    passive: config.session.passive,
    nextHop: config.nextHop,
    addPathSend: config.addPathSend,
    maxPrefixes: config.maxPrefixes?.limit ?? null,
    prefixLimit: config.maxPrefixes ?? null,
    held: peer.held ? { until: peer.held.untilMs === undefined ? null : wallTime(peer.held.untilMs, look.clock) } : null,
    policies: { import: config.importPolicy.name, export: config.exportPolicy.name },
    transport: transportOf(peer),
    timers: timersOf(peer),
    capabilities: { sent: (negotiated?.ours ?? []).map(plainCapability), received: (negotiated?.theirs ?? []).map(plainCapability) },
    bfd: bfdAnswer(peer, look) ?? null,
    kept: Object.fromEntries(peer.kept.map((row) => [row.family, keptRow(row, look)])),
    restart: negotiated && isAgreed(negotiated.restart) ? restartRow(negotiated.restart) : null,
    agreed: negotiated ? agreedOf(negotiated) : null,
    counters: peer.counters,
  };
}

function infoOf(peer: PeerView, look: Look): string {
  if (peer.state === "Established") return peer.state;
  if (peer.config.shutdown !== undefined) return `shut down${peer.config.shutdown === "" ? "" : `: ${peer.config.shutdown}`}`;
  if (waitsForBfd(peer, look)) return `${peer.state}: waits for BFD`;
  const recent = look.failures.of(peer.name)?.failure ?? peer.lastDown?.reason;
  return recent === undefined ? peer.state : `${peer.state}: ${describeFailure(recent)}`;
}

/** A dial that failed after the session went down is the newer news. */
function lastError(peer: PeerView, look: Look): LastError | undefined {
  const recent = look.failures.of(peer.name);
  if (recent) return lastErrorOf(recent.failure, wallTime(recent.atMs, look.clock));
  return peer.lastDown && lastErrorOf(peer.lastDown.reason, wallTime(peer.lastDown.atMs, look.clock));
}

function familyRow({ received, accepted, best, advertised, endOfRib }: PeerFamilyView): FamilyRow {
  return { received, accepted, best, advertised, endOfRib };
}

function transportOf({ config }: PeerView): PeerDetail["transport"] {
  const { password, reach, device, userTimeoutMs, dscp } = config.transport;
  return {
    password: password !== undefined,
    ttl: reach.kind === "hops" ? reach.hops : 255,
    leastTtl: reach.kind === "hops" ? null : 256 - reach.hops, // RFC 5082 §3
    device: device ?? null,
    userTimeoutSec: userTimeoutMs === undefined ? null : userTimeoutMs / 1000,
    dscp,
  };
}

function timersOf({ config, negotiated }: PeerView): PeerDetail["timers"] {
  const liveness = negotiated?.liveness;
  const agreed = liveness === undefined ? undefined : liveness === "off" ? { holdMs: 0, keepaliveMs: 0 } : liveness;
  return {
    configuredHoldTimeSec: config.session.holdTimeSec,
    holdTimeSec: agreed ? agreed.holdMs / 1000 : null,
    keepaliveSec: agreed ? agreed.keepaliveMs / 1000 : null,
    connectRetrySec: config.session.timing.connectRetryMs / 1000,
  };
}

function agreedOf(negotiated: Negotiated): NonNullable<PeerDetail["agreed"]> {
  const { families, codec, routeRefresh, enhancedRouteRefresh, addPath } = negotiated;
  return { families, fourOctetAs: codec.fourOctetAs, maxMessageBytes: codec.maxMessageBytes, routeRefresh, enhancedRouteRefresh, addPath: Object.fromEntries(addPath) };
}

function keptRow({ stage, stale, untilMs }: KeptFamilyView, look: Look): KeptRow {
  return { stage, stale, remainingSec: Math.max(0, Math.ceil((untilMs - look.clock.nowMs) / 1000)) };
}

function isAgreed({ ourRoutes, families }: RestartAgreement): boolean {
  return ourRoutes === "kept" || families.size > 0;
}

function restartRow({ ourRoutes, notifications, peerIs, families }: RestartAgreement): RestartRow {
  const terms = [...families].map(([family, { restartMs, longLivedMs, restartForwarding }]) => [
    family,
    { restartTimeSec: restartMs / 1000, longLivedSec: longLivedMs / 1000, forwarding: restartForwarding === "kept" },
  ]);
  return {
    ourRoutesKept: ourRoutes === "kept",
    survivesNotification: notifications === "end-session",
    peerWasRestarting: peerIs === "restarting",
    families: Object.fromEntries(terms),
  };
}

/** A capability as JSON can say it: octets in hexadecimal. */
function plainCapability(capability: Capability): object {
  if (capability.kind !== "unknown") return capability;
  return { kind: capability.kind, code: capability.code, value: [...capability.value].map((octet) => octet.toString(16).padStart(2, "0")).join("") };
}
