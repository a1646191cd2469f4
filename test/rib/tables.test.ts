/**
 * The tables under the RIB: each against the plainest model there is, and none of them leaks a number.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Prefix, parsePrefix, prefixFromBytes, prefixLength, prefixToBytes, prefixVersion } from "../../src/ip/prefix.ts";
import { Int32Column, RowNumbers, Uint32Column, Worklist } from "../../src/bgp/rib/columns.ts";
import { HashIndex, NO_SLOT } from "../../src/bgp/rib/hash-index.ts";
import type { PrefixId } from "../../src/bgp/rib/ids.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import { SourceTable } from "../../src/bgp/rib/source-table.ts";
import { external, prefix } from "./kit.ts";

describe("columns", () => {
  it("read as their initial value wherever nothing was written, also beyond their end", () => {
    const column = new Int32Column(-1);
    column.set(5000, 7);
    expect([column.get(0), column.get(4999), column.get(5000), column.get(1_000_000)]).toEqual([-1, -1, 7, -1]);
  });

  it("keep unsigned numbers unsigned", () => {
    const column = new Uint32Column();
    column.set(1, 0xffffffff);
    expect(column.get(1)).toBe(0xffffffff);
  });

  it("give out dense row numbers and the freed ones again", () => {
    const rows = new RowNumbers();
    expect([rows.take(), rows.take(), rows.take()]).toEqual([0, 1, 2]);
    rows.give(1);
    expect(rows.size).toBe(2);
    expect([rows.take(), rows.take(), rows.size, rows.end]).toEqual([1, 3, 4, 4]);
  });

  it("a worklist is empty again after clear", () => {
    const list = new Worklist();
    list.push(3);
    list.push(4);
    expect([list.length, list.at(1)]).toEqual([2, 4]);
    list.clear();
    expect(list.length).toBe(0);
  });
});

describe("the hash index", () => {
  const rowsWith = (index: HashIndex, hash: number): readonly number[] => {
    const rows: number[] = [];
    for (let slot = index.first(hash); slot !== NO_SLOT; slot = index.next(slot)) rows.push(index.row(slot));
    return rows.sort((a, b) => a - b);
  };

  it("finds exactly the rows of a hash, through collisions, growth and removals", () => {
    let collisions = 0;
    let grown = 0;
    const hashes = fc.oneof(fc.constantFrom(0, 1, 2046, 2047, 2048, -1), fc.integer({ min: 2040, max: 2060 }), fc.integer());
    /** What is looked for before: an index remembers where a search ended. */
    const look = fc.constantFrom("for-it", "for-it", "for-another", "for-nothing");
    const move = fc.record({ hash: hashes, add: fc.integer({ min: 0, max: 5 }).map((dice) => dice > 0), pick: fc.nat(), look });
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 3000, size: "max" }), (moves) => {
        const index = new HashIndex();
        const model = new Map<number, number>();
        for (const [row, { hash, add, pick, look }] of moves.entries()) {
          if (look !== "for-nothing") rowsWith(index, look === "for-it" ? hash : hash + 1);
          if (add || model.size === 0) {
            if ([...model.values()].includes(hash)) collisions++;
            index.add(hash, row);
            model.set(row, hash);
          } else {
            const [victim, itsHash] = [...model][pick % model.size] as [number, number];
            index.remove(itsHash, victim);
            model.delete(victim);
          }
        }
        if (model.size > 1300) grown++;
        expect(index.size).toBe(model.size);
        for (const hash of new Set(moves.map((each) => each.hash))) {
          expect(rowsWith(index, hash)).toEqual([...model].filter(([, its]) => its === hash).map(([row]) => row));
        }
      }),
      { numRuns: 30 },
    );
    expect(collisions).toBeGreaterThan(1000);
    expect(grown).toBeGreaterThan(0);
  });

  it("does nothing when asked to remove what is not there", () => {
    const index = new HashIndex();
    index.add(5, 1);
    index.remove(5, 2);
    index.remove(6, 1);
    expect([index.size, index.first(5) !== NO_SLOT]).toEqual([1, true]);
  });
});

describe("the prefix table", () => {
  const octets = (version: 4 | 6) => fc.uint8Array({ minLength: version === 4 ? 4 : 16, maxLength: version === 4 ? 4 : 16 });
  const bitsOf = (version: 4 | 6) => fc.oneof(fc.constantFrom(0, 1, 8, 9), fc.nat({ max: version === 4 ? 32 : 128 }));
  /** Few distinct octets, so that prefixes nest and meet again. */
  const anyPrefix = fc.constantFrom(4 as const, 6 as const).chain((version) =>
    fc
      .tuple(fc.oneof(octets(version), octets(version).map((bytes) => bytes.map((octet) => octet & 0x80))), bitsOf(version))
      .map(([bytes, bits]) => ({ version, bytes, bits, text: prefixFromBytes(bytes, 0, bits, version) })),
  );

  it("gives one number to one prefix, whatever the bits beyond its length and wherever it stands in the buffer", () => {
    const seen = { ipv4: 0, ipv6: 0, again: 0 };
    fc.assert(
      fc.property(fc.array(anyPrefix, { minLength: 1, maxLength: 200, size: "max" }), fc.nat({ max: 9 }), (prefixes, at) => {
        const table = new PrefixTable();
        const model = new Map<Prefix, PrefixId>();
        for (const { version, bytes, bits, text } of prefixes) {
          const family = version === 4 ? "ipv4" : "ipv6";
          const onWire = new Uint8Array(at + ((bits + 7) >> 3));
          onWire.set(bytes.subarray(0, (bits + 7) >> 3), at);
          expect(table.find(family, onWire, at, bits)).toBe(model.get(text));
          const id = table.intern(family, onWire, at, bits);
          seen[family]++;
          if (model.has(text)) seen.again++;
          expect(id).toBe(model.get(text) ?? id);
          model.set(text, id);
        }
        expect(table.size).toBe(model.size);
        expect(new Set(model.values()).size).toBe(model.size);
        for (const [text, id] of model) {
          expect([table.prefix(id), table.bits(id), table.family(id)]).toEqual([text, prefixLength(text), prefixVersion(text) === 4 ? "ipv4" : "ipv6"]);
          const copy = new Uint8Array(20);
          expect(table.copyAddress(id, copy, 2)).toBe(prefixToBytes(text).length);
          expect(copy.subarray(2, 2 + prefixToBytes(text).length)).toEqual(prefixToBytes(text));
        }
      }),
    );
    expect(Math.min(seen.ipv4, seen.ipv6, seen.again)).toBeGreaterThan(500);
  });

  it("keeps what is held and gives back the rest, through many generations", () => {
    let reused = 0;
    const move = fc.record({ prefix: anyPrefix, kind: fc.constantFrom("look", "hold", "drop", "sweep") });
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 300, size: "max" }), (moves) => {
        const table = new PrefixTable();
        const held: { readonly text: Prefix; readonly id: PrefixId }[] = [];
        for (const { prefix: { text }, kind } of moves) {
          if (kind === "look") table.internPrefix(text);
          if (kind === "hold") {
            const id = table.internPrefix(text);
            if (id < table.end - 1) reused++;
            table.retain(id);
            held.push({ text, id });
          }
          if (kind === "drop") {
            const gone = held.pop();
            if (gone) table.release(gone.id);
          }
          if (kind === "sweep") {
            table.sweep();
            expect(table.size).toBe(new Set(held.map((each) => each.text)).size);
          }
        }
        for (const { text, id } of held) expect([table.prefix(id), table.findPrefix(text)]).toEqual([text, id]);
        for (const { id } of held) table.release(id);
        table.sweep();
        expect(table.size).toBe(0);
      }),
    );
    expect(reused).toBeGreaterThan(100);
  });

  it("a number that nobody picked up lives until the sweep", () => {
    const table = new PrefixTable();
    const id = table.internPrefix(prefix("10.0.0.0/8"));
    expect(table.prefix(id)).toBe("10.0.0.0/8");
    table.sweep();
    expect(table.findPrefix(prefix("10.0.0.0/8"))).toBeUndefined();
  });

  it("names all prefixes that hold an address, the longest first", () => {
    const table = new PrefixTable();
    for (const text of ["0.0.0.0/0", "10.0.0.0/8", "10.65.0.64/26", "10.65.0.65/32", "10.65.0.128/26", "::/0"]) table.internPrefix(prefix(text));
    const found = table.covering("ipv4", Uint8Array.of(10, 65, 0, 65));
    expect(found.map((id) => table.prefix(id))).toEqual(["10.65.0.65/32", "10.65.0.64/26", "10.0.0.0/8", "0.0.0.0/0"]);
  });

  it("keeps the same octets of the two families apart", () => {
    const table = new PrefixTable();
    const four = table.internPrefix(parsePrefix("0.0.0.0/0") as Prefix);
    const six = table.internPrefix(parsePrefix("::/0") as Prefix);
    expect([table.prefix(four), table.prefix(six)]).toEqual(["0.0.0.0/0", "::/0"]);
  });
});

describe("the source table", () => {
  it("uses a removed source's number again only after the last path that names it", () => {
    const table = new SourceTable();
    const first = table.add(external("10.0.0.1"));
    table.retain(first);
    table.remove(first);
    table.sweep();
    expect(table.add(external("10.0.0.2"))).not.toBe(first);
    expect(table.get(first).address).toBe("10.0.0.1");
    table.release(first);
    table.sweep();
    expect(table.add(external("10.0.0.3"))).toBe(first);
    expect(table.size).toBe(2);
  });

  it("orders this machine before IPv4 before IPv6, then by value", () => {
    const table = new SourceTable();
    const ids = [undefined, "9.0.0.1", "10.0.0.1", "10.0.0.10", "fd00::1", "fd00::2"].map((address) => table.add(external(address)));
    const shuffled = [3, 1, 5, 0, 4, 2].map((index) => ids[index] as (typeof ids)[number]);
    expect(shuffled.sort((a, b) => table.compareAddresses(a, b))).toEqual(ids);
  });
});
