/**
 * Packer: announcements and withdrawals gathered by (attributes, audience) -> as few UPDATE frames as possible.
 * Pure. RFC 4271 §4.3, RFC 4760; message length by RFC 8654. Attributes are encoded once for all prefixes that share
 * them; withdrawals come out first, so a receiver's table never holds more than it must.
 *
 * Attributes that do not fit into one message together with a prefix are answered by a withdrawal: the group must not go
 * on using what was told before (RFC 8654 §4).
 *
 * Hot: a prefix costs two cells in two columns, chained per bucket; there are objects per bucket only.
 */

import type { PathAttributes } from "../bgp/wire/attribute-types.ts";
import { MESSAGE_TYPE } from "../bgp/wire/code-points.ts";
import type { CodecContext, Family } from "../bgp/wire/context.ts";
import { Writer, copyOf } from "../bgp/wire/cursor.ts";
import { announceFrames, withdrawFrames } from "../bgp/wire/frames.ts";
import { beginMessage, sealMessage } from "../bgp/wire/header.ts";
import type { NlriBlock } from "../bgp/wire/message-types.ts";
import { NlriWriter } from "../bgp/wire/nlri.ts";
import { Int32Column } from "../bgp/rib/columns.ts";
import { present } from "../ip/assert.ts";
import type { GroupPrefixes, GroupTable, NlriId } from "./group-table.ts";
import type { Audience, HeardSet, PlainSet } from "./tell.ts";

/** Receives each finished frame, in order; valid during the call only. */
export type FrameSink = (frame: Uint8Array, audience: Audience) => void;

/** Prefixes of one fate (no attributes: they are withdrawn), chained through the columns from the first to the last. */
interface Bucket {
  readonly attributes: HeardSet | undefined;
  readonly audience: Audience;
  readonly first: number;
  last: number;
}

/** The buckets of one attribute set. Most sets have one audience, and routes of one source come together. */
interface Shelf {
  latest: Bucket;
  /** By audience, as soon as there are two. */
  all: Map<Audience, Bucket> | undefined;
}

/** Who can read sets that are told as numbers. */
type PlainSets = Pick<GroupTable, "writePlain">;

const NO_PATH_ID = 0;
const PATH_ID_BYTES = 4;
const ADDRESS_BYTES = 16; // the longest
const LENGTH_FIELD_BYTES = 2;
const LAST = -1;
const LONGEST_ADDRESS_BYTES = 16;
const LARGE = 64 * 1024; // prefixes; the columns of a flood are not kept for the trickle after it

export class Packer {
  readonly #codec: CodecContext;
  readonly #prefixes: Pick<GroupPrefixes, "bits" | "copyAddress" | "writeAddress" | "pathId">;
  readonly #sets: PlainSets;
  readonly #nlri: NlriWriter;
  /** The frame that is being filled. */
  readonly #frame = new Writer();
  readonly #octets = new Uint8Array(LONGEST_ADDRESS_BYTES);
  #ids = new Int32Column();
  #nexts = new Int32Column(LAST);
  #count = 0;
  #withdrawals = new Map<Audience, Bucket>();
  #announcements = new Map<HeardSet, Shelf>();
  /** The bucket of the prefix before: routes of one source and set come together. */
  #current: Bucket | undefined;
  #unsendable = 0;

  constructor(family: Family, codec: CodecContext, prefixes: Pick<GroupPrefixes, "bits" | "copyAddress" | "writeAddress" | "pathId">, sets: PlainSets = {}) {
    this.#sets = sets;
    this.#codec = codec;
    this.#prefixes = prefixes;
    this.#nlri = new NlriWriter(family, codec.addPathSend.has(family));
  }

  /** Attribute sets that no message could carry so far. */
  get unsendable(): number {
    return this.#unsendable;
  }

  /** For each prefix and peer the caller says one thing only between two calls of pack(). No attributes: it is withdrawn. */
  add(prefix: NlriId, attributes: HeardSet | undefined, audience: Audience): void {
    const at = this.#count++;
    this.#ids.set(at, prefix);
    this.#nexts.set(at, LAST);
    const current = this.#current;
    const bucket = current?.attributes === attributes && current?.audience === audience ? current : this.#find(attributes, audience);
    if (bucket) {
      this.#nexts.set(bucket.last, at);
      bucket.last = at;
      this.#current = bucket;
    } else this.#current = this.#begin(attributes, audience, at);
  }

  /** Turns what was gathered into frames, and starts anew. */
  pack(sink: FrameSink): void {
    if (this.#count === 0) return;
    for (const bucket of this.#withdrawals.values()) this.#withdraw(this.#nlriOf(bucket), bucket.audience, sink);
    for (const [attributes, shelf] of this.#announcements) {
      for (const bucket of shelf.all?.values() ?? [shelf.latest]) this.#announce(attributes, bucket, sink);
    }
    this.#clear();
  }

  #find(attributes: HeardSet | undefined, audience: Audience): Bucket | undefined {
    if (attributes === undefined) return this.#withdrawals.get(audience);
    const shelf = this.#announcements.get(attributes);
    if (!shelf || shelf.latest.audience === audience) return shelf?.latest;
    const bucket = shelf.all?.get(audience);
    if (bucket) shelf.latest = bucket;
    return bucket;
  }

  #begin(attributes: HeardSet | undefined, audience: Audience, at: number): Bucket {
    const bucket: Bucket = { attributes, audience, first: at, last: at };
    if (attributes === undefined) {
      this.#withdrawals.set(audience, bucket);
      return bucket;
    }
    const shelf = this.#announcements.get(attributes);
    if (shelf) {
      shelf.all ??= new Map([[shelf.latest.audience, shelf.latest]]);
      shelf.all.set(audience, bucket);
      shelf.latest = bucket;
    } else this.#announcements.set(attributes, { latest: bucket, all: undefined });
    return bucket;
  }

  #announce(attributes: HeardSet, bucket: Bucket, sink: FrameSink): void {
    if (typeof attributes === "number") this.#announcePlain(attributes, bucket, sink);
    else this.#announceObject(attributes, bucket, sink);
  }

  /** Octets to octets: attributes are written once, and prefixes behind them as long as they fit. */
  #announcePlain(set: PlainSet, bucket: Bucket, sink: FrameSink): void {
    const out = this.#frame;
    const head = this.#beginAnnouncement(set);
    const idBytes = this.#prefixes.pathId ? PATH_ID_BYTES : 0;
    if (!this.#fitsEach(bucket, this.#codec.maxMessageBytes - head - idBytes)) return this.#withdrawUnsendable(bucket, sink);
    for (let at = bucket.first; at !== LAST; at = this.#nexts.get(at)) {
      const prefix = this.#ids.get(at) as NlriId;
      const bits = this.#prefixes.bits(prefix);
      const octets = (bits + 7) >> 3;
      if (out.length + idBytes + 1 + octets > this.#codec.maxMessageBytes) {
        this.#hand(bucket, sink);
        out.truncate(head);
      }
      if (this.#prefixes.pathId) out.u32(this.#prefixes.pathId(prefix));
      out.u8(bits);
      this.#prefixes.writeAddress(prefix, out);
    }
    this.#hand(bucket, sink);
  }

  /** Is there room for each prefix alone? They are looked at only where there might be none for a whole address. */
  #fitsEach({ first }: Bucket, room: number): boolean {
    for (let at = room > ADDRESS_BYTES ? LAST : first; at !== LAST; at = this.#nexts.get(at)) {
      if (1 + ((this.#prefixes.bits(this.#ids.get(at) as NlriId) + 7) >> 3) > room) return false;
    }
    return true;
  }

  /** Everything before the prefixes; returns how long that is. */
  #beginAnnouncement(set: PlainSet): number {
    const out = this.#frame;
    out.truncate(0);
    beginMessage(MESSAGE_TYPE.update, out);
    out.u16(0);
    const lengthAt = out.length;
    out.u16(0);
    present(this.#sets.writePlain, "who tells sets as numbers can write them").call(this.#sets, set, out);
    out.patchU16(lengthAt, out.length - lengthAt - LENGTH_FIELD_BYTES);
    return out.length;
  }

  /** Whoever is told alone keeps the frame as it is. */
  #hand({ audience }: Bucket, sink: FrameSink): void {
    sealMessage(this.#frame);
    const frame = this.#frame.view();
    sink(audience.kind === "only" ? copyOf(frame) : frame, audience);
  }

  #withdrawUnsendable(bucket: Bucket, sink: FrameSink): void {
    this.#unsendable++;
    this.#withdraw(this.#nlriOf(bucket), bucket.audience, sink);
  }

  #announceObject(attributes: PathAttributes, bucket: Bucket, sink: FrameSink): void {
    const nlri = this.#nlriOf(bucket);
    const frames = announceFrames({ nlri, attributes }, this.#codec);
    if (typeof frames === "string") this.#withdrawUnsendable(bucket, sink);
    else for (const frame of frames) sink(frame, bucket.audience);
  }

  #withdraw(nlri: NlriBlock, audience: Audience, sink: FrameSink): void {
    for (const frame of withdrawFrames(nlri, this.#codec)) sink(frame, audience);
  }

  #nlriOf(bucket: Bucket): NlriBlock {
    for (let at = bucket.first; at !== LAST; at = this.#nexts.get(at)) {
      const prefix = this.#ids.get(at) as NlriId;
      this.#prefixes.copyAddress(prefix, this.#octets, 0);
      this.#nlri.add(this.#prefixes.pathId?.(prefix) ?? NO_PATH_ID, this.#prefixes.bits(prefix), this.#octets, 0);
    }
    return this.#nlri.finish();
  }

  #clear(): void {
    this.#current = undefined;
    this.#withdrawals.clear();
    this.#announcements.clear();
    if (this.#count > LARGE) {
      this.#ids = new Int32Column();
      this.#nexts = new Int32Column(LAST);
    }
    this.#count = 0;
  }
}
