/**
 * One simulated neighbour of a dry run: its OPEN, and every path that it announced to the real speaker, as UPDATEs.
 * Pure. It can announce them any number of times; where a session agrees on less than before, it sends what can still be encoded.
 */

import type { IpAddress } from "../../ip/address.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import { ALL_FAMILIES, type CodecContext, type Family } from "../../bgp/wire/context.ts";
import { announceFrames, endOfRibFrame } from "../../bgp/wire/frames.ts";
import { decodeMessage } from "../../bgp/wire/message.ts";
import type { NlriBlock, Open } from "../../bgp/wire/message-types.ts";
import { NlriReader, NlriWriter } from "../../bgp/wire/nlri.ts";
import type { Peer, Session } from "../peers/peers.ts";

/** UPDATEs are written down when a set of prefixes is that long, or the next prefix has other attributes. */
const MOST_PREFIXES = 1024;

export class Neighbour {
  readonly address: IpAddress;
  readonly localAddress: IpAddress;
  readonly open: Open;
  /** The AS that it takes us for. */
  readonly ourAs: number;
  /** "away": it has gone, and what it told is kept for its return. */
  readonly presence: "here" | "away";
  /** How it writes, and whoever hears it reads. */
  readonly #codec: CodecContext;
  readonly #frames: Uint8Array[] = [];
  #unfinished: { readonly family: Family; readonly attributes: PathAttributes; readonly nlri: NlriWriter } | undefined;
  #unwritable = 0;

  constructor(peer: Peer, { negotiated, localAddress }: Session) {
    this.address = peer.config.address;
    this.localAddress = localAddress;
    this.open = negotiated.theirOpen;
    this.ourAs = peer.config.session.localAs;
    this.presence = peer.session ? "here" : "away";
    this.#codec = mirrored(negotiated.codec);
  }

  /** A path that it has told. */
  tells(family: Family, attributes: PathAttributes, pathId: number, bits: number, octets: Uint8Array): void {
    const open = this.#unfinished;
    if (!open || open.attributes !== attributes || open.family !== family || open.nlri.count >= MOST_PREFIXES) this.#begin(family, attributes);
    this.#unfinished?.nlri.add(pathId, bits, octets, 0);
  }

  /** Paths that cannot be said as they came. */
  get unwritable(): number {
    return this.#unwritable;
  }

  /** Nothing more has been told. */
  finish(): void {
    const { family, attributes, nlri } = this.#unfinished ?? {};
    this.#unfinished = undefined;
    if (!family || !attributes || !nlri) return;
    const count = nlri.count;
    const frames = announceFrames({ nlri: nlri.finish(), attributes }, this.#codec);
    if (typeof frames === "string") this.#unwritable += count;
    else this.#frames.push(...frames);
  }

  /** Everything it has to say on a session with that agreement, End-of-RIB last. */
  *lines(agreed: CodecContext, families: readonly Family[]): Iterable<Uint8Array> {
    const codec = mirrored(agreed);
    const asBefore = isSame(codec, this.#codec);
    for (const frame of this.#frames) {
      if (asBefore) yield frame;
      else yield* this.#otherwise(frame, codec, families);
    }
    for (const family of families) yield endOfRibFrame(family, codec);
  }

  #begin(family: Family, attributes: PathAttributes): void {
    this.finish();
    this.#unfinished = { family, attributes, nlri: new NlriWriter(family, this.#codec.addPathSend.has(family)) };
  }

  *#otherwise(frame: Uint8Array, codec: CodecContext, families: readonly Family[]): Iterable<Uint8Array> {
    const message = decodeMessage(frame, mirrored(this.#codec));
    if (message.kind !== "update") return;
    for (const { nlri, attributes } of message.announced) {
      if (!families.includes(nlri.family)) continue;
      const frames = announceFrames({ nlri: rewritten(nlri, codec.addPathSend.has(nlri.family)), attributes }, codec);
      if (typeof frames !== "string") yield* frames;
    }
  }
}

/** The same agreement, seen from the other side. */
function mirrored(codec: CodecContext): CodecContext {
  return { ...codec, addPathReceive: codec.addPathSend, addPathSend: codec.addPathReceive };
}

function isSame(a: CodecContext, b: CodecContext): boolean {
  const flags = (codec: CodecContext): string =>
    JSON.stringify([codec.fourOctetAs, codec.maxMessageBytes, codec.internal, ...[codec.addPathSend, codec.addPathReceive, codec.extendedNextHop].map((set) => ALL_FAMILIES.filter((family) => set.has(family)))]);
  return flags(a) === flags(b);
}

/** The same prefixes with or without path identifiers; where there were none, the first path is number one. */
function rewritten(nlri: NlriBlock, addPath: NlriBlock["addPath"]): NlriBlock {
  if (nlri.addPath === addPath) return nlri;
  const reader = new NlriReader(nlri);
  const writer = new NlriWriter(nlri.family, addPath);
  while (reader.next()) writer.add(reader.pathId || 1, reader.bits, reader.bytes, reader.at);
  return writer.finish();
}
