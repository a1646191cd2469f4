/**
 * GroupTable: what an update group asks of the RIB, the present routes as its identity hears them; GroupPrefixes: the octets of prefixes.
 * Pure.
 */

import type { Brand } from "../ip/brand.ts";
import type { PrefixId } from "../bgp/rib/ids.ts";
import type { Writer } from "../bgp/wire/cursor.ts";
import type { PlainSet, Told } from "./tell.ts";

/** One prefix with one path identifier (RFC 7911). */
export type SlotId = Brand<number, "SlotId">;

/** What one announcement replaces and one withdrawal takes back: a prefix, or with add-path a slot of one. */
export type NlriId = PrefixId | SlotId;

/**
 * A pure function of RIB and identity, for the prefixes of one family. It shows the state after all changes that were
 * handed to the group's changed(), and no later one: journal and snapshot ask it for the present, the log holds the way
 * there, and both must end at the same table.
 */
export interface GroupTable {
  told(nlri: NlriId): Told | undefined;
  /**
   * Shows about `most` entries from `from` on, 0 at first; returns where to go on, undefined: those were the last. The table
   * may change in between: what stands all the time is shown once, what comes or goes meanwhile may be or not.
   */
  walk(from: number, most: number, visit: (nlri: NlriId, told: Told) => void): number | undefined;
  /** Has a walk that goes on at `at` come by this entry? */
  isBehind(nlri: NlriId, at: number): boolean;
  /** Writes the attributes of a set that is told as a number; there where such sets are told. */
  writePlain?(set: PlainSet, out: Writer): void;
}

/** Prefixes by their ids, as the RIB's PrefixTable has them, or slots as PathSlots has them. */
export interface GroupPrefixes {
  bits(nlri: NlriId): number;
  /** Writes all octets of the prefix's address; returns how many. */
  copyAddress(nlri: NlriId, into: Uint8Array, at: number): number;
  /** Writes as many octets of it as the prefix's length needs. */
  writeAddress(nlri: NlriId, out: Writer): void;
  /** Only where there are path identifiers. */
  pathId?(nlri: NlriId): number;
  /** Until it is released, the id means this prefix and no other. */
  retain(nlri: NlriId): void;
  release(nlri: NlriId): void;
}
