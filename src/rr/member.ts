/**
 * Member: how far one peer has read, and what it still has to.
 * Pure. In this order:
 *
 *   ahead      snapshots and journal chunks that were begun or promised
 *   place      then the log from a frame on; or, when the log no longer has that frame, the journal from a stamp on
 *   closings   End-of-RIB or its like, each due once the log was followed up to where it ended when it was promised
 */

import { present } from "../ip/assert.ts";
import type { SourceId } from "../bgp/rib/ids.ts";
import type { TransmitBuffer } from "./transmit-buffer.ts";
import type { Reading } from "./snapshot.ts";

export type Place = { readonly kind: "log"; readonly frame: number } | { readonly kind: "journal"; readonly stamp: number };

/** How a table that is sent again is framed: by RFC 7313's marks around it, or just by an End-of-RIB behind it. */
export type Marks = "none" | "begin-and-end";

interface Stretch {
  readonly reading: Reading;
  /** The request that this table answers; undefined: not a whole table. */
  readonly answers: Marks | undefined;
  at: number;
}

interface Closing {
  readonly frame: Uint8Array;
  readonly due: number;
}

export class Member {
  readonly id: SourceId;
  place: Place;
  /** Kept by whoever keeps the members: where it stands among them, and whether it had nothing to take. */
  standing = 0;
  isResting = false;
  #ahead: Stretch[] = [];
  #closings: Closing[] = [];
  /** "joined": the first End-of-RIB is owed; "asked-again": and the table is wanted once more behind it. */
  #stage: "joined" | "asked-again" | "served" = "joined";

  constructor(id: SourceId, place: Place) {
    this.id = id;
    this.place = place;
  }

  /** To be read before anything else that is not promised yet. */
  promise(reading: Reading, answers?: Marks): void {
    this.#ahead.push({ reading, answers, at: reading.run.start });
  }

  /** `frame` is due once everything in the log before `due` has been heard. */
  close(frame: Uint8Array, due: number): void {
    this.#closings.push({ frame, due });
  }

  /** Is a whole table promised of which nothing was sent yet? It answers another request just as well. */
  awaits(marks: Marks): boolean {
    return this.#ahead.some(({ reading, answers, at }) => answers === marks && at === reading.run.start);
  }

  /** No mark goes out before End-of-RIB (RFC 7313 §4): a request that comes earlier is put off until then. */
  putsOff(marks: Marks): boolean {
    if (marks === "none" || this.#stage === "served") return false;
    this.#stage = "asked-again";
    return true;
  }

  /** The log is read up to here before something else is due. */
  stopsAt(end: number): number {
    return this.#closings[0]?.due ?? end;
  }

  get isAhead(): boolean {
    this.#passEmpty();
    return this.#ahead.length > 0;
  }

  /** It reads the log, and nothing else is promised. */
  get isFollowing(): boolean {
    return this.place.kind === "log" && this.#ahead.length === 0 && this.#closings.length === 0;
  }

  get owesClosing(): boolean {
    return this.#closings.length > 0;
  }

  /** Frames promised and not read. */
  get framesAhead(): number {
    return this.#ahead.reduce((sum, { reading, at }) => sum + reading.run.end - at, this.#closings.length);
  }

  /** What is promised and not read: the table for the first time, or once more because it asked, or what it missed. */
  get awaited(): "nothing" | "table" | "table-again" | "changes" {
    this.#passEmpty();
    if (this.#ahead.length === 0) return "nothing";
    if (this.#ahead.some(({ reading, answers }) => reading.holds === "table" && answers === undefined)) return "table";
    return this.#ahead.some(({ answers }) => answers !== undefined) ? "table-again" : "changes";
  }

  /** Reads what is promised, and lets it grow as far as it fits; false when the buffer is full first. */
  readAhead(buffer: TransmitBuffer): boolean {
    for (let stretch = this.#ahead[0]; stretch; stretch = this.#ahead[0]) {
      const { run } = stretch.reading;
      stretch.at = run.read(this.id, stretch.at, run.end, buffer);
      if (stretch.at < run.end) return false;
      if (stretch.reading.isWhole) this.#ahead.shift();
      else if (buffer.room === 0) return false;
      else stretch.reading.grow();
    }
    return true;
  }

  /** Reads the closing that is due; "full": the buffer is full first. "asks-again": what was put off is due now. */
  readClosing(buffer: TransmitBuffer): "read" | "asks-again" | "full" {
    const closing = present(this.#closings[0], "a closing is owed");
    if (!buffer.admits(closing.frame.length)) return "full";
    buffer.add(closing.frame);
    this.#closings.shift();
    const asksAgain = this.#stage === "asked-again";
    this.#stage = "served";
    return asksAgain ? "asks-again" : "read";
  }

  /** What is whole and has nothing more for this member is behind it. */
  #passEmpty(): void {
    for (let stretch = this.#ahead[0]; stretch?.reading.isWhole; stretch = this.#ahead[0]) {
      const { run } = stretch.reading;
      if (run.next(this.id, stretch.at) < run.end) return;
      this.#ahead.shift();
    }
  }
}
