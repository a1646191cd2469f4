/**
 * What happened to a source as a whole and so to all its paths: why its stale paths are removed, whether its paths were judged again,
 * whether it succeeded another source at the same address.
 * Pure. Written where that is decided, read by the history (cause of a best-path change) and by the exporter.
 */

import { Uint32Column, Uint8Column } from "../../bgp/rib/columns.ts";
import type { SourceId } from "../../bgp/rib/ids.ts";
import type { Cause } from "../../history/change.ts";

/** Why what is stale of a source goes. */
export const DEPARTURES = ["withdrawn", "session-down", "kept-too-long", "not-told-again"] as const satisfies readonly Cause[];
export type Departure = (typeof DEPARTURES)[number];

export class SourceChanges {
  readonly #departures = new Uint8Column();
  readonly #judged = new Uint32Column();
  readonly #succeeded = new Uint32Column();
  #round = 1;

  /** Its stale paths go now, for that reason; "withdrawn": they stay, and what goes it takes back itself. */
  departs(source: SourceId, because: Departure): void {
    this.#departures.set(source, DEPARTURES.indexOf(because));
  }

  departure(source: SourceId): Departure {
    return DEPARTURES[this.#departures.get(source)] as Departure;
  }

  /** Its paths are judged anew. */
  judged(source: SourceId): void {
    this.#judged.set(source, this.#round);
  }

  /** Whether they were since everything was last decided. */
  isJudged(source: SourceId): boolean {
    return this.#judged.get(source) === this.#round;
  }

  /** Somebody else has the address of whoever told its paths until now. */
  succeeded(source: SourceId): void {
    this.#succeeded.set(source, this.#round);
  }

  /** Whether that was since everything was last decided. */
  isSuccessor(source: SourceId): boolean {
    return this.#succeeded.get(source) === this.#round;
  }

  /** Everything that was absorbed is decided. */
  settled(): void {
    this.#round++;
  }
}
