/**
 * How many routes each member of a group holds: all of the group's but its own.
 * Pure. Counted as changes pass, so that showing a number walks no table.
 */

import type { SourceId } from "../bgp/rib/ids.ts";
import type { Told } from "./tell.ts";

export class Census {
  #routes = 0;
  #owned: number[] = [];

  /** Routes of the group, whoever owns them. */
  get routes(): number {
    return this.#routes;
  }

  toldTo(member: SourceId): number {
    return this.#routes - (this.#owned[member] ?? 0);
  }

  change(before: Told | undefined, after: Told | undefined): void {
    if (before) this.#count(before.owner, -1);
    if (after) this.#count(after.owner, 1);
  }

  clear(): void {
    this.#routes = 0;
    this.#owned = [];
  }

  #count(owner: SourceId, by: number): void {
    this.#routes += by;
    this.#owned[owner] = (this.#owned[owner] ?? 0) + by;
  }
}
