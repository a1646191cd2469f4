/** Lists of prefixes without an object per prefix. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import { NlriReader, NlriWriter, countNlri, listNlri, nlriFault, nlriOf } from "../../src/bgp/wire/nlri.ts";
import type { NlriBlock } from "../../src/bgp/wire/message-types.ts";
import { entriesOf } from "./arbitraries.ts";
import { hex } from "./raw.ts";

function block(wire: string, addPath = false, family: NlriBlock["family"] = "ipv4"): NlriBlock {
  return { family, addPath, bytes: Uint8Array.from(hex(wire)) };
}

describe("what is written is read again", () => {
  it.each([
    ["ipv4", false],
    ["ipv4", true],
    ["ipv6", false],
    ["ipv6", true],
  ] as const)("%s, with path identifiers: %s", (family, addPath) => {
    fc.assert(
      fc.property(entriesOf(family, addPath, 0, 60), (entries) => {
        const written = nlriOf(family, addPath, entries);
        expect(nlriFault(written)).toBeUndefined();
        expect(listNlri(written)).toEqual(entries);
        expect(countNlri(written)).toBe(entries.length);
      }),
    );
  });
});

describe("NlriReader", () => {
  it("says where the octets of each prefix lie", () => {
    const reader = new NlriReader(block("00000007 10 0a01 00000008 00", true));
    expect(reader.next()).toBe(true);
    expect([reader.pathId, reader.bits, reader.at, reader.end]).toEqual([7, 16, 5, 7]);
    expect(reader.next()).toBe(true);
    expect([reader.pathId, reader.bits, reader.at, reader.end]).toEqual([8, 0, 12, 12]);
    expect(reader.next()).toBe(false);
    expect(reader.next()).toBe(false);
  });
});

describe("NlriWriter", () => {
  it("clears host bits, and takes octets from anywhere", () => {
    const writer = new NlriWriter("ipv4", false);
    writer.add(5, 12, Uint8Array.of(99, 10, 0xff, 99), 1);
    writer.add(0, 0, Uint8Array.of(), 0);
    expect(writer.count).toBe(2);
    expect(Array.from(writer.finish().bytes)).toEqual(hex("0c 0af0 00"));
  });

  it("begins anew after finish", () => {
    const writer = new NlriWriter("ipv6", true);
    writer.add(1, 8, Uint8Array.of(0x20), 0);
    writer.finish();
    expect(writer.count).toBe(0);
    expect(writer.finish()).toEqual({ family: "ipv6", addPath: true, bytes: new Uint8Array() });
  });
});

describe("a list from the wire is checked before it is walked", () => {
  it.each([
    ["33 bits", block("21 0a00000100")],
    ["129 bits", block(`81 ${"00".repeat(17)}`, false, "ipv6")],
    ["a prefix cut off", block("18 0a01")],
    ["a path identifier cut off", block("000000", true)],
    ["a path identifier without a prefix", block("00000001", true)],
  ])("%s", (_what, broken) => {
    expect(nlriFault(broken)).toBeDefined();
  });

  it("host bits are no fault", () => {
    const sloppy = block("0c 0aff");
    expect(nlriFault(sloppy)).toBeUndefined();
    expect(listNlri(sloppy)).toEqual([{ prefix: "10.240.0.0/12" as Prefix, pathId: 0 }]);
  });
});
