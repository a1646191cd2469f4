/**
 * `show protocols all`: what BIRD 1.6 prints below a protocol's row, in its fields and their order.
 * Pure. "---" is what cannot be, as in BIRD; what is counted, and how it differs, is said in speaker/peers/route-changes.ts.
 */

import { addressFromNumber } from "../../ip/address.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { Capability } from "../../bgp/wire/message-types.ts";
import type { Negotiated } from "../../bgp/session/vocabulary.ts";
import type { RouteChanges } from "../../speaker/peers/route-changes.ts";
import type { PeerFamilyView, PeerView } from "../../speaker/view.ts";
import type { Look } from "../look.ts";
import { type Protocol, lastErrorOf, stateOf } from "./protocols.ts";
import { CODE, type ReplyLine, line } from "./reply.ts";

const BGP_PREFERENCE = 100;
const KERNEL_PREFERENCE = 10;
const CANNOT_BE = "---";

export function protocolDetail(protocol: Protocol, family: Family, look: Look): readonly ReplyLine[] {
  const lines = protocol.peer ? peerLines(protocol.peer, family, look) : [`  Preference:     ${KERNEL_PREFERENCE}`, "  Input filter:   ACCEPT", "  Output filter:  REJECT"];
  return [...lines, ""].map((text) => line(CODE.protocolDetail, text));
}

function peerLines(peer: PeerView, family: Family, look: Look): readonly string[] {
  const { config } = peer;
  return [
    ...(config.description === "" ? [] : [`  Description:    ${config.description}`]),
    `  Preference:     ${BGP_PREFERENCE}`,
    `  Input filter:   ${config.importPolicy.name}`,
    `  Output filter:  ${config.exportPolicy.name}`,
    ...routeLines(peer.families.find((row) => row.family === family), look.speaker.routeChanges(peer.name, family)),
    `  BGP state:          ${stateOf(peer)}`,
    `    Neighbor address: ${config.address}`,
    `    Neighbor AS:      ${peer.negotiated?.remoteAs ?? config.session.remoteAs}`,
    ...(peer.negotiated ? sessionLines(peer, peer.negotiated, look) : []),
    ...peer.kept.filter((kept) => kept.family === family).map(({ untilMs }) => `    Restart timer:    ${secondsLeft(untilMs, look)}/-`),
    ...lastErrorLine(peer, look),
  ];
}

function routeLines(counts: PeerFamilyView | undefined, changes: RouteChanges | undefined): readonly string[] {
  const { accepted, best, advertised } = counts ?? { accepted: 0, best: 0, advertised: 0 };
  return [`  Routes:         ${accepted} imported, ${advertised} exported, ${best} preferred`, ...(changes ? changeLines(changes) : [])];
}

function changeLines({ importUpdates: learned, importWithdraws: lost, exportUpdates: told, exportWithdraws: takenBack }: RouteChanges): readonly string[] {
  return [
    "  Route change stats:     received   rejected   filtered    ignored   accepted",
    `    Import updates:     ${columns(learned.received, learned.rejected, learned.filtered, learned.ignored, learned.accepted)}`,
    `    Import withdraws:   ${columns(lost.received, lost.rejected, CANNOT_BE, lost.ignored, lost.accepted)}`,
    `    Export updates:     ${columns(told.received, told.rejected, told.filtered, CANNOT_BE, told.accepted)}`,
    `    Export withdraws:   ${columns(takenBack.received, CANNOT_BE, CANNOT_BE, CANNOT_BE, takenBack.accepted)}`,
  ];
}

function columns(...cells: readonly (number | string)[]): string {
  return cells.map((cell) => String(cell).padStart(10)).join(" ");
}

function sessionLines(peer: PeerView, negotiated: Negotiated, look: Look): readonly string[] {
  const { liveness } = negotiated;
  const [holdMs, keepaliveMs] = liveness === "off" ? [0, 0] : [liveness.holdMs, liveness.keepaliveMs];
  return [
    `    Neighbor ID:      ${addressFromNumber(negotiated.remoteRouterId)}`,
    `    Neighbor caps:    ${capabilityWords(negotiated.theirs).join(" ")}`,
    `    Session:          ${sessionWords(peer, negotiated).join(" ")}`,
    `    Source address:   ${peer.localAddress ?? "unknown"}`,
    `    Hold timer:       ${timerWords("hold", holdMs, peer, look)}`,
    `    Keepalive timer:  ${timerWords("keepalive", keepaliveMs, peer, look)}`,
  ];
}

/** "150.3/240": seconds that are left, of how many. */
function timerWords(timer: "hold" | "keepalive", totalMs: number, { link }: PeerView, { timers, clock }: Look): string {
  const dueAtMs = link && timers.dueAtMs({ kind: "link", link, timer });
  const left = dueAtMs === undefined ? "0" : (Math.max(0, dueAtMs - clock.nowMs) / 1000).toFixed(1);
  return `${left}/${Math.round(totalMs / 1000)}`;
}

/** BIRD's words for what the neighbor can, in its order. */
function capabilityWords(theirs: readonly Capability[]): readonly string[] {
  const has = (kind: Capability["kind"]): boolean => theirs.some((capability) => capability.kind === kind);
  const modes = theirs.flatMap((capability) => (capability.kind === "add-path" ? capability.entries.map(({ mode }) => mode) : []));
  return [
    ...(has("route-refresh") ? ["refresh"] : []),
    ...(has("enhanced-route-refresh") ? ["enhanced-refresh"] : []),
    ...(has("graceful-restart") ? ["restart-able"] : []),
    ...(has("long-lived-graceful-restart") ? ["llgr-able"] : []),
    ...(has("four-octet-as") ? ["AS4"] : []),
    ...(modes.some((mode) => mode !== "send") ? ["add-path-rx"] : []),
    ...(modes.some((mode) => mode !== "receive") ? ["add-path-tx"] : []),
    ...(has("extended-message") ? ["ext-messages"] : []),
  ];
}

function sessionWords({ config }: PeerView, { codec, remoteAs }: Negotiated): readonly string[] {
  const internal = remoteAs === config.session.localAs;
  const oneHop = config.transport.reach.kind === "hops" && config.transport.reach.hops === 1;
  return [
    internal ? "internal" : "external",
    ...(oneHop ? [] : ["multihop"]),
    ...(config.reflectorClient ? ["route-reflector"] : []),
    ...(codec.fourOctetAs ? ["AS4"] : []),
    ...(codec.addPathReceive.size > 0 ? ["add-path-rx"] : []),
    ...(codec.addPathSend.size > 0 ? ["add-path-tx"] : []),
  ];
}

function lastErrorLine(peer: PeerView, look: Look): readonly string[] {
  const error = lastErrorOf(peer, look);
  return error === "" ? [] : [`    Last error:       ${error}`];
}

function secondsLeft(untilMs: number, look: Look): number {
  return Math.max(0, Math.ceil((untilMs - look.clock.nowMs) / 1000));
}
