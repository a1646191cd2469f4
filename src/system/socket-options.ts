/**
 * Options of sockets that Node does not offer, as setsockopt(2) of Linux wants them.
 * Pure. TCP MD5 signatures of RFC 2385, the TTL of RFC 5082, the DSCP of RFC 2474.
 *
 * struct tcp_md5sig, 216 octets in the byte order of the host:
 *
 *   0                  128     129      130       132       136
 *   +------------------+-------+--------+---------+---------+----------+
 *   | sockaddr_storage | flags | length | key len | ifindex | key      |
 *   +------------------+-------+--------+---------+---------+----------+
 *   AF_INET has its address at 4, AF_INET6 at 8
 */

import { type IpVersion, addressToBytes } from "../ip/address.ts";
import { type Prefix, maxLength, prefixAddress, prefixLength, prefixVersion } from "../ip/prefix.ts";

/** One call of setsockopt(2). */
export interface SocketOption {
  /** For people: "TCP MD5 key for 10.0.0.2/32". Never says what is secret. */
  readonly name: string;
  readonly level: number;
  readonly code: number;
  readonly value: Uint8Array;
}

/** What follows the socket's IP version has a code for each. */
const IP_CODES = {
  trafficClass: { 4: [0, 1], 6: [41, 67] }, // IP_TOS, IPV6_TCLASS
  ttl: { 4: [0, 2], 6: [41, 16] }, // IP_TTL, IPV6_UNICAST_HOPS
  minTtl: { 4: [0, 21], 6: [41, 73] }, // IP_MINTTL, IPV6_MINHOPCOUNT
} as const satisfies { readonly [name: string]: { readonly [Version in IpVersion]: Code } };

const BIND_TO_DEVICE: Code = [1, 25]; // SOL_SOCKET, SO_BINDTODEVICE
const USER_TIMEOUT: Code = [6, 18]; // IPPROTO_TCP, TCP_USER_TIMEOUT
const MD5_KEY: Code = [6, 14]; // TCP_MD5SIG
const MD5_KEY_OF_PREFIX: Code = [6, 32]; // TCP_MD5SIG_EXT

type Code = readonly [level: number, code: number];

const AF_INET = 2;
const AF_INET6 = 10;
const MD5_STRUCT_BYTES = 216;
const MD5_FLAG_PREFIX = 1;
const MD5_FLAGS_AT = 128;
const MD5_KEY_LENGTH_AT = 130;
const MD5_KEY_AT = 136;

/** Longest key there is room for (TCP_MD5SIG_MAXKEYLEN). */
export const MD5_KEY_BYTES = 80;

/** RFC 2474: six bits in front of the two of ECN. */
export function dscp(version: IpVersion, codePoint: number): SocketOption {
  return { name: `DSCP ${codePoint}`, ...coded(IP_CODES.trafficClass[version]), value: int(codePoint << 2) };
}

/** TTL or hop limit of what is sent. */
export function ttl(version: IpVersion, hops: number): SocketOption {
  return { name: `TTL ${hops}`, ...coded(IP_CODES.ttl[version]), value: int(hops) };
}

/** What arrives with a smaller TTL or hop limit is dropped by the kernel (RFC 5082). */
export function minTtl(version: IpVersion, hops: number): SocketOption {
  return { name: `lowest TTL ${hops}`, ...coded(IP_CODES.minTtl[version]), value: int(hops) };
}

/** Nothing leaves or arrives by another interface. */
export function device(name: string): SocketOption {
  return { name: `device ${name}`, ...coded(BIND_TO_DEVICE), value: new TextEncoder().encode(`${name}\0`) };
}

/** How long sent bytes may stay unacknowledged before the connection ends. */
export function userTimeout(ms: number): SocketOption {
  return { name: `TCP user timeout ${ms} ms`, ...coded(USER_TIMEOUT), value: int(ms) };
}

/**
 * The key for segments from and to every address of `prefix`; undefined takes it away. A socket of IP version 6 keeps the
 * keys of IPv4 peers under their mapped addresses, with the length that the IPv4 prefix has.
 */
export function md5Key(socketVersion: IpVersion, prefix: Prefix, key: Uint8Array | undefined): SocketOption {
  if (key && (key.length === 0 || key.length > MD5_KEY_BYTES)) throw new RangeError(`a key of 1 to ${MD5_KEY_BYTES} octets`);
  const value = new Uint8Array(MD5_STRUCT_BYTES);
  const view = new DataView(value.buffer);
  writeAddress(value, view, socketVersion, prefix);
  const length = prefixLength(prefix);
  const isRange = length < maxLength(prefixVersion(prefix));
  if (isRange) value.set([MD5_FLAG_PREFIX, length], MD5_FLAGS_AT);
  view.setUint16(MD5_KEY_LENGTH_AT, key?.length ?? 0, true);
  value.set(key ?? [], MD5_KEY_AT);
  return { name: `TCP MD5 key for ${prefix}`, ...coded(isRange ? MD5_KEY_OF_PREFIX : MD5_KEY), value };
}

function writeAddress(value: Uint8Array, view: DataView, socketVersion: IpVersion, prefix: Prefix): void {
  const octets = addressToBytes(prefixAddress(prefix));
  view.setUint16(0, socketVersion === 4 ? AF_INET : AF_INET6, true);
  if (socketVersion === 4) value.set(octets, 4);
  else if (octets.length === 16) value.set(octets, 8);
  else value.set([0xff, 0xff, ...octets], 8 + 10);
}

function coded([level, code]: Code): { readonly level: number; readonly code: number } {
  return { level, code };
}

/** A C int. */
function int(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}
