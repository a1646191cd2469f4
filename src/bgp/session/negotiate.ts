/**
 * Two OPENs -> Negotiated, or the reason why there can be no session.
 * Pure. RFC 4271 §6.2, RFC 5492 (capabilities), RFC 6286 (router ids), RFC 4760 §8 (families), RFC 7911 §4 (add-path),
 * RFC 8654 (extended messages), RFC 8950 (IPv6 next hops), RFC 9234 §4.2 (roles); restarts in restart-agreement.ts.
 *
 * What an OPEN says by itself (version, AS 0, router id 0, syntax) is checked where it is decoded.
 */

import { encodeCapability } from "../wire/capability.ts";
import { type CodecContext, FAMILIES, type Family, type FamilyCode, familyOf } from "../wire/context.ts";
import { ProtocolError } from "../wire/error.ts";
import type { AddPathMode, Capability, Open, Role } from "../wire/message-types.ts";
import type { Notification } from "../wire/notification.ts";
import { badPeerAs, badRouterId, roleMismatch, unacceptableHoldTime, unsupportedCapability } from "../wire/notification.ts";
import { type OwnRestart, STEADY, agreeOnRestart, restartOffers } from "./restart-agreement.ts";
import type { SessionSettings } from "./settings.ts";
import type { Negotiated } from "./vocabulary.ts";

const AFI_IPV6 = 2;
const SHORTEST_HOLD_TIME_SEC = 3; // RFC 4271 §4.2; zero means none

/** The OPEN we send; `own` says how far we are in a restart of our own. */
export function openFor(settings: SessionSettings, own: OwnRestart = STEADY): Open {
  return {
    kind: "open",
    version: 4,
    asn: settings.localAs,
    holdTimeSec: settings.holdTimeSec,
    routerId: settings.localRouterId,
    capabilities: offers(settings, own),
  };
}

/** What both OPENs add up to; throws the ProtocolError that refuses the session. */
export function negotiate(ours: Open, theirs: Open, settings: SessionSettings): Negotiated {
  checkIdentity(theirs, settings);
  checkRole(theirs, settings);
  const families = agreedFamilies(ours, theirs, settings);
  const codec = agreedCodec(ours, theirs, families, isInternal(settings));
  return {
    remoteAs: theirs.asn,
    remoteRouterId: theirs.routerId,
    liveness: agreedLiveness(ours, theirs, settings),
    families,
    codec,
    routeRefresh: bothOffer("route-refresh", ours, theirs),
    enhancedRouteRefresh: bothOffer("enhanced-route-refresh", ours, theirs),
    addPath: agreedAddPath(codec, families),
    restart: agreeOnRestart(ours, theirs, families),
    ours: ours.capabilities,
    theirs: theirs.capabilities,
    theirOpen: theirs,
  };
}

function offers(settings: SessionSettings, own: OwnRestart): readonly Capability[] {
  const { families, addPath, hostname, softwareVersion, role } = settings;
  const list: Capability[] = families.map(multiprotocol);
  list.push({ kind: "route-refresh" }, { kind: "enhanced-route-refresh" }, { kind: "four-octet-as", asn: settings.localAs });
  if (settings.extendedMessages) list.push({ kind: "extended-message" });
  if (settings.extendedNextHop && families.includes("ipv4")) {
    list.push({ kind: "extended-next-hop", entries: [{ ...codeOf("ipv4"), nextHopAfi: AFI_IPV6 }] });
  }
  if (addPath !== "off") {
    list.push({ kind: "add-path", entries: families.map((family) => ({ ...codeOf(family), mode: addPath })) });
  }
  list.push(...restartOffers(settings.gracefulRestart, families, own));
  if (role && !isInternal(settings)) list.push({ kind: "role", role: role.local });
  if (hostname !== undefined) list.push({ kind: "hostname", host: hostname, domain: "" });
  if (softwareVersion !== undefined) list.push({ kind: "software-version", version: softwareVersion });
  return [...list, ...settings.extraCapabilities];
}

function checkIdentity(theirs: Open, settings: SessionSettings): void {
  const expected = [settings.remoteAs, ...settings.otherRemoteAses];
  if (!expected.includes(theirs.asn)) {
    throw new ProtocolError(badPeerAs, `peer says it is AS ${theirs.asn}, configured is AS ${expected.join(" or ")}`);
  }
  // RFC 6286 §2.2: unique within an AS, and only there
  if (isInternal(settings) && theirs.routerId === settings.localRouterId) {
    throw new ProtocolError(badRouterId, "peer in our AS has our own router id");
  }
  if (theirs.holdTimeSec > 0 && theirs.holdTimeSec < SHORTEST_HOLD_TIME_SEC) {
    throw new ProtocolError(unacceptableHoldTime, `hold time of ${theirs.holdTimeSec} s`);
  }
}

/** Who each role must find on the other side (RFC 9234 §4.2). */
const COUNTERPART: { readonly [R in Role]: Role } = {
  provider: "customer",
  customer: "provider",
  "route-server": "route-server-client",
  "route-server-client": "route-server",
  peer: "peer",
};

/** Roles say something about two ASes; inside one they are ignored. */
function checkRole(theirs: Open, settings: SessionSettings): void {
  const { role } = settings;
  if (!role || isInternal(settings)) return;
  const told = new Set(capabilities(theirs, "role").map((capability) => capability.role));
  const fits = told.size === 0 ? !role.strict : told.size === 1 && told.has(COUNTERPART[role.local]);
  if (fits) return;
  const said = told.size === 0 ? "none" : [...told].join(" and ");
  throw new ProtocolError(roleMismatch, `our role is ${role.local}, peer's role is ${said}`);
}

function agreedFamilies(ours: Open, theirs: Open, settings: SessionSettings): readonly Family[] {
  const theirFamilies = familiesOf(theirs);
  const ourFamilies = familiesOf(ours);
  const agreed = ourFamilies.filter((family) => theirFamilies.includes(family));
  const missing = settings.requiredFamilies.filter((family) => !agreed.includes(family));
  if (missing.length > 0) throw new ProtocolError(lacking(missing), `peer does not offer ${missing.join(", ")}`);
  if (agreed.length === 0) throw new ProtocolError(lacking(ourFamilies), "no address family in common");
  return agreed;
}

/** The data is what the peer would have to offer (RFC 5492 §5). */
function lacking(families: readonly Family[]): Notification {
  return unsupportedCapability(Uint8Array.from(families.flatMap((family) => [...encodeCapability(multiprotocol(family))])));
}

/** A speaker that offers no family at all means IPv4 unicast: it may never have heard of RFC 4760. */
function familiesOf(open: Open): readonly Family[] {
  const offered = capabilities(open, "multiprotocol");
  if (offered.length === 0) return ["ipv4"];
  return [...new Set(offered.map((capability) => familyOf(capability.family)))].filter((family) => family !== undefined);
}

/** RFC 4271 §4.4 suggests a third of the hold time; more often than every second is no KEEPALIVE to be sent. */
function agreedLiveness(ours: Open, theirs: Open, { keepaliveSec }: SessionSettings): Negotiated["liveness"] {
  const holdMs = Math.min(ours.holdTimeSec, theirs.holdTimeSec) * 1000;
  if (holdMs === 0) return "off";
  const share = keepaliveSec === undefined ? 1 / 3 : keepaliveSec / ours.holdTimeSec;
  return { holdMs, keepaliveMs: Math.max(1000, Math.floor(holdMs * share)) };
}

function agreedCodec(ours: Open, theirs: Open, families: readonly Family[], internal: boolean): CodecContext {
  return {
    fourOctetAs: bothOffer("four-octet-as", ours, theirs),
    maxMessageBytes: bothOffer("extended-message", ours, theirs) ? 65535 : 4096,
    addPathReceive: new Set(families.filter((family) => sendsPaths(theirs, family) && takesPaths(ours, family))),
    addPathSend: new Set(families.filter((family) => sendsPaths(ours, family) && takesPaths(theirs, family))),
    extendedNextHop: new Set(families.filter((family) => takesIpv6NextHop(ours, family) && takesIpv6NextHop(theirs, family))),
    internal,
  };
}

function agreedAddPath({ addPathReceive, addPathSend }: CodecContext, families: readonly Family[]): ReadonlyMap<Family, AddPathMode> {
  const modes = new Map<Family, AddPathMode>();
  for (const family of families) {
    if (addPathReceive.has(family)) modes.set(family, addPathSend.has(family) ? "both" : "receive");
    else if (addPathSend.has(family)) modes.set(family, "send");
  }
  return modes;
}

function sendsPaths(open: Open, family: Family): boolean {
  const mode = addPathMode(open, family);
  return mode === "send" || mode === "both";
}

function takesPaths(open: Open, family: Family): boolean {
  const mode = addPathMode(open, family);
  return mode === "receive" || mode === "both";
}

function addPathMode(open: Open, family: Family): AddPathMode | undefined {
  const entries = capabilities(open, "add-path").flatMap((capability) => capability.entries);
  return entries.find((entry) => familyOf(entry) === family)?.mode;
}

function takesIpv6NextHop(open: Open, family: Family): boolean {
  const entries = capabilities(open, "extended-next-hop").flatMap((capability) => capability.entries);
  return entries.some((entry) => familyOf(entry) === family && entry.nextHopAfi === AFI_IPV6);
}

function bothOffer(kind: Capability["kind"], ours: Open, theirs: Open): boolean {
  return capabilities(ours, kind).length > 0 && capabilities(theirs, kind).length > 0;
}

function capabilities<Kind extends Capability["kind"]>(open: Open, kind: Kind): readonly Extract<Capability, { kind: Kind }>[] {
  return open.capabilities.filter((capability): capability is Extract<Capability, { kind: Kind }> => capability.kind === kind);
}

function multiprotocol(family: Family): Capability {
  return { kind: "multiprotocol", family: codeOf(family) };
}

function codeOf(family: Family): FamilyCode {
  const { afi, safi } = FAMILIES[family];
  return { afi, safi };
}

function isInternal(settings: SessionSettings): boolean {
  return settings.remoteAs === settings.localAs;
}
