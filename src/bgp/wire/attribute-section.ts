/**
 * The attribute section of an UPDATE: each attribute decoded by its row, each mistake judged.
 * Pure. RFC 4271 §6.3, RFC 7606 §3 to §5, RFC 6793 §4.2.3, RFC 9774 §3.
 *
 * Decided where the RFCs leave room: an unrecognised well-known attribute resets the session (RFC 4271 §6.3; RFC 7606
 * does not soften it); an unknown attribute may be empty; a missing LOCAL_PREF is no fault, the decision has a default.
 */

import { invariant } from "../../ip/assert.ts";
import { hasSet } from "./as-path.ts";
import { AttributeMemo, sectionKey } from "./attribute-memo.ts";
import { type AttributeSpan, spanAt } from "./attribute-span.ts";
import { type AttributeRow, CLASS_FLAGS, WIRE_ATTRIBUTES, attributeRow } from "./attribute.ts";
import { mergeFourOctetAs } from "./attributes/four-octet-as.ts";
import { readNextHop } from "./attributes/multiprotocol.ts";
import { ATTRIBUTE, ATTRIBUTE_FLAG } from "./code-points.ts";
import { type CodecContext, INITIAL_CONTEXT } from "./context.ts";
import { Reader, copyOf } from "./cursor.ts";
import { type AttributeFault, Malformed, ProtocolError, malformed } from "./error.ts";
import { malformedAttributeList, optionalAttributeError, unrecognizedWellKnown } from "./notification.ts";
import type { AttributeCodec, MpReach, MpUnreach, WireAttributes } from "./attribute-codec.ts";
import type { PathAttributes, UnknownAttribute } from "./attribute-types.ts";

/** What an attribute section says. */
export interface AttributeSection {
  /** With the next hop of NEXT_HOP. */
  readonly classic: PathAttributes;
  /** With the next hop of MP_REACH_NLRI, where there is a usable one of a family that we carry. */
  readonly reach: PathAttributes | undefined;
  readonly mpReach: MpReach | undefined;
  readonly mpUnreach: MpUnreach | undefined;
  readonly faults: readonly AttributeFault[];
  /** There is an MP_UNREACH_NLRI and nothing else. */
  readonly onlyUnreach: boolean;
}

type Writable<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] };

/** What has been gathered while the section is walked. */
interface Gathered {
  readonly bytes: Uint8Array;
  readonly context: CodecContext;
  readonly path: Writable<PathAttributes>;
  readonly wire: Writable<WireAttributes>;
  readonly unknown: UnknownAttribute[];
  readonly seen: Set<number>;
  readonly faults: AttributeFault[];
}

const FAULT_BYTES = 64; // enough to recognise an attribute in a log
const NO_CODE = 0;
const NO_BYTES = new Uint8Array(0);
const CLASS_BITS = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;
const NO_FAULTS: readonly AttributeFault[] = [];

/** Nothing in a plain section depends on an agreement, once it was found to be allowed there. */
const PLAIN_CONTEXT: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };

const MEMO = new AttributeMemo();

/** Decodes the section from `at` to `end`. Throws ProtocolError where a fault costs the session. */
export function decodeSection(bytes: Uint8Array, at: number, end: number, context: CodecContext): AttributeSection {
  const key = sectionKey(bytes, at, end, context);
  const known = key && MEMO.get(key.bytes);
  if (!known) {
    const section = walkSection(bytes, at, end, context);
    if (key && section.faults.length === 0) MEMO.put(key.bytes, section);
    return section;
  }
  const { reach, unreach } = key;
  return {
    classic: known.classic,
    reach: known.reach,
    mpReach: reach && decodeOrReset(WIRE_ATTRIBUTES.mpReach, bytes, reach, context),
    mpUnreach: unreach && decodeOrReset(WIRE_ATTRIBUTES.mpUnreach, bytes, unreach, context),
    faults: NO_FAULTS,
    onlyUnreach: unreach !== undefined && unreach.at === at && unreach.end === end,
  };
}

/** The attributes of a plain section (plain-section.ts), under whatever agreement it was found to be plain. */
export function decodePlainSection(bytes: Uint8Array, at: number, end: number): PathAttributes {
  const { classic, faults } = walkSection(bytes, at, end, PLAIN_CONTEXT);
  invariant(faults.length === 0, "nothing is wrong with a plain section");
  return classic;
}

function walkSection(bytes: Uint8Array, at: number, end: number, context: CodecContext): AttributeSection {
  const gathered: Gathered = { bytes, context, path: {}, wire: {}, unknown: [], seen: new Set(), faults: [] };
  let next = at;
  for (let span = spanAt(bytes, next, end); span; span = spanAt(bytes, next, end)) {
    take(gathered, span);
    next = span.end;
  }
  const overrun = next < end;
  if (overrun) {
    // RFC 7606 §4: the total length still tells where the NLRI begin
    const reason = "an attribute runs past the section";
    gathered.faults.push({ code: NO_CODE, severity: "treat-as-withdraw", reason, bytes: faultBytes(bytes, next, end) });
  }
  const { seen } = gathered;
  return finish(gathered, seen.size === 1 && seen.has(ATTRIBUTE.mpUnreach) && !overrun);
}

/** One attribute: known or not, allowed here or not, well-formed or not. */
function take(gathered: Gathered, span: AttributeSpan): void {
  const { context, seen } = gathered;
  if (seen.has(span.code)) return takeAgain(gathered, span);
  seen.add(span.code);
  const row = attributeRow(span.code);
  if (!row) return takeUnknown(gathered, span);
  const { codec } = row;
  if (codec.internalOnly && !context.internal) return note(gathered, span, "discard-attribute", "not for external peers to send");
  if (codec.twoOctetOnly && context.fourOctetAs) return note(gathered, span, "discard-attribute", "the peer has four octets");
  if ((span.flags & CLASS_BITS) !== CLASS_FLAGS[codec.flags]) {
    note(gathered, span, codec.ifFlagsConflict ?? "treat-as-withdraw", "the flags are not those of the attribute");
    if (codec.ifMalformed !== "reset-session") return; // otherwise there are prefixes in it, and they are to be withdrawn
  }
  takeKnown(gathered, row, span);
}

function takeKnown({ bytes, context, path, wire, faults }: Gathered, row: AttributeRow, span: AttributeSpan): void {
  try {
    const value = decodeValue(row.codec, bytes, span, context);
    if (row.table === "path") path[row.field] = value as never;
    else wire[row.field] = value as never;
  } catch (error) {
    faults.push(judge(row.codec, bytes, span, error));
  }
}

/** RFC 7606 §3 (g): the first of its kind counts; two lists of prefixes are too many. */
function takeAgain(gathered: Gathered, span: AttributeSpan): void {
  if (span.code === ATTRIBUTE.mpReach || span.code === ATTRIBUTE.mpUnreach) {
    throw new ProtocolError(malformedAttributeList, `attribute ${span.code} occurs twice`);
  }
  note(gathered, span, "discard-attribute", "occurs twice");
}

/** RFC 4271 §5: optional transitive attributes travel on, marked as not understood by everyone. */
function takeUnknown({ bytes, unknown }: Gathered, span: AttributeSpan): void {
  const { code, flags, valueAt, end } = span;
  if ((flags & ATTRIBUTE_FLAG.optional) === 0) {
    throw new ProtocolError(unrecognizedWellKnown(copyOf(bytes, span.at, end)), `well-known attribute ${code} is unknown`);
  }
  if ((flags & ATTRIBUTE_FLAG.transitive) === 0) return;
  unknown.push({ code, flags: (flags & CLASS_BITS) | ATTRIBUTE_FLAG.partial, value: copyOf(bytes, valueAt, end) });
}

/** What concerns several attributes: four-octet AS numbers, sets, the next hop that came with the prefixes. */
function finish(gathered: Gathered, onlyUnreach: boolean): AttributeSection {
  const { context, path, wire, unknown, faults } = gathered;
  if (wire.as4Path || wire.as4Aggregator) Object.assign(path, mergeFourOctetAs(path, wire));
  if (path.asPath && hasSet(path.asPath) && context.asSets !== "accept") {
    faults.push({ code: ATTRIBUTE.asPath, severity: "treat-as-withdraw", reason: "AS_SET (RFC 9774)", bytes: NO_BYTES });
  }
  if (unknown.length > 0) path.unknown = unknown.sort((a, b) => a.code - b.code);
  return { classic: path, reach: reachAttributes(gathered), mpReach: wire.mpReach, mpUnreach: wire.mpUnreach, faults, onlyUnreach };
}

function reachAttributes({ path, wire, faults }: Gathered): PathAttributes | undefined {
  const { mpReach } = wire;
  if (mpReach?.kind !== "carried") return undefined;
  try {
    return { ...path, nextHop: readNextHop(mpReach.hop) };
  } catch (error) {
    faults.push({ code: ATTRIBUTE.mpReach, severity: "treat-as-withdraw", reason: reasonOf(error), bytes: copyOf(mpReach.hop) });
    return undefined;
  }
}

/** The value of one attribute; throws Malformed when it is not exactly that long. */
function decodeValue<Value>(codec: AttributeCodec<Value>, bytes: Uint8Array, span: AttributeSpan, context: CodecContext): Value {
  const { valueAt, end } = span;
  if (valueAt === end && codec.emptyIsValid !== true) throw malformed("is empty");
  const reader = new Reader(bytes, valueAt, end, malformed);
  const value = codec.decode(reader, context);
  reader.expectEnd();
  return value;
}

function decodeOrReset<Value>(codec: AttributeCodec<Value>, bytes: Uint8Array, span: AttributeSpan, context: CodecContext): Value {
  try {
    return decodeValue(codec, bytes, span, context);
  } catch (error) {
    judge(codec, bytes, span, error);
    throw error;
  }
}

/** What a malformed attribute costs: a fault to note, or a ProtocolError. */
function judge<Value>(codec: AttributeCodec<Value>, bytes: Uint8Array, span: AttributeSpan, error: unknown): AttributeFault {
  const reason = reasonOf(error);
  const { ifMalformed, code } = codec;
  if (ifMalformed !== "reset-session") return { code, severity: ifMalformed, reason, bytes: faultBytes(bytes, span.at, span.end) };
  throw new ProtocolError(optionalAttributeError(copyOf(bytes, span.at, span.end)), `attribute ${code}: ${reason}`);
}

/** The reason of a Malformed; anything else is our own mistake and goes on. */
function reasonOf(error: unknown): string {
  if (error instanceof Malformed) return error.message;
  throw error;
}

function note({ bytes, faults }: Gathered, span: AttributeSpan, severity: AttributeFault["severity"], reason: string): void {
  faults.push({ code: span.code, severity, reason, bytes: faultBytes(bytes, span.at, span.end) });
}

function faultBytes(bytes: Uint8Array, at: number, end: number): Uint8Array {
  return copyOf(bytes, at, Math.min(end, at + FAULT_BYTES));
}
