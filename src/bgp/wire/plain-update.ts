/**
 * The UPDATE that nearly every UPDATE is: IPv4 prefixes in the fields of RFC 4271 with a plain attribute section, read where
 * it lies.
 * Pure. RFC 4271 §4.3; what is not plain, End-of-RIB and every mistake included, is for update.ts to read.
 */

import { HEADER_BYTES, MESSAGE_TYPE } from "./code-points.ts";
import type { CodecContext } from "./context.ts";
import { TYPE_OFFSET } from "./header.ts";
import { type PathIdBytes, NlriReader, nlriFaultIn, pathIdBytes } from "./nlri.ts";
import { PlainSection } from "./plain-section.ts";

const LENGTH_BYTES = 2;
const NOTHING = new Uint8Array(0);

/** One UPDATE at a time; valid until the next read() and as long as its bytes are. */
export class PlainUpdate {
  /** Of the announced prefixes; means nothing where there are none. */
  readonly attributes = new PlainSection();
  readonly #reader = new NlriReader();
  #bytes: Uint8Array = NOTHING;
  #withdrawnAt = 0;
  #withdrawnEnd = 0;
  #nlriAt = 0;
  #end = 0;
  #idBytes: PathIdBytes = 0;

  /** From `at` to `end` lies a whole message whose header has been checked; false: it is to be read with decodeMessage(). */
  read(bytes: Uint8Array, at: number, end: number, context: CodecContext): boolean {
    if (bytes[at + TYPE_OFFSET] !== MESSAGE_TYPE.update) return false;
    const withdrawnAt = at + HEADER_BYTES + LENGTH_BYTES;
    const withdrawnEnd = withdrawnAt + lengthAt(bytes, at + HEADER_BYTES);
    const attributesAt = withdrawnEnd + LENGTH_BYTES;
    if (attributesAt > end) return false;
    const nlriAt = attributesAt + lengthAt(bytes, withdrawnEnd);
    if (nlriAt > end) return false;
    this.#bytes = bytes;
    this.#withdrawnAt = withdrawnAt;
    this.#withdrawnEnd = withdrawnEnd;
    this.#nlriAt = nlriAt;
    this.#end = end;
    this.#idBytes = pathIdBytes("ipv4", context);
    const announces = nlriAt < end;
    if (!announces && (nlriAt > attributesAt || withdrawnEnd === withdrawnAt)) return false; // other families, or End-of-RIB
    if (announces && !this.attributes.read(bytes, attributesAt, nlriAt, context)) return false;
    return this.#isSound(withdrawnAt, withdrawnEnd) && this.#isSound(nlriAt, end);
  }

  get announces(): "some" | "nothing" {
    return this.#nlriAt < this.#end ? "some" : "nothing";
  }

  /** Walks the withdrawn prefixes; valid until the next walk. */
  withdrawn(): NlriReader {
    return this.#reader.begin(this.#bytes, this.#withdrawnAt, this.#withdrawnEnd, this.#idBytes);
  }

  /** Walks the announced prefixes; valid until the next walk. */
  announced(): NlriReader {
    return this.#reader.begin(this.#bytes, this.#nlriAt, this.#end, this.#idBytes);
  }

  #isSound(at: number, end: number): boolean {
    return nlriFaultIn("ipv4", this.#idBytes, this.#bytes, at, end) === undefined;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
