/**
 * The attribute tables, and attribute sets as bytes: for a peer, and as the key that identifies a set.
 * Pure. RFC 4271 §5 and the RFCs named at each row; towards peers without four-octet AS numbers RFC 6793 §4.2.2.
 */

import { versionOf } from "../../ip/address.ts";
import { withoutConfederation } from "./as-path.ts";
import { aggregator, as4Aggregator } from "./attributes/aggregator.ts";
import { aigp } from "./attributes/aigp.ts";
import { as4Path, asPath } from "./attributes/as-path.ts";
import { clusterList, communities, extendedCommunities, ipv6ExtendedCommunities, largeCommunities } from "./attributes/communities.ts";
import { mpReach, mpUnreach, nextHopBytes } from "./attributes/multiprotocol.ts";
import { atomicAggregate, localPref, med, nextHop, origin, originatorId, otc } from "./attributes/scalar.ts";
import { ATTRIBUTE, ATTRIBUTE_FLAG, MAX_TWO_OCTET_AS } from "./code-points.ts";
import { type CodecContext, INITIAL_CONTEXT } from "./context.ts";
import { Writer } from "./cursor.ts";
import type { AttributeClass, AttributeCodec, KnownAttributes, TableOf, WireAttributes } from "./attribute-codec.ts";
import type { PathAttributes, UnknownAttribute } from "./attribute-types.ts";

export const ATTRIBUTES: TableOf<KnownAttributes> = {
  origin,
  asPath,
  nextHop,
  med,
  localPref,
  atomicAggregate,
  aggregator,
  communities,
  originatorId,
  clusterList,
  extendedCommunities,
  ipv6ExtendedCommunities,
  aigp,
  largeCommunities,
  otc,
};

export const WIRE_ATTRIBUTES: TableOf<WireAttributes> = { mpReach, mpUnreach, as4Path, as4Aggregator };

/** The Optional and Transitive bits of each class (RFC 4271 §5). */
export const CLASS_FLAGS: { readonly [Class in AttributeClass]: number } = {
  "well-known": ATTRIBUTE_FLAG.transitive,
  optional: ATTRIBUTE_FLAG.optional,
  "optional-transitive": ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive,
};

/** One row of either table, and the field its value is kept in. */
export type AttributeRow =
  | { readonly table: "path"; readonly field: keyof KnownAttributes; readonly codec: AttributeCodec<unknown> }
  | { readonly table: "wire"; readonly field: keyof WireAttributes; readonly codec: AttributeCodec<unknown> };

/** What the compiler knows of each row apart is forgotten here: one walk serves all. */
type AnyCodec = AttributeCodec<unknown>;

const ROWS: readonly AttributeRow[] = [
  ...fieldsOf(ATTRIBUTES).map((field): AttributeRow => ({ table: "path", field, codec: ATTRIBUTES[field] as AnyCodec })),
  ...fieldsOf(WIRE_ATTRIBUTES).map((field): AttributeRow => ({ table: "wire", field, codec: WIRE_ATTRIBUTES[field] as AnyCodec })),
].sort((a, b) => a.codec.code - b.codec.code);

const ALL_CODES = 256;
const ROW_BY_CODE = Array.from({ length: ALL_CODES }, (_, code) => ROWS.find((row) => row.codec.code === code));

/** Identifies a set: nothing is left out and nothing depends on a session. */
const KEY_CONTEXT: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };

const NO_WIRE_ATTRIBUTES: WireAttributes = {};
const NO_UNKNOWN: readonly UnknownAttribute[] = [];
const MAX_SHORT_BYTES = 255;
/** Every set is encoded here and copied out: a buffer for each would cost more than its bytes. */
const SCRATCH = new Writer();

export function attributeRow(code: number): AttributeRow | undefined {
  return ROW_BY_CODE[code];
}

/**
 * The attributes as they stand in an UPDATE to that peer, in ascending order of their codes, without MP_REACH_NLRI and
 * MP_UNREACH_NLRI. An IPv4 next hop becomes NEXT_HOP. What is internal is left out towards an external peer.
 */
export function encodeAttributes(attributes: PathAttributes, context: CodecContext): Uint8Array {
  SCRATCH.truncate(0);
  writeAttributes(attributes, SCRATCH, context);
  return SCRATCH.finish();
}

/**
 * Bytes that are equal for equal attribute sets, next hop included, and for no others. With an IPv4 next hop they are the
 * plain attribute section of the set (plain-section.ts); another one stands behind it, under a code no section has there.
 */
export function attributeKey(attributes: PathAttributes): Uint8Array {
  const { nextHop: hop } = attributes;
  SCRATCH.truncate(0);
  writeAttributes(attributes, SCRATCH, KEY_CONTEXT);
  if (hop && versionOf(hop.address) === 6) {
    const octets = nextHopBytes(hop);
    SCRATCH.u8(0);
    SCRATCH.u8(ATTRIBUTE.mpReach);
    SCRATCH.u8(octets.length);
    SCRATCH.bytes(octets);
  }
  return SCRATCH.finish();
}

/** Writes one attribute of a row: header and value; nothing at all where the row has nothing to say. */
export function writeAttribute(codec: AttributeCodec<unknown>, value: unknown, out: Writer, context: CodecContext): void {
  const at = out.length;
  out.u8(CLASS_FLAGS[codec.flags]);
  out.u8(codec.code);
  out.u8(0);
  codec.encode(value, out, context);
  if (out.length === at + 3 && codec.emptyIsValid !== true) out.truncate(at);
  else closeAttribute(at, out);
}

/** Fills in the length of the attribute that began at `at`. */
function closeAttribute(at: number, out: Writer): void {
  const valueBytes = out.length - at - 3;
  if (valueBytes <= MAX_SHORT_BYTES) {
    out.patchU8(at + 2, valueBytes);
    return;
  }
  out.insertOctet(at + 2);
  out.patchU8(at, out.octet(at) | ATTRIBUTE_FLAG.extendedLength);
  out.patchU16(at + 2, valueBytes);
}

function writeAttributes(attributes: PathAttributes, out: Writer, context: CodecContext): void {
  const wire = context.fourOctetAs ? NO_WIRE_ATTRIBUTES : forTwoOctetPeer(attributes);
  const unknown = attributes.unknown ?? NO_UNKNOWN;
  let written = 0;
  for (const row of ROWS) {
    const value = row.table === "path" ? attributes[row.field] : wire[row.field];
    if (value === undefined || (row.codec.internalOnly && !context.internal)) continue;
    written = writeUnknown(unknown, written, row.codec.code, out);
    writeAttribute(row.codec, value, out, context);
  }
  writeUnknown(unknown, written, ALL_CODES, out);
}

/** Writes the unknown attributes from index `from` whose code is below `beforeCode`; returns the index of the next. */
function writeUnknown(unknown: readonly UnknownAttribute[], from: number, beforeCode: number, out: Writer): number {
  let index = from;
  for (let one = unknown[index]; one && one.code < beforeCode; one = unknown[++index]) {
    const at = out.length;
    out.u8(one.flags & ~ATTRIBUTE_FLAG.extendedLength);
    out.u8(one.code);
    out.u8(0);
    out.bytes(one.value);
    closeAttribute(at, out);
  }
  return index;
}

/** What two octets cannot say is said again in AS4_PATH and AS4_AGGREGATOR (RFC 6793 §4.2.2). */
function forTwoOctetPeer({ asPath: path = [], aggregator: by }: PathAttributes): WireAttributes {
  const pathIsWide = path.some(({ asns }) => asns.some((asn) => asn > MAX_TWO_OCTET_AS));
  return {
    ...(pathIsWide ? { as4Path: withoutConfederation(path) } : {}),
    ...(by && by.asn > MAX_TWO_OCTET_AS ? { as4Aggregator: by } : {}),
  };
}

function fieldsOf<Table extends object>(table: Table): readonly (keyof Table)[] {
  return Object.keys(table) as (keyof Table)[];
}
