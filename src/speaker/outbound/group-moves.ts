/**
 * Peers whose export identity changes while their sessions stay up: they move from one update group to another, in turns that are
 * short however large the table is.
 * Pure.
 *
 *   member of `old` ──► member of `next`, held: it takes nothing ── the table is walked, a slice a turn ──► released: it takes
 *                                    what `old` told and `next` does not is written down on the way           │
 *                       first of all, as withdrawals; then the table and every change since, as `next` tells them ◄┘
 *
 * Invariant: every path that `old` had told the members when they left is withdrawn, or still lies ahead of the walk, or `next` told it
 * later, as part of its table or in its log. So a change ahead of the walk is compared with what was before the change, and one behind
 * the walk concerns `next` alone. A withdrawal too many does no harm: all that `next` tells is told after it.
 */

import type { BestChanges } from "../../bgp/rib/best-changes.ts";
import type { SourceId } from "../../bgp/rib/ids.ts";
import type { Family } from "../../bgp/wire/context.ts";
import { codecOf, groupKey } from "../../rr/export-identity.ts";
import { FrameRun } from "../../rr/frame-run.ts";
import type { NlriId } from "../../rr/group-table.ts";
import { Packer } from "../../rr/pack.ts";
import type { Reading } from "../../rr/snapshot.ts";
import { type Told, allBut, only } from "../../rr/tell.ts";
import type { ExportGroup } from "./export-group.ts";
import type { Tables } from "../tables/tables.ts";

const GROWN_BY = 4096; // entries

/** All who went from one group to one other before the walk began: they share it, and read the withdrawals. */
class Move implements Reading {
  readonly members = new Set<SourceId>();
  readonly family: Family;
  /** From where to where. */
  readonly road: string;
  readonly run = new FrameRun();
  readonly holds = "changes";
  readonly #old: ExportGroup;
  readonly #next: ExportGroup;
  readonly #tables: Tables;
  readonly #packer: Packer;
  /** Where the walk goes on; undefined: it is over. */
  #at: number | undefined = 0;

  constructor(old: ExportGroup, next: ExportGroup, tables: Tables) {
    this.family = old.identity.family;
    this.road = roadOf(old, next);
    this.#old = old;
    this.#next = next;
    this.#tables = tables;
    this.#packer = new Packer(this.family, codecOf(old.identity), old.keys);
  }

  /** Others may come along. */
  get isOpen(): boolean {
    return this.#at === 0;
  }

  get isWhole(): boolean {
    return this.#at === undefined;
  }

  /** For whoever would read it before it is whole. */
  grow(): void {
    this.walk(GROWN_BY);
  }

  /** The next slice; returns how many entries were looked at. */
  walk(most: number): number {
    if (this.#at === undefined) return 0;
    const from = this.#at;
    const until = Math.min(from + most, this.#tables.prefixes.end);
    this.#at = this.#old.walkFrom(from, most, this.#compare);
    this.#pack();
    return until - from;
  }

  changed(changes: BestChanges): void {
    if (this.#at === undefined) return;
    this.#old.toldBefore(changes, this.#at, this.#compare);
    this.#pack();
  }

  /** Nobody hears his own path: whose it is now hears nothing where he heard another's. */
  readonly #compare = (nlri: NlriId, told: Told): void => {
    const now = this.#next.told(nlri);
    if (!now) this.#packer.add(nlri, undefined, allBut(told.owner));
    else if (now.owner !== told.owner) this.#packer.add(nlri, undefined, only(now.owner));
  };

  #pack(): void {
    this.#packer.pack((frame, audience) => this.run.append(frame, audience));
  }
}

/** Every move that is not over. */
export class GroupMoves {
  readonly #tables: Tables;
  /** In the order in which they began. */
  readonly #moves = new Set<Move>();
  /** Those that others may still come along with. */
  readonly #open = new Map<string, Move>();
  readonly #held = new Map<SourceId, Map<Family, Move>>();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Somebody is held. */
  get standing(): "some" | "none" {
    return this.#moves.size > 0 ? "some" : "none";
  }

  /** Does this peer wait for the end of a walk, in that family or in any? */
  holds(member: SourceId, family?: Family): boolean {
    const held = this.#held.get(member);
    return held !== undefined && (family === undefined || held.has(family));
  }

  /** It has taken everything that `old` had for it. Returns what it is to read before anything that `next` tells. */
  begin(member: SourceId, old: ExportGroup, next: ExportGroup): Reading {
    let move = this.#open.get(roadOf(old, next));
    if (!move?.isOpen) {
      move = new Move(old, next, this.#tables);
      this.#open.set(move.road, move);
      this.#moves.add(move);
    }
    move.members.add(member);
    const held = this.#held.get(member);
    if (held) held.set(move.family, move);
    else this.#held.set(member, new Map([[move.family, move]]));
    return move;
  }

  /** Its session is gone. */
  abandon(member: SourceId): void {
    for (const move of this.#held.get(member)?.values() ?? []) {
      move.members.delete(member);
      if (move.members.size === 0) this.#end(move);
    }
    this.#held.delete(member);
  }

  /** After decide(): these paths are best now. */
  changed(changes: BestChanges): void {
    for (const move of this.#moves) move.changed(changes);
  }

  /** Walks on, by so many entries; returns who is released. */
  goOn(entries: number): readonly SourceId[] {
    const released: SourceId[] = [];
    let left = entries;
    for (const move of this.#moves) {
      if (left <= 0) break;
      left -= Math.max(1, move.walk(left));
      if (move.isWhole) released.push(...this.#release(move));
    }
    return released;
  }

  #release(move: Move): Iterable<SourceId> {
    this.#end(move);
    for (const member of move.members) {
      const held = this.#held.get(member);
      held?.delete(move.family);
      if (held?.size === 0) this.#held.delete(member);
    }
    return move.members;
  }

  #end(move: Move): void {
    this.#moves.delete(move);
    if (this.#open.get(move.road) === move) this.#open.delete(move.road);
  }
}

function roadOf(old: ExportGroup, next: ExportGroup): string {
  return `${groupKey(old.identity)} ${groupKey(next.identity)}`;
}
