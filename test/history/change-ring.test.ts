/** The journal of the routing table: what goes in comes out, in its order, within its bounds, and what is forgotten is said. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { type Prefix, parsePrefix } from "../../src/ip/prefix.ts";
import { CAUSE_NAMES, type Cause, type Change, DIFFERENCES, ORIGINS, RULE_NAMES, type RouteChange } from "../../src/history/change.ts";
import type { ChangeReader } from "../../src/history/change-reader.ts";
import { ChangeRing } from "../../src/history/change-ring.ts";
import { flappingPrefixes } from "../../src/history/flap-counts.ts";
import { Selection } from "../../src/history/selection.ts";
import { draftOf } from "../support/changes.ts";

const HOUR_MS = 3_600_000;
const SLAB_BYTES = 512;

const prefixes = fc.constantFrom(...["0.0.0.0/0", "10.0.0.0/8", "10.65.0.64/26", "203.0.113.7/32", "::/0", "2001:db8::/32", "2001:db8:0:1::/64", "fd00::9/128"].map((text) => parsePrefix(text) as Prefix));
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const sources = fc.constantFrom("a", "b", "c");
const path = fc.record({
  nextHop: fc.constantFrom(undefined, "10.0.0.1" as IpAddress, "2001:db8::1" as IpAddress),
  localPref: u32,
  med: u32,
  asPathLength: fc.integer({ min: 0, max: 0xffff }),
  neighbourAs: fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined }),
  origin: fc.constantFrom(...ORIGINS),
});
const ended = fc.record({ before: sources, after: fc.constant(undefined), path: fc.constant(undefined), change: fc.constant<Change>("went") });
const begun = fc.record({ before: fc.option(sources, { nil: undefined }), after: sources, path }).map((ends) => ({ ...ends, change: (ends.before === undefined ? "appeared" : "changed") as Change }));
const changes = fc
  .record({ afterMs: fc.integer({ min: 0, max: 1000 }), prefix: prefixes, cause: fc.constantFrom(...CAUSE_NAMES), decidedBy: fc.constantFrom(...RULE_NAMES), differs: fc.subarray([...DIFFERENCES]), ends: fc.oneof(ended, begun) })
  .map(({ ends, ...rest }) => ({ ...rest, ...ends }));
const plays = fc.array(changes, { size: "max", maxLength: 200 }).map((steps) => {
  let atMs = 0;
  return steps.map(({ afterMs, ...step }): RouteChange<string> => ({ ...step, atMs: (atMs += afterMs) }));
});

function* restOf(reader: ChangeReader<string>): Generator<RouteChange<string>> {
  while (reader.next()) yield reader.toObject();
}

describe("a journal of changes", () => {
  it("gives back what was told, to the last field and in its order, as far as it reaches", () => {
    let forgot = 0;
    fc.assert(
      fc.property(plays, (told) => {
        const ring = new ChangeRing<string>({ maxBytes: 8 * SLAB_BYTES, maxAgeMs: HOUR_MS }, 0, SLAB_BYTES);
        for (const change of told) ring.append(draftOf(change));
        const kept = [...restOf(ring.read("oldest"))];
        expect(kept).toEqual(told.slice(told.length - ring.size));
        const last = told.at(-1)?.atMs ?? 0;
        const reach = ring.reachMs(last);
        expect(kept.filter(({ atMs }) => atMs > reach)).toEqual(told.filter(({ atMs }) => atMs > reach));
        if (ring.size < told.length) forgot++;
      }),
      { numRuns: 100 },
    );
    expect(forgot, "plays that were longer than the journal").toBeGreaterThan(20);
  });

  it("never takes more octets than it may, nor holds what is older than it may be by more than a slab", () => {
    let aged = 0;
    fc.assert(
      fc.property(plays, (told) => {
        const ring = new ChangeRing<string>({ maxBytes: 6 * SLAB_BYTES, maxAgeMs: 10_000 }, 0, SLAB_BYTES);
        for (const change of told) {
          ring.append(draftOf(change));
          expect(ring.bytes).toBeLessThanOrEqual(6 * SLAB_BYTES);
          expect(ring.reachMs(change.atMs)).toBeGreaterThanOrEqual(change.atMs - 10_000);
          const oldest = ring.read("oldest");
          if (oldest.next() && oldest.atMs < change.atMs - 20_000) throw new Error("older than a slab may make it");
        }
        if (ring.size < told.length) aged++;
      }),
      { numRuns: 100 },
    );
    expect(aged).toBeGreaterThan(20);
  });

  it("tells a reader that falls behind how many it missed, and each other one once", () => {
    let late = 0;
    fc.assert(
      fc.property(plays, fc.array(fc.constantFrom(0, 0, 0, 4, 30), { minLength: 1, maxLength: 20, size: "max" }), (told, appetites) => {
        const ring = new ChangeRing<string>({ maxBytes: 2 * SLAB_BYTES, maxAgeMs: HOUR_MS }, 0, SLAB_BYTES);
        const reader = ring.read("next");
        let heard = 0;
        let missed = 0;
        for (const [at, change] of told.entries()) {
          ring.append(draftOf(change));
          if (at % 10 !== 9) continue;
          for (let left = appetites[(at / 10) % appetites.length | 0] ?? 0; left > 0 && reader.next(); left--) {
            missed += reader.takeMissed();
            expect(reader.toObject()).toEqual(told[heard + missed]);
            heard++;
          }
        }
        for (const change of restOf(reader)) {
          missed += reader.takeMissed();
          expect(change).toEqual(told[heard + missed]);
          heard++;
        }
        expect(heard + missed).toBe(told.length);
        if (missed > 0) late++;
      }),
      { numRuns: 100 },
    );
    expect(late, "readers that were late").toBeGreaterThan(20);
  });

  it("knows everything since it was begun, and an hour later since an hour ago", () => {
    const ring = new ChangeRing<string>({ maxBytes: 8 * SLAB_BYTES, maxAgeMs: HOUR_MS }, 5_000.7);
    expect(ring.reachMs(6_000)).toBe(5_000);
    expect(ring.reachMs(5_000 + 2 * HOUR_MS)).toBe(5_000 + HOUR_MS);
  });

  it("gives its memory back when nothing changed for so long that all of it is too old", () => {
    const ring = new ChangeRing<string>({ maxBytes: 8 * SLAB_BYTES, maxAgeMs: HOUR_MS }, 0, SLAB_BYTES);
    for (let n = 0; n < 200; n++) ring.append(draftOf(change("10.0.0.0/8", n)));
    expect(ring.bytes).toBe(7 * SLAB_BYTES);
    ring.reachMs(2 * HOUR_MS);
    expect([ring.bytes, ring.size]).toEqual([0, 0]);
  });

  it("begins another slab for what comes after a long silence, so that the old ones can go", () => {
    const ring = new ChangeRing<string>({ maxBytes: 8 * SLAB_BYTES, maxAgeMs: HOUR_MS }, 0, SLAB_BYTES);
    ring.append(draftOf(change("10.0.0.0/8", 0)));
    ring.append(draftOf(change("10.0.0.0/8", 2 * HOUR_MS)));
    expect(ring.size).toBe(1);
  });
});

function change(prefix: string, atMs: number, cause: Cause = "announced"): RouteChange<string> {
  return { atMs, prefix: parsePrefix(prefix) as Prefix, change: "went", cause, decidedBy: undefined, differs: [], before: "a", after: undefined, path: undefined };
}

describe("a selection of prefixes", () => {
  const all = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "11.0.0.0/8", "::/0", "2001:db8::/32", "2001:db8::/48", "2001:db9::/32"];
  const held = (selection: Selection): readonly string[] => all.filter((text) => selection.holdsPrefix(parsePrefix(text) as Prefix));

  it.each([
    [{ kind: "all" }, all],
    [{ kind: "exactly", prefix: "10.1.0.0/16" }, ["10.1.0.0/16"]],
    [{ kind: "exactly", prefix: "0.0.0.0/0" }, ["0.0.0.0/0"]],
    [{ kind: "within", prefix: "10.0.0.0/8" }, ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"]],
    [{ kind: "within", prefix: "::/0" }, ["::/0", "2001:db8::/32", "2001:db8::/48", "2001:db9::/32"]],
    [{ kind: "within", prefix: "2001:db8::/32" }, ["2001:db8::/32", "2001:db8::/48"]],
    [{ kind: "holding", address: "10.1.2.3" }, ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"]],
    [{ kind: "holding", address: "2001:db8::1" }, ["::/0", "2001:db8::/32", "2001:db8::/48"]],
  ] as const)("%j", (query, wanted) => {
    expect(held(new Selection(query as ConstructorParameters<typeof Selection>[0]))).toEqual(wanted);
  });

  it("holds the same prefixes as they stand in a journal", () => {
    const ring = new ChangeRing<string>({ maxBytes: 8 * SLAB_BYTES, maxAgeMs: HOUR_MS }, 0);
    for (const prefix of all) ring.append(draftOf(change(prefix, 1)));
    const selection = new Selection({ kind: "holding", address: "10.1.2.3" as IpAddress });
    const reader = ring.read("oldest");
    const found: string[] = [];
    while (reader.next()) if (selection.holds(reader)) found.push(reader.toObject().prefix);
    expect(found).toEqual(held(selection));
  });
});

describe("the prefixes that flap most", () => {
  it("are those that changed most often, with the last cause; one change is no unrest", () => {
    const ring = new ChangeRing<string>({ maxBytes: 64 * SLAB_BYTES, maxAgeMs: HOUR_MS }, 0);
    const often: readonly (readonly [prefix: string, times: number])[] = [["10.1.0.0/16", 3], ["10.2.0.0/16", 5], ["2001:db8::/32", 5], ["10.3.0.0/16", 1], ["10.4.0.0/16", 2]];
    for (let round = 0; round < 5; round++) for (const [prefix, times] of often) if (round < times) ring.append(draftOf(change(prefix, round, round === 2 ? "session-down" : "withdrawn")));
    const top = (most: number): unknown => toItsEnd(flappingPrefixes(ring.read("oldest"), most, () => true)).map(({ prefix, changes: count, went, lastMs, lastCause }) => [prefix, count, went, lastMs, lastCause]);
    expect(top(10)).toEqual([["10.2.0.0/16", 5, 5, 4, "withdrawn"], ["2001:db8::/32", 5, 5, 4, "withdrawn"], ["10.1.0.0/16", 3, 3, 2, "session-down"], ["10.4.0.0/16", 2, 2, 1, "withdrawn"]]);
    expect(top(1)).toEqual([["10.2.0.0/16", 5, 5, 4, "withdrawn"]]);
  });
});

function toItsEnd<Result>(work: Generator<undefined, Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
