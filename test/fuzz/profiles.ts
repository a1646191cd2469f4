/** The hostile peers: what each has agreed with us, and the configuration that lets it in. */

import { type CodecContext, INITIAL_CONTEXT, FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability, Open } from "../../src/bgp/wire/message-types.ts";
import { CORPUS, type Specimen } from "./corpus.ts";

export const OUR_AS = 64512;
/** Of the callers; comes out nowhere. */
export const PASSWORD = "geheim of the rack";

export interface Profile {
  readonly name: string;
  /** Where its connections come from: a configured peer has one address, callers from a range have several. */
  readonly addresses: readonly string[];
  /** What our configuration says about it, in its list of peers or of ranges. */
  readonly config: { readonly list: "peers" | "ranges"; readonly entry: object };
  readonly open: Open;
  /** What it has agreed once its OPEN was good: it reads and writes by this. */
  readonly context: CodecContext;
  /** UPDATEs that were recorded under the same agreement. */
  readonly updates: readonly Specimen[];
}

const BOTH = ["ipv4", "ipv6"] as const;
const MULTIPROTOCOL: readonly Capability[] = BOTH.map((family) => ({ kind: "multiprotocol", family: FAMILIES[family] }));
const REFRESHES: readonly Capability[] = [{ kind: "route-refresh" }, { kind: "enhanced-route-refresh" }];
const ADD_PATH: Capability = { kind: "add-path", entries: BOTH.map((family) => ({ afi: FAMILIES[family].afi, safi: 1, mode: "both" as const })) };
const EXTENDED_NEXT_HOP: Capability = { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] };
const EXTENDED: Capability = { kind: "extended-message" };
const KEEPS: readonly Capability[] = [
  { kind: "graceful-restart", restarting: false, notification: true, restartTimeSec: 20, entries: BOTH.map((family) => ({ afi: FAMILIES[family].afi, safi: 1, forwarding: true })) },
  { kind: "long-lived-graceful-restart", entries: BOTH.map((family) => ({ afi: FAMILIES[family].afi, safi: 1, forwarding: true, staleTimeSec: 40 })) },
];
const KEPT = { gracefulRestart: { notifications: true, staleTimeSec: 30, longLivedSec: { ipv4: 60, ipv6: 60 } } };
const OPEN_DOORS = { importPolicy: "accept-all", exportPolicy: "accept-all" };

const INTERNAL: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const EXTERNAL: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };

export const PROFILES: readonly Profile[] = [
  profile(11, "client", OUR_AS, [...REFRESHES], INTERNAL, { reflectorClient: true }),
  profile(12, "stranger", 65012, [...REFRESHES], EXTERNAL, OPEN_DOORS),
  profile(
    13,
    "many-paths",
    OUR_AS,
    [ADD_PATH, EXTENDED_NEXT_HOP, EXTENDED],
    { ...INTERNAL, addPathReceive: new Set(BOTH), addPathSend: new Set(), extendedNextHop: new Set(["ipv4"]), maxMessageBytes: 65535 },
    { addPath: "receive", extendedNextHop: true },
  ),
  profile(14, "old", 65014, "two-octet", { ...INITIAL_CONTEXT }, OPEN_DOORS),
  profile(15, "limited", OUR_AS, [...REFRESHES], INTERNAL, { maxPrefixes: 3, maxAsPathLength: 2, maxCommunities: 2 }),
  profile(16, "comes-back", OUR_AS, [...REFRESHES, ...KEEPS], INTERNAL, { reflectorClient: true, ...KEPT }),
  profile(
    17,
    "everything",
    65017,
    [...REFRESHES, ...KEEPS, ADD_PATH, EXTENDED],
    { ...EXTERNAL, addPathReceive: new Set(BOTH), addPathSend: new Set(BOTH), maxMessageBytes: 65535 },
    { ...OPEN_DOORS, ...KEPT, addPath: "both", role: { local: "provider" } },
  ),
  callers("rack", [1, 2, 3, 4], [...REFRESHES, ...KEEPS], INTERNAL, { reflectorClient: true, password: PASSWORD, limit: 2, ...KEPT }),
];

function profile(host: number, name: string, asn: number, capabilities: readonly Capability[] | "two-octet", context: CodecContext, config: object): Profile {
  const offered = capabilities === "two-octet" ? MULTIPROTOCOL : [...MULTIPROTOCOL, { kind: "four-octet-as" as const, asn }, ...capabilities];
  return {
    name,
    addresses: [`10.0.0.${host}`],
    config: { list: "peers", entry: { name, address: `10.0.0.${host}`, asn, passive: true, families: BOTH, ...config } },
    open: { kind: "open", version: 4, asn, holdTimeSec: 90, routerId: 0x0a000000 + host, capabilities: offered },
    context,
    updates: CORPUS.filter((specimen) => specimen.kind === "update" && agree(specimen.context, context)),
  };
}

/** Whoever calls from a range; all of them say the same. */
function callers(name: string, hosts: readonly number[], capabilities: readonly Capability[], context: CodecContext, config: object): Profile {
  const one = profile(200, name, OUR_AS, capabilities, context, {});
  return { ...one, addresses: hosts.map((host) => `10.9.0.${host}`), config: { list: "ranges", entry: { name, prefix: "10.9.0.0/24", asn: OUR_AS, families: BOTH, ...config } } };
}

function agree(recorded: CodecContext, agreed: CodecContext): boolean {
  return recorded.fourOctetAs === agreed.fourOctetAs && recorded.internal === agreed.internal && recorded.addPathReceive.has("ipv4") === agreed.addPathReceive.has("ipv4");
}
