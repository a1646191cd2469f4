/**
 * Packer: what is to be told, gathered by (attributes, audience), becomes as few frames as it can.
 * Pure. RFC 4271 §4.3, RFC 4760; message length by RFC 8654. Attributes are encoded once for all prefixes that share
 * them; withdrawals come out first, so a receiver's table never holds more than it must.
 *
 * Attributes that do not fit into one message together with a prefix are answered by a withdrawal: the group must not go
 * on using what was told before (RFC 8654 §4).
 *
 * Hot: a prefix costs two cells in two columns, chained per bucket; there are objects per bucket only.
 */

import type { PathAttributes } from "../bgp/wire/attribute-types.ts";
import type { CodecContext, Family } from "../bgp/wire/context.ts";
import { announceFrames, withdrawFrames } from "../bgp/wire/frames.ts";
import type { NlriBlock } from "../bgp/wire/message-types.ts";
import { NlriWriter } from "../bgp/wire/nlri.ts";
import { Int32Column } from "../bgp/rib/columns.ts";
import type { GroupPrefixes, NlriId } from "./group-table.ts";
import type { Audience, Tell } from "./tell.ts";

/** Receives each finished frame, in order. */
export type FrameSink = (frame: Uint8Array, audience: Audience) => void;

/** Prefixes of one fate, chained through the columns from the first to the last. */
interface Bucket {
  readonly audience: Audience;
  readonly first: number;
  last: number;
}

/** The buckets of one attribute set. Most sets have one audience, and routes of one source come together. */
interface Shelf {
  latest: Bucket;
  /** By audience, as soon as there are two. */
  all: Map<number, Bucket> | undefined;
}

const NO_PATH_ID = 0;
const LAST = -1;
const LONGEST_ADDRESS_BYTES = 16;
const LARGE = 64 * 1024; // prefixes; the columns of a flood are not kept for the trickle after it

export class Packer {
  readonly #codec: CodecContext;
  readonly #prefixes: Pick<GroupPrefixes, "bits" | "copyAddress" | "pathId">;
  readonly #nlri: NlriWriter;
  readonly #octets = new Uint8Array(LONGEST_ADDRESS_BYTES);
  #ids = new Int32Column();
  #nexts = new Int32Column(LAST);
  #count = 0;
  #withdrawals = new Map<number, Bucket>();
  #announcements = new Map<PathAttributes, Shelf>();
  #unsendable = 0;

  constructor(family: Family, codec: CodecContext, prefixes: Pick<GroupPrefixes, "bits" | "copyAddress" | "pathId">) {
    this.#codec = codec;
    this.#prefixes = prefixes;
    this.#nlri = new NlriWriter(family, codec.addPathSend.has(family));
  }

  /** Attribute sets that no message could carry so far. */
  get unsendable(): number {
    return this.#unsendable;
  }

  /** For each prefix and peer the caller says one thing only between two calls of pack(). */
  add(prefix: NlriId, told: Tell): void {
    const key = audienceKey(told.audience);
    const bucket = told.kind === "withdraw" ? this.#withdrawals.get(key) : this.#find(told.attributes, key);
    const at = this.#count++;
    this.#ids.set(at, prefix);
    this.#nexts.set(at, LAST);
    if (!bucket) return this.#begin(told, key, at);
    this.#nexts.set(bucket.last, at);
    bucket.last = at;
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

  #find(attributes: PathAttributes, key: number): Bucket | undefined {
    const shelf = this.#announcements.get(attributes);
    if (!shelf || audienceKey(shelf.latest.audience) === key) return shelf?.latest;
    const bucket = shelf.all?.get(key);
    if (bucket) shelf.latest = bucket;
    return bucket;
  }

  #begin(told: Tell, key: number, at: number): void {
    const bucket: Bucket = { audience: told.audience, first: at, last: at };
    if (told.kind === "withdraw") {
      this.#withdrawals.set(key, bucket);
      return;
    }
    const shelf = this.#announcements.get(told.attributes);
    if (!shelf) {
      this.#announcements.set(told.attributes, { latest: bucket, all: undefined });
      return;
    }
    shelf.all ??= new Map([[audienceKey(shelf.latest.audience), shelf.latest]]);
    shelf.all.set(key, bucket);
    shelf.latest = bucket;
  }

  #announce(attributes: PathAttributes, bucket: Bucket, sink: FrameSink): void {
    const nlri = this.#nlriOf(bucket);
    const frames = announceFrames({ nlri, attributes }, this.#codec);
    if (typeof frames === "string") {
      this.#unsendable++;
      this.#withdraw(nlri, bucket.audience, sink);
    } else for (const frame of frames) sink(frame, bucket.audience);
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
    this.#withdrawals = new Map();
    this.#announcements = new Map();
    if (this.#count > LARGE) {
      this.#ids = new Int32Column();
      this.#nexts = new Int32Column(LAST);
    }
    this.#count = 0;
  }
}

/** Equal audiences have equal keys. */
function audienceKey(audience: Audience): number {
  switch (audience.kind) {
    case "everyone":
      return -1;
    case "all-but":
      return audience.peer * 2;
    case "only":
      return audience.peer * 2 + 1;
  }
}
