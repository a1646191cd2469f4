/**
 * A byte stream becomes whole messages, and the header of each is checked as soon as it is there.
 * Pure. RFC 4271 §4.1 and §6.1.
 *
 * A message that lies in one chunk is read where it lies; only one that straddles chunks is copied.
 */

import { HEADER_BYTES } from "./code-points.ts";
import { checkHeader } from "./header.ts";

const NOTHING = new Uint8Array(0);

/** Cuts one connection's bytes into messages; wherever the chunks were cut, the messages are the same. */
export class Framer {
  /** Where the message that find() found lies, until the next find(). */
  bytes: Uint8Array = NOTHING;
  at = 0;
  end = 0;
  #chunks: Uint8Array[] = [];
  #at = 0;
  /** The message that began in an earlier chunk; as long as the header is missing, only that. */
  #straddling = NOTHING;
  #filled = 0;

  push(chunk: Uint8Array): void {
    // a plain view: subarrays of a Node Buffer are slower and their `slice` does not copy
    if (chunk.length > 0) this.#chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  }

  /** The next whole message as a view, or undefined until more bytes come. Throws ProtocolError 1/1, 1/2 or 1/3. */
  next(maxMessageBytes: number): Uint8Array | undefined {
    return this.find(maxMessageBytes) ? this.bytes.subarray(this.at, this.end) : undefined;
  }

  /** next() without a view: says where the message lies. A view costs more than reading most messages. */
  find(maxMessageBytes: number): boolean {
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      const isFound = this.#filled > 0 ? this.#complete(chunk, maxMessageBytes) : this.#cut(chunk, maxMessageBytes);
      if (this.#at === chunk.length) this.#leaveChunk();
      if (isFound) return true;
    }
    this.bytes = NOTHING; // thousands of links would hold what they received last
    return false;
  }

  /** A message that begins in this chunk; when it does not end here, its beginning is kept. */
  #cut(chunk: Uint8Array, maxMessageBytes: number): boolean {
    const at = this.#at;
    const available = chunk.length - at;
    const bytes = available < HEADER_BYTES ? HEADER_BYTES : checkHeader(chunk, at, maxMessageBytes);
    if (available >= bytes) {
      this.#at = at + bytes;
      return this.#found(chunk, at, at + bytes);
    }
    this.#straddling = new Uint8Array(bytes);
    this.#fill(chunk);
    return false;
  }

  /** Adds to the straddling message: first its header, then what the header says is still to come. */
  #complete(chunk: Uint8Array, maxMessageBytes: number): boolean {
    const headerMissing = this.#filled < HEADER_BYTES;
    this.#fill(chunk);
    if (headerMissing && this.#filled >= HEADER_BYTES) {
      const whole = new Uint8Array(checkHeader(this.#straddling, 0, maxMessageBytes));
      whole.set(this.#straddling);
      this.#straddling = whole;
      this.#fill(chunk);
    }
    if (this.#filled < this.#straddling.length || this.#filled < HEADER_BYTES) return false;
    const message = this.#straddling;
    this.#straddling = NOTHING;
    this.#filled = 0;
    return this.#found(message, 0, message.length);
  }

  #found(bytes: Uint8Array, at: number, end: number): true {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    return true;
  }

  #fill(chunk: Uint8Array): void {
    const count = Math.min(this.#straddling.length - this.#filled, chunk.length - this.#at);
    this.#straddling.set(chunk.subarray(this.#at, this.#at + count), this.#filled);
    this.#filled += count;
    this.#at += count;
  }

  #leaveChunk(): void {
    this.#chunks.shift();
    this.#at = 0;
  }
}
