/**
 * Which prefixes changed most.
 * Pure. Counts in columns: the journal may hold half a million changes.
 */

import type { Prefix } from "../ip/prefix.ts";
import { Float64Column, Uint32Column } from "../bgp/rib/columns.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import { PrefixTable } from "../bgp/rib/prefix-table.ts";
import { CAUSE_CODES, CAUSE_NAMES, type Cause } from "./change.ts";
import type { ChangeReader } from "./change-reader.ts";

/** A prefix, how often its best path changed and went, and when and why it did so last. */
export interface FlappingPrefix {
  readonly prefix: Prefix;
  readonly changes: number;
  readonly went: number;
  readonly lastMs: number;
  readonly lastCause: Cause;
}

const FAMILIES = ["ipv4", "ipv6"] as const;
const CHANGES_PER_BREATH = 16_384;

/**
 * The `most` prefixes with more than one change among those that the reader has still to show and that are wanted. Yields
 * while it reads: a breath, for whoever has others waiting.
 */
export function* flappingPrefixes<Source>(reader: ChangeReader<Source>, most: number, isWanted: (reader: ChangeReader<Source>) => boolean): Generator<undefined, readonly FlappingPrefix[]> {
  const prefixes = new PrefixTable();
  const [changes, went, causes, lastMs] = [new Uint32Column(), new Uint32Column(), new Uint32Column(), new Float64Column()];
  const octets = new Uint8Array(16);
  const note = (): void => {
    reader.copyAddress(octets, 0);
    const id = prefixes.intern(FAMILIES[reader.family], octets, 0, reader.bits);
    changes.set(id, changes.get(id) + 1);
    if (reader.change === "went") went.set(id, went.get(id) + 1);
    causes.set(id, CAUSE_CODES[reader.cause]);
    lastMs.set(id, reader.atMs);
  };
  for (let looked = 1; reader.next(); looked++) {
    if (isWanted(reader)) note();
    if (looked % CHANGES_PER_BREATH === 0) yield undefined; // the change at hand may be overwritten meanwhile
  }
  return topOf(prefixes.end, changes, most).map((id) => ({
    prefix: prefixes.prefix(id),
    changes: changes.get(id),
    went: went.get(id),
    lastMs: lastMs.get(id),
    lastCause: CAUSE_NAMES[causes.get(id)] as Cause,
  }));
}

/** Most changes first; of equally many those that changed first. */
function topOf(end: number, changes: Uint32Column, most: number): readonly PrefixId[] {
  const top: PrefixId[] = [];
  for (let id = 0 as PrefixId; id < end; id = (id + 1) as PrefixId) {
    const count = changes.get(id);
    if (count < 2 || (top.length === most && count <= changes.get(top[most - 1] as PrefixId))) continue;
    const place = top.findIndex((other) => changes.get(other) < count);
    top.splice(place === -1 ? top.length : place, 0, id);
    if (top.length > most) top.pop();
  }
  return top;
}
