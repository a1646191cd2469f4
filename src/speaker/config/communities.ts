/**
 * Communities as people write and read them.
 * Pure. RFC 1997, RFC 8092, RFC 4360 §4 (route target and origin); names of the IANA registry of well-known communities.
 */

import { addressToNumber, parseAddress } from "../../ip/address.ts";
import type { LargeCommunity } from "../../bgp/wire/attribute-types.ts";

/** Well-known communities by the names that operators know. */
const WELL_KNOWN: readonly (readonly [name: string, value: number])[] = [
  ["graceful-shutdown", 0xffff0000], // RFC 8326
  ["llgr-stale", 0xffff0006], // RFC 9494
  ["no-llgr", 0xffff0007], // RFC 9494
  ["blackhole", 0xffff029a], // RFC 7999
  ["no-export", 0xffffff01], // RFC 1997
  ["no-advertise", 0xffffff02], // RFC 1997
  ["no-export-subconfed", 0xffffff03], // RFC 1997
  ["no-peer", 0xffffff04], // RFC 3765
];

/** "64512:100" or a well-known name. */
export function parseCommunity(text: string): number | undefined {
  const named = WELL_KNOWN.find(([name]) => name === text);
  if (named) return named[1];
  const parts = numbers(text, 2, 0xffff);
  return parts && (((parts[0] ?? 0) << 16) | (parts[1] ?? 0)) >>> 0;
}

export function formatCommunity(community: number): string {
  return WELL_KNOWN.find(([, value]) => value === community)?.[0] ?? `${community >>> 16}:${community & 0xffff}`;
}

/** "64512:1:100". */
export function parseLargeCommunity(text: string): LargeCommunity | undefined {
  const parts = numbers(text, 3, 0xffffffff);
  return parts && { global: parts[0] ?? 0, local1: parts[1] ?? 0, local2: parts[2] ?? 0 };
}

export function formatLargeCommunity({ global, local1, local2 }: LargeCommunity): string {
  return `${global}:${local1}:${local2}`;
}

/** Subtypes of RFC 4360 §4 and §5. */
const EXTENDED_SUBTYPES: readonly (readonly [name: string, subtype: number])[] = [
  ["rt", 2],
  ["ro", 3],
];

/** "rt:64512:100", "ro:10.0.0.1:5", or all eight octets: "0x0002fc0000000064". */
export function parseExtendedCommunity(text: string): bigint | undefined {
  if (/^0x[0-9a-fA-F]{16}$/.test(text)) return BigInt(text);
  const [name, administrator = "", assigned = "", ...rest] = text.split(":");
  const subtype = EXTENDED_SUBTYPES.find(([known]) => known === name)?.[1];
  if (subtype === undefined || rest.length > 0 || !/^\d{1,10}$/.test(assigned)) return undefined;
  const value = Number(assigned);
  const address = parseAddress(administrator);
  if (address) return value <= 0xffff ? extended(1, subtype, addressToNumber(address), value) : undefined;
  const asn = Number(administrator);
  if (!/^\d{1,10}$/.test(administrator) || asn > 0xffffffff) return undefined;
  if (asn > 0xffff) return value <= 0xffff ? extended(2, subtype, asn, value) : undefined; // RFC 5668
  return value <= 0xffffffff ? (BigInt(subtype) << 48n) | (BigInt(asn) << 32n) | BigInt(value) : undefined;
}

export function formatExtendedCommunity(community: bigint): string {
  return `0x${community.toString(16).padStart(16, "0")}`;
}

function extended(type: number, subtype: number, administrator: number, assigned: number): bigint {
  return (BigInt(type) << 56n) | (BigInt(subtype) << 48n) | (BigInt(administrator) << 16n) | BigInt(assigned);
}

function numbers(text: string, count: number, maximum: number): readonly number[] | undefined {
  const parts = text.split(":");
  if (parts.length !== count || !parts.every((part) => /^\d{1,10}$/.test(part))) return undefined;
  const values = parts.map(Number);
  return values.every((value) => value <= maximum) ? values : undefined;
}
