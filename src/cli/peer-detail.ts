/**
 * One neighbour in full, for people.
 * Pure but for the local time zone.
 */

import type { BfdAnswer } from "../control/answers/bfd.ts";
import type { PeerDetail } from "../control/answers/peer.ts";
import { counted } from "../control/text/counted.ts";
import { duration, since } from "./times.ts";
import { hanging } from "./wrapped.ts";

const REJECT_ALL = "reject-all"; // by name, as the answer has it

type Line = readonly [label: string, value: string];

/** `width` of the screen; undefined: as wide as it takes. */
export function peerDetailLines(peer: PeerDetail, width?: number): readonly string[] {
  const lines: readonly Line[] = [...identityLines(peer), ...sessionLines(peer), ...bfdLines(peer.bfd), ...policyLines(peer), ...familyLines(peer), ...counterLines(peer)];
  const longest = Math.max(...lines.map(([label]) => label.length));
  return [`${peer.address}  ${peer.name}`, ...lines.flatMap(([label, value]) => hanging(`  ${label.padEnd(longest)}  `, value, width))];
}

function identityLines(peer: PeerDetail): readonly Line[] {
  return [
    ["Type", [peer.type, ...(peer.reflectorClient ? ["reflector client"] : []), ...(peer.passive ? ["passive"] : [])].join(", ")],
    ...(peer.description === "" ? [] : [["Description", peer.description] as const]),
    ...(peer.group === null ? [] : [["Group", peer.group] as const]),
    ["AS", `${peer.asn} (ours ${peer.localAs})`],
    ["Router id", peer.remoteRouterId ?? "-"],
    ["Local address", peer.localAddress ?? "-"],
  ];
}

function sessionLines(peer: PeerDetail): readonly Line[] {
  const { timers, capabilities, agreed } = peer;
  const up = peer.uptimeSec === null ? "" : `, up ${duration(peer.uptimeSec)}`;
  return [
    ["State", `${peer.shutdown === null ? peer.state : shutDownText(peer.shutdown)} since ${since(peer.since, Date.now())}${up}`],
    ["Last error", peer.lastError ? `${peer.lastError.text}${codeOf(peer)} at ${since(peer.lastError.at, Date.now())}` : "none"],
    ["Hold time", timers.holdTimeSec === null ? `${timers.configuredHoldTimeSec} s proposed` : `${timers.holdTimeSec} s, keepalive every ${timers.keepaliveSec} s`],
    ["Connect retry", `${timers.connectRetrySec} s`],
    ["Transport", transportText(peer.transport)],
    ["Agreed", agreed ? [...agreed.families, ...(agreed.fourOctetAs ? ["4-octet AS"] : []), `messages up to ${agreed.maxMessageBytes} octets`, ...(agreed.routeRefresh ? ["route refresh"] : [])].join(", ") : "-"],
    ["Restarts", restartText(peer.restart)],
    ...keptLines(peer),
    ["Capabilities sent", capabilities.sent.map(capabilityText).join(", ") || "-"],
    ["Capabilities received", capabilities.received.map(capabilityText).join(", ") || "-"],
  ];
}

function bfdLines(bfd: BfdAnswer | null): readonly Line[] {
  if (!bfd) return [];
  const { neighbor, counters } = bfd;
  const every = bfd.transmitIntervalMs === null ? "nothing, as the neighbor wishes" : `every ${bfd.transmitIntervalMs} ms`;
  const theirs = neighbor ? stateOf(neighbor) : "nothing";
  const discarded = Object.entries(counters.discarded).flatMap(([reason, count]) => (count > 0 ? [`${count} for ${reason}`] : []));
  const lost = discarded.length === 0 ? "none discarded" : `discarded ${discarded.join(", ")}`;
  return [
    ["BFD", `${stateOf(bfd)} since ${since(bfd.since, Date.now())}${bfd.strict ? ", strict" : ""}`],
    ["BFD neighbor", `says ${theirs}${bfd.detectionTimeMs === null ? "" : `, given up after ${bfd.detectionTimeMs} ms of silence`}`],
    ["BFD packets", `sent ${every}; ${counters.sent} sent, ${counters.received} received, ${lost}`],
  ];
}

function stateOf({ state, diagnostic }: Pick<BfdAnswer, "state" | "diagnostic">): string {
  return diagnostic === null ? state : `${state} (${diagnostic})`;
}

function transportText({ password, ttl, leastTtl, device, userTimeoutSec, dscp }: PeerDetail["transport"]): string {
  return [
    leastTtl === null ? `TTL ${ttl}` : `TTL ${ttl}, at least ${leastTtl} taken`,
    `DSCP ${dscp}`,
    ...(password ? ["TCP MD5"] : []),
    ...(device === null ? [] : [`device ${device}`]),
    ...(userTimeoutSec === null ? [] : [`user timeout ${userTimeoutSec} s`]),
  ].join(", ");
}

function restartText(restart: PeerDetail["restart"]): string {
  if (!restart) return "-";
  const families = Object.entries(restart.families).map(([family, { restartTimeSec, longLivedSec }]) => {
    return `we keep its ${family} routes ${restartTimeSec} s${longLivedSec === 0 ? "" : ` and ${longLivedSec} s as the last choice`}`;
  });
  const notification = restart.survivesNotification ? ["routes survive a NOTIFICATION"] : [];
  return [...families, restart.ourRoutesKept ? "it keeps ours" : "it does not keep ours", ...notification].join(", ");
}

function keptLines({ kept }: PeerDetail): readonly Line[] {
  return Object.entries(kept).map(([family, { stage, stale, remainingSec }]) => [`Kept ${family}`, `${counted(stale, "stale route")}, ${stage}, ${remainingSec} s left`]);
}

function policyLines(peer: PeerDetail): readonly Line[] {
  return [
    ["Import policy", policyText(peer, "import")],
    ["Export policy", policyText(peer, "export")],
    ["Next hop", peer.nextHop],
    ...addPathLines(peer),
    ["Prefix limit", limitText(peer)],
  ];
}

/** Nobody who forgot the policy has ever heard of the one that holds then. */
function policyText({ policies, asn, localAs }: PeerDetail, direction: "import" | "export"): string {
  const name = policies[direction];
  return name === REJECT_ALL && asn !== localAs ? `${name}: without ${direction}Policy nothing passes ${direction === "import" ? "from" : "to"} another AS (RFC 8212)` : name;
}

function addPathLines({ agreed, addPathSend }: PeerDetail): readonly Line[] {
  const families = Object.entries(agreed?.addPath ?? {});
  return families.length === 0 ? [] : [["Add-path", families.map(([family, mode]) => `${family} ${mode}${mode === "receive" ? "" : `, ${addPathSend} sent`}`).join("; ")]];
}

/** "1000 received, warning at 80 %, then restart after 300 s; held down until 10:15:00". */
function limitText({ prefixLimit, held }: PeerDetail): string {
  if (prefixLimit === null) return "none";
  const { limit, count, warnPercent, action, restartSec } = prefixLimit;
  const then = action === "restart" ? `restart after ${restartSec} s` : action;
  const now = held === null ? "" : `; held down until ${held.until === null ? "the limit is another one" : since(held.until, Date.now())}`;
  return `${limit} ${count}, warning at ${warnPercent} %, then ${then}${now}`;
}

function familyLines(peer: PeerDetail): readonly Line[] {
  return Object.entries(peer.families).map(([family, row]) => [
    `Routes ${family}`,
    `${row.received} received, ${row.accepted} accepted, ${row.best} best, ${row.advertised} advertised${row.endOfRib ? "" : ", initial routes not complete"}`,
  ]);
}

function counterLines({ counters }: PeerDetail): readonly Line[] {
  const messages = (side: PeerDetail["counters"]["sent"]): string =>
    `${side.open} OPEN, ${side.update} UPDATE, ${side.keepalive} KEEPALIVE, ${side.notification} NOTIFICATION, ${side.routeRefresh} ROUTE-REFRESH`;
  return [
    ["Messages received", messages(counters.received)],
    ["Messages sent", messages(counters.sent)],
    ["Sessions", `${counters.established} established, ${counters.flaps} lost`],
    ["Bad attributes", `${counters.attributesDiscarded} discarded, ${counters.treatedAsWithdraw} treated as withdraw`],
    ...(counters.pathsIgnored > 0 ? [["Paths ignored", `${counters.pathsIgnored} beyond the limit for one prefix`] as const] : []),
    ...Object.entries(counters.pathsRefused).map(([reason, count]): Line => ["Paths refused", `${count} × ${reason}`]),
    ...counters.attributeFaults.map(({ attribute, action, count }): Line => [`  ${attribute}`, `${count} × ${action}`]),
  ];
}

/** The words are those that the peer's operator reads, too. */
function shutDownText(words: string): string {
  return words === "" ? "shut down" : `shut down (${words})`;
}

function codeOf({ lastError }: PeerDetail): string {
  return lastError?.code === null || lastError?.code === undefined ? "" : ` (${lastError.code}/${lastError.subcode})`;
}

/** "multiprotocol 1/1", "hostname host1"; what a capability says beside its kind, in the order of the wire. */
function capabilityText(capability: object): string {
  return Object.entries(capability).map(([name, value]) => (name === "kind" ? String(value) : valueText(value))).filter((text) => text !== "").join(" ");
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(" ");
  if (typeof value !== "object" || value === null) return typeof value === "boolean" ? "" : String(value);
  const { afi, safi, ...rest } = value as { readonly afi?: number; readonly safi?: number };
  const family = afi === undefined ? [] : [`${afi}/${safi}`];
  return [...family, ...Object.values(rest).map(valueText)].filter((text) => text !== "").join(" ");
}
