/**
 * Shapes of the values that every configuration talks about: addresses, prefixes, AS numbers, communities.
 * Pure.
 */

import { addressToNumber, isMulticastOrReserved, isUnspecified, parseAddress, versionOf } from "../../ip/address.ts";
import { parsePrefix } from "../../ip/prefix.ts";
import type { Family } from "../../bgp/wire/context.ts";
import { type Shape, integer, list, oneOf, parsed, refined } from "./schema.ts";

export const address = parsed(parseAddress, 'an IPv4 or IPv6 address such as "172.17.8.101"');
/** One host's own: what can be dialled and what a call can come from; a mapped address arrives as the IPv4 one it is. */
export const hostAddress = refined(
  address,
  (value) => !isUnspecified(value) && !isMulticastOrReserved(value) && !/^::ffff:.*\./.test(value),
  'the address of one host such as "172.17.8.101"',
);
export const ipv4Address = parsed((input) => ofVersion(input, 4), 'an IPv4 address such as "172.17.8.101"');
export const ipv6Address = parsed((input) => ofVersion(input, 6), 'an IPv6 address such as "fd00::101"');

/** Host bits must be clear: "10.0.0.1/8" is more often a mistake than a habit. */
export const prefix = parsed((input) => {
  const value = parsePrefix(input);
  return value !== undefined && value.split("/")[1] === input.split("/")[1] && sameNetwork(input, value) ? value : undefined;
}, 'a prefix with clear host bits such as "192.168.18.64/26"');

/** RFC 6793; 0 is nobody (RFC 7607). */
export const asn = integer(1, 0xffffffff);

/** Unsigned 32 bit, written as an IPv4 address; 0 is nobody (RFC 6286). */
export const routerId: Shape<number> = refined(
  parsed((input) => {
    const id = ofVersion(input, 4);
    return id && addressToNumber(id);
  }, 'a router id such as "172.17.8.101"'),
  (id) => id !== 0,
  'a router id other than "0.0.0.0"',
);

export const port = integer(1, 65535);

export const families: Shape<readonly Family[]> = refined(
  list(oneOf(["ipv4", "ipv6"])),
  (names) => names.length > 0 && new Set(names).size === names.length,
  'at least one of "ipv4", "ipv6", each once',
);

/** 0 is no liveness check; 1 and 2 are forbidden (RFC 4271 §4.2). */
export const holdTimeSec = refined(integer(0, 65535), (seconds) => seconds === 0 || seconds >= 3, "0 (off) or 3 to 65535 seconds");

function ofVersion(input: string, version: 4 | 6) {
  const value = parseAddress(input);
  return value && versionOf(value) === version ? value : undefined;
}

function sameNetwork(input: string, canonical: string): boolean {
  return parseAddress(input.split("/")[0] ?? "") === canonical.split("/")[0];
}
