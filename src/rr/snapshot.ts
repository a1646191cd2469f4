/**
 * Snapshot: the whole table of a group as frames, for members that join. Chunk: a stretch of the journal as frames, for late members.
 * Pure. Both are encoded once and read by all who need them: a thousand members returning at once cost one walk over the table, which
 * is made slice by slice, so that no turn takes long however large the table is.
 */

import type { SourceId } from "../bgp/rib/ids.ts";
import { FrameRun } from "./frame-run.ts";
import type { GroupTable, NlriId } from "./group-table.ts";
import type { Journal } from "./journal.ts";
import type { Packer } from "./pack.ts";
import { allBut, EVERYONE, only, type Told } from "./tell.ts";

/** What a member reads before the log; it may be shared with others. */
export interface Reading {
  readonly run: FrameRun;
  /** Everything, or what a member missed. */
  readonly holds: "table" | "changes";
  /** The run grows no longer. */
  readonly isWhole: boolean;
  /** The next slice of it. */
  grow(): void;
}

/** Where in the log a snapshot begins, and how many prefixes it grows by. */
export interface SnapshotTerms {
  readonly frame: number;
  readonly slice: number;
}

/**
 * The table since the log had `frame` as its end. Followed by the log from there, it is the present: what changed while it
 * grew stands in the log too, and the last word about each prefix is there.
 */
export class Snapshot implements Reading {
  readonly run = new FrameRun();
  readonly holds = "table";
  readonly frame: number;
  readonly #table: GroupTable;
  readonly #packer: Packer;
  readonly #slice: number;
  readonly #passing: (told: Told) => void;
  /** Where the walk over the table goes on; undefined: it is over. */
  #at: number | undefined = 0;

  /** `passing` is told every route when the walk comes by. */
  constructor(table: GroupTable, packer: Packer, { frame, slice }: SnapshotTerms, passing: (told: Told) => void) {
    this.frame = frame;
    this.#table = table;
    this.#packer = packer;
    this.#slice = slice;
    this.#passing = passing;
  }

  get isWhole(): boolean {
    return this.#at === undefined;
  }

  hasPassed(nlri: NlriId): boolean {
    return this.#at === undefined || this.#table.isBehind(nlri, this.#at);
  }

  grow(): void {
    if (this.#at === undefined) return;
    this.#at = this.#table.walk(this.#at, this.#slice, (nlri, told) => {
      this.#passing(told);
      this.#packer.add(nlri, told.attributes, allBut(told.owner));
    });
    this.#packer.pack((frame, audience) => this.run.append(frame, audience));
  }
}

/** One frame for one member. */
export function lone(frame: Uint8Array, member: SourceId): Reading {
  const run = new FrameRun();
  run.append(frame, only(member));
  return whole(run);
}

function whole(run: FrameRun): Reading {
  return { run, holds: "changes", isWhole: true, grow: () => undefined };
}

/** The present of every prefix that changed from one stamp on up to `next`. */
export interface Chunk extends Reading {
  readonly next: number;
}

/** Encodes the present of up to `most` prefixes that changed from `from` on. */
export function takeChunk(journal: Journal, from: number, most: number, present: PresentOf): Chunk {
  const next = journal.read(from, most, (prefix) => addPresent(prefix, present));
  return { ...whole(packed(present.packer)), next };
}

/** What turns a prefix into what its listeners hold now. */
export interface PresentOf {
  readonly table: GroupTable;
  readonly packer: Packer;
  isMember(source: SourceId): boolean;
}

/** A withdrawal is harmless where the prefix was never heard of; the owner may hold the path that was best before his. */
function addPresent(prefix: NlriId, { table, packer, isMember }: PresentOf): void {
  const told = table.told(prefix);
  if (!told) {
    packer.add(prefix, undefined, EVERYONE);
    return;
  }
  packer.add(prefix, told.attributes, allBut(told.owner));
  if (isMember(told.owner)) packer.add(prefix, undefined, only(told.owner));
}

function packed(packer: Packer): FrameRun {
  const run = new FrameRun();
  packer.pack((frame, audience) => run.append(frame, audience));
  return run;
}
