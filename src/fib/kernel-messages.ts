/**
 * The kernel's side of rtnetlink, as bytes: links, addresses, routes and acknowledgements, for simulated kernels.
 * Pure. The other half of rtnetlink.ts, rtnetlink-link.ts and rtnetlink-route.ts.
 */

import { type IpAddress, addressToBytes } from "../ip/address.ts";
import { AF_INET, AF_INET6, DatagramWriter, FLAG, HEADER_BYTES, MESSAGE, type MessageAt } from "./rtnetlink.ts";
import { type Destination, type RouteOwner, type RouteTarget, encodeTarget, writeRoute } from "./rtnetlink-route.ts";

const IFF_UP_AND_RUNNING = 0x1 | 0x40 | 0x10000;
const IFLA_IFNAME = 3;
const IFA_ADDRESS = 1;
const RTA_NH_ID = 30;
const NHA_ID = 1;
const NETWORK_BITS = { 4: 24, 6: 64 } as const;

export interface SimulatedLink {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
}

export function encodeLink({ index, name, up }: SimulatedLink, seq: number): Uint8Array {
  const writer = new DatagramWriter(128);
  writer.begin(MESSAGE.newLink, 0, seq);
  writer.u32(0);
  writer.u32(index);
  writer.u32(up ? IFF_UP_AND_RUNNING : 0);
  writer.u32(0);
  writer.attribute(IFLA_IFNAME, new TextEncoder().encode(`${name}\0`));
  writer.finish();
  return writer.take();
}

export function encodeAddress(address: IpAddress, link: number, seq: number): Uint8Array {
  const octets = addressToBytes(address);
  const isV4 = octets.length === 4;
  const writer = new DatagramWriter(128);
  writer.begin(MESSAGE.newAddress, 0, seq);
  writer.octets(Uint8Array.of(isV4 ? AF_INET : AF_INET6, NETWORK_BITS[isV4 ? 4 : 6], 0, 0));
  writer.u32(link);
  writer.attribute(IFA_ADDRESS, octets);
  writer.finish();
  return writer.take();
}

export interface RouteMessageOptions {
  readonly as?: "newRoute" | "delRoute";
  readonly flags?: number;
  readonly seq?: number;
  /** The nexthop object that it leads through. */
  readonly object?: number | undefined;
}

/** A route that is there, or with `as` one that came or went. */
export function encodeRoute(to: Destination, target: RouteTarget, owner: RouteOwner, { as = "newRoute", flags = 0, seq = 0, object }: RouteMessageOptions): Uint8Array {
  const writer = new DatagramWriter(4096);
  writeRoute(writer, flags, seq, to, encodeTarget(to.family, target, owner), owner);
  if (object !== undefined) {
    writer.attributeU32(RTA_NH_ID, object);
    writer.finish();
  }
  const message = writer.take();
  message[4] = MESSAGE[as];
  return message;
}

/** A nexthop object is gone; of its routes nothing is said. */
export function encodeNextHopRemoval(object: number): Uint8Array {
  const writer = new DatagramWriter(64);
  writer.begin(MESSAGE.delNextHop, 0, 0);
  writer.octets(Uint8Array.of(AF_INET, 0, 0, 0)); // nhmsg: family, scope, protocol, reserved
  writer.u32(0);
  writer.attributeU32(NHA_ID, object);
  writer.finish();
  return writer.take();
}

/** The answer to a request that wanted one, or failed. */
export function encodeAcknowledgement({ bytes, at, seq }: MessageAt, errno: number): Uint8Array {
  const writer = new DatagramWriter(64);
  writer.begin(MESSAGE.error, FLAG.replace, seq); // NLM_F_CAPPED: the request's header alone comes back
  writer.u32(-errno);
  writer.octets(bytes.subarray(at - HEADER_BYTES, at));
  writer.finish();
  return writer.take();
}

export function encodeEndOfDump(seq: number): Uint8Array {
  const writer = new DatagramWriter(64);
  writer.begin(MESSAGE.done, 2, seq); // NLM_F_MULTI
  writer.u32(0);
  writer.finish();
  return writer.take();
}
