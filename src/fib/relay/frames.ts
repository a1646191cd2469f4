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

/** The header that goes before a datagram for the kernel. */
export function requestHeader(length: number): Uint8Array {
  return Uint8Array.of(length, length >>> 8, length >>> 16, length >>> 24, 0, 0, 0, 0);
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
