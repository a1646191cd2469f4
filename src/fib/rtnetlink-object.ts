/**
 * Nexthop objects, as rtnetlink tells them: a way out of this host that routes name by its number.
 * Pure. The layouts of linux/nexthop.h.
 *
 *   nhmsg: u8 family, scope, protocol, reserved; u32 flags
 *   nexthop_grp (in NHA_GROUP): u32 object, u8 weight - 1, u8 weight's high octet, u16 reserved
 */

import { type IpAddress, addressFromBytes } from "../ip/address.ts";
import { DatagramWriter, FLAG, MESSAGE, type MessageAt, eachAttribute, u32At } from "./rtnetlink.ts";
import { HOP_DEAD, HOP_ONLINK, type Hop } from "./rtnetlink-route.ts";

const OBJECT_STRUCT_BYTES = 8; // nhmsg
const MEMBER_BYTES = 8; // nexthop_grp
const NHA = { id: 1, group: 2, blackhole: 4, oif: 5, gateway: 6 } as const;

export interface NextHopObject {
  readonly id: number;
  readonly leads: ObjectTarget;
}

/** `nowhere`: to a device that the kernel does not use now, or to none. A group's members are no groups. */
export type ObjectTarget =
  | { readonly kind: "hop"; readonly hop: Hop }
  | { readonly kind: "group"; readonly members: readonly number[] }
  | { readonly kind: "blackhole" | "nowhere" };

/** Undefined: it says no number, which no whole message leaves away. */
export function readObject({ bytes, at, end }: MessageAt): NextHopObject | undefined {
  if (end - at < OBJECT_STRUCT_BYTES) return undefined;
  const flags = u32At(bytes, at + 4);
  let id = 0;
  let device = 0;
  let gateway: IpAddress | undefined;
  let members: readonly number[] | undefined;
  let isBlackhole = false;
  eachAttribute(bytes, at + OBJECT_STRUCT_BYTES, end, (type, valueAt, length) => {
    if (type === NHA.id && length === 4) id = u32At(bytes, valueAt);
    if (type === NHA.oif && length === 4) device = u32At(bytes, valueAt);
    if (type === NHA.gateway && (length === 4 || length === 16)) gateway = addressFromBytes(bytes, valueAt, length === 4 ? 4 : 6);
    if (type === NHA.group) members = readMembers(bytes, valueAt, length);
    if (type === NHA.blackhole) isBlackhole = true;
  });
  if (id === 0) return undefined;
  if (members) return { id, leads: { kind: "group", members } };
  if (isBlackhole) return { id, leads: { kind: "blackhole" } };
  if (device === 0 || (flags & HOP_DEAD) !== 0) return { id, leads: { kind: "nowhere" } };
  return { id, leads: { kind: "hop", hop: { device, gateway, onLink: (flags & HOP_ONLINK) !== 0 } } };
}

function readMembers(bytes: Uint8Array, at: number, length: number): readonly number[] {
  return Array.from({ length: Math.floor(length / MEMBER_BYTES) }, (_, i) => u32At(bytes, at + i * MEMBER_BYTES));
}

/** A kernel before 5.3 has no such thing, and says so. */
export function objectDumpRequest(seq: number): Uint8Array {
  const writer = new DatagramWriter(64);
  writer.begin(MESSAGE.getNextHop, FLAG.request | FLAG.dump, seq);
  writer.octets(new Uint8Array(OBJECT_STRUCT_BYTES));
  writer.finish();
  return writer.take();
}
