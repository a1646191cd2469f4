/**
 * A stream of bytes cut into BGP messages, wherever TCP cut it before.
 * Pure, a hot path: messages are taken where they lie, and only one that is cut is copied. RFC 4271 §4.1.
 */

import { HEADER_BYTES, MAX_MESSAGE_BYTES } from "./octets.ts";

/** Gets one whole message, `bytes[at..end)`; it is there only until this returns. */
export type MessageTaker = (bytes: Uint8Array, at: number, end: number) => void;

export class Splitter {
  /** The beginning of a message whose end has not come yet. */
  readonly #begun = new Uint8Array(MAX_MESSAGE_BYTES);
  #begunBytes = 0;

  /** Forgets what was begun: the next bytes are those of another connection. */
  reset(): void {
    this.#begunBytes = 0;
  }

  /** The next `length` bytes. */
  push(bytes: Uint8Array, length: number, take: MessageTaker): void {
    let at = this.#begunBytes > 0 ? this.#complete(bytes, length, take) : 0;
    while (length - at >= HEADER_BYTES) {
      const end = at + messageLength(bytes, at);
      if (end > length) break;
      take(bytes, at, end);
      at = end;
    }
    if (at === length) return;
    this.#begun.set(bytes.subarray(at, length), this.#begunBytes);
    this.#begunBytes += length - at;
  }

  /** Adds what the message begun earlier lacks, as far as it has come; returns how many bytes that took. */
  #complete(bytes: Uint8Array, length: number, take: MessageTaker): number {
    const header = this.#fill(bytes, 0, length, HEADER_BYTES);
    if (this.#begunBytes < HEADER_BYTES) return header;
    const whole = messageLength(this.#begun, 0);
    const used = header + this.#fill(bytes, header, length, whole);
    if (this.#begunBytes < whole) return used;
    this.#begunBytes = 0;
    take(this.#begun, 0, whole);
    return used;
  }

  /** Copies until there are `wanted` bytes of it, or no more; returns how many were copied. */
  #fill(bytes: Uint8Array, at: number, length: number, wanted: number): number {
    const copied = Math.max(0, Math.min(wanted - this.#begunBytes, length - at));
    this.#begun.set(bytes.subarray(at, at + copied), this.#begunBytes);
    this.#begunBytes += copied;
    return copied;
  }
}

function messageLength(bytes: Uint8Array, at: number): number {
  const length = ((bytes[at + 16] as number) << 8) | (bytes[at + 17] as number);
  if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new Error(`the reflector sent a message of ${length} octets`);
  return length;
}
