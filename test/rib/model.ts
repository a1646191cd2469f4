/**
 * The RIB as a plain Map, for comparison: one entry per (source, prefix, path id), the best of a prefix found anew each
 * time by the reference decision.
 */

import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { Family } from "../../src/bgp/wire/context.ts";
import { type Prefix, prefixVersion } from "../../src/ip/prefix.ts";
import { SOURCES } from "./arbitraries.ts";
import { type PlainPath, plainRanking, plainWinner } from "./reference.ts";

/** What import policy makes of a path. */
export type Judgement = "as-it-came" | "less-preferred" | "refused";

export function judged(attributes: PathAttributes, judgement: Judgement): PathAttributes | undefined {
  if (judgement === "refused") return undefined;
  return judgement === "as-it-came" ? attributes : { ...attributes, localPref: 50 };
}

export interface Entry extends PlainPath {
  readonly prefix: Prefix;
  readonly received: PathAttributes;
  readonly refused: boolean;
  /** Counts up with every path that is another one than before. */
  readonly version: number;
}

export interface ModelChange {
  readonly prefix: Prefix;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

export function familyOf(prefix: Prefix): Family {
  return prefixVersion(prefix) === 4 ? "ipv4" : "ipv6";
}

export class RibModel {
  readonly entries = new Map<string, Entry>();
  readonly #best = new Map<Prefix, Entry>();
  #version = 0;
  cost: (nextHop: string) => number | undefined = () => 0;

  /** Returns whether this was a path known already. */
  learn(sourceNumber: number, prefix: Prefix, pathId: number, received: PathAttributes, judgement: Judgement): boolean {
    const key = `${sourceNumber} ${prefix} ${pathId}`;
    const usable = judged(received, judgement);
    const known = this.entries.get(key);
    const same = known !== undefined && text(known.received) === text(received) && known.refused === (usable === undefined) && (usable === undefined || text(known.attributes) === text(usable));
    const version = same ? known.version : ++this.#version;
    const source = SOURCES[sourceNumber] as Entry["source"];
    this.entries.set(key, { sourceNumber, source, prefix, pathId, received, attributes: usable ?? received, refused: usable === undefined, stale: false, version });
    return same;
  }

  forget(sourceNumber: number, prefix: Prefix, pathId: number): void {
    this.entries.delete(`${sourceNumber} ${prefix} ${pathId}`);
  }

  forgetWhere(gone: (entry: Entry) => boolean): void {
    for (const [key, entry] of this.entries) if (gone(entry)) this.entries.delete(key);
  }

  markStale(sourceNumber: number, family: Family): void {
    for (const [key, entry] of this.entries) {
      if (entry.sourceNumber === sourceNumber && familyOf(entry.prefix) === family) this.entries.set(key, { ...entry, stale: true });
    }
  }

  rejudge(sourceNumber: number, judgement: Judgement): void {
    for (const [key, entry] of this.entries) {
      if (entry.sourceNumber !== sourceNumber) continue;
      const usable = judged(entry.received, judgement);
      const same = entry.refused === (usable === undefined) && (usable === undefined || text(usable) === text(entry.attributes));
      if (!same) this.entries.set(key, { ...entry, attributes: usable ?? entry.received, refused: usable === undefined, version: ++this.#version });
    }
  }

  decide(prefixes: readonly Prefix[]): readonly ModelChange[] {
    return prefixes.flatMap((prefix) => {
      const before = this.#best.get(prefix);
      const after = plainWinner(this.usable(prefix), this.cost);
      if (after) this.#best.set(prefix, after);
      else this.#best.delete(prefix);
      return before?.version === after?.version ? [] : [{ prefix, before, after }];
    });
  }

  ranked(prefix: Prefix): readonly Entry[] {
    return plainRanking(this.usable(prefix), this.cost);
  }

  usable(prefix: Prefix): readonly Entry[] {
    return [...this.entries.values()].filter((entry) => entry.prefix === prefix && !entry.refused);
  }

  counts(sourceNumber: number, family: Family): { readonly received: number; readonly accepted: number; readonly best: number; readonly stale: number } {
    const own = (entry: Entry): boolean => entry.sourceNumber === sourceNumber && familyOf(entry.prefix) === family;
    const received = [...this.entries.values()].filter(own);
    return { received: received.length, accepted: received.filter(({ refused }) => !refused).length, best: [...this.#best.values()].filter(own).length, stale: received.filter(({ stale }) => stale).length };
  }
}

function text(attributes: PathAttributes): string {
  return JSON.stringify(Object.entries(attributes).sort());
}
