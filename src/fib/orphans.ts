/**
 * Orphans: routes of ours in the kernel that belong to no row; strays, which a comparison found where we never write, and the old
 * places of routes that moved to another metric.
 * Pure. A route that moves is added at its new place first (make before break); the old one is removed only when the kernel has
 * acknowledged the new one, and before anything else is written, so that whatever comes next to the old place finds it empty.
 */

import { BATCH_ROUTES, type Batch, NO_ROW } from "./batch.ts";
import type { ListenerParts, Stray } from "./listener.ts";
import { FLAG, type DatagramWriter } from "./rtnetlink.ts";
import { writeFromTemplate, writeRouteDelete } from "./rtnetlink-route.ts";
import { NO_TARGET } from "./targets.ts";

interface OldPlace {
  readonly row: number;
  /** The target that stands there. */
  readonly target: number;
}

export class Orphans {
  readonly #parts: Omit<ListenerParts, "mirror">;
  #strays: readonly Stray[] = [];
  /** At most as many as there are routes in a window. */
  readonly #oldPlaces: OldPlace[] = [];

  constructor(parts: Omit<ListenerParts, "mirror">) {
    this.#parts = parts;
  }

  /** A comparison is through, and showed these strays: all there are. */
  compared(strays: readonly Stray[]): void {
    this.#strays = strays;
  }

  /** The kernel has answered for that batch: of its routes that moved, those whose new place is taken may leave the old one. */
  answered(batch: Batch): void {
    const { desired, targets } = this.#parts;
    for (let i = 0; i < batch.length; i++) {
      const before = batch.before(i);
      if (before === NO_TARGET) continue; // most routes are new, and there are many
      const row = batch.row(i);
      const after = batch.after(i);
      if (targets.isMove(before, after) && desired.have(row) === after) this.#oldPlaces.push({ row, target: before });
    }
  }

  /** Which of them still stand is not known any more: a comparison follows, and finds those as strays. */
  forget(): void {
    this.#oldPlaces.length = 0;
  }

  get hasOldPlaces(): boolean {
    return this.#oldPlaces.length > 0;
  }

  /** Something is to be removed, and may be now: strays stay as long as anything of an earlier life. */
  get mayGo(): boolean {
    return this.hasOldPlaces || (this.#strays.length > 0 && !this.#parts.desired.inheritedStay);
  }

  /** Fills the batch with removals of one kind. */
  remove(batch: Batch, writer: DatagramWriter): Batch {
    if (this.hasOldPlaces) this.#leaveOldPlaces(batch, writer);
    else this.#removeStrays(batch, writer);
    return batch;
  }

  #leaveOldPlaces(batch: Batch, writer: DatagramWriter): void {
    const { desired, targets } = this.#parts;
    for (const { row, target } of this.#oldPlaces.splice(0, BATCH_ROUTES)) {
      writeFromTemplate(writer, targets.removal(target), FLAG.request, batch.lastSeq + 1, desired.destination(row));
      batch.add(NO_ROW, NO_TARGET, NO_TARGET);
    }
  }

  #removeStrays(batch: Batch, writer: DatagramWriter): void {
    const { owner } = this.#parts;
    for (const stray of this.#strays.slice(0, BATCH_ROUTES)) {
      writeRouteDelete(writer, batch.lastSeq + 1, stray, { ...owner, metric: stray.metric });
      batch.add(NO_ROW, NO_TARGET, NO_TARGET);
    }
    this.#strays = this.#strays.slice(BATCH_ROUTES);
  }
}
