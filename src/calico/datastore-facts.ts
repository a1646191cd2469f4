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
  | { readonly kind: "datastore-missed"; readonly prefix: string; readonly keys: number };
