/**
 * IP addresses: parse, format, compare, classify.
 * Pure. Text forms: dotted quad for IPv4, RFC 5952 for IPv6.
 *
 * An IpAddress is its canonical text, so `===`, Map keys and JSON work on it. It lives where addresses are few
 * (peers, next hops, attribute sets that are interned); routes in bulk stay bytes in typed columns.
 */

import type { Brand } from "./brand.ts";

/** Canonical text of one address: "10.0.0.1", "2001:db8::1". */
export type IpAddress = Brand<string, "IpAddress">;

export type IpVersion = 4 | 6;

/** Octets of an address of that version: 4 or 16. */
export function addressBytesOf(version: IpVersion): 4 | 16 {
  return version === 4 ? 4 : 16;
}

export function versionOf(address: IpAddress): IpVersion {
  return address.includes(":") ? 6 : 4;
}

/** The address written in `text`, or undefined when it is none. Zones ("%eth0") are not part of an address. */
export function parseAddress(text: string): IpAddress | undefined {
  const bytes = text.includes(":") ? parseV6(text) : parseV4(text);
  return bytes && addressFromBytes(bytes, 0, bytes.length === 4 ? 4 : 6);
}

/** The address in the 4 or 16 octets of `bytes` that start at `at`. */
export function addressFromBytes(bytes: Uint8Array, at: number, version: IpVersion): IpAddress {
  return (version === 4 ? formatV4(bytes, at) : formatV6(bytes, at)) as IpAddress;
}

/** 4 or 16 octets in network order. */
export function addressToBytes(address: IpAddress): Uint8Array {
  return (versionOf(address) === 4 ? parseV4(address) : parseV6(address)) as Uint8Array;
}

/** An IPv4 address as an unsigned 32-bit number; router ids and cluster ids are written this way. */
export function addressToNumber(address: IpAddress): number {
  const bytes = addressToBytes(address);
  return new DataView(bytes.buffer).getUint32(0);
}

/** The dotted quad of an unsigned 32-bit number. */
export function addressFromNumber(value: number): IpAddress {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as IpAddress;
}

/** IPv4 before IPv6, then by value: the order of RFC 4271 §9.1.2.2 (g). */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  if (a === b) return 0;
  const left = addressToBytes(a);
  const right = addressToBytes(b);
  if (left.length !== right.length) return left.length - right.length;
  return compareBytes(left, right);
}

export function isUnspecified(address: IpAddress): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** Asked about every IPv6 next hop, so that it is seen from the text. */
export function isLinkLocal(address: IpAddress): boolean {
  return versionOf(address) === 4 ? address.startsWith("169.254.") : /^fe[89ab][0-9a-f]:/.test(address);
}

export function isLoopback(address: IpAddress): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** Multicast, and IPv4's class E with the limited broadcast: never the address of one host. */
export function isMulticastOrReserved(address: IpAddress): boolean {
  const first = addressToBytes(address)[0] ?? 0;
  return versionOf(address) === 4 ? first >= 224 : first === 0xff;
}

/** Digit by digit: attribute sets are told apart by their octets, and that is asked often. */
function parseV4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4);
  let index = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && text.charCodeAt(at) !== DOT) continue;
    const octet = parseOctet(text, start, at);
    if (octet === undefined || index === 4) return undefined;
    octets[index++] = octet;
    start = at + 1;
  }
  return index === 4 ? octets : undefined;
}

const DOT = 46;
const ZERO = 48;

/** One to three digits without a leading zero, 0 to 255. */
function parseOctet(text: string, from: number, to: number): number | undefined {
  if (to === from || to - from > 3 || (to - from > 1 && text.charCodeAt(from) === ZERO)) return undefined;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value <= 255 ? value : undefined;
}

function parseV6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const left = parseGroups(halves[0] ?? "");
  const right = parseGroups(halves[1] ?? "");
  if (!left || !right) return undefined;
  const missing = 16 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...left, ...Array<number>(missing).fill(0), ...right]);
}

/** Octets of colon-separated groups, the last of which may be a dotted quad. */
function parseGroups(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const octets: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (index === groups.length - 1 && group.includes(".")) {
      const quad = parseV4(group);
      if (!quad) return undefined;
      octets.push(...quad);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 255);
    }
  }
  return octets.length <= 16 ? octets : undefined;
}

function formatV4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function formatV6(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return `::ffff:${formatV4(bytes, at + 12)}`; // RFC 5952 §5
  const gap = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (gap.length < 2) return hex.join(":"); // RFC 5952 §4.2.2: a single zero group is written out
  return `${hex.slice(0, gap.start).join(":")}::${hex.slice(gap.start + gap.length).join(":")}`;
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
