/**
 * What is read where it lies says the same as what is decoded: plain sections and plain UPDATEs against the decoder.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressFromNumber } from "../../src/ip/address.ts";
import { asPathLength, firstAs } from "../../src/bgp/wire/as-path.ts";
import { decodePlainSection } from "../../src/bgp/wire/attribute-section.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { attributeKey, encodeAttributes } from "../../src/bgp/wire/attribute.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";
import type { NlriReader } from "../../src/bgp/wire/nlri.ts";
import { PlainSection } from "../../src/bgp/wire/plain-section.ts";
import { PlainUpdate } from "../../src/bgp/wire/plain-update.ts";
import { CORPUS } from "../fuzz/corpus.ts";
import { spoil } from "../fuzz/mutations.ts";
import { Random } from "../fuzz/random.ts";
import { attributesOf, context as anyContext, v4NextHop } from "./arbitraries.ts";
import { EXTERNAL, INTERNAL, MANDATORY, NLRI, OLD_PEER, OPTIONAL, OPTIONAL_TRANSITIVE, WELL_KNOWN, attribute, hex, rawUpdate } from "./raw.ts";

const ORIGINS = ["igp", "egp", "incomplete"];

/** Everything a plain section says, beside what the decoded set says. */
function expectSame(section: PlainSection, { origin, asPath = [], nextHop, med, localPref, originatorId, clusterList, communities = [] }: PathAttributes): void {
  expect(ORIGINS[section.origin]).toBe(origin);
  expect([section.pathLength, section.firstAs]).toEqual([asPathLength(asPath), firstAs(asPath)]);
  for (const asn of [64512, 1, ...asPath.flatMap(({ asns }) => asns)]) expect(section.countAs(asn)).toBe(asPath.flatMap(({ asns }) => asns).filter((known) => known === asn).length);
  expect(addressFromNumber(section.nextHop)).toBe(nextHop?.address);
  expect([section.med, section.localPref, section.originatorId]).toEqual([med, localPref, originatorId]);
  expect(section.clusterLength).toBe(clusterList?.length ?? 0);
  for (const id of [7, ...(clusterList ?? [])]) expect(section.hasCluster(id)).toBe(clusterList?.includes(id) ?? false);
  for (const community of [0xffff0006, ...communities]) expect(section.hasCommunity(community)).toBe(communities.includes(community));
  expect(section.wellKnownCommunity).toBe(communities.some((community) => community >>> 16 === 0xffff) ? "some" : "none");
}

function prefixesIn(reader: NlriReader): readonly (readonly number[])[] {
  const found: (readonly number[])[] = [];
  while (reader.next()) found.push([reader.pathId, reader.bits, ...reader.bytes.subarray(reader.at, reader.end)]);
  return found;
}

/** What lies before and behind a message in what was received. */
const OTHERS = [255, 0, 24, 1, 2, 3, 64];

/** Reads the frame both ways; "plain" where it may be read where it lies. */
function compare(frame: Uint8Array, context: CodecContext): "plain" | "declined" {
  const update = new PlainUpdate();
  const stream = Uint8Array.of(...OTHERS, ...frame, ...OTHERS);
  if (!update.read(stream, OTHERS.length, OTHERS.length + frame.length, context)) return "declined";
  const message = decodeMessage(frame, context);
  if (message.kind !== "update") throw new Error(`a plain ${message.kind}`);
  expect([message.faults, message.endOfRib]).toEqual([[], undefined]);
  const listed = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
  const again = (reader: NlriReader): string => Buffer.from(prefixesIn(reader).flatMap(([pathId = 0, ...rest]) => [...(reader.idBytes === 4 ? u32(pathId) : []), ...rest])).toString("hex");
  expect([message.withdrawn.length, message.announced.length].every((blocks) => blocks <= 1)).toBe(true);
  expect(again(update.withdrawn())).toBe(listed(message.withdrawn[0]?.bytes));
  expect(again(update.announced())).toBe(listed(message.announced[0]?.nlri.bytes));
  const announced = message.announced[0];
  expect(update.announces).toBe(announced ? "some" : "nothing");
  if (announced) expectSection(update.attributes, announced.attributes);
  return "plain";
}

function expectSection(section: PlainSection, attributes: PathAttributes): void {
  const { bytes, at, end } = section;
  expectSame(section, attributes);
  expect(decodePlainSection(bytes, at, end)).toEqual(attributes);
  expect(attributeKey(attributes)).toEqual(new Uint8Array(bytes.subarray(at, end)));
}

function u32(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Without what is never plain, and short: what most peers tell. */
function usual({ unknown: _, aigp: __, ipv6ExtendedCommunities: ___, asPath = [], ...rest }: PathAttributes): PathAttributes {
  const short = Object.entries(rest).map(([field, value]) => [field, Array.isArray(value) ? value.slice(0, 8) : value]);
  return { ...Object.fromEntries(short), asPath: asPath.slice(0, 1).map(({ kind, asns }) => ({ kind, asns: asns.slice(0, 60) })) };
}

describe("a plain section", () => {
  it("says what the decoder says, and is the canonical form of it", () => {
    let plain = 0;
    fc.assert(
      fc.property(attributesOf(["sequence", "sequence", "set"]), fc.boolean(), v4NextHop, anyContext, (attributes, short, nextHop, context) => {
        const bytes = encodeAttributes({ ...(short ? usual(attributes) : attributes), nextHop }, context);
        if (compare(rawUpdate({ attributes: [...bytes], nlri: NLRI }), { ...context, addPathReceive: new Set() }) === "plain") plain++;
      }),
      { numRuns: 600 },
    );
    expect(plain).toBeGreaterThan(40);
  });

  it.each([
    ["the mandatory attributes", MANDATORY],
    ["a path from inside our AS", [...attribute(WELL_KNOWN, 1, [2]), ...attribute(WELL_KNOWN, 2, []), ...attribute(WELL_KNOWN, 3, [10, 0, 0, 1])]],
    ["MED, LOCAL_PREF and communities", [...MANDATORY, ...attribute(OPTIONAL, 4, hex("ffffffff")), ...attribute(WELL_KNOWN, 5, hex("00000064")), ...attribute(OPTIONAL_TRANSITIVE, 8, hex("ffff0006 fde90001"))]],
    ["what a reflector adds", [...MANDATORY, ...attribute(OPTIONAL, 9, hex("01010101")), ...attribute(OPTIONAL, 10, hex("02020202 03030303"))]],
  ])("may have %s", (_, attributes) => {
    expect(compare(rawUpdate({ attributes, nlri: NLRI, withdrawn: [8, 11] }), INTERNAL)).toBe("plain");
  });

  it.each([
    ["no ORIGIN", MANDATORY.slice(4), INTERNAL],
    ["AS numbers of two octets", MANDATORY, OLD_PEER],
    ["LOCAL_PREF of an external peer", [...MANDATORY, ...attribute(WELL_KNOWN, 5, hex("00000064"))], EXTERNAL],
    ["attributes in another order", [...attribute(OPTIONAL, 4, hex("00000001")), ...MANDATORY], INTERNAL],
    ["an attribute twice", [...MANDATORY, ...attribute(WELL_KNOWN, 3, [10, 0, 0, 1])], INTERNAL],
    ["the partial bit", [...MANDATORY, ...attribute(0xe0, 8, hex("fde90001"))], INTERNAL],
    ["an AS_SET", [...attribute(WELL_KNOWN, 1, [0]), ...attribute(WELL_KNOWN, 2, hex("0101 0000fde9")), ...attribute(WELL_KNOWN, 3, [10, 0, 0, 1])], INTERNAL],
    ["AS 0", [...attribute(WELL_KNOWN, 1, [0]), ...attribute(WELL_KNOWN, 2, hex("0201 00000000")), ...attribute(WELL_KNOWN, 3, [10, 0, 0, 1])], INTERNAL],
    ["a next hop that is no host", [...MANDATORY.slice(0, -4), 224, 0, 0, 1], INTERNAL],
    ["the same large community twice", [...MANDATORY, ...attribute(OPTIONAL_TRANSITIVE, 32, hex("000000010000000200000003 000000010000000200000003"))], INTERNAL],
    ["an attribute that nobody knows", [...MANDATORY, ...attribute(OPTIONAL_TRANSITIVE, 99, [1])], INTERNAL],
    ["an attribute that is cut off", [...MANDATORY, WELL_KNOWN], INTERNAL],
  ])("has not %s", (_, attributes, context) => {
    expect(compare(rawUpdate({ attributes, nlri: NLRI }), context)).toBe("declined");
  });
});

describe("a plain UPDATE", () => {
  it("is what the decoder makes of the same octets, however they were spoilt", () => {
    const seen = { plain: 0, declined: 0 };
    const bases = [...CORPUS.filter(({ kind }) => kind === "update").map(({ bytes }) => bytes), rawUpdate({ attributes: MANDATORY, nlri: NLRI, withdrawn: [8, 11, 32, 1, 2, 3, 4] })];
    for (let seed = 0; seed < 6000; seed++) {
      const random = new Random(seed);
      const context: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: !random.oneIn(8), internal: random.oneIn(2), addPathReceive: new Set(random.oneIn(4) ? ["ipv4"] : []) };
      const base = new Uint8Array(random.pick(bases));
      const frame = random.oneIn(5) ? base : spoil(base, random, () => random.pick(bases)).bytes;
      if (isFramed(frame)) seen[compare(frame, context)]++;
    }
    expect(Math.min(seen.plain, seen.declined)).toBeGreaterThan(300);
  });

  it("is neither an End-of-RIB nor an announcement of another family", () => {
    for (const parts of [{}, { attributes: attribute(OPTIONAL, 15, [0, 2, 1]) }, { attributes: [...MANDATORY] }]) {
      const frame = rawUpdate(parts);
      expect(new PlainUpdate().read(frame, 0, frame.length, INTERNAL)).toBe(false);
    }
  });
});

/** Whether a framer would hand it out whole. */
function isFramed(frame: Uint8Array): boolean {
  return frame.length >= 23 && frame.length <= 4096 && frame.subarray(0, 16).every((octet) => octet === 0xff) && ((frame[16] ?? 0) << 8 | (frame[17] ?? 0)) === frame.length && frame[18] === 2;
}
