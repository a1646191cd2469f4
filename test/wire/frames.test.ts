/** What peers are told: every prefix once, in order, in as few messages as the agreement allows. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeAttributes } from "../../src/bgp/wire/attribute.ts";
import type { CodecContext, Family } from "../../src/bgp/wire/context.ts";
import { announceFrames, endOfRibFrame, isClassic, withdrawFrames } from "../../src/bgp/wire/frames.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";
import { NlriReader, type NlriEntry, listNlri, nlriOf } from "../../src/bgp/wire/nlri.ts";
import type { NextHop, PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import type { NlriBlock, Update } from "../../src/bgp/wire/message-types.ts";
import { attributesOf, context, entriesOf, v4NextHop, v6NextHop } from "./arbitraries.ts";
import { EXTERNAL, INTERNAL } from "./raw.ts";

const EXTENDED: CodecContext = { ...INTERNAL, maxMessageBytes: 65535, extendedNextHop: new Set(["ipv4"]) };

function updatesOf(frames: readonly Uint8Array[], agreed: CodecContext): readonly Update[] {
  return frames.map((frame) => decodeMessage(frame, agreed) as Update);
}

/** Octets of the longest prefix in the block, path identifier and length included. */
function longestEntry(block: NlriBlock): number {
  const reader = new NlriReader(block);
  let longest = 0;
  for (let from = 0; reader.next(); from = reader.end) longest = Math.max(longest, reader.end - from);
  return longest;
}

/** Octets around the prefixes of one frame: header, length fields, attributes and what MP_REACH_NLRI needs. */
function overhead(attributes: PathAttributes, family: Family, nextHop: NextHop, agreed: CodecContext): number {
  const encoded = encodeAttributes(attributes, agreed).length;
  const hopBytes = nextHop.linkLocal === undefined ? 16 : 32;
  return 23 + encoded + (isClassic(family, nextHop) ? 0 : 4 + 3 + 1 + hopBytes + 1);
}

interface Case {
  readonly agreed: CodecContext;
  readonly family: Family;
  readonly nextHop: NextHop;
  readonly attributes: PathAttributes;
  readonly entries: readonly NlriEntry[];
}

const aCase: fc.Arbitrary<Case> = fc.tuple(context, fc.constantFrom<Family>("ipv4", "ipv6")).chain(([agreed, family]) =>
  fc.record({
    agreed: fc.constant(agreed),
    family: fc.constant(family),
    nextHop: family === "ipv6" || agreed.extendedNextHop.has(family) ? v6NextHop : v4NextHop,
    attributes: attributesOf(["sequence"]),
    entries: entriesOf(family, agreed.addPathSend.has(family), 1, 1200),
  }),
);

describe("announcing", () => {
  it("tells every prefix once and in order, with all attributes, in full messages", () => {
    const reached = { many: 0, one: 0, tooLong: 0 };
    fc.assert(
      fc.property(aCase, ({ agreed, family, nextHop, attributes: others, entries }) => {
        const attributes = { ...others, nextHop };
        const block = nlriOf(family, agreed.addPathSend.has(family), entries);
        const frames = announceFrames({ nlri: block, attributes }, agreed);
        const around = overhead(attributes, family, nextHop, agreed);
        if (frames === "too-long") {
          reached.tooLong++;
          expect(around + longestEntry(block)).toBeGreaterThan(agreed.maxMessageBytes);
          return;
        }
        if (frames === "wrong-next-hop") throw new Error(frames);
        reached[frames.length > 1 ? "many" : "one"]++;
        const updates = updatesOf(frames, agreed);
        expect(updates.flatMap(({ announced }) => announced.flatMap(({ nlri }) => listNlri(nlri)))).toEqual(entries);
        expect(updates.every(({ faults, announced }) => faults.length === 0 && announced.length === 1)).toBe(true);
        frames.forEach((frame, index) => {
          expect(frame.length).toBeLessThanOrEqual(agreed.maxMessageBytes);
          if (index < frames.length - 1) expect(frame.length + longestEntry(block)).toBeGreaterThan(agreed.maxMessageBytes - 1);
        });
      }),
      { numRuns: 150, endOnFailure: true }, // shrinking a thousand prefixes takes minutes and tells nothing
    );
    expect(Math.min(reached.many, reached.one)).toBeGreaterThan(10);
  });

  it("fills a message to the last octet", () => {
    const attributes: PathAttributes = { origin: "igp", asPath: [], nextHop: { address: "10.0.0.1" as never } };
    const room = 4096 - 23 - encodeAttributes(attributes, INTERNAL).length;
    const entries = Array.from({ length: Math.floor(room / 5) }, (_, i): NlriEntry => ({
      prefix: `10.${i >> 8}.${i & 255}.1/32` as never,
      pathId: 0,
    }));
    const frames = announceFrames({ nlri: nlriOf("ipv4", false, entries), attributes }, INTERNAL) as readonly Uint8Array[];
    expect(frames.length).toBe(1);
    expect(4096 - (frames[0]?.length ?? 0)).toBe(room % 5);
  });

  it.each([
    ["one octet to spare", 1],
    ["exactly full", 0],
  ])("an attribute set that leaves just room for one prefix goes out: %s", (_what, spare) => {
    const attributes = attributesOfBytes(4096 - 23 - 5 - spare);
    const frames = announceFrames({ nlri: hosts("10.0.0.1/32", "10.0.0.2/32"), attributes }, INTERNAL);
    expect((frames as readonly Uint8Array[]).map(({ length }) => 4096 - length)).toEqual([spare, spare]);
  });

  it("one that leaves no room for a prefix is told to be too long (RFC 8654 §4) [5.5-extended-message]", () => {
    const attributes = attributesOfBytes(4096 - 23 - 4);
    expect(announceFrames({ nlri: hosts("10.0.0.1/32"), attributes }, INTERNAL)).toBe("too-long");
    expect(announceFrames({ nlri: hosts("10.0.0.1/32"), attributes }, EXTENDED)).toHaveLength(1);
  });

  it.each([253, 254, 255, 256, 257, 258, 259])(
    "MP_REACH_NLRI is well-formed around the step in its length field: %s octets",
    (octets) => {
      const entries = Array.from({ length: octets - 21 }, (): NlriEntry => ({ prefix: "::/0" as never, pathId: 0 }));
      const attributes: PathAttributes = { origin: "igp", asPath: [], nextHop: { address: "2001:db8::1" as never } };
      const frames = announceFrames({ nlri: nlriOf("ipv6", false, entries), attributes }, INTERNAL) as readonly Uint8Array[];
      expect(updatesOf(frames, INTERNAL)[0]?.announced[0]?.nlri.bytes.length).toBe(octets - 21);
    },
  );

  it("a next hop that the peer could not read is not told", () => {
    const v6 = { origin: "igp", asPath: [], nextHop: { address: "2001:db8::1" as never } } as const;
    const v4 = { ...v6, nextHop: { address: "10.0.0.1" as never } } as const;
    const six = nlriOf("ipv6", false, [{ prefix: "2001:db8::/32" as never, pathId: 0 }]);
    expect(announceFrames({ nlri: hosts("10.0.0.1/32"), attributes: v6 }, INTERNAL)).toBe("wrong-next-hop");
    expect(announceFrames({ nlri: hosts("10.0.0.1/32"), attributes: v6 }, EXTENDED)).toHaveLength(1);
    expect(announceFrames({ nlri: six, attributes: v4 }, EXTENDED)).toBe("wrong-next-hop");
  });

  it("keeps what is internal from external peers", () => {
    const attributes: PathAttributes = {
      origin: "igp",
      asPath: [{ kind: "sequence", asns: [65001] }],
      nextHop: { address: "10.0.0.1" as never },
      localPref: 200,
      originatorId: 1,
      clusterList: [2],
      med: 5,
    };
    const frames = announceFrames({ nlri: hosts("10.0.0.1/32"), attributes }, EXTERNAL) as readonly Uint8Array[];
    expect(updatesOf(frames, EXTERNAL)).toMatchObject([{ announced: [{ attributes: { med: 5 } }], faults: [] }]);
    expect(updatesOf(frames, INTERNAL)[0]?.announced[0]?.attributes).not.toHaveProperty("localPref");
  });
});

describe("withdrawing", () => {
  it("tells every prefix once and in order, in full messages", () => {
    const reached = { many: 0 };
    const input = fc
      .tuple(context, fc.constantFrom<Family>("ipv4", "ipv6"))
      .chain(([agreed, family]) =>
        fc.tuple(fc.constant(agreed), fc.constant(family), entriesOf(family, agreed.addPathSend.has(family), 0, 1500)),
      );
    fc.assert(
      fc.property(input, ([agreed, family, entries]) => {
        const block = nlriOf(family, agreed.addPathSend.has(family), entries);
        const frames = withdrawFrames(block, agreed);
        expect(updatesOf(frames, agreed).flatMap(({ withdrawn }) => withdrawn.flatMap(listNlri))).toEqual(entries);
        frames.forEach((frame, index) => {
          expect(frame.length).toBeLessThanOrEqual(agreed.maxMessageBytes);
          if (index < frames.length - 1) expect(frame.length + longestEntry(block)).toBeGreaterThan(agreed.maxMessageBytes - 1);
        });
        if (frames.length > 1) reached.many++;
      }),
      { numRuns: 250, endOnFailure: true },
    );
    expect(reached.many).toBeGreaterThan(10);
  });
});

describe("End-of-RIB", () => {
  it.each(["ipv4", "ipv6"] as const)("%s is recognised, with path identifiers or without", (family) => {
    const addPath: CodecContext = { ...INTERNAL, addPathReceive: new Set([family]), addPathSend: new Set([family]) };
    for (const agreed of [INTERNAL, addPath]) {
      expect(decodeMessage(endOfRibFrame(family, agreed), agreed)).toEqual({
        kind: "update",
        withdrawn: [],
        announced: [],
        endOfRib: family,
        faults: [],
      });
    }
  });
});

function hosts(...prefixes: readonly string[]): NlriBlock {
  return nlriOf(
    "ipv4",
    false,
    prefixes.map((prefix) => ({ prefix: prefix as never, pathId: 0 })),
  );
}

/** An attribute set whose encoding takes exactly that many octets. */
function attributesOfBytes(octets: number): PathAttributes {
  const base: PathAttributes = { origin: "igp", asPath: [], nextHop: { address: "10.0.0.1" as never } };
  const value = new Uint8Array(octets - encodeAttributes(base, INTERNAL).length - 4);
  return { ...base, unknown: [{ code: 99, flags: 0xe0, value }] };
}
