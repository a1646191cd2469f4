/**
 * The messages that the generator sends, built before the clock starts.
 * Pure. Shares no code with the program under test: a mistake there must not be its own judge. RFC 4271 §4, RFC 5492, RFC 6793.
 */

import { FIRST_CLIENT, FIRST_PREFIX, FIRST_SET_ASN, type Layout, TRANSIT_ASN } from "./plan.ts";

export const HEADER_BYTES = 19;
export const MAX_MESSAGE_BYTES = 4096;
export const TYPE = { open: 1, update: 2, notification: 3, keepalive: 4 } as const;
export const HOLD_TIME_SEC = 90;
/** What a reflector adds: ORIGINATOR_ID and a CLUSTER_LIST of one. Left free, so that the simplest one need not split messages. */
const REFLECTION_BYTES = 14;
const LOCAL_PREF = 100;
const AS_TRANS = 23456;
const SEQUENCE = 2;

const IPV4_UNICAST = [1, 4, 0, 1, 0, 1];
const ROUTE_REFRESH = [2, 0];

export const KEEPALIVE = message(TYPE.keepalive, []);
export const END_OF_RIB = message(TYPE.update, [0, 0, 0, 0]);

export function openOf(asn: number, client: number): Buffer {
  const capabilities = [...IPV4_UNICAST, ...ROUTE_REFRESH, 65, 4, ...u32(asn)];
  const myAs = asn > 0xffff ? AS_TRANS : asn;
  return message(TYPE.open, [4, ...u16(myAs), ...u16(HOLD_TIME_SEC), ...u32(FIRST_CLIENT + client), capabilities.length + 2, 2, capabilities.length, ...capabilities]);
}

/** CEASE, administrative shutdown (RFC 4486). */
export const GOODBYE = message(TYPE.notification, [6, 2]);

/** Everything that `client` announces, and End-of-RIB. */
export function tableOf(layout: Layout, client: number): Buffer {
  const parts: Buffer[] = [];
  for (const set of layout.setsOf(client)) {
    const attributes = attributesOf(layout, client, set, 0);
    const last = layout.setFirst[set + 1] ?? 0;
    const most = Math.floor((MAX_MESSAGE_BYTES - REFLECTION_BYTES - HEADER_BYTES - 4 - attributes.length) / nlriBytes(layout.plan.prefixBits));
    for (let first = layout.setFirst[set] ?? 0; first < last; first += most) parts.push(announcement(layout, attributes, first, Math.min(first + most, last)));
  }
  return Buffer.concat([...parts, END_OF_RIB]);
}

/** One prefix of a client again, with another MED. */
export function changeOf(layout: Layout, client: number, set: number, prefix: number, med: number): Buffer {
  return announcement(layout, attributesOf(layout, client, set, med), prefix, prefix + 1);
}

function attributesOf(layout: Layout, client: number, set: number, med: number): readonly number[] {
  return [
    ...[0x40, 1, 1, 0], // ORIGIN: IGP
    ...asPath(layout, client, set),
    ...[0x40, 3, 4, ...u32(FIRST_CLIENT + client)], // NEXT_HOP
    ...[0x80, 4, 4, ...u32(med)], // always there: some reflectors add a MED of 0 where there is none
    ...[0x40, 5, 4, ...u32(LOCAL_PREF)],
  ];
}

function asPath(layout: Layout, client: number, set: number): readonly number[] {
  if (layout.setPlain[set] === 1) return [0x40, 2, 0];
  const transit = layout.setWinner[set] === client ? [TRANSIT_ASN] : [TRANSIT_ASN, TRANSIT_ASN];
  const path = [...transit, FIRST_SET_ASN + set];
  return [0x40, 2, 2 + 4 * path.length, SEQUENCE, path.length, ...path.flatMap(u32)];
}

function announcement({ plan: { prefixBits } }: Layout, attributes: readonly number[], first: number, end: number): Buffer {
  const width = nlriBytes(prefixBits);
  const bytes = Buffer.alloc(HEADER_BYTES + 4 + attributes.length + (end - first) * width);
  writeHeader(bytes, TYPE.update);
  bytes.writeUInt16BE(attributes.length, HEADER_BYTES + 2);
  bytes.set(attributes, HEADER_BYTES + 4);
  let at = HEADER_BYTES + 4 + attributes.length;
  for (let prefix = first; prefix < end; prefix++, at += width) {
    const address = FIRST_PREFIX + prefix * 2 ** (32 - prefixBits);
    bytes[at] = prefixBits;
    for (let octet = 1; octet < width; octet++) bytes[at + octet] = Math.floor(address / 2 ** (32 - 8 * octet)) & 255;
  }
  return bytes;
}

function nlriBytes(prefixBits: number): number {
  return 1 + Math.ceil(prefixBits / 8);
}

function message(type: number, body: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + body.length);
  writeHeader(bytes, type);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

function writeHeader(bytes: Buffer, type: number): void {
  bytes.fill(255, 0, 16);
  bytes.writeUInt16BE(bytes.length, 16);
  bytes[18] = type;
}

function u16(value: number): readonly number[] {
  return [(value >>> 8) & 255, value & 255];
}

function u32(value: number): readonly number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
