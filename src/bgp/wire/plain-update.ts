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

/** One UPDATE at a time; valid until the next read() and as long as the frame is. */
export class PlainUpdate {
  /** Of the announced prefixes; means nothing where there are none. */
  readonly attributes = new PlainSection();
  readonly #reader = new NlriReader();
  #frame: Uint8Array = NOTHING;
  #withdrawnEnd = 0;
  #nlriAt = 0;
  #idBytes: PathIdBytes = 0;

  /** `frame` is a whole message whose header has been checked; false: it is to be read with decodeMessage(). */
  read(frame: Uint8Array, context: CodecContext): boolean {
    if (frame[TYPE_OFFSET] !== MESSAGE_TYPE.update) return false;
    const withdrawnAt = HEADER_BYTES + LENGTH_BYTES;
    const withdrawnEnd = withdrawnAt + lengthAt(frame, HEADER_BYTES);
    const attributesAt = withdrawnEnd + LENGTH_BYTES;
    if (attributesAt > frame.length) return false;
    const nlriAt = attributesAt + lengthAt(frame, withdrawnEnd);
    if (nlriAt > frame.length) return false;
    this.#frame = frame;
    this.#withdrawnEnd = withdrawnEnd;
    this.#nlriAt = nlriAt;
    this.#idBytes = pathIdBytes("ipv4", context);
    const announces = nlriAt < frame.length;
    if (!announces && (nlriAt > attributesAt || withdrawnEnd === withdrawnAt)) return false; // other families, or End-of-RIB
    if (announces && !this.attributes.read(frame, attributesAt, nlriAt, context)) return false;
    return this.#isSound(withdrawnAt, withdrawnEnd) && this.#isSound(nlriAt, frame.length);
  }

  get announces(): "some" | "nothing" {
    return this.#nlriAt < this.#frame.length ? "some" : "nothing";
  }

  /** Walks the withdrawn prefixes; valid until the next walk. */
  withdrawn(): NlriReader {
    return this.#reader.begin(this.#frame, HEADER_BYTES + LENGTH_BYTES, this.#withdrawnEnd, this.#idBytes);
  }

  /** Walks the announced prefixes; valid until the next walk. */
  announced(): NlriReader {
    return this.#reader.begin(this.#frame, this.#nlriAt, this.#frame.length, this.#idBytes);
  }

  #isSound(at: number, end: number): boolean {
    return nlriFaultIn("ipv4", this.#idBytes, this.#frame, at, end) === undefined;
  }
}

function lengthAt(frame: Uint8Array, at: number): number {
  return ((frame[at] as number) << 8) | (frame[at + 1] as number);
}
