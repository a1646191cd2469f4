/**
 * Export of one batch of changes to one group: path after path, what the group hears of it.
 * Pure. Paths of one source with one attribute set follow one another, so the answer for the last one is used again; a source that the
 * reflection rules keep from the group is asked about once. Made per batch: what is known of a source may change afterwards.
 */

import type { AttrId, PathRow, SourceId } from "../../bgp/rib/ids.ts";
import type { Paths } from "../../bgp/rib/path-table.ts";
import type { Told } from "../../rr/tell.ts";
import type { Exporter } from "./exporter.ts";

export class BatchExport {
  readonly #paths: Paths;
  readonly #exporter: Exporter;
  readonly #hear: (row: PathRow) => Told | undefined;
  #last: Told | undefined;
  #set: AttrId | undefined;
  /** The source last found that the group may hear nothing of. */
  #kept: SourceId | undefined;
  /** How often the answer was that of the path before. */
  alike = 0;

  constructor(paths: Paths, exporter: Exporter, hear: (row: PathRow) => Told | undefined) {
    this.#paths = paths;
    this.#exporter = exporter;
    this.#hear = hear;
  }

  of(row: PathRow): Told | undefined {
    const source = this.#paths.source(row);
    if (source === this.#kept) return undefined;
    const set = this.#paths.usable(row);
    const last = this.#last;
    if (last !== undefined && set === this.#set && last.owner === source) {
      this.alike++;
      return last;
    }
    const told = this.#hear(row);
    if (!told && !this.#exporter.mayHear(row)) this.#kept = source;
    this.#last = typeof told?.attributes === "number" ? told : undefined;
    this.#set = set;
    return told;
  }

  /** Why nothing is heard of a path that of() was just asked about. */
  withheld(row: PathRow): "reflection" | "policy" {
    return this.#paths.source(row) === this.#kept ? "reflection" : "policy";
  }
}
