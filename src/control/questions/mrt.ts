/**
 * The routing table as an MRT dump: TABLE_DUMP_V2, what bgpdump, libbgpstream and others read.
 * Pure. RFC 6396 §4.3, RFC 8050 §4 (path identifiers). One record with every peer, then one per prefix with all its usable paths.
 *
 *   +-----------+------+---------+--------+---------          PEER_INDEX_TABLE   who the numbers in the entries are
 *   | timestamp | type | subtype | length | record            RIB_IPV4_UNICAST   sequence, prefix, paths
 *   +-----------+------+---------+--------+---------
 *
 * Our own routes have a peer of their own: number 0, without an address, in our AS.
 */

import { type IpAddress, versionOf } from "../../ip/address.ts";
import { prefixLength, prefixToBytes } from "../../ip/prefix.ts";
import { encodeAttributes } from "../../bgp/wire/attribute.ts";
import { nextHopBytes } from "../../bgp/wire/attributes/multiprotocol.ts";
import { ATTRIBUTE, ATTRIBUTE_FLAG } from "../../bgp/wire/code-points.ts";
import { type CodecContext, type Family, INITIAL_CONTEXT } from "../../bgp/wire/context.ts";
import { Writer } from "../../bgp/wire/cursor.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { PeerName } from "../../speaker/config/config.ts";
import type { PeerView, RouteView } from "../../speaker/view.ts";
import type { Look } from "../look.ts";

const TABLE_DUMP_V2 = 13;
const PEER_INDEX_TABLE = 1;
const SUBTYPES: { readonly [F in Family]: { readonly plain: number; readonly addPath: number } } = {
  ipv4: { plain: 2, addPath: 8 },
  ipv6: { plain: 4, addPath: 10 },
};
const PEER_IPV6 = 1;
const PEER_AS4 = 2;
const OURSELVES = 0;
const MOST_PEERS = 0xffff; // two octets number them
/** AS numbers of four octets, whatever was agreed with a peer (RFC 6396 §4.3.4); everything internal stays in. */
const IN_DUMP: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true, maxMessageBytes: 65535 };

/** The whole table, a record at a time, in the order of prefixes. undefined in between: a breath, for whoever has others waiting. */
export function* tableDump(look: Look): Iterable<Uint8Array | undefined> {
  const peers = look.speaker.peers().slice(0, MOST_PEERS - 1);
  const numbers = new Map(peers.map(({ name }, index) => [name, index + 1]));
  const atSec = Math.floor(look.clock.wallMs / 1000);
  const record = new Writer();
  yield mrt(atSec, PEER_INDEX_TABLE, peerIndex(peers, look, record));
  let sequence = 0;
  for (const paths of byPrefix(look.speaker.walkRoutes({}))) {
    const first = paths?.[0];
    if (!paths || !first) {
      yield undefined;
      continue;
    }
    const addPath = paths.some(({ pathId }) => pathId !== 0);
    const { plain, addPath: withIds } = SUBTYPES[first.family];
    yield mrt(atSec, addPath ? withIds : plain, prefixRecord(sequence++, first, paths, { numbers, look, addPath, record }));
  }
}

const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

export function inHex(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += HEX[octet];
  return text;
}

function mrt(atSec: number, subtype: number, body: Uint8Array): Uint8Array {
  const out = new Writer();
  out.u32(atSec);
  out.u16(TABLE_DUMP_V2);
  out.u16(subtype);
  out.u32(body.length);
  out.bytes(body);
  return out.finish();
}

function peerIndex(peers: readonly PeerView[], { speaker }: Look, out: Writer): Uint8Array {
  const { routerId, asn } = speaker.router();
  out.u32(routerId);
  out.u16(0); // no view name
  out.u16(peers.length + 1);
  writePeer({ routerId, address: undefined, asn }, out);
  for (const { config, negotiated } of peers) {
    writePeer({ routerId: negotiated?.remoteRouterId ?? 0, address: config.address, asn: negotiated?.remoteAs ?? config.session.remoteAs }, out);
  }
  return out.finish();
}

function writePeer({ routerId, address, asn }: { readonly routerId: number; readonly address: IpAddress | undefined; readonly asn: number }, out: Writer): void {
  const isV6 = address !== undefined && versionOf(address) === 6;
  out.u8(PEER_AS4 | (isV6 ? PEER_IPV6 : 0));
  out.u32(routerId);
  if (address) out.address(address);
  else out.u32(0);
  out.u32(asn);
}

interface Dump {
  readonly numbers: ReadonlyMap<PeerName, number>;
  readonly look: Look;
  readonly addPath: boolean;
  readonly record: Writer;
}

function prefixRecord(sequence: number, { prefix }: RouteView, paths: readonly RouteView[], { numbers, look, addPath, record: out }: Dump): Uint8Array {
  const bits = prefixLength(prefix);
  const known = paths.filter(({ origin }) => origin.kind !== "peer" || numbers.has(origin.peer));
  out.u32(sequence);
  out.u8(bits);
  out.bytes(prefixToBytes(prefix), 0, Math.ceil(bits / 8));
  out.u16(known.length);
  for (const { origin, sinceMs, pathId, attributes } of known) {
    out.u16(origin.kind === "peer" ? (numbers.get(origin.peer) ?? OURSELVES) : OURSELVES);
    out.u32(Math.floor((look.clock.wallMs - (look.clock.nowMs - sinceMs)) / 1000));
    if (addPath) out.u32(pathId);
    const octets = attributeOctets(attributes);
    out.u16(octets.length);
    out.bytes(octets);
  }
  return out.finish();
}

/** An IPv6 next hop stands alone in an MP_REACH_NLRI without family and prefixes (RFC 6396 §4.3.4). */
function attributeOctets(attributes: PathAttributes): Uint8Array {
  const encoded = encodeAttributes(attributes, IN_DUMP);
  const { nextHop } = attributes;
  if (!nextHop || versionOf(nextHop.address) === 4) return encoded;
  const hop = nextHopBytes(nextHop);
  const out = new Writer();
  out.bytes(encoded);
  out.u8(ATTRIBUTE_FLAG.optional);
  out.u8(ATTRIBUTE.mpReach);
  out.u8(hop.length + 1);
  out.u8(hop.length);
  out.bytes(hop);
  return out.finish();
}

/** Usable paths, those of a prefix together; and the breaths in between. */
function* byPrefix(routes: Iterable<RouteView | undefined>): Iterable<readonly RouteView[] | undefined> {
  let paths: RouteView[] = [];
  for (const route of routes) {
    if (route === undefined) {
      yield undefined;
      continue;
    }
    if (route.rejectedBy !== undefined) continue;
    if (paths[0] && paths[0].prefix !== route.prefix) {
      yield paths;
      paths = [];
    }
    paths.push(route);
  }
  if (paths.length > 0) yield paths;
}
