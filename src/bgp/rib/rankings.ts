/**
 * The order of all usable paths to each prefix as of the last decision, for whoever tells more than the best (RFC 7911).
 * Pure. Kept only while somebody asks, and only for prefixes with several paths: of the others the best says it all.
 *
 * Rows in an order that has changed stay readable as long as the change is told: see Rib.
 */

import type { PathRow, PrefixId } from "./ids.ts";

/** Usable paths, best first, before and after a decision. */
export interface RankChange {
  readonly prefix: PrefixId;
  readonly before: readonly PathRow[];
  readonly after: readonly PathRow[];
}

export class Rankings {
  readonly #several = new Map<PrefixId, readonly PathRow[]>();
  #changes: RankChange[] = [];

  /** undefined: not more than one path. */
  get(prefix: PrefixId): readonly PathRow[] | undefined {
    return this.#several.get(prefix);
  }

  set(prefix: PrefixId, order: readonly PathRow[]): void {
    if (order.length > 1) this.#several.set(prefix, order);
    else this.#several.delete(prefix);
  }

  /** A new decision: what the last one changed is told. */
  begin(): void {
    this.#changes = [];
  }

  change(prefix: PrefixId, before: readonly PathRow[], after: readonly PathRow[]): void {
    if (before.length === after.length && before.every((row, at) => row === after[at])) return;
    this.set(prefix, after);
    this.#changes.push({ prefix, before, after });
  }

  get changes(): readonly RankChange[] {
    return this.#changes;
  }
}
