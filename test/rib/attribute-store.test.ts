/**
 * The attribute store: one number per distinct set, ranking columns beside it, nothing kept that nobody holds.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { encodeAttributes } from "../../src/bgp/wire/attribute.ts";
import { INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { PlainSection } from "../../src/bgp/wire/plain-section.ts";
import type { AttrId } from "../../src/bgp/rib/ids.ts";
import { AttributeStore } from "../../src/bgp/rib/attribute-store.ts";
import { NO_NEXT_HOP } from "../../src/bgp/rib/next-hop-table.ts";
import { SOURCES, attributesFrom } from "./arbitraries.ts";
import { via } from "./kit.ts";

/** The set as a peer with four-octet AS numbers inside our AS tells it. */
function plain(attributes: PathAttributes): PlainSection {
  const context = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
  const bytes = encodeAttributes(attributes, context);
  const section = new PlainSection();
  expect(section.read(bytes, 0, bytes.length, context)).toBe(true);
  return section;
}

const SET = via("10.0.0.1", { med: 5, localPref: 200, originatorId: 9, clusterList: [1, 2] }, 65001, 65002);

describe("the attribute store", () => {
  it("gives one number to equal sets, and another to any other", () => {
    const store = new AttributeStore();
    const id = store.intern(SET);
    expect(store.intern(structuredClone(SET))).toBe(id);
    expect(store.intern({ ...SET, med: 6 })).not.toBe(id);
    expect(store.intern(via("10.0.0.2", { med: 5 }, 65001))).not.toBe(store.intern(via("10.0.0.1", { med: 5 }, 65001)));
    expect(store.get(id)).toBe(SET);
  });

  it("fills the ranking columns, and the defaults of what is missing", () => {
    const store = new AttributeStore();
    const { ranking } = store;
    const read = (id: AttrId) => [ranking.localPref, ranking.pathLength, ranking.origin, ranking.med, ranking.neighbourAs, ranking.originatorId, ranking.clusterLength].map((column) => column.get(id));
    expect(read(store.intern(SET))).toEqual([200, 2, 0, 5, 65001, 9, 2]);
    const bare = store.intern({});
    expect(read(bare)).toEqual([100, 0, 2, 0, 0, 0, 0]);
    expect(ranking.nextHop(bare)).toBe(NO_NEXT_HOP);
  });

  it("counts an AS_SET as one AS and confederation segments as none", () => {
    const store = new AttributeStore();
    const id = store.intern({
      asPath: [
        { kind: "confed-sequence", asns: [64600, 64601] },
        { kind: "sequence", asns: [65001, 65002] },
        { kind: "set", asns: [65003, 65004, 65005] },
      ],
    });
    expect([store.ranking.pathLength.get(id), store.ranking.neighbourAs.get(id)]).toEqual([3, 65001]);
  });

  it("gives one number to one next hop, until the last set that has it is gone", () => {
    const store = new AttributeStore();
    const [a, b] = [store.intern(via("10.0.0.1", { med: 1 })), store.intern(via("10.0.0.1", { med: 2 }))];
    expect(store.ranking.nextHop(a)).toBe(store.ranking.nextHop(b));
    store.retain(b);
    store.sweep();
    expect([store.size, store.nextHops.size]).toEqual([1, 1]);
    store.release(b);
    store.sweep();
    expect([store.size, store.nextHops.size]).toEqual([0, 0]);
  });

  it("knows an object again only as long as its set has a number", () => {
    const store = new AttributeStore();
    const id = store.intern(SET);
    store.sweep();
    const other = store.intern(via("10.0.0.7"));
    expect(other).toBe(id);
    const again = store.intern(SET);
    expect(again).not.toBe(other);
    expect([store.get(other).nextHop?.address, store.get(again)]).toEqual(["10.0.0.7", SET]);
  });

  it("gives one number to a set that came as octets and to the same set as an object, whichever was first", () => {
    const store = new AttributeStore();
    const first = store.internPlain(plain(SET));
    expect([store.intern(SET), store.intern(structuredClone(SET)), store.internPlain(plain(SET))]).toEqual([first, first, first]);
    const other = { ...SET, med: 6 };
    const second = store.intern(other);
    expect(store.internPlain(plain(other))).toBe(second);
    expect(second).not.toBe(first);
    expect([store.get(first), store.get(second)]).toEqual([SET, other]);
  });

  it("fills the same ranking columns from octets as from an object", () => {
    const [octets, object] = [new AttributeStore(), new AttributeStore()];
    const read = ({ ranking }: AttributeStore, id: AttrId) => [ranking.longLivedStale, ranking.localPref, ranking.pathLength, ranking.origin, ranking.med, ranking.neighbourAs, ranking.originatorId, ranking.clusterLength].map((column) => column.get(id));
    for (const set of [SET, via("10.0.0.7"), via("10.0.0.7", { communities: [1, 0xffff0006] }, 65001)]) expect(read(octets, octets.internPlain(plain(set)))).toEqual(read(object, object.intern(set)));
  });

  it("knows the object it made of octets again, but not in another life of the number", () => {
    const store = new AttributeStore();
    const id = store.internPlain(plain(SET));
    const object = store.get(id);
    const life = store.life(id);
    expect([store.get(id), store.intern(object)]).toEqual([object, id]);
    store.sweep();
    const other = store.internPlain(plain(via("10.0.0.7")));
    expect([other, store.life(other)]).toEqual([id, life + 1]);
    expect(store.get(other).nextHop?.address).toBe("10.0.0.7");
    expect(store.intern(object)).not.toBe(other);
  });

  it("refuses to be released more often than retained: that is our bug", () => {
    const store = new AttributeStore();
    const id = store.intern(SET);
    expect(() => store.release(id)).toThrow("released");
  });

  it("is a Map from content to number, through holding, releasing and sweeping", () => {
    let shared = 0;
    let renumbered = 0;
    const anySet = fc.constantFrom(...SOURCES).chain(attributesFrom);
    const move = fc.record({ set: anySet, kind: fc.constantFrom("hold", "hold", "look", "drop", "sweep"), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 200, size: "max" }), (moves) => {
        const store = new AttributeStore();
        const held: { readonly text: string; readonly id: AttrId; readonly set: object }[] = [];
        const objects: (typeof moves)[number]["set"][] = [];
        for (const { set, kind, pick } of moves) {
          objects.push(set);
          const chosen = objects[pick % objects.length] as typeof set;
          if (kind === "look") store.intern(chosen);
          if (kind === "hold") {
            const id = chosen.nextHop && pick % 2 === 0 ? store.internPlain(plain(chosen)) : store.intern(chosen);
            const twin = held.find((each) => each.text === text(chosen));
            if (twin) shared++;
            else if (held.some((each) => each.id > id)) renumbered++;
            expect(id).toBe(twin?.id ?? id);
            expect(held.filter((each) => each.id === id).every((each) => each.text === text(chosen))).toBe(true);
            store.retain(id);
            held.push({ text: text(chosen), id, set: chosen });
          }
          if (kind === "drop") {
            const gone = held.splice(pick % Math.max(1, held.length), 1)[0];
            if (gone) store.release(gone.id);
          }
          if (kind === "sweep") {
            store.sweep();
            expect(store.size).toBe(new Set(held.map((each) => each.text)).size);
          }
        }
        for (const { id, set } of held) expect(store.get(id)).toEqual(set);
        for (const { id } of held) store.release(id);
        store.sweep();
        expect([store.size, store.nextHops.size]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
    expect(Math.min(shared, renumbered)).toBeGreaterThan(100);
  });
});

function text(set: object): string {
  return JSON.stringify(Object.entries(set).sort());
}
