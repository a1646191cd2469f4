/**
 * The bounds of an update group (GroupLimits), and its figures (GroupStats).
 * Pure.
 */

export interface GroupLimits {
  /** What members may be behind in bytes before they go on in the journal. */
  readonly logBytes: number;
  /** Prefixes that are encoded in one go, of the journal for such members, or of the table for those who join. */
  readonly chunkPrefixes: number;
  /** Chunks kept for the next member that comes by. */
  readonly chunks: number;
  /** A snapshot is kept for this many bytes of log at least, however small it is. */
  readonly snapshotBytes: number;
  /** Of log, before it is worth looking for the slowest member. */
  readonly trimBytes: number;
  /** Routes of a table whose snapshot is worth making before somebody joins: fewer are encoded at once, more are worth their memory. */
  readonly preparedRoutes: { readonly least: number; readonly most: number };
}

export const DEFAULT_LIMITS: GroupLimits = {
  logBytes: 64 * 1024 * 1024,
  chunkPrefixes: 4096,
  chunks: 64,
  snapshotBytes: 64 * 1024,
  trimBytes: 256 * 1024,
  preparedRoutes: { least: 1024, most: 256 * 1024 },
};

export interface GroupStats {
  readonly members: number;
  /** Routes of the group; each member hears these but its own. */
  readonly routes: number;
  readonly logFrames: number;
  readonly logBytes: number;
  readonly journalPrefixes: number;
  /** Of the snapshot kept for later joiners. */
  readonly snapshotBytes: number;
  /** Walks over the table that began, ever. */
  readonly snapshotsTaken: number;
  /** How often the log left a member behind. */
  readonly leftBehind: number;
  /** Attribute sets that no message could carry, ever. */
  readonly unsendable: number;
}
