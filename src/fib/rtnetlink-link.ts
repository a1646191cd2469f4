/**
 * Links and their addresses, as rtnetlink tells them.
 * Pure. The layouts of linux/if_link.h and linux/if_addr.h.
 */

import { type IpAddress, addressFromBytes } from "../ip/address.ts";
import { type Prefix, hostPrefix, prefixFromBytes } from "../ip/prefix.ts";
import { AF_INET, AF_INET6, AF_UNSPEC, DatagramWriter, FLAG, MESSAGE, type MessageAt, eachAttribute, latin1, u32At } from "./rtnetlink.ts";

const LINK_STRUCT_BYTES = 16; // ifinfomsg
const ADDRESS_STRUCT_BYTES = 8; // ifaddrmsg
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_LOWER_UP = 0x10000;
const IFLA_IFNAME = 3;
const IFLA_EXT_MASK = 29;
const SKIP_STATISTICS = 8; // RTEXT_FILTER_SKIP_STATS: a third of the bytes
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly state: "down" | "no-carrier" | "up";
  readonly loopback: boolean;
}

/** One address of this host. */
export interface LinkAddress {
  readonly link: number;
  readonly address: IpAddress;
  /** What can be reached through it on the link: the other end's where there is one. */
  readonly network: Prefix;
}

export function readLink(message: MessageAt): Link | undefined {
  const { bytes, at, end } = message;
  if (!isOfLinkItself(message)) return undefined;
  const flags = u32At(bytes, at + 8);
  let name = "";
  eachAttribute(bytes, at + LINK_STRUCT_BYTES, end, (type, valueAt, length) => {
    if (type === IFLA_IFNAME) name = latin1(bytes, valueAt, length - 1);
  });
  const state = (flags & IFF_UP) === 0 ? "down" : (flags & IFF_LOWER_UP) === 0 ? "no-carrier" : "up";
  return { index: u32At(bytes, at + 4), name, state, loopback: (flags & IFF_LOOPBACK) !== 0 };
}

/** False: told by a bridge of one of its ports. "Deleted" there means that the port left the bridge, and the link goes on. */
export function isOfLinkItself({ bytes, at, end }: MessageAt): boolean {
  return end - at >= LINK_STRUCT_BYTES && bytes[at] === AF_UNSPEC;
}

/** The address that is this host's own: on a point-to-point link IFA_ADDRESS is the other end's. */
export function readAddress(message: MessageAt): LinkAddress | undefined {
  const { bytes, at, end } = message;
  const version = bytes[at] === AF_INET ? 4 : bytes[at] === AF_INET6 ? 6 : undefined;
  if (version === undefined || end - at < ADDRESS_STRUCT_BYTES) return undefined;
  let local: IpAddress | undefined;
  let network: Prefix | undefined;
  eachAttribute(bytes, at + ADDRESS_STRUCT_BYTES, end, (type, valueAt, length) => {
    if (length !== (version === 4 ? 4 : 16)) return;
    if (type === IFA_LOCAL) local = addressFromBytes(bytes, valueAt, version);
    if (type === IFA_ADDRESS) network = prefixFromBytes(bytes.subarray(valueAt, valueAt + length), 0, bytes[at + 1] as number, version);
    if (type === IFA_ADDRESS) local ??= addressFromBytes(bytes, valueAt, version);
  });
  return local && { link: u32At(bytes, at + 4), address: local, network: network ?? hostPrefix(local) };
}

export function linkDumpRequest(seq: number): Uint8Array {
  const writer = new DatagramWriter(64);
  writer.begin(MESSAGE.getLink, FLAG.request | FLAG.dump, seq);
  writer.octets(new Uint8Array(LINK_STRUCT_BYTES));
  writer.attributeU32(IFLA_EXT_MASK, SKIP_STATISTICS);
  writer.finish();
  return writer.take();
}

export function addressDumpRequest(seq: number): Uint8Array {
  const writer = new DatagramWriter(64);
  writer.begin(MESSAGE.getAddress, FLAG.request | FLAG.dump, seq);
  writer.octets(new Uint8Array(ADDRESS_STRUCT_BYTES));
  writer.finish();
  return writer.take();
}
