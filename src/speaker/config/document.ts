/**
 * The speaker's part of the configuration document, as people write it.
 * Pure. Each field stands here once: its shape, its default, and the sentence that documents it.
 */

import type { Role } from "../../bgp/wire/message-types.ts";
import { forwardingRules, interfacePattern, policies, prefixLists } from "./policy-document.ts";
import { asn, families, holdTimeSec, hostAddress, ipv4Address, ipv6Address, port, prefix, routerId } from "./scalars.ts";
import { TRANSPORT_FIELDS } from "./transport-document.ts";
import { type ObjectOf, type ValueOf, defaulted, defaultsOf, dictionary, either, flag, integer, list, object, oneOf, optional, orJust, parts, refined, required, text } from "./schema.ts";

const ROLES: readonly Role[] = ["provider", "route-server", "route-server-client", "customer", "peer"];

const normalPriority = integer(1, 2147483646);

const routePriorityShape = object({
  ipv4: defaulted(normalPriority, 1024, "metric of our IPv4 routes that have none"),
  ipv6: defaulted(normalPriority, 1024, "metric of our IPv6 routes that have none"),
});

const routerShape = object({
  asn: required(asn, "our AS number, 1 to 4294967295"),
  id: required(routerId, "our router id, written as an IPv4 address; unique in the AS"),
  clusterId: optional(routerId, "RFC 4456 cluster id; reflectors of one cluster share it; without it the router id"),
  ipv4: optional(ipv4Address, "IPv4 next hop of what we originate; without it each session's own local address"),
  ipv6: optional(ipv6Address, "IPv6 next hop of what we originate; without it each session's own local address"),
  hostname: optional(text(), "host name that peers are shown"),
  drain: defaulted(flag, false, "this router is about to go: every peer is told everything with GRACEFUL_SHUTDOWN (RFC 8326), internal ones with LOCAL_PREF 0"),
  routePriority: optional(routePriorityShape, "couples kernel metrics and LOCAL_PREF as Calico does since 3.32: a route of ours with metric m is told with LOCAL_PREF 2147483647 - m, one that is heard with LOCAL_PREF p goes into the kernel with metric 2147483647 - p"),
  deferralSec: defaulted(integer(1, 3600), 30, "after a restart of ours: the longest wait for the peers' routes before best paths are chosen and told (RFC 4724 §4.1)"),
  multipath: defaulted(integer(1, 64), 16, "how many equally good next hops one kernel route may have; 1 is single path"),
});

const roleShape = object({
  local: required(oneOf(ROLES), `our role towards this peer (RFC 9234): one of ${ROLES.join(", ")}`),
  strict: defaulted(flag, false, "refuse a peer that tells no role"),
});

const longLivedSec = integer(0, 0xffffff); // RFC 9494 §3.1: 24 bits

const longLivedShape = object({
  ipv4: defaulted(longLivedSec, 0, "seconds for IPv4 routes"),
  ipv6: defaulted(longLivedSec, 0, "seconds for IPv6 routes"),
});

const restartShape = object({
  enabled: defaulted(flag, true, "keep the peer's routes while it restarts, and ask it to keep ours (RFC 4724)"),
  restartTimeSec: defaulted(integer(1, 4095), 120, "how long the peer shall keep our routes while we are away"),
  staleTimeSec: defaulted(integer(1, 86_400), 180, "how long a peer that is back may take to tell its routes again"),
  notifications: defaulted(flag, false, "keep routes also where a session ends with a NOTIFICATION or an expired hold timer, if the peer does so too (RFC 8538); then the routes of a dead host stay for its restart time"),
  longLivedSec: defaulted(longLivedShape, defaultsOf(longLivedShape), "how long routes are kept after the restart time, as the last choice (RFC 9494); 0: not at all. What the peer asks for is kept no longer than this"),
});

const bfdShape = object({
  intervalMs: defaulted(
    integer(50, 60_000),
    300,
    "milliseconds between two packets, both ways, unless the peer wants them slower; 50 to 60000",
  ),
  multiplier: defaulted(
    integer(1, 255),
    3,
    "intervals without a packet after which the peer gives us up; its own multiplier says when we give it up",
  ),
  strict: defaulted(flag, false, "no session while BFD is not up"),
});

const prefixCount = integer(1, 100_000_000);

const prefixLimitShape = object({
  limit: required(prefixCount, "prefixes per family, counting every path of each"),
  warnPercent: defaulted(integer(1, 100), 80, "share of the limit from which on the log warns"),
  action: defaulted(oneOf(["stop", "restart", "warn"]), "stop", "beyond the limit: stop until the limit is another one, restart after restartSec, or only warn"),
  restartSec: defaulted(integer(1, 86_400), 300, "how long the session stays down before it restarts"),
  count: defaulted(oneOf(["received", "accepted"]), "received", "received: all that the peer told; accepted: what the import policy let in"),
});

/** Every field of a peer; all but the first three may stand in a group. */
export const PEER_FIELDS = {
  name: optional(refined(text(), (name) => /^[\w.:-]{1,80}$/.test(name), "1 to 80 letters, digits or _ . : -"), "name of the peer; without it Peer_ and the address"),
  address: required(hostAddress, "the peer's address"),
  group: optional(text("the name of a group"), "name of a group whose options hold where the peer has none of its own"),
  port: defaulted(port, 179, "the peer's TCP port"),
  asn: required(asn, "the peer's AS number; equal to ours: iBGP"),
  localAsn: optional(asn, "our AS number towards this peer; without it the router's. Only this one is put in front of paths, looked for in them, and makes a peer with the same number internal"),
  localAddress: optional(hostAddress, "our address towards this peer; without it the kernel chooses"),
  description: defaulted(text(), "", "free text for people"),
  shutdown: optional(text('a text, which the other operator reads; "" where there is nothing to say'), "administratively down; the text is what the other operator reads (RFC 9003)"),
  reflectorClient: defaulted(flag, false, "we are its route reflector (RFC 4456)"),
  passive: defaulted(flag, false, "never dial, wait to be called"),
  families: optional(families, "families to carry; without it the family of the address"),
  requiredFamilies: defaulted(list(oneOf(["ipv4", "ipv6"])), [], "families without which the session is refused"),
  holdTimeSec: defaulted(holdTimeSec, 90, "hold time that we propose, in seconds; 0: no liveness check"),
  keepaliveSec: optional(integer(1, 21845), "seconds between two KEEPALIVEs if our hold time is agreed, less in proportion if a shorter one is; without it a third of the hold time"),
  connectRetrySec: defaulted(integer(1, 3600), 5, "seconds between two dials"),
  idleHoldMaxSec: defaulted(integer(1, 3600), 30, "longest rest after repeated failures; it starts at connectRetrySec and doubles"),
  sendHoldSec: optional(integer(1, 65535), "seconds without the peer's window opening before we give up (RFC 9687); without it the larger of 480 and twice the hold time"),
  extendedMessages: defaulted(flag, true, "offer messages of up to 65535 octets (RFC 8654)"),
  extendedNextHop: defaulted(flag, false, "offer IPv4 routes with IPv6 next hops (RFC 8950)"),
  addPath: defaulted(oneOf(["off", "receive", "send", "both"]), "off", "several paths per prefix: accept them from this peer, send them, or both (RFC 7911)"),
  addPathSend: defaulted(either(oneOf(["all"]), integer(1, 255)), "all", "how many paths to a prefix are sent, the best first; the peer's own are left out of them"),
  gracefulRestart: defaulted(restartShape, defaultsOf(restartShape), "restarts without loss: the peer's and ours"),
  role: optional(roleShape, "roles of RFC 9234"),
  allowOwnAs: defaulted(integer(0, 255), 0, "how often our own AS may stand in a path of this peer; once more is a loop"),
  nextHop: defaulted(oneOf(["auto", "self", "unchanged"]), "auto", "next hop of what we pass on; auto: self towards external peers, unchanged towards internal ones"),
  importPolicy: optional(text("the name of a policy"), 'name of a policy, "accept-all" or "reject-all"; without it accept-all for iBGP, reject-all for eBGP (RFC 8212)'),
  exportPolicy: optional(text("the name of a policy"), 'name of a policy, "accept-all" or "reject-all"; without it accept-all for iBGP, reject-all for eBGP (RFC 8212)'),
  openWaitSec: defaulted(integer(1, 3600), 240, "seconds that a connection may last without an OPEN from the peer (RFC 4271 §8.2.2)"),
  gracefulShutdown: optional(oneOf(["honour", "ignore"]), "honour: what this peer marks with GRACEFUL_SHUTDOWN gets LOCAL_PREF 0 (RFC 8326); without it honour for eBGP, ignore for iBGP"),
  drain: defaulted(flag, false, "this session is about to end: what goes out is marked with GRACEFUL_SHUTDOWN, what comes in gets it and LOCAL_PREF 0 (RFC 8326)"),
  blackhole: defaulted(oneOf(["honour", "ignore"]), "ignore", "honour: packets to what this peer marks with BLACKHOLE are dropped here, and no other AS is told (RFC 7999)"),
  maxPathsPerPrefix: defaulted(integer(1, 1024), 64, "paths to one prefix that the peer may tell where addPath is on; further ones are ignored, counted and logged"),
  maxAsPathLength: optional(integer(1, 16_384), "AS numbers in the AS_PATH of a path, prepended ones too; a longer one is refused, counted and logged. Without it as many as a message holds"),
  maxCommunities: optional(integer(1, 16_384), "communities of a path, of all kinds together; a path with more is refused, counted and logged. Without it as many as a message holds"),
  enforceFirstAs: optional(flag, "refuse paths of an external peer whose AS_PATH does not begin with its AS (RFC 4271 §6.3); without it on, but off towards a route server (role route-server-client)"),
  maxPrefixes: optional(orJust("limit", prefixCount, prefixLimitShape), "prefixes per family beyond which the session is ended (6/1): their number, or an object that says more"),
  bfd: optional(
    bfdShape,
    "watch the path to a peer on the same link with BFD (RFC 5881) and end the session when it is gone; {} for the defaults, without it off",
  ),
  ...TRANSPORT_FIELDS,
} as const;

const { name: _name, address: _address, group: _group, ...GROUP_FIELDS } = PEER_FIELDS;

const peerShape = parts(PEER_FIELDS, ["address"]);
const groupShape = parts(GROUP_FIELDS);

/** A caller is never dialled, so what is about dialling has no meaning in a range. */
const { asn: _asn, localAsn: _localAsn, port: _port, localAddress: _local, shutdown: _shutdown, ...CALLER_FIELDS } = GROUP_FIELDS;
const { passive: _passive, connectRetrySec: _retry, idleHoldMaxSec: _longest, ...MEMBER_FIELDS } = CALLER_FIELDS;

const RANGE_NAME = /^[\w.:-]{1,32}$/; // the names of its peers end in an address

export const RANGE_FIELDS = {
  name: required(refined(text(), (name) => RANGE_NAME.test(name), "1 to 32 letters, digits or _ . : -"), "name of the range; its peers are called by it and their address: rack-a_10_0_0_7"),
  prefix: required(prefix, "whoever calls from here is a peer; of several ranges the longest counts, and a peer with that address before all"),
  group: optional(text("the name of a group"), "name of a group whose options hold where the range has none of its own"),
  asn: optional(asn, "the AS number that callers must have; equal to ours: iBGP"),
  asns: optional(refined(list(asn), (numbers) => numbers.length > 0, "at least one AS number"), "the AS numbers that callers may have, instead of asn"),
  limit: defaulted(integer(1, 100_000), 100, "how many peers there may be at a time, those among them whose routes are kept over a restart; further ones take the place of whoever is away longest, or are refused, counted and logged"),
  ...MEMBER_FIELDS,
  openWaitSec: defaulted(integer(1, 3600), 30, "seconds that a caller may hold a place in the range without an OPEN"),
} as const;

const rangeShape = parts(RANGE_FIELDS, ["name", "prefix"]);

const limitsShape = object({
  pendingPerAddress: defaulted(integer(1, 10_000), 16, "connections from one address that are no session yet; one more is closed without a word"),
  pendingInAll: defaulted(integer(1, 100_000), 4096, "the same, from all addresses together"),
});

const staticShape = object({
  prefix: required(prefix, "where to; a single address is then also reached that way where it is a next hop"),
  via: required(hostAddress, "the gateway"),
});

/** Fields of the document that the speaker answers for; the daemon adds its own beside them. */
export const SPEAKER_FIELDS = {
  router: required(routerShape, "an object that says who we are"),
  networks: defaulted(list(prefix), [], "prefixes that we announce"),
  blocks: defaulted(list(prefix), [], "this host's own address blocks: announced, and blackholed in the kernel; their single addresses are not announced"),
  statics: defaulted(list(staticShape), [], "routes through a gateway on one of our links: announced, and put into the kernel"),
  directExcept: defaulted(list(interfacePattern), [], 'interfaces such as "docker0" or "br-*" whose connected networks are not announced; asked where kernel.learn is "all"'),
  forwarding: defaulted(forwardingRules, [], "which routes the kernel gets, and how: the first rule that fits decides; where none does, it gets the route"),
  groups: defaulted(dictionary(groupShape), new Map(), "named sets of peer options, for peers that name the group; any field of a peer but name and address"),
  peers: defaulted(list(peerShape), [], "the neighbours"),
  ranges: defaulted(list(rangeShape), [], "neighbours by range of addresses: they are peers as long as their sessions last, or their routes are kept"),
  prefixLists: defaulted(prefixLists, new Map(), "named lists of prefixes for policies"),
  policies: defaulted(policies, new Map(), "named policies for importPolicy and exportPolicy"),
  limits: defaulted(limitsShape, defaultsOf(limitsShape), "bounds against peers and strangers that misbehave"),
} as const;

export const speakerShape = object(SPEAKER_FIELDS);

export type SpeakerDocument = ValueOf<typeof speakerShape>;
export type PeerDocument = ObjectOf<typeof PEER_FIELDS>;
/** A peer as it stands in the document, before it has inherited anything. */
export type WrittenPeer = ValueOf<typeof peerShape>;
export type GroupDocument = ValueOf<typeof groupShape>;
export type RangeDocument = ObjectOf<typeof RANGE_FIELDS>;
export type WrittenRange = ValueOf<typeof rangeShape>;
