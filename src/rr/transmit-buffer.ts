/**
 * TransmitBuffer: what one transmit() hands to a socket; pieces in order up to a budget in bytes, and how many messages they are.
 * Pure. The budget is soft by one frame: the first frame always fits, or a small budget would never get past a large one.
 */

import { MESSAGE_TYPE, MESSAGE_TYPE_AT } from "../bgp/wire/code-points.ts";

export class TransmitBuffer {
  readonly pieces: Uint8Array[] = [];
  readonly #maxBytes: number;
  #bytes = 0;
  #updates = 0;
  #refreshes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Messages in it: UPDATE. */
  get updates(): number {
    return this.#updates;
  }

  /** Messages in it: ROUTE-REFRESH. */
  get refreshes(): number {
    return this.#refreshes;
  }

  /** Bytes that still fit; never negative. */
  get room(): number {
    return Math.max(0, this.#maxBytes - this.#bytes);
  }

  /** May a frame of that many bytes come along? */
  admits(bytes: number): boolean {
    return this.isEmpty || bytes <= this.room;
  }

  /** `bytes` in so many UPDATE messages were put into `pieces`, or are put there now. */
  count(bytes: number, updates: number): void {
    this.#bytes += bytes;
    this.#updates += updates;
  }

  /** One whole frame. */
  add(frame: Uint8Array): void {
    this.pieces.push(frame);
    if (frame[MESSAGE_TYPE_AT] === MESSAGE_TYPE.update) this.count(frame.length, 1);
    else {
      this.count(frame.length, 0);
      this.#refreshes++;
    }
  }
}
