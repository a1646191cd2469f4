/**
 * Routes as rtnetlink writes and tells them.
 * Pure. The layouts of linux/rtnetlink.h.
 *
 *   rtmsg: u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags
 *   rtnexthop (in RTA_MULTIPATH): u16 length, u8 flags, u8 weight - 1, s32 interface, then attributes
 */

import { type IpAddress, addressFromBytes, addressToBytes, versionOf } from "../ip/address.ts";
import type { Family } from "../bgp/wire/context.ts";
import { AF_INET, AF_INET6, DatagramWriter, FLAG, HEADER_BYTES, MESSAGE, type MessageAt, align, eachAttribute, u16At, u32At } from "./rtnetlink.ts";

export const ROUTE_TYPE = { unicast: 1, blackhole: 6, unreachable: 7, prohibit: 8 } as const;
export const MAIN_TABLE = 254;

const ROUTE_STRUCT_BYTES = 12;
const HOP_STRUCT_BYTES = 8;
const SCOPE_NOWHERE = 255; // in a delete request: whatever scope it has
const RTM_F_CLONED = 0x200;
export const HOP_DEAD = 1; // RTNH_F_DEAD
export const HOP_ONLINK = 4;
const RTA = { dst: 1, oif: 4, gateway: 5, priority: 6, prefSrc: 7, metrics: 8, multipath: 9, table: 15, via: 18, encapsulation: 22, nextHopId: 30 } as const;
const IPV6_DEFAULT_METRIC = 1024; // what the kernel makes of "no metric" in IPv6
/** Hops beyond these are left out of a route; as many as a configuration may ask for. */
export const MAX_HOPS = 64;
/** No request is longer: MAX_HOPS take half of it. */
export const MAX_REQUEST_BYTES = 4096;

export const FAMILY_NUMBER: { readonly [F in Family]: number } = { ipv4: AF_INET, ipv6: AF_INET6 };

/** One next hop. */
export interface Hop {
  readonly device: number;
  /** undefined: the destination itself is on that link. */
  readonly gateway: IpAddress | undefined;
  /** The kernel is to believe that the gateway is on the link although no address of ours says so. */
  readonly onLink: boolean;
}

/** What a route does with packets; `other` is a kind that this speaker never writes. */
export type RouteTarget =
  | { readonly kind: "via"; readonly hops: readonly Hop[]; readonly source: IpAddress | undefined }
  | { readonly kind: "blackhole" | "unreachable" | "prohibit" }
  | { readonly kind: "other"; readonly type: number };

/** Whose a route is, and its place among the routes to its prefix. */
export interface RouteOwner {
  readonly protocol: number;
  readonly table: number;
  readonly metric: number;
}

/** Everything of a request behind the destination; the same octets for every route with that target. */
export interface EncodedTarget {
  readonly type: number;
  readonly flags: number;
  readonly attributes: Uint8Array;
}

/** The metric by which two routes of this family stand in one place: in IPv6 none is the same as 1024. */
export function placeMetric(family: Family, metric: number): number {
  return family === "ipv6" && metric === IPV6_DEFAULT_METRIC ? 0 : metric;
}

/** One request, and the attributes that go into it: used again for every next hop, and a table has a thousand. */
const REQUEST = new DatagramWriter(MAX_REQUEST_BYTES);
const ATTRIBUTES = new DatagramWriter(MAX_REQUEST_BYTES);

export function encodeTarget(family: Family, target: RouteTarget, owner: RouteOwner): EncodedTarget {
  const writer = ATTRIBUTES;
  const hops = target.kind === "via" ? target.hops : [];
  const [only] = hops;
  if (hops.length > 1) writer.attribute(RTA.multipath, encodeHops(family, hops));
  else if (only) writeHop(writer, family, only);
  if (owner.metric !== 0) writer.attributeU32(RTA.priority, owner.metric);
  if (target.kind === "via" && target.source) writer.attribute(RTA.prefSrc, addressToBytes(target.source));
  if (owner.table > 255) writer.attributeU32(RTA.table, owner.table);
  const flags = hops.length === 1 && only?.onLink ? HOP_ONLINK : 0;
  return { type: typeNumber(target), flags, attributes: writer.take() };
}

function typeNumber(target: RouteTarget): number {
  if (target.kind === "other") return target.type;
  return ROUTE_TYPE[target.kind === "via" ? "unicast" : target.kind];
}

function encodeHops(family: Family, hops: readonly Hop[]): Uint8Array {
  const all = new DatagramWriter(MAX_REQUEST_BYTES);
  for (const hop of hops) {
    const gateway = new DatagramWriter(64);
    writeGateway(gateway, family, hop.gateway);
    all.u16(HOP_STRUCT_BYTES + gateway.length);
    all.u8(hop.onLink ? HOP_ONLINK : 0);
    all.u8(0);
    all.u32(hop.device);
    all.octets(gateway.take());
  }
  return all.take();
}

function writeHop(writer: DatagramWriter, family: Family, hop: Hop): void {
  writeGateway(writer, family, hop.gateway);
  writer.attributeU32(RTA.oif, hop.device);
}

function writeGateway(writer: DatagramWriter, family: Family, gateway: IpAddress | undefined): void {
  if (!gateway) return;
  const octets = addressToBytes(gateway);
  if (family === "ipv6" || versionOf(gateway) === 4) return writer.attribute(RTA.gateway, octets);
  writer.attribute(RTA.via, Uint8Array.of(AF_INET6, 0, ...octets)); // RFC 8950: IPv4 through an IPv6 neighbour
}

/** The destination of a request: `address` has all octets of its family. */
export interface Destination {
  readonly family: Family;
  readonly address: Uint8Array;
  readonly bits: number;
}

export function writeRoute(writer: DatagramWriter, flags: number, seq: number, to: Destination, target: EncodedTarget, owner: RouteOwner): void {
  writer.begin(MESSAGE.newRoute, flags, seq);
  writeRouteStruct(writer, to, owner, 0, target.type, target.flags);
  writer.attribute(RTA.dst, to.address);
  writer.octets(target.attributes);
  writer.finish();
}

/** The protocol stands in it, so that nobody else's route can be meant. */
export function writeRouteDelete(writer: DatagramWriter, seq: number, to: Destination & { readonly tos?: number }, owner: RouteOwner): void {
  writer.begin(MESSAGE.delRoute, FLAG.request, seq);
  writeRouteStruct(writer, to, owner, SCOPE_NOWHERE, 0, 0);
  writer.attribute(RTA.dst, to.address);
  const metric = owner.metric === 0 && to.family === "ipv6" ? IPV6_DEFAULT_METRIC : owner.metric;
  if (metric !== 0) writer.attributeU32(RTA.priority, metric);
  if (owner.table > 255) writer.attributeU32(RTA.table, owner.table);
  writer.finish();
}

function writeRouteStruct(writer: DatagramWriter, to: Destination & { readonly tos?: number }, owner: RouteOwner, scope: number, type: number, flags: number): void {
  writer.u8(FAMILY_NUMBER[to.family]);
  writer.u8(to.bits);
  writer.u8(0); // no source prefix
  writer.u8(to.tos ?? 0);
  writer.u8(owner.table > 255 ? 0 : owner.table);
  writer.u8(owner.protocol);
  writer.u8(scope);
  writer.u8(type);
  writer.u32(flags);
}

/** A whole request but for its destination, in words: the same for every route that has this target. */
export type RouteTemplate = Uint32Array;

const ANYWHERE: { readonly [F in Family]: Destination } = {
  ipv4: { family: "ipv4", address: new Uint8Array(4), bits: 0 },
  ipv6: { family: "ipv6", address: new Uint8Array(16), bits: 0 },
};
const BITS_AT = HEADER_BYTES + 1;
const DESTINATION_AT = HEADER_BYTES + ROUTE_STRUCT_BYTES + 4; // RTA_DST comes first

export function routeTemplate(family: Family, target: RouteTarget, owner: RouteOwner): RouteTemplate {
  writeRoute(REQUEST, 0, 0, ANYWHERE[family], encodeTarget(family, target, owner), owner);
  return wordsOf(REQUEST.take());
}

export function removalTemplate(family: Family, owner: RouteOwner): RouteTemplate {
  writeRouteDelete(REQUEST, 0, ANYWHERE[family], owner);
  return wordsOf(REQUEST.take());
}

function wordsOf(message: Uint8Array): RouteTemplate {
  return new Uint32Array(message.buffer, message.byteOffset, message.length >> 2);
}

/** The request of that template for this destination: thirteen words to copy for an IPv4 route through one gateway. */
export function writeFromTemplate(writer: DatagramWriter, template: RouteTemplate, flags: number, seq: number, to: Destination): void {
  const start = writer.copy(template, flags, seq);
  writer.overwrite(start + BITS_AT, to.bits);
  const { address } = to;
  for (let i = 0; i < address.length; i++) writer.overwrite(start + DESTINATION_AT + i, address[i] as number);
}

/** Asks for every route of one table, or of one protocol in it; zero: of all. Exact only with strict checking on. */
export function routeDumpRequest(seq: number, family: Family, filter: { readonly table: number; readonly protocol: number }): Uint8Array {
  const writer = new DatagramWriter(64);
  writer.begin(MESSAGE.getRoute, FLAG.request | FLAG.dump, seq);
  writer.u8(FAMILY_NUMBER[family]);
  writer.octets(new Uint8Array(3));
  writer.u8(filter.table > 255 ? 0 : filter.table);
  writer.u8(filter.protocol);
  writer.u16(0);
  writer.u32(0);
  if (filter.table > 255) writer.attributeU32(RTA.table, filter.table);
  writer.finish();
  return writer.take();
}

/** One route as the kernel tells it: filled again for every message, because a dump has a million. */
export class RouteReader {
  family: Family = "ipv4";
  bits = 0;
  tos = 0;
  table = 0;
  protocol = 0;
  type = 0;
  metric = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the destination's octets stand; undefined: the default route. */
  destinationAt: number | undefined;
  #flags = 0;
  #device = 0;
  #gatewayAt: number | undefined;
  #viaAt: number | undefined;
  #sourceAt: number | undefined;
  #multipath: { readonly at: number; readonly length: number } | undefined;
  #nextHopId = 0;
  #isEmbellished = false;
  readonly #visit = (type: number, at: number, length: number): void => this.#attribute(type, at, length);

  /** Reads the message; "skip": not a route of IPv4 or IPv6, or a cached copy of one, or one for some senders only. */
  read(message: MessageAt): "route" | "skip" {
    const { bytes, at, end } = message;
    const number = bytes[at];
    if (end - at < ROUTE_STRUCT_BYTES || (number !== AF_INET && number !== AF_INET6)) return "skip";
    if (bytes[at + 2] !== 0) return "skip"; // a source prefix: such a route stands beside those without, and is in nobody's way
    this.bytes = bytes;
    this.family = number === AF_INET ? "ipv4" : "ipv6";
    this.bits = bytes[at + 1] as number;
    this.tos = bytes[at + 3] as number;
    this.table = bytes[at + 4] as number;
    this.protocol = bytes[at + 5] as number;
    this.type = bytes[at + 7] as number;
    this.#flags = u32At(bytes, at + 8);
    this.metric = this.#device = this.#nextHopId = 0;
    this.#isEmbellished = false;
    this.destinationAt = this.#gatewayAt = this.#viaAt = this.#sourceAt = this.#multipath = undefined;
    eachAttribute(bytes, at + ROUTE_STRUCT_BYTES, end, this.#visit);
    this.metric = placeMetric(this.family, this.metric);
    return (this.#flags & RTM_F_CLONED) === 0 ? "route" : "skip";
  }

  /** One hop, neither dead nor through a nexthop object, without a source: by far the most routes; `gatewayAt` is 4 or 16 octets. */
  plainHop(): { readonly device: number; readonly gatewayAt: number; readonly onLink: boolean } | undefined {
    if (this.type !== ROUTE_TYPE.unicast || this.#multipath || this.hasWhatWeNeverWrite) return undefined;
    if (this.#gatewayAt === undefined || this.#sourceAt !== undefined) return undefined;
    return { device: this.#device, gatewayAt: this.#gatewayAt, onLink: (this.#flags & HOP_ONLINK) !== 0 };
  }

  target(): RouteTarget {
    if (this.type === ROUTE_TYPE.blackhole) return { kind: "blackhole" };
    if (this.type === ROUTE_TYPE.unreachable) return { kind: "unreachable" };
    if (this.type === ROUTE_TYPE.prohibit) return { kind: "prohibit" };
    if (this.type !== ROUTE_TYPE.unicast) return { kind: "other", type: this.type };
    const source = this.#sourceAt === undefined ? undefined : this.#address(this.#sourceAt);
    const knowsNoHop = this.#nextHopId !== 0 && !this.#multipath && this.#device === 0; // only the nexthop object does
    return { kind: "via", hops: knowsNoHop ? [] : this.#hops(), source };
  }

  /** Through a nexthop object: it goes with that without a word. */
  get object(): number | undefined {
    return this.#nextHopId === 0 ? undefined : this.#nextHopId;
  }

  /** Through a nexthop object, or with weights, an MTU or an encapsulation: whoever put it there, it is not as we put it. */
  get hasWhatWeNeverWrite(): boolean {
    if (this.#nextHopId !== 0 || this.#isEmbellished) return true;
    let hasWeights = false;
    if (this.#multipath) this.#eachListedHop(this.#multipath, (at) => (hasWeights ||= this.bytes[at + 3] !== 0));
    return hasWeights;
  }

  /** Shows the device of every hop that the kernel does not use now, but will again without a word. */
  eachDeadDevice(visit: (device: number) => void): void {
    const list = this.#multipath;
    if (!list) {
      if ((this.#flags & HOP_DEAD) !== 0) visit(this.#device);
      return;
    }
    this.#eachListedHop(list, (at, _, flags) => {
      if ((flags & HOP_DEAD) !== 0) visit(u32At(this.bytes, at + 4));
    });
  }

  #attribute(type: number, at: number, length: number): void {
    switch (type) {
      case RTA.dst: this.destinationAt = at; break;
      case RTA.oif: this.#device = u32At(this.bytes, at); break;
      case RTA.gateway: this.#gatewayAt = at; break;
      case RTA.priority: this.metric = u32At(this.bytes, at); break;
      case RTA.prefSrc: this.#sourceAt = at; break;
      case RTA.multipath: this.#multipath = { at, length }; break;
      case RTA.table: this.table = u32At(this.bytes, at); break;
      case RTA.via: this.#viaAt = at; break;
      case RTA.nextHopId: this.#nextHopId = u32At(this.bytes, at); break;
      case RTA.metrics: case RTA.encapsulation: this.#isEmbellished = true; break;
    }
  }

  #hops(): readonly Hop[] {
    const list = this.#multipath;
    if (!list) {
      if ((this.#flags & HOP_DEAD) !== 0) return [];
      return [{ device: this.#device, gateway: this.#gateway(this.#gatewayAt, this.#viaAt), onLink: (this.#flags & HOP_ONLINK) !== 0 }];
    }
    const hops: Hop[] = [];
    this.#eachListedHop(list, (at, length, flags) => {
      if ((flags & HOP_DEAD) === 0) hops.push(this.#hopAt(at, length, flags));
    });
    return hops;
  }

  #eachListedHop(list: { readonly at: number; readonly length: number }, visit: (at: number, length: number, flags: number) => void): void {
    for (let at = list.at; at + HOP_STRUCT_BYTES <= list.at + list.length; ) {
      const length = u16At(this.bytes, at);
      if (length < HOP_STRUCT_BYTES) return;
      visit(at, length, this.bytes[at + 2] as number);
      at += align(length);
    }
  }

  #hopAt(at: number, length: number, flags: number): Hop {
    let gatewayAt: number | undefined;
    let viaAt: number | undefined;
    eachAttribute(this.bytes, at + HOP_STRUCT_BYTES, at + length, (type, valueAt) => {
      if (type === RTA.gateway) gatewayAt = valueAt;
      if (type === RTA.via) viaAt = valueAt;
    });
    return { device: u32At(this.bytes, at + 4), gateway: this.#gateway(gatewayAt, viaAt), onLink: (flags & HOP_ONLINK) !== 0 };
  }

  #gateway(gatewayAt: number | undefined, viaAt: number | undefined): IpAddress | undefined {
    if (gatewayAt !== undefined) return this.#address(gatewayAt);
    if (viaAt === undefined) return undefined;
    return addressFromBytes(this.bytes, viaAt + 2, u16At(this.bytes, viaAt) === AF_INET ? 4 : 6);
  }

  #address(at: number): IpAddress {
    return addressFromBytes(this.bytes, at, this.family === "ipv4" ? 4 : 6);
  }
}
