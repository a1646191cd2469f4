/**
 * Spoiled messages against the codec. Whatever the bytes are,
 *   - they decode to a Message or a ProtocolError, and to the same one when they come again (the memo tells nothing);
 *   - prefixes can be walked, and what is announced has every mandatory attribute;
 *   - what is announced can be passed on: encoded, it decodes without a fault to the same routes.
 */

import { attributeKey } from "../../src/bgp/wire/attribute.ts";
import type { CodecContext, Family } from "../../src/bgp/wire/context.ts";
import { ProtocolError } from "../../src/bgp/wire/error.ts";
import { announceFrames } from "../../src/bgp/wire/frames.ts";
import type { Announcement, Message, Update } from "../../src/bgp/wire/message-types.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import { listNlri } from "../../src/bgp/wire/nlri.ts";
import { project } from "../wire/projection.ts";
import { anySpecimen } from "./corpus.ts";
import { type Figures, Finding, hex } from "./figures.ts";
import { spoil } from "./mutations.ts";
import { Random } from "./random.ts";

const FAMILY_SETS: readonly (readonly Family[])[] = [[], [], ["ipv4"], ["ipv6"], ["ipv4", "ipv6"]];
const MANDATORY = ["origin", "asPath", "nextHop"] as const;

/** One case; throws a Finding. */
export function codecCase(seed: number, number: number, figures: Figures): void {
  const random = new Random(seed, number);
  const specimen = anySpecimen(random);
  const context = random.oneIn(3) ? anyContext(random) : mirrored(specimen.context);
  const { bytes, how } = spoil(specimen.bytes, random, () => anySpecimen(random).bytes);
  try {
    figures.count(`codec ${specimen.kind}`, fate(bytes, context));
  } catch (cause) {
    throw new Finding(`codec: ${specimen.name}; ${how.join(", ")}`, `--seed ${seed} --case ${number}`, [hex(bytes)], cause);
  }
}

/** What came of it; throws when a law is broken. */
function fate(bytes: Uint8Array, context: CodecContext): string {
  const first = outcome(bytes, context);
  const again = outcome(bytes, context);
  same(project(first), project(again), "decoded again it is the same");
  if ("refused" in first) {
    const { code, subcode } = first.refused;
    encodeMessage({ kind: "notification", notification: first.refused }, context);
    return `${code}/${subcode}`;
  }
  return first.decoded.kind === "update" ? updateFate(first.decoded, context) : first.decoded.kind;
}

type Outcome = { readonly decoded: Message } | { readonly refused: ProtocolError["notification"] };

function outcome(bytes: Uint8Array, context: CodecContext): Outcome {
  try {
    return { decoded: decodeMessage(bytes, context) };
  } catch (error) {
    if (error instanceof ProtocolError) return { refused: error.notification };
    throw error;
  }
}

function updateFate(update: Update, context: CodecContext): string {
  for (const block of update.withdrawn) listNlri(block);
  for (const announcement of update.announced) passOn(announcement, context);
  if (update.endOfRib) return "end of rib";
  const [worst] = update.faults.map(({ severity }) => severity).sort().reverse();
  return worst ?? (update.announced.length > 0 ? "announced" : "withdrawn");
}

/** Another speaker of the same agreement must be able to read what we make of it. */
function passOn(announcement: Announcement, context: CodecContext): void {
  for (const field of MANDATORY) if (announcement.attributes[field] === undefined) throw new Error(`announced without ${field}`);
  const frames = announceFrames(announcement, context);
  if (typeof frames === "string") return;
  const heard = frames.map((frame) => decodeMessage(frame, context));
  const routes = heard.flatMap((message) => (message.kind === "update" ? message.announced : []));
  for (const message of heard) if (message.kind !== "update" || message.faults.length > 0) throw new Error(`passed on with a fault: ${JSON.stringify(project(message))}`);
  same(routes.flatMap(({ nlri }) => listNlri(nlri)), listNlri(announcement.nlri), "the prefixes that are passed on");
  if (!context.internal) return; // attributes that stay inside were left out
  for (const { attributes } of routes) same(hex(attributeKey(attributes)), hex(attributeKey(announcement.attributes)), "the attributes that are passed on");
}

function same(a: unknown, b: unknown, what: string): void {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  if (left !== right) throw new Error(`${what}:\n${left}\n${right}`);
}

function anyContext(random: Random): CodecContext {
  const addPath = new Set(random.pick(FAMILY_SETS));
  return {
    fourOctetAs: !random.oneIn(3),
    maxMessageBytes: random.oneIn(2) ? 4096 : 65535,
    addPathReceive: addPath,
    addPathSend: addPath,
    extendedNextHop: new Set(random.pick<readonly Family[]>([[], ["ipv4"]])),
    internal: random.oneIn(2),
    ...(random.oneIn(3) ? { asSets: "accept" as const } : {}),
  };
}

/** Both directions alike, so that we can read what we write. */
function mirrored(context: CodecContext): CodecContext {
  return { ...context, addPathSend: context.addPathReceive };
}
