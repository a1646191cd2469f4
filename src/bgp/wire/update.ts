/**
 * UPDATE: its three sections, and the verdict of RFC 7606 on what is wrong in them.
 * Pure. RFC 4271 §4.3 and §6.3, RFC 4724 §2 (End-of-RIB), RFC 4760, RFC 7606.
 *
 *   +--------------+------------------+--------------+-----------------+----------------
 *   | length (2)   | withdrawn routes | length (2)   | path attributes | NLRI to the end
 *   +--------------+------------------+--------------+-----------------+----------------
 *
 * A prefix both withdrawn and announced in one UPDATE is announced (RFC 4271 §4.3): read `withdrawn` first.
 * Deviates: a family is never disabled alone; where RFC 7606 offers that or a reset, the session is reset. Prefixes
 * that no host can have (multicast) pass: which prefixes are welcome is a matter of policy.
 */

import { type AttributeSection, decodeSection } from "./attribute-section.ts";
import { ATTRIBUTE, HEADER_BYTES } from "./code-points.ts";
import { Reader } from "./cursor.ts";
import { type AttributeFault, ProtocolError } from "./error.ts";
import { nlriFault } from "./nlri.ts";
import { invalidNetworkField, malformedAttributeList } from "./notification.ts";
import type { KnownAttributes } from "./attribute-codec.ts";
import type { CodecContext, Family } from "./context.ts";
import type { Announcement, NlriBlock, Update } from "./message-types.ts";

/** RFC 4271 §5: what every announcement must have; NEXT_HOP or its place in MP_REACH_NLRI included. */
const MANDATORY: readonly { readonly field: keyof KnownAttributes; readonly code: number }[] = [
  { field: "origin", code: ATTRIBUTE.origin },
  { field: "asPath", code: ATTRIBUTE.asPath },
  { field: "nextHop", code: ATTRIBUTE.nextHop },
];

const NO_BYTES = new Uint8Array(0);

/** Decodes a whole UPDATE whose header has been checked. */
export function decodeUpdate(message: Uint8Array, context: CodecContext): Update {
  const reader = new Reader(message, HEADER_BYTES, message.length, (reason) => new ProtocolError(malformedAttributeList, reason));
  const withdrawn = classicNlri(reader.part(reader.u16()), context);
  const attributes = reader.part(reader.u16());
  const nlri = classicNlri(reader, context);
  if (isEmpty(withdrawn) && isEmpty(nlri) && attributes.remaining === 0) return endOfRib("ipv4");
  const section = decodeSection(message, attributes.at, attributes.end, context);
  if (section.onlyUnreach && isEmpty(withdrawn) && isEmpty(nlri) && section.faults.length === 0) {
    const family = emptiedFamily(section);
    if (family) return endOfRib(family);
  }
  return verdict(withdrawn, nlri, section);
}

/** Announced, or treated as withdrawn, or the end of the session. */
function verdict(withdrawn: NlriBlock, nlri: NlriBlock, section: AttributeSection): Update {
  const { mpReach, mpUnreach } = section;
  const { classic, reach = classic } = section;
  const announced: Announcement[] = isEmpty(nlri) ? [] : [{ nlri, attributes: classic }];
  if (mpReach?.kind === "carried" && !isEmpty(mpReach.nlri)) announced.push({ nlri: mpReach.nlri, attributes: reach });
  const unreachable = isEmpty(withdrawn) ? [] : [withdrawn];
  if (mpUnreach?.kind === "carried" && !isEmpty(mpUnreach.nlri)) unreachable.push(mpUnreach.nlri);

  const found = isEmpty(nlri) && mpReach ? section.faults.map(sparingNextHop) : section.faults;
  const faults = found.some(costsRoutes) ? found : [...found, ...missing(announced)];
  if (!faults.some(costsRoutes)) return { kind: "update", withdrawn: unreachable, announced, faults };
  // RFC 7606 §5.2: with no prefix in sight, perhaps the broken attribute hides them
  const hasNlri = announced.length > 0 || (mpReach?.kind === "foreign" && mpReach.nlriBytes > 0);
  if (!hasNlri && !section.onlyUnreach) throw new ProtocolError(malformedAttributeList, describe(faults));
  unreachable.push(...announced.map((announcement) => announcement.nlri));
  return { kind: "update", withdrawn: unreachable, announced: [], faults };
}

/** RFC 4760 §3: where all prefixes have the next hop of MP_REACH_NLRI, NEXT_HOP is ignored, whatever it says. */
function sparingNextHop(fault: AttributeFault): AttributeFault {
  return fault.code === ATTRIBUTE.nextHop ? { ...fault, severity: "discard-attribute" } : fault;
}

/** RFC 7606 §3 (d): a route without one of these is no route. */
function missing(announced: readonly Announcement[]): readonly AttributeFault[] {
  return MANDATORY.filter(({ field }) => announced.some(({ attributes }) => attributes[field] === undefined)).map(({ code }) => ({
    code,
    severity: "treat-as-withdraw",
    reason: "is missing",
    bytes: NO_BYTES,
  }));
}

function costsRoutes({ severity }: AttributeFault): boolean {
  return severity === "treat-as-withdraw";
}

function describe(faults: readonly AttributeFault[]): string {
  return faults.map(({ code, reason }) => `attribute ${code}: ${reason}`).join("; ");
}

function endOfRib(family: Family): Update {
  return { kind: "update", withdrawn: [], announced: [], endOfRib: family, faults: [] };
}

/** The family that an UPDATE with nothing but an empty MP_UNREACH_NLRI is about. */
function emptiedFamily({ mpUnreach }: AttributeSection): Family | undefined {
  return mpUnreach?.kind === "carried" && isEmpty(mpUnreach.nlri) ? mpUnreach.nlri.family : undefined;
}

/** The IPv4 prefixes in what is left of the reader. Unreadable ones cost the session (RFC 7606 §5.3). */
function classicNlri(reader: Reader, { addPathReceive }: CodecContext): NlriBlock {
  const bytes = reader.bytes.subarray(reader.at, reader.end);
  const nlri: NlriBlock = { family: "ipv4", addPath: addPathReceive.has("ipv4"), bytes };
  const fault = nlriFault(nlri);
  if (fault !== undefined) throw new ProtocolError(invalidNetworkField, fault);
  return nlri;
}

function isEmpty({ bytes }: NlriBlock): boolean {
  return bytes.length === 0;
}
