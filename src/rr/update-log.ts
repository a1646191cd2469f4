/**
 * UpdateLog: every frame of a group, appended once, read by each member from its own place.
 * Pure. Bounded: what is over the bound is dropped, oldest first, and a member that had not read it goes on in the journal. For that
 * the log knows with which change each batch of frames began.
 *
 *   frames   | 40 41 42 | 43 | 44 45 46 47 |        batches, one per commit
 *   stamps   ^ 900      ^ 931 ^ 932                  first change told of; a reader at 45 misses changes from 932 on
 */

import type { SourceId } from "../bgp/rib/ids.ts";
import { FrameRun, lowerBound } from "./frame-run.ts";
import type { TransmitBuffer } from "./transmit-buffer.ts";
import type { Audience } from "./tell.ts";

const FIRST_SLAB_BYTES = 64 * 1024; // a trickle of changes seldom crosses from one slab into the next, which would cost each member a second piece

export class UpdateLog {
  readonly #run = new FrameRun(FIRST_SLAB_BYTES);
  /** First frame and first stamp of each batch that has frames here; both rise. */
  readonly #batchFrames: number[] = [];
  readonly #batchStamps: number[] = [];

  /** Number of the oldest frame held. */
  get start(): number {
    return this.#run.start;
  }

  /** Number that the next frame gets. */
  get end(): number {
    return this.#run.end;
  }

  get bytes(): number {
    return this.#run.bytes;
  }

  bytesFrom(frame: number): number {
    return this.#run.bytesFrom(frame);
  }

  /** The frames that follow tell of changes from `stamp` on. */
  beginBatch(stamp: number): void {
    if (this.#batchFrames.at(-1) === this.end) {
      this.#batchFrames.pop(); // the batch before it had nothing to say
      this.#batchStamps.pop();
    }
    this.#batchFrames.push(this.end);
    this.#batchStamps.push(stamp);
  }

  append(bytes: Uint8Array, audience: Audience): void {
    this.#run.append(bytes, audience);
  }

  /** The first frame from `from` on that has something for this reader; the end when there is none. */
  next(reader: SourceId, from: number): number {
    return this.#run.next(reader, from);
  }

  /** Like FrameRun.read(). */
  read(reader: SourceId, from: number, until: number, buffer: TransmitBuffer): number {
    return this.#run.read(reader, from, until, buffer);
  }

  /** The stamp from which on a reader at `frame` has not heard of every change; undefined: it has heard of all. */
  unheardFrom(frame: number): number | undefined {
    if (frame >= this.end) return undefined;
    const after = lowerBound(this.#batchFrames, frame + 1);
    return this.#batchStamps[after - 1];
  }

  /** Nobody goes on from before `frame` any more. */
  dropBefore(frame: number): void {
    this.#run.dropBefore(frame);
    const passed = lowerBound(this.#batchFrames, this.start + 1) - 1; // the batch that holds the oldest frame stays
    if (passed <= 0) return;
    this.#batchFrames.splice(0, passed);
    this.#batchStamps.splice(0, passed);
  }
}
