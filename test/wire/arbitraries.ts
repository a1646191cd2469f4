/** Random values of this floor, valid ones: what a peer may send and what we may tell. */

import fc from "fast-check";
import { addressFromBytes } from "../../src/ip/address.ts";
import { prefixFromBytes } from "../../src/ip/prefix.ts";
import { type CodecContext, type Family, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import type { AsPathSegment, NextHop, PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { Capability, NlriBlock, Open } from "../../src/bgp/wire/message-types.ts";
import type { NlriEntry } from "../../src/bgp/wire/nlri.ts";

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
/** Small and large AS numbers alike: those that need four octets are the interesting ones. */
const asn = fc.oneof(fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 1, max: 0xffffffff }));

const v4Host = fc
  .tuple(fc.integer({ min: 1, max: 223 }), u8, u8, u8)
  .map((octets) => addressFromBytes(Uint8Array.from(octets), 0, 4));
const v6Host = fc
  .uint8Array({ minLength: 14, maxLength: 14 })
  .map((tail) => addressFromBytes(Uint8Array.of(0x20, 0x01, ...tail), 0, 6));
const v6LinkLocal = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((tail) => addressFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...tail), 0, 6));

export const v4NextHop: fc.Arbitrary<NextHop> = v4Host.map((address) => ({ address }));
export const v6NextHop: fc.Arbitrary<NextHop> = fc
  .tuple(v6Host, fc.option(v6LinkLocal, { nil: undefined }))
  .map(([address, linkLocal]) => (linkLocal === undefined ? { address } : { address, linkLocal }));

function segment(kinds: readonly AsPathSegment["kind"][]): fc.Arbitrary<AsPathSegment> {
  return fc.record({ kind: fc.constantFrom(...kinds), asns: fc.array(asn, { minLength: 1, maxLength: 255, size: "medium" }) });
}

function nonEmpty<Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<readonly Item[]> {
  return fc.array(item, { minLength: 1, maxLength: 80, size: "large" });
}

const UNKNOWN_CODES = [0, 11, 22, 40, 99, 128, 255];

const unknown = fc
  .uniqueArray(
    fc.record({
      code: fc.constantFrom(...UNKNOWN_CODES),
      flags: fc.constant(0xe0),
      value: fc.uint8Array({ maxLength: 300, size: "max" }),
    }),
    {
      selector: ({ code }) => code,
      minLength: 1,
    },
  )
  .map((list) => list.sort((a, b) => a.code - b.code));

/** Attribute sets that can be announced, next hop apart. */
export function attributesOf(segmentKinds: readonly AsPathSegment["kind"][]): fc.Arbitrary<PathAttributes> {
  return fc.record(
    {
      origin: fc.constantFrom("igp", "egp", "incomplete"),
      asPath: fc.array(segment(segmentKinds), { maxLength: 3 }),
      med: u32,
      localPref: u32,
      atomicAggregate: fc.constant(true),
      aggregator: fc.record({ asn, address: v4Host }),
      communities: nonEmpty(u32),
      originatorId: u32,
      clusterList: nonEmpty(u32),
      extendedCommunities: nonEmpty(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
      ipv6ExtendedCommunities: nonEmpty(fc.uint8Array({ minLength: 20, maxLength: 20 })),
      aigp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      largeCommunities: fc.uniqueArray(fc.record({ global: u32, local1: u32, local2: u32 }), {
        minLength: 1,
        selector: ({ global, local1, local2 }) => `${global}:${local1}:${local2}`,
      }),
      otc: u32,
      unknown,
    },
    { requiredKeys: ["origin", "asPath"] },
  ) as fc.Arbitrary<PathAttributes>;
}

export function entryOf(family: Family, addPath: boolean): fc.Arbitrary<NlriEntry> {
  const version = family === "ipv4" ? 4 : 6;
  const octets = family === "ipv4" ? 4 : 16;
  return fc.record({
    prefix: fc
      .tuple(fc.uint8Array({ minLength: octets, maxLength: octets }), fc.integer({ min: 0, max: 8 * octets }))
      .map(([bytes, bits]) => prefixFromBytes(bytes, 0, bits, version)),
    pathId: addPath ? u32 : fc.constant(0),
  });
}

export function entriesOf(
  family: Family,
  addPath: boolean,
  minLength: number,
  maxLength: number,
): fc.Arbitrary<readonly NlriEntry[]> {
  return fc.array(entryOf(family, addPath), { minLength, maxLength, size: "max" });
}

export function blockOf(family: Family, addPath: boolean, maxLength: number): fc.Arbitrary<NlriBlock> {
  return entriesOf(family, addPath, 1, maxLength).map((entries) => nlriOf(family, addPath, entries));
}

const families = fc.subarray<Family>(["ipv4", "ipv6"]).map((list) => new Set(list));

/** Agreements under which both directions are alike, so that we can read what we write. */
export const context: fc.Arbitrary<CodecContext> = fc
  .record({
    fourOctetAs: fc.boolean(),
    maxMessageBytes: fc.constantFrom(4096 as const, 65535 as const),
    addPath: families,
    extendedNextHop: fc.constantFrom(new Set<Family>(), new Set<Family>(["ipv4"])),
    internal: fc.boolean(),
    asSets: fc.option(fc.constant("accept" as const), { nil: undefined }),
  })
  .map(({ addPath, asSets, ...rest }) => ({
    ...INITIAL_CONTEXT,
    ...rest,
    addPathReceive: addPath,
    addPathSend: addPath,
    ...(asSets === undefined ? {} : { asSets }),
  }));

const code = fc.record({ afi: u16, safi: u8 });
const name = fc.stringMatching(/^[a-z0-9.-]{0,64}$/);

export const capability: fc.Arbitrary<Capability> = fc.oneof(
  fc.record({ kind: fc.constant("multiprotocol" as const), family: code }),
  fc.record({ kind: fc.constantFrom("route-refresh" as const, "enhanced-route-refresh" as const, "extended-message" as const) }),
  fc.record({
    kind: fc.constant("extended-next-hop" as const),
    entries: fc.array(fc.record({ afi: u16, safi: u16, nextHopAfi: u16 }), { maxLength: 42 }),
  }),
  fc.record({
    kind: fc.constant("add-path" as const),
    entries: fc.array(
      fc.record({ afi: u16, safi: u8, mode: fc.constantFrom("receive" as const, "send" as const, "both" as const) }),
      { maxLength: 63 },
    ),
  }),
  fc.record({
    kind: fc.constant("graceful-restart" as const),
    restarting: fc.boolean(),
    notification: fc.boolean(),
    restartTimeSec: fc.integer({ min: 0, max: 4095 }),
    entries: fc.array(fc.record({ afi: u16, safi: u8, forwarding: fc.boolean() }), { maxLength: 63, size: "max" }),
  }),
  fc.record({
    kind: fc.constant("long-lived-graceful-restart" as const),
    entries: fc.array(
      fc.record({ afi: u16, safi: u8, forwarding: fc.boolean(), staleTimeSec: fc.integer({ min: 0, max: 0xffffff }) }),
      { maxLength: 36 },
    ),
  }),
  fc.record({
    kind: fc.constant("role" as const),
    role: fc.oneof(
      fc.constantFrom(
        "provider" as const,
        "route-server" as const,
        "route-server-client" as const,
        "customer" as const,
        "peer" as const,
      ),
      fc.integer({ min: 5, max: 255 }),
    ),
  }),
  fc.record({ kind: fc.constant("hostname" as const), host: name, domain: name }),
  fc.record({ kind: fc.constant("software-version" as const), version: name }),
  fc.record({
    kind: fc.constant("unknown" as const),
    code: fc.constantFrom(0, 3, 8, 72, 128, 255),
    value: fc.uint8Array({ maxLength: 255, size: "max" }),
  }),
);

/** OPENs that pass every check; the four-octet capability is there whenever the AS number needs it. */
export const open: fc.Arbitrary<Open> = fc
  .record({
    asn,
    holdTimeSec: fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 0xffff })),
    routerId: fc.integer({ min: 1, max: 0xffffffff }),
    capabilities: fc.array(capability, { maxLength: 12, size: "max" }),
  })
  .map((fields) => ({
    kind: "open" as const,
    version: 4,
    ...fields,
    capabilities: [...fields.capabilities, ...(fields.asn > 0xffff ? [{ kind: "four-octet-as" as const, asn: fields.asn }] : [])],
  }));
