/**
 * One update group together with what it hears: the best path to each prefix, as its export identity hears it.
 * Pure. Groups that hear several paths to a prefix (RFC 7911) are in paths-group.ts.
 */

import { NO_PATH, type PathRow, type PrefixId } from "../../bgp/rib/ids.ts";
import type { BestChanges } from "../../bgp/rib/best-changes.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { ExportIdentity } from "../../rr/export-identity.ts";
import type { GroupPrefixes, NlriId } from "../../rr/group-table.ts";
import type { Told } from "../../rr/tell.ts";
import { UpdateGroup } from "../../rr/update-group.ts";
import type { Exporter, Withheld } from "./exporter.ts";
import { BatchExport } from "./batch-export.ts";
import { ExportTally } from "../peers/route-changes.ts";
import type { Tables } from "../tables/tables.ts";

/** What becomes of one path in a group. */
export interface Fate {
  readonly row: PathRow;
  /** What is heard of it, and under which id; otherwise why it is not. */
  readonly heard: { readonly told: Told; readonly nlri: NlriId } | Passed;
  /** Of the export policy; undefined: it was not asked. */
  readonly rule: string | undefined;
}

/** Why a group does not hear a path: it may not, it hears the best alone, or others came before it. */
export type Passed = Withheld | "not-best" | "not-selected";

/** What Outbound needs of a group, whatever it hears. */
export interface ExportGroup {
  readonly identity: ExportIdentity;
  readonly updates: UpdateGroup;
  /** What its updates are told by: prefixes, or slots of them. */
  readonly keys: GroupPrefixes;
  readonly tally: ExportTally;
  /** After decide(): these paths are best now. */
  changed(changes: BestChanges): void;
  /** Visits what it heard until then, of prefixes with these numbers and higher ones. */
  toldBefore(changes: BestChanges, from: number, visit: (nlri: NlriId, told: Told) => void): void;
  /** What it hears under that id at present. */
  told(nlri: NlriId): Told | undefined;
  /** The object of what it hears, for whoever shows it. */
  attributesOf(told: Told): PathAttributes;
  /** What becomes of these paths, which are usable and to one prefix. */
  explain(prefix: PrefixId, rows: readonly PathRow[]): readonly Fate[];
  /** Is there a message that can carry it? */
  carries(nlri: NlriId, told: Told): boolean;
  /** Every id under which something may have been said of the prefix. */
  idsOf(prefix: PrefixId): readonly NlriId[];
  /** Visits every path that it hears. */
  walk(visit: (nlri: NlriId, told: Told, row: PathRow) => void): void;
  /** The same for one prefix. */
  heardOf(prefix: PrefixId, visit: (nlri: NlriId, told: Told, row: PathRow) => void): void;
  /** A part of that walk, as in GroupTable. */
  walkFrom(from: number, most: number, visit: (nlri: NlriId, told: Told, row: PathRow) => void): number | undefined;
}

export class BestGroup implements ExportGroup {
  readonly identity: ExportIdentity;
  readonly updates: UpdateGroup;
  readonly keys: GroupPrefixes;
  readonly tally = new ExportTally();
  readonly #tables: Tables;
  readonly #exporter: Exporter;

  constructor(exporter: Exporter, tables: Tables) {
    this.identity = exporter.identity;
    this.keys = tables.prefixes;
    this.#tables = tables;
    this.#exporter = exporter;
    this.updates = new UpdateGroup(this.identity, this.keys, {
      told: (prefix: PrefixId) => this.told(prefix),
      walk: (from, most, visit) => this.#walk(from, most, (row) => exporter.tell(row), visit),
      isBehind: (prefix, at) => prefix < at,
      writePlain: (set, out) => exporter.writePlain(set, out),
    });
  }

  changed(changes: BestChanges): void {
    const exporter = this.#exporter;
    const { paths } = this.#tables.rib;
    const told = new BatchExport(paths, exporter, (row) => exporter.told(row));
    const tell = new BatchExport(paths, exporter, (row) => exporter.tell(row));
    for (let at = 0; at < changes.length; at++) {
      const prefix = changes.prefix(at);
      if (this.#tables.prefixes.family(prefix) !== this.identity.family) continue;
      const before = changes.before(at);
      const after = changes.after(at);
      const known = before === NO_PATH ? undefined : told.of(before);
      const is = after === NO_PATH ? undefined : tell.of(after);
      const was = known && known.attributes === is?.attributes ? exporter.asTold(known, before) : known;
      this.tally.changed(was, is, is ? undefined : after === NO_PATH ? "gone" : tell.withheld(after));
      this.updates.changed(prefix, was, is);
    }
    exporter.toldAlike(tell.alike);
  }

  toldBefore(changes: BestChanges, from: number, visit: (prefix: PrefixId, told: Told) => void): void {
    for (let at = 0; at < changes.length; at++) {
      const prefix = changes.prefix(at);
      const before = changes.before(at);
      if (prefix < from || before === NO_PATH || this.#tables.prefixes.family(prefix) !== this.identity.family) continue;
      const told = this.#exporter.told(before);
      if (told) visit(prefix, told);
    }
  }

  told(prefix: PrefixId): Told | undefined {
    const best = this.#tables.rib.best(prefix);
    return best === NO_PATH ? undefined : this.#exporter.told(best);
  }

  attributesOf(told: Told): PathAttributes {
    return this.#exporter.attributesOf(told);
  }

  carries(nlri: NlriId, told: Told): boolean {
    return this.#exporter.carries(nlri, told, this.keys);
  }

  explain(prefix: PrefixId, rows: readonly PathRow[]): readonly Fate[] {
    const best = this.#tables.rib.best(prefix);
    return rows.map((row) => {
      if (row !== best) return { row, heard: "not-best", rule: undefined };
      const { told, rule } = this.#exporter.explain(row);
      return { row, heard: typeof told === "string" ? told : { told, nlri: prefix }, rule };
    });
  }

  idsOf(prefix: PrefixId): readonly NlriId[] {
    return [prefix];
  }

  walk(visit: (prefix: PrefixId, told: Told, row: PathRow) => void): void {
    this.walkFrom(0, Infinity, visit);
  }

  heardOf(prefix: PrefixId, visit: (prefix: PrefixId, told: Told, row: PathRow) => void): void {
    const best = this.#tables.rib.best(prefix);
    const told = best === NO_PATH ? undefined : this.#exporter.told(best);
    if (told) visit(prefix, told, best);
  }

  walkFrom(from: number, most: number, visit: (prefix: PrefixId, told: Told, row: PathRow) => void): number | undefined {
    return this.#walk(from, most, (row) => this.#exporter.told(row), visit);
  }

  #walk(from: number, most: number, hear: (row: PathRow) => Told | undefined, visit: (prefix: PrefixId, told: Told, row: PathRow) => void): number | undefined {
    const { rib } = this.#tables;
    return rib.walkStanding(this.identity.family, from, most, (prefix) => {
      const best = rib.best(prefix);
      const told = best === NO_PATH ? undefined : hear(best);
      if (told) visit(prefix, told, best);
    });
  }
}
