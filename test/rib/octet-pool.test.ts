/**
 * The octet pool: a Map from owner to octets, whatever is dropped and moved, in bounded room.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OctetPool } from "../../src/bgp/rib/octet-pool.ts";

const SLAB_BYTES = 256 * 1024;

/** Octets that say whose they are. */
function octetsOf(owner: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(owner);
}

/** With something else before and behind. */
function framed(octets: Uint8Array): Uint8Array {
  const all = new Uint8Array(octets.length + 2).fill(9);
  all.set(octets, 1);
  return all;
}

function otherEnd(octets: Uint8Array): Uint8Array {
  const other = new Uint8Array(octets);
  other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
  return other;
}

describe("the octet pool", () => {
  it("is a Map from owner to octets", () => {
    const move = fc.record({ kind: fc.constantFrom("put", "put", "put", "drop", "compact"), owner: fc.nat({ max: 40 }), length: fc.oneof(fc.nat({ max: 80 }), fc.nat({ max: 65535 })) });
    let moved = 0;
    fc.assert(
      fc.property(fc.array(move, { maxLength: 300, size: "max" }), (moves) => {
        const pool = new OctetPool();
        const model = new Map<number, Uint8Array>();
        for (const { kind, owner, length } of moves) {
          if (kind === "compact") {
            pool.compact();
            moved++;
          } else if (kind === "drop" || model.has(owner)) {
            pool.drop(owner);
            model.delete(owner);
          } else {
            const octets = octetsOf(owner, length);
            pool.put(owner, framed(octets), 1, 1 + length);
            model.set(owner, octets);
          }
        }
        for (let owner = 0; owner <= 40; owner++) expect(pool.has(owner)).toBe(model.has(owner));
        for (const [owner, octets] of model) {
          expect(Buffer.from(pool.get(owner)).equals(octets)).toBe(true);
          expect(pool.matches(owner, octets, 0, octets.length)).toBe(true);
          expect(pool.matches(owner, new Uint8Array(octets.length + 1), 0, octets.length + 1)).toBe(false);
          if (octets.length > 0) expect(pool.matches(owner, otherEnd(octets), 0, octets.length)).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
    expect(moved).toBeGreaterThan(200);
  });

  it("takes no more room for what came and went than for what is there", () => {
    const pool = new OctetPool();
    const living = 10_000;
    for (let owner = 0; owner < living; owner++) pool.put(owner, octetsOf(owner, 100), 0, 100);
    for (let round = 0, owner = 0; round < 100_000; round++, owner = (owner * 7 + 1) % living) {
      pool.drop(owner);
      pool.put(owner, octetsOf(owner, 4), 0, 4);
      if (round % 100 === 0) pool.compact();
    }
    expect(pool.bytes).toBeLessThanOrEqual(8 * SLAB_BYTES);
    for (let owner = 0; owner < living; owner++) expect(pool.get(owner)[0]).toBe(owner & 255);
  });
});
