/**
 * How many paths each source has in each family: received, accepted, best, stale.
 * Pure. Counted as paths come and go, because a prefix limit and a status table must not walk a million routes.
 */

import type { Family } from "../wire/context.ts";
import { Int32Column } from "./columns.ts";
import type { SourceId } from "./ids.ts";

export interface PathCounts {
  readonly received: number;
  /** Let in by the import policy. */
  readonly accepted: number;
  /** Chosen by the last decide(). */
  readonly best: number;
  /** Kept, and not told again yet. */
  readonly stale: number;
}

export class Census {
  readonly #columns: { readonly [F in Family]: { readonly [C in keyof PathCounts]: Int32Column } } = { ipv4: columns(), ipv6: columns() };

  /** `by` more of what is counted, or fewer. */
  add(source: SourceId, family: Family, counted: keyof PathCounts, by: 1 | -1): void {
    const column = this.#columns[family][counted];
    column.set(source, column.get(source) + by);
  }

  /** All that was received is stale now. */
  allStale(source: SourceId, family: Family): void {
    const { received, stale } = this.#columns[family];
    stale.set(source, received.get(source));
  }

  counts(source: SourceId, family: Family): PathCounts {
    const { received, accepted, best, stale } = this.#columns[family];
    return { received: received.get(source), accepted: accepted.get(source), best: best.get(source), stale: stale.get(source) };
  }
}

function columns() {
  return { received: new Int32Column(), accepted: new Int32Column(), best: new Int32Column(), stale: new Int32Column() };
}
