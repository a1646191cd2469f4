/**
 * The numbers the RIB is made of. Each is a row of a table in this room.
 * Pure, types only.
 */

import type { Brand } from "../../ip/brand.ts";

/** Whoever a path came from: a peer, or this machine (networks, kernel). Dense, reused after the source is gone. */
export type SourceId = Brand<number, "SourceId">;

/** One prefix of one family, alive as long as a path or a journal names it. */
export type PrefixId = Brand<number, "PrefixId">;

/** One distinct attribute set. */
export type AttrId = Brand<number, "AttrId">;

/** One way to one prefix: (prefix, source, path identifier). A replaced path gets a new row. */
export type PathRow = Brand<number, "PathRow">;

export const NO_PATH = -1 as PathRow;
export const NO_ATTRIBUTES = -1 as AttrId;
