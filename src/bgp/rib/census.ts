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

/** What is counted, by the place of its cell. */
export const COUNTED = { received: 0, accepted: 1, best: 2, stale: 3 } as const satisfies { readonly [C in keyof PathCounts]: number };

type Counted = (typeof COUNTED)[keyof PathCounts];

const CELLS = 4;

export class Census {
  /** CELLS for each source and family. */
  readonly #counts = new Int32Column();

  /** `by` more of what is counted, or fewer. */
  add(source: SourceId, family: Family, counted: Counted, by: number): void {
    this.#counts.add(cellsOf(source, family) + counted, by);
  }

  /** All that was received is stale now. */
  allStale(source: SourceId, family: Family): void {
    const at = cellsOf(source, family);
    this.#counts.set(at + COUNTED.stale, this.#counts.get(at + COUNTED.received));
  }

  counts(source: SourceId, family: Family): PathCounts {
    const at = cellsOf(source, family);
    const count = (counted: Counted): number => this.#counts.get(at + counted);
    return { received: count(COUNTED.received), accepted: count(COUNTED.accepted), best: count(COUNTED.best), stale: count(COUNTED.stale) };
  }
}

function cellsOf(source: SourceId, family: Family): number {
  return (family === "ipv4" ? 2 * source : 2 * source + 1) * CELLS;
}
