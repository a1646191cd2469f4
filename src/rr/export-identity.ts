/**
 * ExportIdentity: everything that can make two peers receive different bytes, as one plain value.
 * Pure. Peers with equal identities form one update group and share every encoded message. A field that is missing here would give a
 * peer what was meant for another; a field too many only costs sharing.
 */

import type { Brand } from "../ip/brand.ts";
import type { NextHop } from "../bgp/wire/attribute-types.ts";
import type { CodecContext, Family } from "../bgp/wire/context.ts";
import type { Role } from "../bgp/wire/message-types.ts";
import type { Negotiated } from "../bgp/session/vocabulary.ts";
import type { Listener } from "./reflect.ts";

export interface ExportIdentity {
  readonly family: Family;
  readonly remoteIs: Listener;
  readonly remoteAs: number;
  readonly localAs: number;
  /** What we add to CLUSTER_LIST. */
  readonly clusterId: number;
  /** "self": on everything; "auto": on what leaves the AS and on what we originate; "unchanged": on what we originate. */
  readonly nextHop: "auto" | "self" | "unchanged";
  /** Our own address as these peers see it; undefined: we have none in this family, so nothing that needs it is told. */
  readonly self: NextHop | undefined;
  readonly policy: PolicyIdentity;
  /** Ours towards them (RFC 9234); undefined inside the AS and where nobody said. */
  readonly role: Role | undefined;
  /** "yes": everything is marked as about to go (RFC 8326). */
  readonly draining: "yes" | "no";
  readonly fourOctetAs: boolean;
  readonly maxMessageBytes: 4096 | 65535;
  readonly extendedNextHop: boolean;
  /** How many paths to one prefix are told, with identifiers (RFC 7911); "off": the best alone, without. */
  readonly addPathSend: "off" | PathCount;
  /** Whether paths that are long-lived stale are told: only to who knows what that means (RFC 9494 §4.3). */
  readonly longLivedStale: "told" | "withheld";
}

/** Paths to one prefix, the best first. */
export type PathCount = "all" | number;

/** A policy that was edited under its old name has a new version: nobody keeps what the old text let through. */
export interface PolicyIdentity {
  readonly name: string;
  readonly version: number;
}

/** What an operator decides about telling one peer. */
export interface ExportSettings {
  readonly localAs: number;
  readonly clusterId: number;
  readonly reflectorClient: boolean;
  readonly nextHop: "auto" | "self" | "unchanged";
  readonly self: NextHop | undefined;
  readonly policy: PolicyIdentity;
  readonly role: Role | undefined;
  readonly draining: "yes" | "no";
  /** Where sending paths was agreed. */
  readonly addPathSend: PathCount;
}

/** The identity as text: equal identities have equal keys. */
export type GroupKey = Brand<string, "GroupKey">;

/** What this peer receives in this family depends on nothing but the result. */
export function exportIdentity(
  family: Family,
  settings: ExportSettings,
  agreed: Pick<Negotiated, "remoteAs" | "codec" | "restart">,
): ExportIdentity {
  const { codec } = agreed;
  return {
    family,
    remoteIs: listenerOf(settings, codec),
    remoteAs: agreed.remoteAs,
    localAs: settings.localAs,
    clusterId: settings.clusterId,
    nextHop: settings.nextHop,
    self: settings.self,
    policy: { name: settings.policy.name, version: settings.policy.version },
    role: codec.internal ? undefined : settings.role,
    draining: settings.draining,
    fourOctetAs: codec.fourOctetAs,
    maxMessageBytes: codec.maxMessageBytes,
    extendedNextHop: codec.extendedNextHop.has(family),
    addPathSend: codec.addPathSend.has(family) ? settings.addPathSend : "off",
    longLivedStale: agreed.restart.longLived === "understood" ? "told" : "withheld",
  };
}

/** JSON of that one value, so hash, equality and what is shown cannot disagree. */
export function groupKey(identity: ExportIdentity): GroupKey {
  return JSON.stringify(identity) as GroupKey;
}

/** What encodes for everybody of this identity; the receiving half is nobody's business here. */
export function codecOf(identity: ExportIdentity): CodecContext {
  return {
    fourOctetAs: identity.fourOctetAs,
    maxMessageBytes: identity.maxMessageBytes,
    addPathReceive: new Set(),
    addPathSend: new Set(identity.addPathSend === "off" ? [] : [identity.family]),
    extendedNextHop: new Set(identity.extendedNextHop ? [identity.family] : []),
    internal: identity.remoteIs !== "external",
  };
}

function listenerOf(settings: ExportSettings, codec: CodecContext): Listener {
  if (!codec.internal) return "external";
  return settings.reflectorClient ? "client" : "non-client";
}
