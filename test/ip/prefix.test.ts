/** Prefixes: one text each, host bits clear, and who is inside whom. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Prefix, agreeOnBits, comparePrefixes, contains, containsAddress, hostPrefix, parsePrefix, prefixFromBytes, prefixLength, prefixToBytes } from "../../src/ip/prefix.ts";

const ipv4Prefix = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 })).map(([bytes, length]) => prefixFromBytes(bytes, 0, length, 4));

describe("a prefix", () => {
  it.each([
    ["192.168.18.65/26", "192.168.18.64/26"],
    ["10.0.0.0/0", "0.0.0.0/0"],
    ["2001:db8::1/64", "2001:db8::/64"],
    ["fd00::1/128", "fd00::1/128"],
  ])("%s is %s", (input, canonical) => {
    expect(parsePrefix(input)).toBe(canonical);
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "/8", "10.0.0.0/8/8", "fd00::/129", "10.0.0.0/-1"])("%j is none", (input) => {
    expect(parsePrefix(input)).toBeUndefined();
  });

  it("reads no octet beyond its length, as NLRI have it", () => {
    expect(prefixFromBytes(Uint8Array.of(99, 10, 65, 0xff), 1, 18, 4)).toBe("10.65.192.0/18");
  });

  it("holds another exactly when all its bits agree and it is no longer", () => {
    let inside = 0;
    fc.assert(
      fc.property(ipv4Prefix, ipv4Prefix, fc.integer({ min: 0, max: 32 }), (a, b, cut) => {
        const outer = prefixFromBytes(prefixToBytes(b), 0, Math.min(cut, prefixLength(b)), 4);
        expect(contains(outer, b)).toBe(true);
        const expected = prefixLength(a) <= prefixLength(b) && agreeOnBits(prefixToBytes(a), prefixToBytes(b), prefixLength(a));
        expect(contains(a, b)).toBe(expected);
        if (expected) inside++;
      }),
    );
    expect(inside).toBeGreaterThan(0);
    expect(contains("0.0.0.0/0" as Prefix, "::/0" as Prefix)).toBe(false);
  });

  it("holds addresses, and one address is a prefix of its own", () => {
    expect(containsAddress("192.168.18.64/26" as Prefix, "192.168.18.127" as never)).toBe(true);
    expect(containsAddress("192.168.18.64/26" as Prefix, "192.168.18.128" as never)).toBe(false);
    expect(hostPrefix("fd00::1" as never)).toBe("fd00::1/128");
  });

  it("stands in a table after lower addresses and after the shorter of the same address", () => {
    const table = ["10.0.0.0/16", "fd00::/8", "9.0.0.0/8", "10.0.0.0/8", "10.0.0.128/25"] as Prefix[];
    expect([...table].sort(comparePrefixes)).toEqual(["9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/16", "10.0.0.128/25", "fd00::/8"]);
  });
});
