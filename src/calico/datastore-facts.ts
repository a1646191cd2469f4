/**
 * What the datastore's side has to tell.
 * Pure, types only.
 */

export type DatastoreFact =
  /** Everything below our prefixes is known, and every change of it will be. */
  | { readonly kind: "datastore-followed"; readonly servers: string; readonly keys: number; readonly ms: number }
  | { readonly kind: "datastore-lost"; readonly reason: string; readonly retryMs: number }
  /** Only a new list can tell what happened meanwhile. */
  | { readonly kind: "datastore-listed-again"; readonly prefix: string; readonly because: "compacted" }
  /** A new list has shown that so many keys went without our being told. */
  | { readonly kind: "datastore-missed"; readonly prefix: string; readonly keys: number }
  /** There is nothing to run yet. */
  | { readonly kind: "configuration-awaited"; readonly reason: string }
  /** A resource, or a part of one, counts as absent. */
  | { readonly kind: "resource-ignored"; readonly key: string; readonly reason: string }
  /** What the datastore says would be a loss; the last good configuration stays. */
  | { readonly kind: "change-held"; readonly reasons: readonly string[] }
  /** Somebody wants it all the same. */
  | { readonly kind: "change-accepted"; readonly reasons: readonly string[] }
  /** The datastore is wrong or away; this start goes on with what held before it. */
  | { readonly kind: "last-good-used"; readonly file: string; readonly ageMs: number }
  | { readonly kind: "last-good-unfit"; readonly file: string; readonly reason: string }
  | { readonly kind: "last-good-unwritten"; readonly file: string; readonly reason: string };
