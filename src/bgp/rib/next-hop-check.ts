/**
 * Finds the prefixes whose paths depend on next hops that are reached another way now, a bounded number of rows per turn.
 * Pure. RFC 4271 §9.1.2.1.
 *
 *   rows   0 ─ 1 ─ 2 ─ 3 ─ ... ─ end      another change meanwhile: from the first row again, for both changes
 *                  ▲ the check is here; paths that come later are decided anyway
 */

import type { AttributeStore } from "./attribute-store.ts";
import type { PathRow, PrefixId } from "./ids.ts";
import { NO_NEXT_HOP } from "./next-hop-table.ts";
import type { NextHopView } from "./next-hop.ts";
import type { PathTable } from "./path-table.ts";

interface Answers {
  readonly attributes: AttributeStore;
  readonly nextHops: NextHopView;
}

export class NextHopCheck {
  readonly #paths: PathTable;
  readonly #answers: Answers;
  readonly #stepsPerTurn: number;
  readonly #touch: (prefix: PrefixId) => void;
  /** The next row to look at; undefined: there is nothing to look for. */
  #next: number | undefined;

  constructor(paths: PathTable, answers: Answers, stepsPerTurn: number, touch: (prefix: PrefixId) => void) {
    this.#paths = paths;
    this.#answers = answers;
    this.#stepsPerTurn = stepsPerTurn;
    this.#touch = touch;
  }

  /** Asks about every next hop again, and makes the first steps at once. */
  begin(): void {
    const { attributes, nextHops } = this.#answers;
    const earlier = this.isPending ? "keep" : "forget";
    if (attributes.nextHops.askAgain(nextHops, earlier) === 0) return;
    this.#next = 0;
    this.turn();
  }

  /** A new turn: as many steps again. */
  turn(): void {
    if (this.#next === undefined) return;
    const { ranking, nextHops } = this.#answers.attributes;
    const { end } = this.#paths;
    const until = Math.min(end, this.#next + this.#stepsPerTurn);
    for (let row = this.#next as PathRow; row < until; row = (row + 1) as PathRow) {
      if (!this.#paths.isLinked(row) || this.#paths.isRefused(row)) continue;
      const nextHop = ranking.nextHop(this.#paths.usable(row));
      if (nextHop !== NO_NEXT_HOP && nextHops.hasChanged(nextHop)) this.#touch(this.#paths.prefix(row));
    }
    this.#next = until < end ? until : undefined;
  }

  get isPending(): boolean {
    return this.#next !== undefined;
  }
}
