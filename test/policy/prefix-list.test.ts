/**
 * Prefix lists: the tree finds what a look at every entry finds.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { present } from "../../src/ip/assert.ts";
import { type Prefix, contains, parsePrefix, prefixFromBytes, prefixLength, prefixToBytes, prefixVersion } from "../../src/ip/prefix.ts";
import type { PrefixList, PrefixListEntry } from "../../src/bgp/policy/policy.ts";
import { matchesPrefixList } from "../../src/bgp/policy/prefix-list.ts";

function prefix(text: string): Prefix {
  return present(parsePrefix(text), `${text} is a prefix`);
}

function matches(list: PrefixList, asked: Prefix): boolean {
  const length = prefixLength(asked);
  const onWire = Uint8Array.of(0xff, ...prefixToBytes(asked).subarray(0, (length + 7) >> 3));
  return matchesPrefixList(list, prefixVersion(asked) === 4 ? "ipv4" : "ipv6", onWire, 1, length);
}

/** What an entry means, said slowly. */
function covers({ prefix: base, ge, le }: PrefixListEntry, asked: Prefix): boolean {
  const bits = prefixLength(asked);
  const most = prefixVersion(base) === 4 ? 32 : 128;
  const [shortest, longest] = [ge ?? prefixLength(base), le ?? (ge === undefined ? prefixLength(base) : most)];
  return contains(base, asked) && bits >= shortest && bits <= longest;
}

const LIST: readonly (readonly [entry: PrefixListEntry, yes: readonly string[], no: readonly string[]])[] = [
  [{ prefix: prefix("10.0.0.0/8") }, ["10.0.0.0/8"], ["10.0.0.0/9", "0.0.0.0/0", "11.0.0.0/8", "a00::/8"]],
  [{ prefix: prefix("10.0.0.0/8"), le: 24 }, ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"], ["10.1.2.0/25", "10.0.0.0/7"]],
  [{ prefix: prefix("10.0.0.0/8"), ge: 26 }, ["10.65.0.0/26", "10.65.0.1/32"], ["10.65.0.0/25", "10.0.0.0/8"]],
  [{ prefix: prefix("10.0.0.0/8"), ge: 26, le: 28 }, ["10.65.0.0/26", "10.65.0.16/28"], ["10.65.0.16/29"]],
  [{ prefix: prefix("0.0.0.0/0"), le: 32 }, ["0.0.0.0/0", "255.255.255.255/32"], ["::/0"]],
  [{ prefix: prefix("fd00::/8"), ge: 64 }, ["fd12::/64", "fd12::1/128"], ["fd00::/8", "fe80::/64"]],
];

describe("a prefix list", () => {
  for (const [entry, yes, no] of LIST) {
    it(`${entry.prefix} ge ${entry.ge ?? "-"} le ${entry.le ?? "-"} takes ${yes.join(", ")} and not ${no.join(", ")}`, () => {
      const list = { name: "one", entries: [entry] };
      expect([...yes, ...no].filter((text) => matches(list, prefix(text)))).toEqual(yes);
    });
  }

  it("without entries matches nothing", () => {
    expect(matches({ name: "none", entries: [] }, prefix("0.0.0.0/0"))).toBe(false);
  });

  it("matches exactly what one of its entries covers", () => {
    const anyPrefix = fc.constantFrom(4 as const, 6 as const).chain((version) => {
      const octets = version === 4 ? 4 : 16;
      return fc
        .tuple(fc.uint8Array({ minLength: octets, maxLength: octets }), fc.oneof(fc.nat({ max: octets * 8 }), fc.nat({ max: 6 })))
        .map(([bytes, bits]) => prefixFromBytes(bytes.map((octet) => octet & 0x81), 0, bits, version));
    });
    const anyEntry = anyPrefix.chain((base) => {
      const length = fc.integer({ min: prefixLength(base), max: prefixVersion(base) === 4 ? 32 : 128 });
      return fc.tuple(fc.option(length, { nil: undefined }), fc.option(length, { nil: undefined })).map(([one, other]): PrefixListEntry => {
        const [ge, le] = one !== undefined && other !== undefined && one > other ? [other, one] : [one, other];
        return { prefix: base, ...(ge === undefined ? {} : { ge }), ...(le === undefined ? {} : { le }) };
      });
    });
    const reached = { yes: 0, no: 0, second: 0 };
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 30, size: "max" }), fc.array(anyPrefix, { minLength: 1, maxLength: 60, size: "max" }), (entries, asked) => {
        const list = { name: "any", entries };
        for (const one of [...asked, ...entries.map((entry) => entry.prefix)]) {
          const expected = entries.some((entry) => covers(entry, one));
          expect(matches(list, one), one).toBe(expected);
          reached[expected ? "yes" : "no"]++;
          if (expected && !covers(entries[0] as PrefixListEntry, one)) reached.second++;
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(reached.yes, reached.no, reached.second)).toBeGreaterThan(500);
  });
});
