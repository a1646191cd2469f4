/**
 * Finds the prefixes whose paths depend on next hops that are reached another way now, a bounded number of rows per turn.
 * Pure. RFC 4271 §9.1.2.1.
 *
 *   rows   0 ─ 1 ─ 2 ─ 3 ─ ... ─ end      another change meanwhile: from here to the end, and from the first row to here,
 *                  ▲ the check is here      for both changes; paths that come later are decided anyway
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
  /** The next row to look at, how many are left, and after which the first one is next. */
  #next = 0;
  #left = 0;
  #end = 0;

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
    this.#end = this.#paths.end;
    this.#left = this.#end; // not from the first row: with a change in every turn the last ones would never be looked at
    this.turn();
  }

  /** A new turn: as many steps again. */
  turn(): void {
    for (let steps = Math.min(this.#left, this.#stepsPerTurn); steps > 0; steps--) {
      if (this.#next >= this.#end) this.#next = 0;
      this.#look(this.#next as PathRow);
      this.#next++;
      this.#left--;
    }
  }

  get isPending(): boolean {
    return this.#left > 0;
  }

  #look(row: PathRow): void {
    if (!this.#paths.isLinked(row) || this.#paths.isRefused(row)) return;
    const { ranking, nextHops } = this.#answers.attributes;
    const nextHop = ranking.nextHop(this.#paths.usable(row));
    if (nextHop !== NO_NEXT_HOP && nextHops.hasChanged(nextHop)) this.#touch(this.#paths.prefix(row));
  }
}
