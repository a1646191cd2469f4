/**
 * What a monitoring station is told, as octets.
 * Pure. RFC 7854 §4: BMP version 3. Everything about a peer begins with the same header, which is made once for its session.
 *
 *   0   1        5     6              48
 *   +---+--------+-----+--------------+------
 *   | 3 | length | type| peer's header| body        no peer's header in initiation and termination
 *   +---+--------+-----+--------------+------
 *
 * Deviates: nothing is mirrored (§4.7), and only the Adj-RIB-In before policy is told.
 */

import { type IpAddress, versionOf } from "../ip/address.ts";
import { assertNever } from "../ip/assert.ts";
import { FAMILIES, type Family } from "../bgp/wire/context.ts";
import { Writer } from "../bgp/wire/cursor.ts";
import { encodeText } from "../bgp/wire/text.ts";
import {
  BMP_TYPE, BMP_VERSION, COMMON_HEADER_BYTES, GLOBAL_INSTANCE_PEER, INITIATION_TLV, PEER_DOWN_REASON, PEER_FLAG, PEER_HEADER_BYTES, STATISTIC,
  TERMINATION_REASON, TERMINATION_TLV,
} from "./code-points.ts";

/** Whom everything behind the header is about. */
export interface MonitoredPeer {
  readonly address: IpAddress;
  readonly asn: number;
  readonly routerId: number;
  /** "two-octet": its UPDATEs have the AS_PATH of RFC 4271 and not that of RFC 6793. */
  readonly asPath: "four-octet" | "two-octet";
}

/** How a session came up: its ends, and both OPENs as they were on the wire. */
export interface PeerUp {
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remotePort: number;
  readonly sentOpen: Uint8Array;
  readonly receivedOpen: Uint8Array;
}

/** Why a session ended; a notification is the whole message. */
export type PeerDown =
  | { readonly kind: "local-notification" | "remote-notification"; readonly message: Uint8Array }
  /** We said nothing; the event's number is that of RFC 4271 §8.1. */
  | { readonly kind: "local-event"; readonly event: number }
  | { readonly kind: "remote-lost" };

/** One number about a peer, or about one family of it. */
export interface Figure {
  readonly statistic: keyof typeof STATISTIC;
  readonly value: number;
  /** For those whose name says so. */
  readonly family?: Family;
}

/** The router as the station knows it (RFC 1213). */
export interface RouterIdentity {
  readonly sysName: string;
  readonly sysDescr: string;
}

/** Milliseconds since 1970; undefined: nobody knows when. */
export type WallMs = number | undefined;

const ADDRESS_BYTES = 16;
const IPV4_BYTES = 4;
const MOST_TEXT_BYTES = 4096; // of a TLV: sysDescr is a line, not a book
const MOST_COUNTER = 0xffffffff;
const PEER_TIME_AT = PEER_HEADER_BYTES - 8;

/** The header of every message about this peer, its time left open. */
export function peerHeader({ address, asn, routerId, asPath }: MonitoredPeer): Uint8Array {
  const out = new Writer();
  out.u8(GLOBAL_INSTANCE_PEER);
  out.u8((versionOf(address) === 6 ? PEER_FLAG.ipv6 : 0) | (asPath === "two-octet" ? PEER_FLAG.legacyAsPath : 0));
  out.u64(0n); // no distinguisher: there is one instance
  writeAddress(address, out);
  out.u32(asn);
  out.u32(routerId);
  out.u64(0n);
  return out.finish();
}

/** An UPDATE as the peer sent it, or as what is kept of it would look. Hot: made for every UPDATE of every peer. */
export function writeRouteMonitoring(header: Uint8Array, atMs: WallMs, update: Uint8Array, out: Writer): void {
  writeHead(BMP_TYPE.routeMonitoring, header, atMs, update.length, out);
  out.bytes(update);
}

/** The session is up. */
export function writePeerUp(header: Uint8Array, atMs: WallMs, { local, localPort, remotePort, sentOpen, receivedOpen }: PeerUp, out: Writer): void {
  writeHead(BMP_TYPE.peerUp, header, atMs, ADDRESS_BYTES + 4 + sentOpen.length + receivedOpen.length, out);
  writeAddress(local, out);
  out.u16(localPort);
  out.u16(remotePort);
  out.bytes(sentOpen);
  out.bytes(receivedOpen);
}

/** The session is over, and everything that the peer told with it. */
export function writePeerDown(header: Uint8Array, atMs: WallMs, down: PeerDown, out: Writer): void {
  const body = new Writer();
  body.u8(PEER_DOWN_REASON[down.kind]);
  writeDownData(down, body);
  const octets = body.view();
  writeHead(BMP_TYPE.peerDown, header, atMs, octets.length, out);
  out.bytes(octets);
}

/** What is counted about the peer. */
export function writeStatistics(header: Uint8Array, atMs: WallMs, figures: readonly Figure[], out: Writer): void {
  const body = new Writer();
  body.u32(figures.length);
  for (const figure of figures) writeFigure(figure, body);
  const octets = body.view();
  writeHead(BMP_TYPE.statisticsReport, header, atMs, octets.length, out);
  out.bytes(octets);
}

/** The first message of all. */
export function writeInitiation({ sysName, sysDescr }: RouterIdentity, out: Writer): void {
  const body = new Writer();
  writeText(INITIATION_TLV.sysDescr, sysDescr, body);
  writeText(INITIATION_TLV.sysName, sysName, body);
  writeAlone(BMP_TYPE.initiation, body.view(), out);
}

/** The last one. */
export function writeTermination(reason: keyof typeof TERMINATION_REASON, text: string, out: Writer): void {
  const body = new Writer();
  body.u16(TERMINATION_TLV.reason);
  body.u16(2);
  body.u16(TERMINATION_REASON[reason]);
  if (text !== "") writeText(TERMINATION_TLV.text, text, body);
  writeAlone(BMP_TYPE.termination, body.view(), out);
}

function writeHead(type: number, header: Uint8Array, atMs: WallMs, bodyBytes: number, out: Writer): void {
  writeCommonHeader(type, PEER_HEADER_BYTES + bodyBytes, out);
  out.bytes(header, 0, PEER_TIME_AT);
  const sec = atMs === undefined ? 0 : Math.floor(atMs / 1000);
  out.u32(sec);
  out.u32(atMs === undefined ? 0 : Math.floor((atMs - sec * 1000) * 1000));
}

function writeAlone(type: number, body: Uint8Array, out: Writer): void {
  writeCommonHeader(type, body.length, out);
  out.bytes(body);
}

function writeCommonHeader(type: number, bytes: number, out: Writer): void {
  out.u8(BMP_VERSION);
  out.u32(COMMON_HEADER_BYTES + bytes);
  out.u8(type);
}

/** An IPv4 address stands at the end of its sixteen octets. */
function writeAddress(address: IpAddress, out: Writer): void {
  if (versionOf(address) === 4) for (let zeros = 0; zeros < ADDRESS_BYTES - IPV4_BYTES; zeros += 4) out.u32(0);
  out.address(address);
}

function writeDownData(down: PeerDown, out: Writer): void {
  switch (down.kind) {
    case "local-notification":
    case "remote-notification":
      return out.bytes(down.message);
    case "local-event":
      return out.u16(down.event);
    case "remote-lost":
      return undefined;
    default:
      return assertNever(down);
  }
}

/** Counters have four octets and gauges eight; a gauge of one family says first of which. */
function writeFigure({ statistic, value, family }: Figure, out: Writer): void {
  const type = STATISTIC[statistic];
  out.u16(type);
  if (isCounter(type)) {
    out.u16(4);
    out.u32(value % (MOST_COUNTER + 1)); // counters go round, as SNMP's do
    return;
  }
  out.u16(family === undefined ? 8 : 11);
  if (family !== undefined) {
    out.u16(FAMILIES[family].afi);
    out.u8(FAMILIES[family].safi);
  }
  out.u64(BigInt(value));
}

function isCounter(type: number): boolean {
  return type <= STATISTIC.originatorIdLoops || type === STATISTIC.treatedAsWithdraw;
}

function writeText(tlv: number, text: string, out: Writer): void {
  const octets = encodeText(text, MOST_TEXT_BYTES);
  out.u16(tlv);
  out.u16(octets.length);
  out.bytes(octets);
}
