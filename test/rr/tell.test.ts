/** tell() against the ideal: whoever followed every change holds what RFC 4456 grants, and never his own route. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { SourceId } from "../../src/bgp/rib/ids.ts";
import { type Audience, type HeardSet, tell, type Told } from "../../src/rr/tell.ts";

const MEMBERS = [0, 1, 2, 3] as SourceId[];
const OUTSIDERS = [7, 8] as SourceId[];
const ATTRIBUTES: readonly PathAttributes[] = [{ med: 1 }, { med: 2 }, { med: 3 }];

const told: fc.Arbitrary<Told | undefined> = fc.option(
  fc.record({ owner: fc.constantFrom(...MEMBERS, ...OUTSIDERS), attributes: fc.constantFrom(...ATTRIBUTES) }),
  { nil: undefined },
);

function hears(member: SourceId, audience: Audience): boolean {
  if (audience.kind === "everyone") return true;
  return (audience.kind === "only") === (audience.peer === member);
}

test("after any history every member holds the last path, but its owner nothing", () => {
  const reached = { takenBack: 0, movedWithoutChange: 0 };
  fc.assert(
    fc.property(fc.array(told, { size: "max", maxLength: 40 }), (history) => {
      const held = new Map<SourceId, HeardSet>();
      let before: Told | undefined;
      for (const after of history) {
        if (before && after && before.owner !== after.owner) reached.takenBack++;
        if (before && after && before.owner !== after.owner && before.attributes === after.attributes) reached.movedWithoutChange++;
        tell(before, after, (attributes, audience) => {
          for (const member of MEMBERS.filter((each) => hears(each, audience))) {
            if (attributes) held.set(member, attributes);
            else held.delete(member);
          }
        });
        before = after;
        for (const member of MEMBERS) expect(held.get(member)).toBe(after && after.owner !== member ? after.attributes : undefined);
      }
    }),
    { numRuns: 500 },
  );
  expect(reached.takenBack).toBeGreaterThan(1000);
  expect(reached.movedWithoutChange).toBeGreaterThan(300);
});

function said(before: Told | undefined, after: Told | undefined): readonly object[] {
  const all: object[] = [];
  tell(before, after, (attributes, audience) => all.push({ attributes, audience }));
  return all;
}

test("nobody is told anything when nothing changed", () => {
  const same = { owner: 1 as SourceId, attributes: ATTRIBUTES[0] as PathAttributes };
  expect(said(undefined, undefined)).toEqual([]);
  expect(said(same, { ...same })).toEqual([]);
});

test("nobody is told to withdraw what he never had", () => {
  const owner = 1 as SourceId;
  const attributes = ATTRIBUTES[0] as PathAttributes;
  expect(said({ owner, attributes }, undefined)).toEqual([{ attributes: undefined, audience: { kind: "all-but", peer: owner } }]);
});
