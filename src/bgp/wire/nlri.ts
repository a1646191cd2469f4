/**
 * Prefixes as they stand in an UPDATE: reading, writing and checking lists of them without an object per prefix.
 * Pure. RFC 4271 §4.3 (NLRI), RFC 4760 §5 (other families), RFC 7911 §3 (path identifiers).
 *
 *   +-----------------+--------+--------------------+
 *   | path identifier | length | address            |   length in bits; ceil(length / 8) octets of address;
 *   | 4, add-path only| 1      | 0 to 4, or 0 to 16 |   bits beyond the length mean nothing
 *   +-----------------+--------+--------------------+
 */

import { type Prefix, maxLength, prefixFromBytes, prefixLength, prefixToBytes } from "../../ip/prefix.ts";
import { type CodecContext, FAMILIES, type Family } from "./context.ts";
import { Writer, readU32 } from "./cursor.ts";
import type { NlriBlock } from "./message-types.ts";

/** One prefix as an object, for the edges; hot paths use NlriReader. */
export interface NlriEntry {
  readonly prefix: Prefix;
  /** 0 where the session has no path identifiers. */
  readonly pathId: number;
}

/** Octets of path identifier before each prefix. */
export type PathIdBytes = 0 | 4;

const NOTHING = new Uint8Array(0);

/** Walks prefixes in their octets; between two calls of `next` the fields describe one. */
export class NlriReader {
  #bytes: Uint8Array = NOTHING;
  #end = 0;
  #idBytes: PathIdBytes = 0;
  #next = 0;
  #pathId = 0;
  #bits = 0;
  #at = 0;

  constructor(block?: NlriBlock) {
    if (block) this.begin(block.bytes, 0, block.bytes.length, block.addPath ? 4 : 0);
  }

  /** Starts over with the prefixes from `at` to `end`, which nlriFaultIn() has found to be in order. */
  begin(bytes: Uint8Array, at: number, end: number, idBytes: PathIdBytes): this {
    this.#bytes = bytes;
    this.#next = at;
    this.#end = end;
    this.#idBytes = idBytes;
    this.#pathId = 0;
    return this;
  }

  /** Steps to the next prefix; false when there is none. */
  next(): boolean {
    const bytes = this.#bytes;
    let at = this.#next;
    if (at >= this.#end) return false;
    if (this.#idBytes !== 0) {
      this.#pathId = readU32(bytes, at);
      at += this.#idBytes;
    }
    this.#bits = bytes[at] as number;
    this.#at = at + 1;
    this.#next = at + 1 + octetsOf(this.#bits);
    return true;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get idBytes(): PathIdBytes {
    return this.#idBytes;
  }

  /** 0 where the session has no path identifiers. */
  get pathId(): number {
    return this.#pathId;
  }

  get bits(): number {
    return this.#bits;
  }

  /** Offset of the prefix's first address octet in `bytes`. */
  get at(): number {
    return this.#at;
  }

  /** Offset just behind the prefix. */
  get end(): number {
    return this.#next;
  }
}

/** Collects prefixes of one family into a block. */
export class NlriWriter {
  readonly #family: Family;
  readonly #addPath: boolean;
  readonly #out = new Writer();
  #count = 0;

  constructor(family: Family, addPath: boolean) {
    this.#family = family;
    this.#addPath = addPath;
  }

  get count(): number {
    return this.#count;
  }

  /** The prefix of `bits` bits whose octets start at `at`; host bits are cleared, the path id is dropped without add-path. */
  add(pathId: number, bits: number, bytes: Uint8Array, at: number): void {
    const out = this.#out;
    if (this.#addPath) out.u32(pathId);
    out.u8(bits);
    const whole = bits >> 3;
    out.bytes(bytes, at, at + whole);
    const rest = bits & 7;
    if (rest !== 0) out.u8((bytes[at + whole] as number) & (0xff00 >> rest) & 0xff);
    this.#count++;
  }

  /** The block; the writer is empty again. */
  finish(): NlriBlock {
    this.#count = 0;
    return { family: this.#family, addPath: this.#addPath, bytes: this.#out.finish() };
  }
}

/** A block of these entries, in their order. */
export function nlriOf(family: Family, addPath: boolean, entries: readonly NlriEntry[]): NlriBlock {
  const writer = new NlriWriter(family, addPath);
  for (const { prefix, pathId } of entries) writer.add(pathId, prefixLength(prefix), prefixToBytes(prefix), 0);
  return writer.finish();
}

/** Every prefix of the block as an object. */
export function listNlri(block: NlriBlock): readonly NlriEntry[] {
  const { version } = FAMILIES[block.family];
  const reader = new NlriReader(block);
  const entries: NlriEntry[] = [];
  while (reader.next()) {
    entries.push({ prefix: prefixFromBytes(block.bytes, reader.at, reader.bits, version), pathId: reader.pathId });
  }
  return entries;
}

export function countNlri(block: NlriBlock): number {
  const reader = new NlriReader(block);
  let count = 0;
  while (reader.next()) count++;
  return count;
}

/** What the agreement says stands before each prefix that we receive. */
export function pathIdBytes(family: Family, { addPathReceive }: CodecContext): PathIdBytes {
  return addPathReceive.has(family) ? 4 : 0;
}

/** What is wrong with a list of prefixes from the wire; undefined when NlriReader may walk it. */
export function nlriFault({ family, addPath, bytes }: NlriBlock): string | undefined {
  return nlriFaultIn(family, addPath ? 4 : 0, bytes, 0, bytes.length);
}

/** nlriFault() for the octets from `from` to `end`. */
export function nlriFaultIn(family: Family, idBytes: PathIdBytes, bytes: Uint8Array, from: number, end: number): string | undefined {
  const maxBits = maxLength(FAMILIES[family].version);
  for (let at = from; at < end; ) {
    if (at + idBytes >= end) return "the last path identifier has no prefix";
    const bits = bytes[at + idBytes] as number;
    if (bits > maxBits) return `prefix length ${bits} is more than ${maxBits}`;
    at += idBytes + 1 + octetsOf(bits);
    if (at > end) return "the last prefix is cut off";
  }
  return undefined;
}

function octetsOf(bits: number): number {
  return (bits + 7) >> 3;
}
