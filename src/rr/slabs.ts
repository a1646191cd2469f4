/**
 * A byte stream without end, of which a window is kept in a few large buffers: appended at the end, dropped at the beginning.
 * Pure. Bytes never change once written: what slice() hands out stays valid after its slab is dropped, so it can lie in a socket's queue
 * without being copied.
 *
 *   dropped         | slab 0          | slab 1      | slab 2 ......free|
 *   ----------------+-----------------+-------------+------------------+
 *                   ^ start                                ^ end            offsets never start again
 */

const FIRST_SLAB_BYTES = 4 * 1024;
const LARGEST_SLAB_BYTES = 1024 * 1024;

interface Slab {
  readonly buffer: Uint8Array;
  readonly start: number;
  used: number;
}

export class Slabs {
  readonly #firstBytes: number;
  #slabs: Slab[] = [];
  #end = 0;

  constructor(firstBytes = FIRST_SLAB_BYTES) {
    this.#firstBytes = firstBytes;
  }

  /** Offset after the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Offset of the first byte still held: at most one slab before what dropBefore() was told. */
  get start(): number {
    return this.#slabs[0]?.start ?? this.#end;
  }

  /** Copies `bytes` to the end; they lie in one slab. */
  append(bytes: Uint8Array): void {
    const last = this.#slabs.at(-1);
    const slab = last && last.used + bytes.length <= last.buffer.length ? last : this.#open(bytes.length);
    slab.buffer.set(bytes, slab.used);
    slab.used += bytes.length;
    this.#end += bytes.length;
  }

  /** The bytes between two offsets, in as few pieces as there are slabs. */
  slice(from: number, to: number, into: Uint8Array[]): void {
    for (let at = from, index = this.#find(from); at < to; index++) {
      const slab = this.#slabs[index] as Slab;
      const stop = Math.min(to, slab.start + slab.used);
      if (stop > at) into.push(slab.buffer.subarray(at - slab.start, stop - slab.start));
      at = stop;
    }
  }

  /** Nobody asks for anything before `offset` any more. */
  dropBefore(offset: number): void {
    let passed = 0;
    while (passed < this.#slabs.length - 1 && (this.#slabs[passed + 1] as Slab).start <= offset) passed++;
    if (passed > 0) this.#slabs.splice(0, passed);
    if (offset === this.#end && (this.#slabs[0]?.buffer.length ?? 0) > this.#firstBytes) this.#slabs = [];
  }

  /** Twice what is held already: a trickle stays small, a flood soon gets large slabs. */
  #open(bytes: number): Slab {
    const wanted = Math.min(LARGEST_SLAB_BYTES, Math.max(this.#firstBytes, 2 * (this.#end - this.start)));
    const slab: Slab = { buffer: new Uint8Array(Math.max(wanted, bytes)), start: this.#end, used: 0 };
    this.#slabs.push(slab);
    return slab;
  }

  /** The slab that holds the byte at `offset`, from the back: most readers are near the end. */
  #find(offset: number): number {
    let index = this.#slabs.length - 1;
    while (index > 0 && (this.#slabs[index] as Slab).start > offset) index--;
    return index;
  }
}
