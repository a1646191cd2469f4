/** The journal against a plain list of changes. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { PrefixId } from "../../src/bgp/rib/ids.ts";
import type { NlriId } from "../../src/rr/group-table.ts";
import { Journal } from "../../src/rr/journal.ts";

type Move =
  | { readonly kind: "record"; readonly prefix: PrefixId }
  | { readonly kind: "commit" }
  | { readonly kind: "forget"; readonly back: number }
  | { readonly kind: "read"; readonly back: number; readonly most: number };

const PREFIXES = 24;
const prefix = fc.integer({ min: 0, max: PREFIXES - 1 }).map((id) => id as PrefixId);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("record" as const), prefix }) },
  { weight: 3, arbitrary: fc.constant({ kind: "commit" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const), back: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const), back: fc.nat(60), most: fc.integer({ min: 1, max: 10 }) }) },
);

/** Counts who holds what, and refuses to be released too often. */
class Holds {
  readonly held = new Map<PrefixId, number>();

  retain(prefix: PrefixId): void {
    this.held.set(prefix, (this.held.get(prefix) ?? 0) + 1);
  }

  release(prefix: PrefixId): void {
    const count = this.held.get(prefix) ?? 0;
    expect(count).toBeGreaterThan(0);
    if (count === 1) this.held.delete(prefix);
    else this.held.set(prefix, count - 1);
  }
}

class Model {
  readonly holds = new Holds();
  readonly journal = new Journal(this.holds);
  /** Latest stamp of each prefix. */
  readonly latest = new Map<PrefixId, number>();
  batch = 0;
  floor = 0;
  forgotten = 0;
  paged = 0;

  play(move: Move): void {
    switch (move.kind) {
      case "record":
        return this.#record(move.prefix);
      case "commit":
        this.batch = this.journal.end;
        return;
      case "forget":
        return this.#forget(Math.max(this.floor, this.batch - move.back));
      case "read":
        return this.#read(Math.max(this.floor, this.journal.end - move.back), move.most);
    }
  }

  #record(prefix: PrefixId): void {
    const known = this.latest.get(prefix) ?? -1;
    const stamp = this.journal.record(prefix, this.batch);
    if (known >= this.batch) expect(stamp).toBe(known);
    else expect(stamp).toBe(this.journal.end - 1);
    this.latest.set(prefix, stamp);
  }

  #forget(floor: number): void {
    const before = this.journal.size;
    this.journal.forgetBefore(floor);
    this.floor = floor;
    if (this.journal.size < before) this.forgotten++;
    expect(this.journal.size).toBe(this.holds.held.size);
  }

  /** In pages, as a slow member would. */
  #read(from: number, most: number): void {
    const seen: NlriId[] = [];
    for (let at = from; at < this.journal.end; ) {
      const next = this.journal.read(at, most, (prefix) => seen.push(prefix));
      expect(next).toBeGreaterThan(at);
      if (next < this.journal.end) this.paged++;
      at = next;
    }
    const wanted = [...this.latest].filter(([, stamp]) => stamp >= from).sort((a, b) => a[1] - b[1]);
    expect(seen).toEqual(wanted.map(([prefix]) => prefix));
  }
}

test("a reader hears of every prefix that changed since its stamp, once, in the order of the latest changes", () => {
  const reached = { forgotten: 0, paged: 0 };
  fc.assert(
    fc.property(fc.array(move, { size: "max", maxLength: 300 }), (moves) => {
      const model = new Model();
      for (const move of moves) model.play(move);
      reached.forgotten += model.forgotten;
      reached.paged += model.paged;
      model.journal.forgetBefore(model.journal.end);
      expect(model.holds.held.size).toBe(0);
    }),
    { numRuns: 300 },
  );
  expect(reached.forgotten).toBeGreaterThan(200);
  expect(reached.paged).toBeGreaterThan(1000);
});

test("a flood leaves nothing held behind, and the journal goes on", () => {
  const holds = new Holds();
  const journal = new Journal(holds);
  for (let i = 0; i < 20_000; i++) journal.record((i % 10_000) as PrefixId, journal.end);
  expect(holds.held.size).toBe(10_000);
  journal.forgetBefore(journal.end);
  expect(holds.held.size).toBe(0);
  const stamp = journal.record(7 as PrefixId, journal.end);
  expect(journal.read(stamp, 1, (prefix) => expect(prefix).toBe(7))).toBe(journal.end);
  expect(journal.size).toBe(1);
});

test("a flapping prefix takes no more room than a quiet one", () => {
  const holds = new Holds();
  const journal = new Journal(holds);
  for (let i = 0; i < 100_000; i++) journal.record((i % 3) as PrefixId, journal.end);
  const seen: NlriId[] = [];
  journal.read(0, 10, (prefix) => seen.push(prefix));
  expect(seen.length).toBe(3);
  expect(journal.size).toBe(3);
});
