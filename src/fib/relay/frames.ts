/**
 * The one framing between daemon and relay, for every carrier and both directions.
 * Pure.
 *
 *   0        4        8
 *   +--------+--------+----------------+
 *   | length |  kind  | length octets  |      u32 little-endian; the header keeps the payload's alignment
 *   +--------+--------+----------------+
 *   to the relay     0: a datagram for the request socket
 *   from the relay   0: a datagram of the request socket   1: one of the event socket   2: a status, words of 32 bit
 */

import { u32At } from "../rtnetlink.ts";

const HEADER_BYTES = 8;

export const FRAME = { answer: 0, event: 1, status: 2 } as const;
export const STATUS = { hello: 0, requestError: 1, eventError: 2, sendFailed: 3 } as const;

const FIRST_BYTES = 65_536; // a window of batches of plain IPv4 routes

/** Frames for the relay, one behind another: they are written at once and the memory serves again. */
export class FrameWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  /** Adds a datagram for the kernel; it is copied. */
  add(datagram: Uint8Array): void {
    const at = this.#length;
    this.#length += HEADER_BYTES + datagram.length;
    if (this.#length > this.#bytes.length) this.#grow();
    for (let i = 0; i < 4; i++) this.#bytes[at + i] = datagram.length >>> (8 * i);
    this.#bytes.fill(0, at + 4, at + HEADER_BYTES); // kind 0
    this.#bytes.set(datagram, at + HEADER_BYTES);
  }

  get length(): number {
    return this.#length;
  }

  /** What was added; valid until clear(). */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(): void {
    const old = this.#bytes;
    this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(this.#length)));
    this.#bytes.set(old);
  }
}

/** Cuts a byte stream into frames. */
export class FrameReader {
  #rest = new Uint8Array(0);

  /** Shows every whole frame; the payload is valid during the call. */
  push(chunk: Uint8Array, visit: (kind: number, payload: Uint8Array) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + u32At(bytes, at);
      if (end > bytes.length) break;
      visit(u32At(bytes, at + 4), bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    this.#rest = bytes.slice(at);
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}
