/** Attribute sets through bytes and back, for every kind of session; and the keys that tell them apart. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributeKey, encodeAttributes } from "../../src/bgp/wire/attribute.ts";
import { AttributeMemo } from "../../src/bgp/wire/attribute-memo.ts";
import type { CodecContext } from "../../src/bgp/wire/context.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { Update } from "../../src/bgp/wire/message-types.ts";
import { attributesOf, blockOf, v4NextHop, v6NextHop } from "./arbitraries.ts";
import { INTERNAL, MANDATORY, NLRI, OLD_PEER, attribute, decodeUpdateOf, hex, outcome, rawUpdate } from "./raw.ts";

const AGREED: CodecContext = { ...INTERNAL, maxMessageBytes: 65535, asSets: "accept", extendedNextHop: new Set(["ipv4"]) };
const ANY_SEGMENT = ["sequence", "set", "confed-sequence", "confed-set"] as const;

const announced = fc.record({
  attributes: attributesOf([...ANY_SEGMENT]),
  nextHop: fc.oneof(v4NextHop, v6NextHop),
  nlri: blockOf("ipv4", false, 20),
});

function throughBytes(update: Update, context: CodecContext): Update {
  return decodeMessage(encodeMessage(update, context), context) as Update;
}

describe("an attribute set goes through bytes unchanged", () => {
  it("between speakers with four-octet AS numbers", () => {
    const reached = { v6NextHop: 0, longValue: 0 };
    fc.assert(
      fc.property(announced, ({ attributes: others, nextHop, nlri }) => {
        const attributes = { ...others, nextHop };
        const update: Update = { kind: "update", withdrawn: [], announced: [{ nlri, attributes }], faults: [] };
        expect(throughBytes(update, AGREED)).toEqual(update);
        if (nextHop.address.includes(":")) reached.v6NextHop++;
        if ((attributes.communities?.length ?? 0) > 63) reached.longValue++;
      }),
    );
    expect(reached.v6NextHop).toBeGreaterThan(20);
    expect(reached.longValue).toBeGreaterThan(0);
  });

  it("through a speaker without them, but for where segments begin", () => {
    const reached = { wide: 0, wideAggregator: 0 };
    fc.assert(
      fc.property(attributesOf(["sequence"]), v4NextHop, blockOf("ipv4", false, 5), (others, nextHop, nlri) => {
        const attributes = { ...others, nextHop };
        const update: Update = { kind: "update", withdrawn: [], announced: [{ nlri, attributes }], faults: [] };
        const decoded = throughBytes(update, { ...OLD_PEER, maxMessageBytes: 65535 });
        expect(decoded.faults).toEqual([]);
        const { asPath = [], ...rest } = decoded.announced[0]?.attributes ?? {};
        const { asPath: sent = [], ...sentRest } = attributes;
        expect(rest).toEqual(sentRest);
        expect(asPath.flatMap(({ asns }) => asns)).toEqual(sent.flatMap(({ asns }) => asns));
        if (sent.some(({ asns }) => asns.some((asn) => asn > 65535))) reached.wide++;
        if ((attributes.aggregator?.asn ?? 0) > 65535) reached.wideAggregator++;
      }),
    );
    expect(Math.min(reached.wide, reached.wideAggregator)).toBeGreaterThan(10);
  });

  it("a segment too long for its length octet is sent as two", () => {
    const asns = Array.from({ length: 300 }, (_, i) => i + 1);
    const attributes: PathAttributes = {
      origin: "igp",
      asPath: [{ kind: "sequence", asns }],
      nextHop: { address: "10.0.0.1" as never },
    };
    const decoded = decodeUpdateOf({ attributes: Array.from(encodeAttributes(attributes, INTERNAL)), nlri: NLRI });
    expect(decoded.announced[0]?.attributes.asPath?.map((segment) => segment.asns.length)).toEqual([45, 255]);
    expect(decoded.announced[0]?.attributes.asPath?.flatMap((segment) => segment.asns)).toEqual(asns);
  });

  it("AS4_PATH says again what AS_PATH could not, without confederation segments (RFC 6793 §4.2.2)", () => {
    const asPath = [
      { kind: "confed-sequence", asns: [65100] },
      { kind: "sequence", asns: [70_000] },
    ] as const;
    const encoded = encodeAttributes({ origin: "igp", asPath }, OLD_PEER);
    const expected = [
      ...attribute(0x40, 1, [0]),
      ...attribute(0x40, 2, hex("0301 fe4c 0201 5ba0")),
      ...attribute(0xc0, 17, hex("0201 00011170")),
    ];
    expect(Array.from(encoded)).toEqual(expected);
  });

  it("a list without anything in it is not sent at all", () => {
    const bare: PathAttributes = { origin: "igp", asPath: [] };
    expect(encodeAttributes({ ...bare, communities: [], clusterList: [], largeCommunities: [] }, INTERNAL)).toEqual(
      encodeAttributes(bare, INTERNAL),
    );
  });

  it("codes ascend, the unknown among the known", () => {
    const attributes: PathAttributes = {
      ...{ otc: 1, origin: "igp", communities: [1], asPath: [] },
      unknown: [11, 99].map((code) => ({ code, flags: 0xe0, value: Uint8Array.of(1) })),
    };
    expect(codesIn(encodeAttributes(attributes, INTERNAL))).toEqual([1, 2, 8, 11, 35, 99]);
  });
});

describe("the key of an attribute set", () => {
  it("is equal for equal sets, whatever objects they are", () => {
    fc.assert(
      fc.property(announced, ({ attributes: others, nextHop }) => {
        const attributes = { ...others, nextHop };
        const reordered = Object.fromEntries(Object.entries(structuredClone(attributes)).reverse());
        expect(attributeKey(reordered)).toEqual(attributeKey(attributes));
      }),
    );
  });

  it("differs when anything differs", () => {
    const base: PathAttributes = { origin: "igp", asPath: [], nextHop: { address: "2001:db8::1" as never } };
    const others: readonly PathAttributes[] = [
      base,
      { ...base, nextHop: { address: "2001:db8::2" as never } },
      { ...base, nextHop: { address: "2001:db8::1" as never, linkLocal: "fe80::1" as never } },
      { ...base, nextHop: { address: "10.0.0.1" as never } },
      { origin: "igp", asPath: [] },
      { ...base, origin: "egp" },
      { ...base, localPref: 0 },
      { ...base, originatorId: 0 },
      { ...base, clusterList: [0] },
      { ...base, aigp: 0n },
      { ...base, asPath: [{ kind: "sequence", asns: [70_000] }] },
      { ...base, asPath: [{ kind: "sequence", asns: [70_001] }] },
      { ...base, atomicAggregate: true },
      { ...base, unknown: [{ code: 99, flags: 0xe0, value: Uint8Array.of() }] },
      { ...base, unknown: [{ code: 99, flags: 0xc0, value: Uint8Array.of() }] },
    ];
    expect(new Set(others.map((attributes) => attributeKey(attributes).join())).size).toBe(others.length);
  });

  it("is the same whatever session the set came by", () => {
    const old = decodeUpdateOf(
      {
        attributes: [...attribute(0x40, 1, [0]), ...attribute(0x40, 2, hex("0201 fde9")), ...attribute(0x40, 3, [10, 0, 0, 1])],
        nlri: NLRI,
      },
      OLD_PEER,
    );
    const young = decodeUpdateOf({ attributes: MANDATORY, nlri: NLRI });
    expect(attributeKey(old.announced[0]?.attributes ?? {})).toEqual(attributeKey(young.announced[0]?.attributes ?? {}));
  });
});

describe("the memo of attribute sets", () => {
  const attributesFor = (bytes: Uint8Array, context: CodecContext): PathAttributes | undefined =>
    (decodeMessage(bytes, context) as Update).announced[0]?.attributes;

  it("gives one object for the same bytes, whatever prefixes stand beside them", () => {
    const one = attributesFor(rawUpdate({ attributes: MANDATORY, nlri: NLRI }), INTERNAL);
    const other = attributesFor(rawUpdate({ attributes: MANDATORY, nlri: [8, 9, 8, 8] }), { ...INTERNAL });
    expect(other).toBe(one);
  });

  it("for IPv6 too, and not for another next hop", () => {
    const reach = (host: string, nlri: string): readonly number[] =>
      attribute(0x80, 14, hex(`0002 01 10 2001 0db8 0000 0000 0000 0000 0000 ${host} 00 ${nlri}`));
    const update = (host: string, nlri: string): PathAttributes | undefined =>
      attributesFor(rawUpdate({ attributes: [...reach(host, nlri), ...MANDATORY] }), INTERNAL);
    expect(update("0001", "08 20")).toBe(update("0001", "10 2001"));
    expect(update("0001", "08 20")).not.toEqual(update("0002", "08 20"));
  });

  it("does not mix up sessions that read bytes differently", () => {
    const bytes = rawUpdate({ attributes: [...MANDATORY, ...attribute(0x40, 5, [0, 0, 0, 9])], nlri: NLRI });
    expect(attributesFor(bytes, INTERNAL)?.localPref).toBe(9);
    expect(attributesFor(bytes, { ...INTERNAL, internal: false })?.localPref).toBeUndefined();
    expect(attributesFor(bytes, INTERNAL)?.localPref).toBe(9);
    expect(() => attributesFor(bytes, OLD_PEER)).not.toThrow();
    expect(attributesFor(bytes, OLD_PEER)).toBeUndefined();
  });

  it("keeps its keys to itself", () => {
    const memo = new AttributeMemo();
    const key = Uint8Array.of(1, 2, 3);
    const pair = { classic: {}, reach: undefined };
    memo.put(key, pair);
    key.fill(0);
    expect(memo.get(Uint8Array.of(1, 2, 3))).toBe(pair);
    expect(memo.get(key)).toBeUndefined();
  });

  it("does not remember a next hop that another session did not agree on", () => {
    const reach = attribute(0x80, 14, hex("0001 01 10 20010db8000000000000000000000009 00 10 0a01"));
    const bytes = rawUpdate({ attributes: [...reach, ...MANDATORY] });
    expect(attributesFor(bytes, AGREED)?.nextHop).toEqual({ address: "2001:db8::9" });
    expect(outcome(bytes, { ...AGREED, extendedNextHop: new Set() })).toBe("3/9");
  });

  it("does not hold the buffer that a set came in", () => {
    const bytes = rawUpdate({
      attributes: [...MANDATORY, ...attribute(0xc0, 98, [1, 2]), ...attribute(0xc0, 25, Array<number>(20).fill(7))],
      nlri: NLRI,
    });
    const attributes = attributesFor(bytes, INTERNAL);
    bytes.fill(0);
    expect(attributes?.unknown?.[0]?.value).toEqual(Uint8Array.of(1, 2));
    expect(attributes?.ipv6ExtendedCommunities?.[0]).toEqual(new Uint8Array(20).fill(7));
  });
});

function codesIn(section: Uint8Array): readonly number[] {
  const codes: number[] = [];
  for (let at = 0; at < section.length; at += 3 + (section[at + 2] ?? 0)) codes.push(section[at + 1] ?? 0);
  return codes;
}
