/**
 * The mesh and the peerings of this node -> its sessions, whose names are a contract: calicoctl and the probes read them.
 * Pure. Sessions are made from one template, so that a thousand of them share what they have in common, and comparing two
 * configurations is mostly comparing references.
 *
 * Two sessions with one address: of those the first by name runs, as in BIRD, where the others wait for it forever.
 */

import type { IpAddress } from "../ip/address.ts";
import { FAMILIES, type Family } from "../bgp/wire/context.ts";
import type { RestartSettings } from "../bgp/session/settings.ts";
import type { PeerConfig, PeerName, TransportSettings } from "../speaker/config/config.ts";
import { parseSpeakerConfig } from "../speaker/config/parse.ts";
import { passwordIn } from "../speaker/config/transport-document.ts";
import { type Cluster, addressOf, asnOf, byName, compareTexts, enabledFamilies, familyOfAddress, isReflector, portOf } from "./cluster.ts";
import { resourceKey } from "./keys.ts";
import type { Peering } from "./peerings.ts";
import type { Policies } from "./policies.ts";
import type { BgpPeer, Node, SecretKeyRef } from "./resources.ts";

const BGP_PORT = 179;
const DEFAULT_RESTART_SEC = 120;
const MAX_RESTART_SEC = 4095; // twelve bits of RFC 4724 §3
const HOLD_SEC = 240;

/** What every session has: BIRD's defaults and Calico's constants. */
const ORDINARY = {
  description: "Connection to BGP peer",
  holdTimeSec: HOLD_SEC,
  addPath: "both",
  multihop: 64,
  enforceFirstAs: false,
  importPolicy: "accept-all",
  exportPolicy: "reject-all",
  gracefulRestart: { restartTimeSec: DEFAULT_RESTART_SEC },
} as const;

const TEMPLATES = {
  internal: templateFor(1),
  external: templateFor(2),
} as const;

function templateFor(asn: number): PeerConfig {
  const { peers } = parseSpeakerConfig({ router: { asn: 1, id: "192.0.2.1" }, peers: [{ address: "192.0.2.2", asn, ...ORDINARY }] });
  return peers[0] as PeerConfig;
}

/** What all sessions of one configuration share. */
interface Drawing {
  readonly cluster: Cluster;
  readonly routerId: number;
  readonly policies: Policies;
  readonly passwords: Map<string, TransportSettings>;
  readonly restarts: Map<number, RestartSettings>;
}

/** What differs from session to session. */
interface Session {
  readonly name: string;
  readonly address: IpAddress;
  readonly family: Family;
  readonly port: number | undefined;
  readonly remoteAs: number;
  readonly localAs: number;
  readonly passive: boolean;
  readonly reflectorClient: boolean;
  readonly terms: Terms;
}

/** What the whole mesh has in common, and all sessions of one BGPPeer. */
interface Terms {
  readonly source: "node-address" | "any";
  readonly nextHop: PeerConfig["nextHop"];
  readonly allowOwnAs: number;
  readonly filters: readonly string[];
  readonly ttlSecurityHops: number;
  readonly password: SecretKeyRef | undefined;
  readonly restartSec: number | undefined;
  readonly keepaliveSec: number | undefined;
  /** The resource that it comes from, for complaints. */
  readonly from: string;
}

export function sessionsOf(peerings: readonly Peering[], cluster: Cluster, routerId: number, policies: Policies): readonly PeerConfig[] {
  const drawing: Drawing = { cluster, routerId, policies, passwords: new Map(), restarts: new Map() };
  const families = enabledFamilies(cluster);
  const ofPeerings = peerings.filter(({ address }) => families.includes(familyOfAddress(address))).map((peering) => ofPeering(peering, cluster));
  const sessions = [...families.flatMap((family) => meshSessions(family, cluster)), ...ofPeerings].sort(byName);
  return withoutTwins(sessions, cluster).map((session) => draw(session, drawing));
}

function withoutTwins(sessions: readonly Session[], { complain }: Cluster): readonly Session[] {
  const byAddress = new Map<IpAddress, Session>();
  for (const session of sessions) {
    const first = byAddress.get(session.address);
    if (first) complain(session.terms.from, `${session.name} is left out: ${first.name} is with the same address`);
    else byAddress.set(session.address, session);
  }
  return [...byAddress.values()];
}

function meshSessions(family: Family, cluster: Cluster): readonly Session[] {
  const { me, common, resources } = cluster;
  if (isReflector(me) || common?.nodeToNodeMeshEnabled === false) return [];
  const own = addressOf(me, family)?.address ?? "";
  const localAs = asnOf(me, cluster);
  const terms = meshTerms(cluster);
  return [...resources.nodes.values()].flatMap((node): readonly Session[] => {
    const address = addressOf(node, family)?.address;
    if (!address || address === own || node.name === me.name || isReflector(node)) return [];
    return [{
      name: nameOf("Mesh", address),
      address,
      family,
      port: portOf(node, cluster),
      remoteAs: node.asNumber ?? localAs,
      localAs,
      passive: compareTexts(address, own) > 0,
      reflectorClient: false,
      terms,
    }];
  });
}

function nameOf(scope: "Mesh" | Peering["scope"], address: IpAddress): string {
  return `${scope}_${address.replaceAll(".", "_").replaceAll(":", "_")}`;
}

function meshTerms({ common }: Cluster): Terms {
  return {
    source: "node-address",
    nextHop: "auto",
    allowOwnAs: 0,
    filters: [],
    ttlSecurityHops: 0,
    password: common?.nodeMeshPassword,
    restartSec: common?.nodeMeshMaxRestartSec,
    keepaliveSec: undefined,
    from: resourceKey("BGPConfiguration", "default"),
  };
}

function ofPeering(peering: Peering, cluster: Cluster): Session {
  const { address, port, remoteAs, scope } = peering;
  const family = familyOfAddress(address);
  const localAs = peering.localAs ?? asnOf(cluster.me, cluster);
  return {
    name: `${nameOf(scope, address)}${port === undefined ? "" : `_port_${port}`}`,
    address,
    family,
    port,
    remoteAs,
    localAs,
    passive: peering.dials === "they" || (peering.dials === "one" && compareTexts(address, addressOf(cluster.me, family)?.address ?? "") > 0),
    reflectorClient: isReflectorClient(peering, remoteAs === localAs, cluster.me),
    terms: termsOf(peering, remoteAs === localAs, cluster),
  };
}

function termsOf({ peer, scope, allowOwnAs }: Peering, internal: boolean, cluster: Cluster): Terms {
  const isWorkload = scope === "Local_Workload";
  return {
    source: isWorkload || peer.sourceAddress === "None" ? "any" : "node-address",
    nextHop: nextHopOf(peer, internal),
    allowOwnAs,
    filters: knownFilters(peer, cluster),
    ttlSecurityHops: isWorkload ? 0 : peer.ttlSecurity,
    password: isWorkload ? undefined : peer.password,
    restartSec: isWorkload ? undefined : peer.maxRestartSec,
    keepaliveSec: isWorkload ? undefined : peer.keepaliveSec,
    from: resourceKey("BGPPeer", peer.name),
  };
}

/** Reflectors of one cluster are no clients of one another; that is known of those chosen by selector only. */
function isReflectorClient({ clusterId }: Peering, internal: boolean, me: Node): boolean {
  return internal && isReflector(me) && clusterId !== me.routeReflectorClusterId;
}

function nextHopOf({ nextHopMode }: BgpPeer, internal: boolean): PeerConfig["nextHop"] {
  switch (nextHopMode) {
    case "Self":
      return "self";
    case "Keep":
      return "unchanged";
    case "legacy-keep":
      return internal ? "auto" : "unchanged";
    case "Auto":
      return "auto";
  }
}

/** A filter that is not there lets everything pass; whoever named it will want to know. */
function knownFilters({ name, filters }: BgpPeer, { resources, complain }: Cluster): readonly string[] {
  return filters.filter((filter) => {
    const isKnown = resources.filters.has(filter);
    if (!isKnown) complain(resourceKey("BGPPeer", name), `there is no BGPFilter ${JSON.stringify(filter)}: it decides nothing`);
    return isKnown;
  });
}

function draw(session: Session, drawing: Drawing): PeerConfig {
  const { family, remoteAs, localAs, terms } = session;
  const internal = remoteAs === localAs;
  const template = internal ? TEMPLATES.internal : TEMPLATES.external;
  const setting = { family, internal, localAs, filters: terms.filters };
  return {
    ...template,
    name: session.name as PeerName,
    address: session.address,
    port: session.port ?? BGP_PORT,
    localAddress: terms.source === "node-address" ? addressOf(drawing.cluster.me, family)?.address : undefined,
    reflectorClient: session.reflectorClient,
    nextHop: terms.nextHop,
    allowOwnAs: terms.allowOwnAs,
    importPolicy: drawing.policies.importPolicy(setting),
    exportPolicy: drawing.policies.exportPolicy(setting),
    transport: transportOf(terms, template.transport, drawing),
    session: {
      ...template.session,
      localAs,
      localRouterId: drawing.routerId,
      remoteAs,
      passive: session.passive,
      keepaliveSec: terms.keepaliveSec !== undefined && terms.keepaliveSec < HOLD_SEC ? terms.keepaliveSec : undefined,
      families: ONLY[FAMILIES[family].version],
      gracefulRestart: restartOf(terms, template, drawing),
    },
  };
}

const ONLY: { readonly [Version in 4 | 6]: readonly Family[] } = { 4: ["ipv4"], 6: ["ipv6"] };

function restartOf({ restartSec }: Terms, { session }: PeerConfig, { restarts }: Drawing): RestartSettings | "off" {
  if (restartSec === undefined || session.gracefulRestart === "off") return session.gracefulRestart;
  const restartTimeSec = Math.min(MAX_RESTART_SEC, Math.max(1, restartSec));
  const settings = restarts.get(restartTimeSec) ?? { ...session.gracefulRestart, restartTimeSec };
  restarts.set(restartTimeSec, settings);
  return settings;
}

function transportOf({ password, ttlSecurityHops, from }: Terms, ordinary: TransportSettings, { passwords, cluster }: Drawing): TransportSettings {
  if (!password && ttlSecurityHops === 0) return ordinary;
  const key = `${password?.name}/${password?.key} ${ttlSecurityHops}`;
  const known = passwords.get(key);
  if (known) return known;
  const reach: TransportSettings["reach"] = ttlSecurityHops === 0 ? ordinary.reach : { kind: "security", hops: Math.min(254, ttlSecurityHops) };
  const transport = { ...ordinary, reach, password: password && passwordOf(password, from, cluster) };
  passwords.set(key, transport);
  return transport;
}

/** Without it the session is tried all the same: whoever does ask for a signature will not hear us. */
function passwordOf(ref: SecretKeyRef, from: string, { environment, complain }: Cluster): TransportSettings["password"] {
  const file = environment.secret(ref);
  const secret = file.kind === "text" ? passwordIn(file.text) : undefined;
  if (!secret) complain(from, `no password: secret ${ref.name}, key ${ref.key} ${file.kind === "text" ? "holds none" : `cannot be read (${file.why})`}`);
  return secret;
}
