/**
 * One update group that hears several paths to a prefix: the first N of those that it may hear, in the order of the decision.
 * Pure. RFC 7911. What to tell is the difference of two sets of slots, before and after; what was told is not stored, for it can be
 * computed again from the order before the decision and the paths themselves.
 *
 *   order before   A  B  C      first two   A B        slot of B is emptied,
 *   order after    A  C  B                  A C        slot of C is filled, A says nothing
 *
 * A member that is the owner of one of the N hears the other N - 1.
 */

import { present } from "../../ip/assert.ts";
import type { PathRow, PrefixId } from "../../bgp/rib/ids.ts";
import type { BestChanges } from "../../bgp/rib/best-changes.ts";
import type { RankChange } from "../../bgp/rib/rankings.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { ExportIdentity } from "../../rr/export-identity.ts";
import { DEFAULT_LIMITS, type GroupLimits } from "../../rr/group-limits.ts";
import type { NlriId, SlotId } from "../../rr/group-table.ts";
import type { PathSlots } from "../../rr/path-slots.ts";
import type { Told } from "../../rr/tell.ts";
import { UpdateGroup } from "../../rr/update-group.ts";
import type { ExportGroup, Fate } from "./export-group.ts";
import type { Exporter } from "./exporter.ts";
import { ExportTally } from "../peers/route-changes.ts";
import type { Tables } from "../tables/tables.ts";

/** A path of the first N, as the group hears it. */
interface Chosen {
  readonly row: PathRow;
  readonly told: Told;
}

type TellRow = (row: PathRow) => Told | undefined;

export class PathsGroup implements ExportGroup {
  readonly identity: ExportIdentity;
  readonly updates: UpdateGroup;
  readonly keys: PathSlots;
  readonly tally = new ExportTally();
  readonly #tables: Tables;
  readonly #exporter: Exporter;
  readonly #most: number;

  /** The Rib ranks all as long as there is such a group. */
  constructor(exporter: Exporter, tables: Tables, slots: PathSlots, limits: GroupLimits = DEFAULT_LIMITS) {
    this.identity = exporter.identity;
    this.keys = slots;
    this.#tables = tables;
    this.#exporter = exporter;
    const { addPathSend } = this.identity;
    this.#most = typeof addPathSend === "number" ? addPathSend : Infinity;
    const tell: TellRow = (row) => exporter.tell(row);
    this.updates = new UpdateGroup(
      this.identity,
      slots,
      {
        told: (slot: SlotId) => this.told(slot),
        walk: (from, most, visit) => this.#walk(from, most, tell, visit),
        isBehind: (slot: SlotId, at) => slots.prefix(slot) < at,
        writePlain: (set, out) => exporter.writePlain(set, out),
      },
      limits,
    );
  }

  changed(): void {
    const { rib, prefixes } = this.#tables;
    for (const change of rib.rankChanges()) if (prefixes.family(change.prefix) === this.identity.family) this.#compare(change);
  }

  toldBefore(_: BestChanges, from: number, visit: (slot: SlotId, told: Told) => void): void {
    const { rib, prefixes } = this.#tables;
    for (const { prefix, before } of rib.rankChanges()) {
      if (prefix < from || prefixes.family(prefix) !== this.identity.family) continue;
      for (const { row, told } of this.#choose(before, (path) => this.#exporter.told(path))) visit(this.keys.intern(prefix, this.#pathIdOf(row)), told);
    }
  }

  told(slot: SlotId): Told | undefined {
    const pathId = this.keys.pathId(slot);
    const standing = this.#tables.rib.standing(this.keys.prefix(slot));
    return this.#choose(standing, (row) => this.#exporter.told(row)).find(({ row }) => this.#pathIdOf(row) === pathId)?.told;
  }

  attributesOf(told: Told): PathAttributes {
    return this.#exporter.attributesOf(told);
  }

  carries(nlri: NlriId, told: Told): boolean {
    return this.#exporter.carries(nlri, told, this.keys);
  }

  explain(prefix: PrefixId, rows: readonly PathRow[]): readonly Fate[] {
    const chosen = new Set(this.#choose(this.#tables.rib.standing(prefix), (row) => this.#exporter.told(row)).map(({ row }) => row));
    return rows.map((row) => {
      const { told, rule } = this.#exporter.explain(row);
      if (typeof told === "string") return { row, heard: told, rule };
      return { row, heard: chosen.has(row) ? { told, nlri: this.keys.intern(prefix, this.#pathIdOf(row)) } : "not-selected", rule };
    });
  }

  idsOf(prefix: PrefixId): readonly SlotId[] {
    return this.keys.of(prefix);
  }

  walk(visit: (slot: SlotId, told: Told, row: PathRow) => void): void {
    this.walkFrom(0, Infinity, visit);
  }

  heardOf(prefix: PrefixId, visit: (slot: SlotId, told: Told, row: PathRow) => void): void {
    const standing = this.#tables.rib.standing(prefix);
    for (const { row, told } of this.#choose(standing, (path) => this.#exporter.told(path))) visit(this.keys.intern(prefix, this.#pathIdOf(row)), told, row);
  }

  walkFrom(from: number, most: number, visit: (slot: SlotId, told: Told, row: PathRow) => void): number | undefined {
    return this.#walk(from, most, (row) => this.#exporter.told(row), visit);
  }

  #compare({ prefix, before, after }: RankChange): void {
    const known = (row: PathRow): Told | undefined => this.#exporter.told(row);
    const was = this.#choose(before, known).map(({ row, told }) => ({ row, told: this.#exporter.asTold(told, row) }));
    const is = this.#choose(after, (row) => (before.includes(row) ? known(row) : this.#exporter.tell(row)));
    const now = new Map(is.map(({ row, told }) => [this.#pathIdOf(row), told]));
    for (const { row, told } of was) {
      const pathId = this.#pathIdOf(row);
      this.#change(prefix, pathId, told, now.get(pathId));
      now.delete(pathId);
    }
    for (const [pathId, told] of now) this.#change(prefix, pathId, undefined, told);
  }

  #change(prefix: PrefixId, pathId: number, before: Told | undefined, after: Told | undefined): void {
    if (before?.owner === after?.owner && before?.attributes === after?.attributes) return;
    this.tally.changed(before, after, after ? undefined : "gone");
    this.updates.changed(this.keys.intern(prefix, pathId), before, after);
  }

  #walk(from: number, most: number, tell: TellRow, visit: (slot: SlotId, told: Told, row: PathRow) => void): number | undefined {
    const { rib } = this.#tables;
    return rib.walkStanding(this.identity.family, from, most, (prefix) => {
      for (const { row, told } of this.#choose(rib.standing(prefix), tell)) visit(this.keys.intern(prefix, this.#pathIdOf(row)), told, row);
    });
  }

  #choose(rows: readonly PathRow[], tell: TellRow): readonly Chosen[] {
    const chosen: Chosen[] = [];
    for (let at = 0; at < rows.length && chosen.length < this.#most; at++) {
      const row = present(rows[at], "an order has no gaps");
      const told = tell(row);
      if (told) chosen.push({ row, told });
    }
    return chosen;
  }

  #pathIdOf(row: PathRow): number {
    return this.#tables.rib.paths.ordinal(row);
  }
}
