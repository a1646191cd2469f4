/**
 * What one take() hands to a socket: pieces in order, up to a budget.
 * Pure. The budget is soft by one frame: the first frame always fits, or a small budget would never get past a large one.
 */

export class Parcel {
  readonly pieces: Uint8Array[] = [];
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** Bytes that still fit; never negative. */
  get room(): number {
    return Math.max(0, this.#maxBytes - this.#bytes);
  }

  /** May a frame of that many bytes come along? */
  admits(bytes: number): boolean {
    return this.isEmpty || bytes <= this.room;
  }

  /** `bytes` were put into `pieces`, or are put there now. */
  count(bytes: number): void {
    this.#bytes += bytes;
  }

  add(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.count(piece.length);
  }
}
