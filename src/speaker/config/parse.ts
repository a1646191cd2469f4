/**
 * Document -> SpeakerConfig: defaults that depend on other fields, names resolved, contradictions found.
 * Pure. Adds to the faults of the document; a SpeakerConfig that leaves here without faults is whole.
 */

import { versionOf } from "../../ip/address.ts";
import { prefixVersion } from "../../ip/prefix.ts";
import { ACCEPT_ALL, type Policy, REJECT_ALL } from "../../bgp/policy/policy.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { RestartSettings, SessionSettings } from "../../bgp/session/settings.ts";
import type { PeerConfig, PeerName, RouterConfig, SpeakerConfig } from "./config.ts";
import { type PeerDocument, type SpeakerDocument, speakerShape } from "./document.ts";
import { type WholePeer, wholePeers, wholeRanges } from "./peer-groups.ts";
import { buildPolicies } from "./policy-document.ts";
import { type Located, rangeOf, rejectClashes } from "./range-parse.ts";
import { type ConfigFault, checking, fault } from "./schema.ts";
import { type Slices, whole } from "../slices.ts";
import { NO_FILES, type ReadSecret, transportOf } from "./transport-document.ts";

const PEERS_PER_SLICE = 256;

/** What a part of the document is read with. */
interface Reading {
  readonly document: SpeakerDocument;
  readonly known: ReadonlyMap<string, Policy>;
  readonly faults: ConfigFault[];
  readonly readSecret: ReadSecret;
}

/** The configuration in `input`, a value as JSON.parse yields it. */
export function parseSpeakerConfig(input: unknown): SpeakerConfig {
  return whole(checking(speakerShape, input, speakerConfigOf));
}

/** In slices: the configuration a well-formed document means; where its parts contradict each other, that is added to the faults. */
export function* speakerConfigOf(document: SpeakerDocument, faults: ConfigFault[], readSecret: ReadSecret = NO_FILES): Slices<SpeakerConfig> {
  const { policies, forwarding } = buildPolicies(document, faults);
  const known = new Map([...[ACCEPT_ALL, REJECT_ALL].map((policy) => [policy.name, policy] as const), ...policies]);
  const reading: Reading = { document, known, faults, readSecret };
  const router = routerOf(document);
  const wholeOfPeers = yield* wholePeers(document, faults);
  const peers: PeerConfig[] = [];
  for (const [index, peer] of wholeOfPeers.entries()) {
    if (index % PEERS_PER_SLICE === PEERS_PER_SLICE - 1) yield;
    peers.push(peerOf(peer, reading));
  }
  const wholeOfRanges = wholeRanges(document, faults);
  const ranges = wholeOfRanges.map((range) => rangeOf(range, router.asn, faults, (member) => peerOf(member, reading)));
  rejectTwins(peers, wholeOfPeers, faults);
  rejectClashes(located(ranges, wholeOfRanges), located(peers, wholeOfPeers), faults);
  return { router, networks: document.networks, blocks: document.blocks, statics: staticsOf(document, faults), directExcept: document.directExcept, forwarding, peers, ranges, limits: document.limits };
}

function staticsOf({ statics }: SpeakerDocument, faults: ConfigFault[]): SpeakerConfig["statics"] {
  for (const [index, { prefix, via }] of statics.entries()) {
    if (prefixVersion(prefix) !== versionOf(via)) fault(faults, `statics[${index}].via`, via, `an address of the same IP version as ${prefix}`);
  }
  return statics;
}

function routerOf({ router }: SpeakerDocument): RouterConfig {
  return {
    asn: router.asn,
    routerId: router.id,
    clusterId: router.clusterId ?? router.id,
    ipv4: router.ipv4,
    ipv6: router.ipv6,
    routePriority: router.routePriority,
    multipath: router.multipath,
    deferralMs: router.deferralSec * 1000,
  };
}

function peerOf({ document: peer, pathOf }: WholePeer, { document, known, faults, readSecret }: Reading): PeerConfig {
  const localAs = peer.localAsn ?? document.router.asn;
  const internal = peer.asn === localAs;
  if (peer.reflectorClient && !internal) fault(faults, pathOf("reflectorClient"), true, `false: AS ${peer.asn} is not our ${localAs}, and only internal peers are reflected to (RFC 4456)`);
  if (peer.localAddress && versionOf(peer.localAddress) !== versionOf(peer.address)) {
    fault(faults, pathOf("localAddress"), peer.localAddress, `an address of the same IP version as ${peer.address}`);
  }
  if (peer.sendHoldSec !== undefined && peer.sendHoldSec <= peer.holdTimeSec) {
    fault(faults, pathOf("sendHoldSec"), peer.sendHoldSec, `more than the hold time of ${peer.holdTimeSec} seconds (RFC 9687)`);
  }
  if (peer.keepaliveSec !== undefined && peer.keepaliveSec >= peer.holdTimeSec) {
    fault(faults, pathOf("keepaliveSec"), peer.keepaliveSec, `less than the hold time of ${peer.holdTimeSec} seconds`);
  }
  const lacking = peer.requiredFamilies.filter((family) => !familiesOf(peer).includes(family));
  if (lacking.length > 0) fault(faults, pathOf("requiredFamilies"), peer.requiredFamilies, `families that are carried: ${familiesOf(peer).join(", ")}`);
  const policy = (name: string | undefined, field: "importPolicy" | "exportPolicy"): Policy => {
    const chosen = name === undefined ? defaultPolicy(internal) : known.get(name);
    if (!chosen) fault(faults, pathOf(field), name, `the name of a policy (known: ${[...known.keys()].join(", ")})`);
    return chosen ?? REJECT_ALL;
  };
  return {
    name: (peer.name ?? `Peer_${peer.address.replaceAll(/[.:]/g, "_")}`) as PeerName,
    address: peer.address,
    port: peer.port,
    localAddress: peer.localAddress,
    description: peer.description,
    group: peer.group,
    shutdown: peer.shutdown,
    reflectorClient: peer.reflectorClient,
    nextHop: peer.nextHop,
    allowOwnAs: peer.allowOwnAs,
    addPathSend: peer.addPathSend,
    importPolicy: policy(peer.importPolicy, "importPolicy"),
    exportPolicy: policy(peer.exportPolicy, "exportPolicy"),
    gracefulShutdown: peer.gracefulShutdown ?? (internal ? "ignore" : "honour"),
    drain: peer.drain ? "session" : document.router.drain ? "router" : "off",
    blackhole: peer.blackhole,
    maxPrefixes: peer.maxPrefixes,
    maxPathsPerPrefix: peer.maxPathsPerPrefix,
    maxAsPathLength: peer.maxAsPathLength,
    maxCommunities: peer.maxCommunities,
    firstAs: (peer.enforceFirstAs ?? peer.role?.local !== "route-server-client") ? "its-own" : "any",
    bfd: peer.bfd,
    transport: transportOf(peer, internal ? "internal" : "external", pathOf, faults, readSecret),
    session: sessionOf(peer, document),
  };
}

/** RFC 8212: towards another AS nothing passes that nobody asked for. */
function defaultPolicy(internal: boolean): Policy {
  return internal ? ACCEPT_ALL : REJECT_ALL;
}

function familiesOf(peer: PeerDocument): readonly Family[] {
  return peer.families ?? [versionOf(peer.address) === 4 ? "ipv4" : "ipv6"];
}

function sessionOf(peer: PeerDocument, { router }: SpeakerDocument): SessionSettings {
  return {
    localAs: peer.localAsn ?? router.asn,
    localRouterId: router.id,
    remoteAs: peer.asn,
    otherRemoteAses: [],
    passive: peer.passive,
    holdTimeSec: peer.holdTimeSec,
    keepaliveSec: peer.keepaliveSec,
    families: familiesOf(peer),
    requiredFamilies: peer.requiredFamilies,
    addPath: peer.addPath,
    extendedMessages: peer.extendedMessages,
    extendedNextHop: peer.extendedNextHop,
    role: peer.role,
    hostname: router.hostname,
    softwareVersion: "ts-bgp",
    gracefulRestart: restartOf(peer),
    extraCapabilities: [],
    timing: {
      connectRetryMs: peer.connectRetrySec * 1000,
      openWaitMs: peer.openWaitSec * 1000,
      restFirstMs: peer.connectRetrySec * 1000,
      restLastMs: Math.max(peer.connectRetrySec, peer.idleHoldMaxSec) * 1000,
      sendHoldMs: peer.sendHoldSec === undefined ? undefined : peer.sendHoldSec * 1000,
    },
  };
}

/** Each with where it stands in the document. */
function located<Value>(values: readonly Value[], whole: readonly { readonly path: string }[]): readonly Located<Value>[] {
  return values.map((value, index) => ({ value, path: whole[index]?.path ?? "" }));
}

function restartOf({ gracefulRestart }: PeerDocument): RestartSettings | "off" {
  const { enabled, restartTimeSec, staleTimeSec, notifications, longLivedSec } = gracefulRestart;
  if (!enabled) return "off";
  return { restartTimeSec, staleTimeSec, notifications: notifications ? "end-session" : "end-routes", longLivedSec };
}

/** A name is an identity and an address finds the peer of an incoming connection: both are there once. */
function rejectTwins(peers: readonly PeerConfig[], whole: readonly WholePeer[], faults: ConfigFault[]): void {
  const seen = new Map<string, string>();
  for (const [index, peer] of peers.entries()) {
    const path = whole[index]?.path ?? "";
    for (const [field, value] of [["name", peer.name], ["address", peer.address]] as const) {
      const first = seen.get(`${field} ${value}`);
      if (first !== undefined) fault(faults, `${path}.${field}`, value, `one of its own: ${first} has it too`);
      else seen.set(`${field} ${value}`, path);
    }
  }
}
