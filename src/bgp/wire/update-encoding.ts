/**
 * One UPDATE value as the body of one message. What is told to peers in bulk goes through frames.ts instead.
 * Pure. RFC 4271 §4.3, RFC 4760 §3 and §4; multiprotocol attributes first, as RFC 7606 §5.1 asks.
 */

import { invariant, present } from "../../ip/assert.ts";
import { WIRE_ATTRIBUTES, encodeAttributes, writeAttribute } from "./attribute.ts";
import { nextHopBytes } from "./attributes/multiprotocol.ts";
import { Writer } from "./cursor.ts";
import { isClassic } from "./frames.ts";
import type { CodecContext } from "./context.ts";
import type { Announcement, NlriBlock, Update } from "./message-types.ts";

/** What decides the attribute section of one UPDATE. */
interface Parts {
  readonly classic: Announcement | undefined;
  readonly reach: Announcement | undefined;
  readonly unreach: NlriBlock | undefined;
}

const EMPTY = new Uint8Array(0);

/** Writes the body. At most one block of each kind can stand in one UPDATE, and all share one attribute set. */
export function writeUpdate(update: Update, out: Writer, context: CodecContext): void {
  const saysSomething = update.withdrawn.length > 0 || update.announced.length > 0 || update.endOfRib !== undefined;
  invariant(saysSomething, "an UPDATE that says nothing would be read as End-of-RIB");
  const withdrawn = only(update.withdrawn.filter(({ family }) => family === "ipv4"));
  const unreach = only(update.withdrawn.filter(({ family }) => family === "ipv6")) ?? endOfRibBlock(update);
  const classic = only(update.announced.filter(standsClassic));
  const reach = only(update.announced.filter((announcement) => !standsClassic(announcement)));
  out.u16(withdrawn?.bytes.length ?? 0);
  out.bytes(withdrawn?.bytes ?? EMPTY);
  const attributes = encodeSection({ classic, reach, unreach }, context);
  out.u16(attributes.length);
  out.bytes(attributes);
  out.bytes(classic?.nlri.bytes ?? EMPTY);
}

function encodeSection({ classic, reach, unreach }: Parts, context: CodecContext): Uint8Array {
  const out = new Writer();
  if (reach?.attributes.nextHop) {
    const hop = nextHopBytes(reach.attributes.nextHop);
    writeAttribute(WIRE_ATTRIBUTES.mpReach, { kind: "carried", hop, nlri: reach.nlri }, out, context);
  }
  if (unreach) writeAttribute(WIRE_ATTRIBUTES.mpUnreach, { kind: "carried", nlri: unreach }, out, context);
  const shared = (classic ?? reach)?.attributes;
  if (shared) out.bytes(encodeAttributes(shared, context));
  return out.finish();
}

/** End-of-RIB of IPv4 is an UPDATE without anything (RFC 4724 §2). */
function endOfRibBlock({ endOfRib }: Update): NlriBlock | undefined {
  return endOfRib === undefined || endOfRib === "ipv4" ? undefined : { family: endOfRib, addPath: false, bytes: EMPTY };
}

function standsClassic({ nlri, attributes }: Announcement): boolean {
  return isClassic(nlri.family, present(attributes.nextHop, "what is announced has a next hop"));
}

function only<Item>(items: readonly Item[]): Item | undefined {
  invariant(items.length <= 1, "one UPDATE carries at most one block of each kind");
  return items[0];
}
