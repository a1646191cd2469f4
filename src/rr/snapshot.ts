/**
 * The whole table of a group as frames, and the pieces of it that late members still miss.
 * Pure. Both are encoded once for whoever comes by: a thousand members returning at once cost one walk over the table.
 */

import type { SourceId } from "../bgp/rib/ids.ts";
import { FrameRun } from "./frame-run.ts";
import type { GroupTable, NlriId } from "./group-table.ts";
import type { Journal } from "./journal.ts";
import type { Packer } from "./pack.ts";
import { allBut, EVERYONE, only, type Told } from "./tell.ts";

/** The table as it stood when the log had `frame` as its end. Followed by the log from there, it is the present. */
export interface Snapshot {
  readonly run: FrameRun;
  readonly frame: number;
}

/** The present of every prefix that changed from one stamp on up to `next`. */
export interface Chunk {
  readonly run: FrameRun;
  readonly next: number;
}

/** Encodes the table; `count` is told every route on the way. */
export function takeSnapshot(table: GroupTable, packer: Packer, frame: number, count: (told: Told) => void): Snapshot {
  table.walk((prefix, told) => {
    count(told);
    packer.add(prefix, told.attributes, allBut(told.owner));
  });
  return { run: packed(packer), frame };
}

/** Encodes the present of up to `most` prefixes that changed from `from` on. */
export function takeChunk(journal: Journal, from: number, most: number, present: PresentOf): Chunk {
  const next = journal.read(from, most, (prefix) => addPresent(prefix, present));
  return { run: packed(present.packer), next };
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
