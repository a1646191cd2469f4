/**
 * FrameRun: frames one behind the other, numbered, each with an audience; every member reads them at its own pace.
 * Pure. What most of a group hears lies in slabs without gaps, so a long stretch is handed out as a few subarrays. An exception for one
 * peer (a frame that it skips, one that it alone gets) is a note beside the run, under that peer's name; no frame has more than one.
 *
 *   frame       17        18        19        20            audience
 *   bytes   [ UPDATE ][ UPDATE ][         ][ UPDATE ]       17, 18, 20: all but the peers noted; 19: only one
 *   notes     peer 4              peer 9
 *             skip 17             insert at 19
 *
 * So a reader's work is in the number of its own notes, not in the number of frames.
 */

import { invariant } from "../ip/assert.ts";
import type { SourceId } from "../bgp/rib/ids.ts";
import type { TransmitBuffer } from "./transmit-buffer.ts";
import { Slabs } from "./slabs.ts";
import type { Audience } from "./tell.ts";

const FIRST_CAPACITY = 64;
const FLOOD = 4096; // frames; offsets of a flood are let go after it

/** A peer's exceptions, by rising frame number. */
interface Notes {
  readonly frames: number[];
  /** Beside each frame: what to hear in its place; undefined: nothing. */
  readonly inserts: (Uint8Array | undefined)[];
}

export class FrameRun {
  readonly #slabs: Slabs;
  readonly #notes = new Map<SourceId, Notes>();
  /** Offset in the slabs at which frame `first + i` starts; one more than there are frames. */
  #offsets = new Float64Array(FIRST_CAPACITY);
  /** Beside each offset: frames in the slabs before it, since the beginning. */
  #shared = new Float64Array(FIRST_CAPACITY);
  /** Members at the same place read the same: they get the same views. */
  #lastRead: { readonly from: number; readonly to: number; readonly pieces: readonly Uint8Array[] } = { from: 0, to: 0, pieces: [] };
  #first = 0;
  #count = 0;
  #insertBytes = 0;

  /** `firstSlabBytes`: what it is worth to hold for what comes, however little that is. */
  constructor(firstSlabBytes?: number) {
    this.#slabs = new Slabs(firstSlabBytes);
  }

  /** Number of the first frame still held. */
  get start(): number {
    return this.#first;
  }

  /** Number that the next frame gets. */
  get end(): number {
    return this.#first + this.#count;
  }

  /** Bytes held for readers. */
  get bytes(): number {
    return this.#slabs.end - this.#offset(this.start) + this.#insertBytes;
  }

  /** Bytes that a reader from `frame` on would get, were it not for its notes. */
  bytesFrom(frame: number): number {
    return this.#slabs.end - this.#offset(frame);
  }

  append(bytes: Uint8Array, audience: Audience): void {
    if (audience.kind === "all-but") this.#note(audience.peer, undefined);
    if (audience.kind === "only") this.#note(audience.peer, bytes);
    else this.#slabs.append(bytes);
    const shared = (this.#shared[this.#count] as number) + (audience.kind === "only" ? 0 : 1);
    this.#count++;
    if (this.#count >= this.#offsets.length) this.#resize(this.#offsets.length * 2);
    this.#offsets[this.#count] = this.#slabs.end;
    this.#shared[this.#count] = shared;
  }

  /** The first frame from `from` on that has something for this reader; the end when there is none. */
  next(reader: SourceId, from: number): number {
    const notes = this.#notes.get(reader);
    let note = notes ? lowerBound(notes.frames, from) : 0;
    for (let at = from; at < this.end; ) {
      const noted = notes?.frames[note] ?? Infinity;
      const stop = Math.min(noted, this.end);
      if (this.#offset(stop) > this.#offset(at)) return at;
      if (noted >= this.end) break;
      if (notes?.inserts[note]) return noted;
      at = noted + 1;
      note++;
    }
    return this.end;
  }

  /** Puts this reader's frames from `from` up to `until` into the buffer while they fit; returns the frame to go on with. */
  read(reader: SourceId, from: number, until: number, buffer: TransmitBuffer): number {
    invariant(from >= this.#first && until <= this.end, "frames are read while they are held");
    const notes = this.#notes.get(reader);
    let note = notes ? lowerBound(notes.frames, from) : 0;
    for (let at = from; at < until; ) {
      const noted = notes?.frames[note] ?? Infinity;
      if (noted === at) {
        const insert = notes?.inserts[note];
        if (insert && !buffer.admits(insert.length)) return at;
        if (insert) buffer.add(insert);
        at++;
        note++;
      } else {
        const stop = Math.min(noted, until);
        const reached = this.#readShared(at, stop, buffer);
        if (reached < stop) return reached;
        at = reached;
      }
    }
    return until;
  }

  /** Nobody reads anything before `frame` any more. */
  dropBefore(frame: number): void {
    const dropped = Math.min(frame, this.end) - this.#first;
    if (dropped <= 0) return;
    this.#slabs.dropBefore(this.#offset(this.#first + dropped));
    this.#lastRead = { from: 0, to: 0, pieces: [] };
    this.#offsets.copyWithin(0, dropped, this.#count + 1);
    this.#shared.copyWithin(0, dropped, this.#count + 1);
    this.#first += dropped;
    this.#count -= dropped;
    const { length } = this.#offsets;
    if (length > FLOOD && this.#count * 4 < length) this.#resize(this.#count * 2 + FIRST_CAPACITY);
    this.#dropNotes();
  }

  #readShared(from: number, stop: number, buffer: TransmitBuffer): number {
    const start = this.#offset(from);
    const fitting = this.#offset(stop) - start <= buffer.room ? stop : this.#lastUpTo(start + buffer.room, from, stop);
    const reached = this.#offset(fitting) === start && buffer.isEmpty ? this.#firstBeyond(start, from, stop) : fitting;
    const end = this.#offset(reached);
    if (end > start) for (const piece of this.#view(start, end)) buffer.pieces.push(piece);
    buffer.count(end - start, this.#sharedBefore(reached) - this.#sharedBefore(from));
    return reached;
  }

  #view(from: number, to: number): readonly Uint8Array[] {
    if (this.#lastRead.from === from && this.#lastRead.to === to) return this.#lastRead.pieces;
    const pieces: Uint8Array[] = [];
    this.#slabs.slice(from, to, pieces);
    this.#lastRead = { from, to, pieces };
    return pieces;
  }

  /** The highest frame number in from..stop that starts at or before `offset`. */
  #lastUpTo(offset: number, from: number, stop: number): number {
    let low = from;
    let high = stop;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#offset(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The frame behind the first one in from..stop that has bytes; `stop` when none has. */
  #firstBeyond(offset: number, from: number, stop: number): number {
    return Math.min(stop, this.#lastUpTo(offset, from, stop) + 1);
  }

  #note(peer: SourceId, insert: Uint8Array | undefined): void {
    let notes = this.#notes.get(peer);
    if (!notes) this.#notes.set(peer, (notes = { frames: [], inserts: [] }));
    notes.frames.push(this.end);
    notes.inserts.push(insert);
    this.#insertBytes += insert?.length ?? 0;
  }

  #dropNotes(): void {
    if (this.#count === 0) {
      this.#notes.clear();
      this.#insertBytes = 0;
    }
    for (const [peer, { frames, inserts }] of this.#notes) {
      const passed = lowerBound(frames, this.#first);
      if (passed === 0) continue;
      for (const insert of inserts.splice(0, passed)) this.#insertBytes -= insert?.length ?? 0;
      frames.splice(0, passed);
      if (frames.length === 0) this.#notes.delete(peer);
    }
  }

  #offset(frame: number): number {
    return this.#offsets[frame - this.#first] as number;
  }

  #sharedBefore(frame: number): number {
    return this.#shared[frame - this.#first] as number;
  }

  #resize(capacity: number): void {
    const { offsets, shared } = { offsets: this.#offsets, shared: this.#shared };
    this.#offsets = new Float64Array(capacity);
    this.#offsets.set(offsets.subarray(0, Math.min(capacity, this.#count + 1)));
    this.#shared = new Float64Array(capacity);
    this.#shared.set(shared.subarray(0, Math.min(capacity, this.#count + 1)));
  }
}

/** Index of the first number that is not below `value`; the numbers rise. */
export function lowerBound(numbers: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
