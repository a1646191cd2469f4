/**
 * Prefixes: parse, format, contain, normalise.
 * Pure. Text form "address/length" with the host bits zero.
 *
 * Like IpAddress, a Prefix is its canonical text and belongs to the edges (configuration, show, kernel);
 * the RIB knows prefixes by number.
 */

import { type IpAddress, type IpVersion, addressBytesOf, addressFromBytes, addressToBytes, parseAddress, versionOf } from "./address.ts";
import type { Brand } from "./brand.ts";

/** Canonical text of one prefix: "10.65.0.0/26". */
export type Prefix = Brand<string, "Prefix">;

/** The prefix written in `text`, host bits cleared, or undefined when it is none. A length is required. */
export function parsePrefix(text: string): Prefix | undefined {
  const [addressText = "", lengthText = "", ...rest] = text.split("/");
  const address = parseAddress(addressText);
  if (!address || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined;
  const length = Number(lengthText);
  const version = versionOf(address);
  return length <= maxLength(version) ? prefixFromBytes(addressToBytes(address), 0, length, version) : undefined;
}

/**
 * The prefix of `length` bits whose leading octets start at `at`, as in RFC 4271 §4.3: ceil(length / 8) octets,
 * bits beyond the length irrelevant.
 */
export function prefixFromBytes(bytes: Uint8Array, at: number, length: number, version: IpVersion): Prefix {
  const full = new Uint8Array(addressBytesOf(version));
  full.set(bytes.subarray(at, at + ((length + 7) >> 3)));
  clearHostBits(full, length);
  return `${addressFromBytes(full, 0, version)}/${length}` as Prefix;
}

/** The prefix that holds one address only. */
export function hostPrefix(address: IpAddress): Prefix {
  return `${address}/${maxLength(versionOf(address))}` as Prefix;
}

/** All 4 or 16 octets of the prefix's address. */
export function prefixToBytes(prefix: Prefix): Uint8Array {
  return addressToBytes(prefixAddress(prefix));
}

export function prefixAddress(prefix: Prefix): IpAddress {
  return prefix.slice(0, prefix.indexOf("/")) as IpAddress;
}

/** Length in bits. */
export function prefixLength(prefix: Prefix): number {
  return Number(prefix.slice(prefix.indexOf("/") + 1));
}

export function prefixVersion(prefix: Prefix): IpVersion {
  return prefix.includes(":") ? 6 : 4;
}

/** Is every address of `inner` in `outer`? */
export function contains(outer: Prefix, inner: Prefix): boolean {
  const bits = prefixLength(outer);
  if (prefixVersion(outer) !== prefixVersion(inner) || prefixLength(inner) < bits) return false;
  return agreeOnBits(prefixToBytes(outer), prefixToBytes(inner), bits);
}

export function containsAddress(outer: Prefix, address: IpAddress): boolean {
  return contains(outer, hostPrefix(address));
}

/** IPv4 before IPv6, then by address, then the shorter first: the order of a printed table. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  const left = prefixToBytes(a);
  const right = prefixToBytes(b);
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return prefixLength(a) - prefixLength(b);
}

/** Longest length of that version: 32 or 128. */
export function maxLength(version: IpVersion): 32 | 128 {
  return version === 4 ? 32 : 128;
}

/** Do the first `bits` bits of both agree? */
export function agreeOnBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (((a[whole] ?? 0) ^ (b[whole] ?? 0)) & (0xff << (8 - rest)) & 0xff) === 0;
}

function clearHostBits(bytes: Uint8Array, length: number): void {
  for (let i = 0; i < bytes.length; i++) {
    const keep = Math.min(8, Math.max(0, length - 8 * i));
    bytes[i] = (bytes[i] ?? 0) & (0xff << (8 - keep)) & 0xff;
  }
}
