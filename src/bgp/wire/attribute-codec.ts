/**
 * What one row of the attribute tables says.
 * Pure, types only. RFC 4271 §4.3 (flags), RFC 7606 §7 (what a malformed attribute costs).
 */

import type { Aggregator, AsPath, PathAttributes } from "./attribute-types.ts";
import type { CodecContext, FamilyCode } from "./context.ts";
import type { Reader, Writer } from "./cursor.ts";
import type { Severity } from "./error.ts";
import type { NlriBlock } from "./message-types.ts";

export type AttributeClass = "well-known" | "optional" | "optional-transitive";

/** Everything the protocol says about one attribute. */
export interface AttributeCodec<Value> {
  readonly code: number;
  readonly flags: AttributeClass;
  readonly ifMalformed: Severity;
  /** What wrong Optional or Transitive bits cost, where the attribute's RFC differs from RFC 7606 §3 (c): treat-as-withdraw. */
  readonly ifFlagsConflict?: Exclude<Severity, "reset-session">;
  /** No value is a value; everywhere else a length of zero is malformed (RFC 7606 §4), and nothing to say is not sent. */
  readonly emptyIsValid?: true;
  /** Ignored when an external peer sends it, and never sent to one. */
  readonly internalOnly: boolean;
  /** Ignored when it comes from a peer with four-octet AS numbers (RFC 6793 §6). */
  readonly twoOctetOnly?: true;
  /** Reads the whole value, which has at least one octet unless `emptyIsValid`; throws Malformed. */
  decode(value: Reader, context: CodecContext): Value;
  encode(value: Value, out: Writer, context: CodecContext): void;
}

/** Attributes that exist on the wire only: inside, their content stands elsewhere. */
export interface WireAttributes {
  /** The real AS_PATH, beside one that had to write AS_TRANS (RFC 6793). */
  readonly as4Path?: AsPath;
  readonly as4Aggregator?: Aggregator;
  readonly mpReach?: MpReach;
  readonly mpUnreach?: MpUnreach;
}

/** MP_REACH_NLRI (RFC 4760 §3); `hop` is the next hop field as it stands, for readNextHop. */
export type MpReach = { readonly kind: "carried"; readonly hop: Uint8Array; readonly nlri: NlriBlock } | ForeignNlri;

/** MP_UNREACH_NLRI (RFC 4760 §4). */
export type MpUnreach = { readonly kind: "carried"; readonly nlri: NlriBlock } | ForeignNlri;

/** A family we do not carry: its NLRI are bytes that nobody reads. */
export interface ForeignNlri {
  readonly kind: "foreign";
  readonly code: FamilyCode;
  readonly nlriBytes: number;
}

/** Attributes that are read; the rest are bytes in `unknown`. */
export type KnownAttributes = Omit<PathAttributes, "unknown">;

/** One row for each field: a field without its row does not compile. */
export type TableOf<Attributes> = { readonly [Field in keyof Attributes]-?: AttributeCodec<NonNullable<Attributes[Field]>> };
