/** The three sections of an UPDATE, and what a fault in them costs (RFC 7606). */

import { describe, expect, it } from "vitest";
import { listNlri } from "../../src/bgp/wire/nlri.ts";
import type { Update } from "../../src/bgp/wire/message-types.ts";
import {
  AS_PATH_65001,
  EXTERNAL,
  INTERNAL,
  MANDATORY,
  NEXT_HOP_10_0_0_1,
  NLRI,
  ORIGIN_IGP,
  attribute,
  decodeUpdateOf,
  hex,
  outcome,
  rawMessage,
  rawUpdate,
  WELL_KNOWN,
} from "./raw.ts";

const BAD_ORIGIN = attribute(0x40, 1, [9]);
const V6_HOP = "20010db8000000000000000000000001";
const REACH = attribute(0x80, 14, hex(`0002 01 10 ${V6_HOP} 00 20 20010db8`));
const UNREACH = attribute(0x80, 15, hex("0002 01 20 20010db9"));
const MULTICAST_REACH = attribute(0x80, 14, hex(`0001 02 04 0a000001 00 10 0a01`));

function prefixesOf({ announced, withdrawn }: Update): {
  readonly announced: readonly string[];
  readonly withdrawn: readonly string[];
} {
  return {
    announced: announced.flatMap(({ nlri }) => listNlri(nlri).map(({ prefix }) => prefix)),
    withdrawn: withdrawn.flatMap((nlri) => listNlri(nlri).map(({ prefix }) => prefix)),
  };
}

describe("lengths that do not add up reset the session", () => {
  it.each([
    ["withdrawn routes beyond the message", rawMessage(2, hex("0005 0000")), "3/1"],
    ["no room for the attribute length", rawMessage(2, hex("0002 0000")), "3/1"],
    ["attributes beyond the message", rawMessage(2, hex("0000 0001")), "3/1"],
    ["withdrawn prefix of 33 bits", rawUpdate({ withdrawn: hex("21 0a00000000") }), "3/10"],
    ["withdrawn prefix cut off", rawUpdate({ withdrawn: hex("20 0a0000") }), "3/10"],
    ["prefix of 33 bits", rawUpdate({ attributes: MANDATORY, nlri: hex("21 0a00000000") }), "3/10"],
    ["prefix cut off", rawUpdate({ attributes: MANDATORY, nlri: hex("20 0a0000") }), "3/10"],
  ])("%s", (_what, bytes, refused) => {
    expect(outcome(bytes)).toBe(refused);
  });
});

describe("MP_REACH_NLRI and MP_UNREACH_NLRI that hide their prefixes reset the session", () => {
  it.each([
    ["MP_REACH of nothing", attribute(0x80, 14, [])],
    ["MP_REACH without a reserved octet", attribute(0x80, 14, hex(`0002 01 10 ${V6_HOP}`))],
    ["a next hop beyond the attribute", attribute(0x80, 14, hex("0002 01 20 2001"))],
    ["an IPv6 next hop of 4 octets", attribute(0x80, 14, hex("0002 01 04 0a000001 00"))],
    ["an IPv6 next hop of 15 octets", attribute(0x80, 14, hex("0002 01 0f 20010db80000000000000000000000 00 20 20010db8"))],
    ["an IPv4 next hop of 16 octets that was not agreed", attribute(0x80, 14, hex(`0001 01 10 ${V6_HOP} 00 10 0a01`))],
    ["a prefix of 129 bits in MP_REACH", attribute(0x80, 14, hex(`0002 01 10 ${V6_HOP} 00 81 ${"00".repeat(17)}`))],
    ["a prefix cut off in MP_REACH", attribute(0x80, 14, hex(`0002 01 10 ${V6_HOP} 00 20 2001`))],
    ["MP_UNREACH of two octets", attribute(0x80, 15, hex("0002"))],
    ["a prefix cut off in MP_UNREACH", attribute(0x80, 15, hex("0002 01 20 2001"))],
  ])("%s", (_what, broken) => {
    expect(outcome(rawUpdate({ attributes: [...broken, ...MANDATORY] }))).toBe("3/9");
  });

  it("also where the attributes beside it have been seen before", () => {
    expect(outcome(rawUpdate({ attributes: [...REACH, ...MANDATORY] }))).toBe("message");
    expect(
      outcome(rawUpdate({ attributes: [...attribute(0x80, 14, hex(`0002 01 10 ${V6_HOP} 00 20 2001`)), ...MANDATORY] })),
    ).toBe("3/9");
  });

  it("and so do two of them (§3 g)", () => {
    expect(outcome(rawUpdate({ attributes: [...REACH, ...REACH, ...MANDATORY] }))).toBe("3/1");
    expect(outcome(rawUpdate({ attributes: [...UNREACH, ...UNREACH] }))).toBe("3/1");
  });
});

describe("routes whose attributes are bad are withdrawn", () => {
  it("in all three places where prefixes can stand", () => {
    const update = decodeUpdateOf({
      withdrawn: hex("08 0b"),
      attributes: [...REACH, ...UNREACH, ...BAD_ORIGIN, ...AS_PATH_65001, ...NEXT_HOP_10_0_0_1],
      nlri: NLRI,
    });
    expect(prefixesOf(update)).toEqual({
      announced: [],
      withdrawn: ["11.0.0.0/8", "2001:db9::/32", "10.1.0.0/16", "2001:db8::/32"],
    });
  });

  it.each([
    ["ORIGIN", [...AS_PATH_65001, ...NEXT_HOP_10_0_0_1], 1],
    ["AS_PATH", [...ORIGIN_IGP, ...NEXT_HOP_10_0_0_1], 2],
    ["NEXT_HOP", [...ORIGIN_IGP, ...AS_PATH_65001], 3],
  ])("when %s is missing (§3 d)", (_name, attributes, code) => {
    const update = decodeUpdateOf({ attributes, nlri: NLRI });
    expect(update.faults).toMatchObject([{ code, severity: "treat-as-withdraw", reason: "is missing" }]);
    expect(prefixesOf(update)).toEqual({ announced: [], withdrawn: ["10.1.0.0/16"] });
  });

  it("NEXT_HOP is not missing where MP_REACH_NLRI has one, and LOCAL_PREF never is", () => {
    const update = decodeUpdateOf({ attributes: [...REACH, ...ORIGIN_IGP, ...AS_PATH_65001] });
    expect(update.faults).toEqual([]);
    expect(prefixesOf(update)).toEqual({ announced: ["2001:db8::/32"], withdrawn: [] });
  });

  it("a bad NEXT_HOP does no harm where only MP_REACH_NLRI has prefixes (RFC 4760 §3), and withdraws those beside it that need it", () => {
    const attributes = [...REACH, ...ORIGIN_IGP, ...AS_PATH_65001, ...attribute(WELL_KNOWN, 3, [0, 0, 0, 0])];
    const update = decodeUpdateOf({ attributes });
    expect(update.faults).toMatchObject([{ code: 3, severity: "discard-attribute" }]);
    expect(prefixesOf(update)).toEqual({ announced: ["2001:db8::/32"], withdrawn: [] });
    expect(prefixesOf(decodeUpdateOf({ attributes, nlri: NLRI }))).toEqual({ announced: [], withdrawn: ["10.1.0.0/16", "2001:db8::/32"] });
  });

  it("a classic route without NEXT_HOP does not borrow the one of MP_REACH_NLRI", () => {
    const update = decodeUpdateOf({ attributes: [...REACH, ...ORIGIN_IGP, ...AS_PATH_65001], nlri: NLRI });
    expect(update.faults).toMatchObject([{ code: 3, reason: "is missing" }]);
  });

  it.each([
    ["::", "00".repeat(16)],
    [":: and nothing link-local", `${"00".repeat(16)}${V6_HOP}`],
    ["a multicast address", "ff020000000000000000000000000001"],
  ])("when the IPv6 next hop is %s", (_what, hop) => {
    const reach = attribute(0x80, 14, hex(`0002 01 ${(hop.length / 2).toString(16)} ${hop} 00 20 20010db8`));
    const update = decodeUpdateOf({ attributes: [...reach, ...ORIGIN_IGP, ...AS_PATH_65001] });
    expect(update.faults).toMatchObject([{ code: 14, severity: "treat-as-withdraw" }]);
    expect(prefixesOf(update)).toEqual({ announced: [], withdrawn: ["2001:db8::/32"] });
  });

  it("when MP_REACH_NLRI has another class's flags: its prefixes can still be found", () => {
    const reach = attribute(0xc0, 14, hex(`0002 01 10 ${V6_HOP} 00 20 20010db8`));
    expect(prefixesOf(decodeUpdateOf({ attributes: [...reach, ...ORIGIN_IGP, ...AS_PATH_65001] }))).toEqual({
      announced: [],
      withdrawn: ["2001:db8::/32"],
    });
  });

  it.each([
    ["two octets of an attribute", [0xc0, 8]],
    ["a long attribute with half its length", [0xd0, 8, 0]],
    ["a value that runs over", [0xc0, 8, 8, 0]],
  ])("when the section ends in %s (§4)", (_what, tail) => {
    const update = decodeUpdateOf({ attributes: [...MANDATORY, ...tail], nlri: NLRI });
    expect(update.faults).toMatchObject([{ code: 0, severity: "treat-as-withdraw", bytes: Uint8Array.from(tail) }]);
    expect(prefixesOf(update)).toEqual({ announced: [], withdrawn: ["10.1.0.0/16"] });
  });
});

describe("a bad attribute and no prefix in sight resets the session (§5.2)", () => {
  it.each([
    ["nothing else", [...BAD_ORIGIN]],
    ["MP_UNREACH_NLRI beside it", [...UNREACH, ...BAD_ORIGIN]],
    ["a section that ends too early", [...ORIGIN_IGP, 0x40]],
  ])("%s", (_what, attributes) => {
    expect(outcome(rawUpdate({ attributes, withdrawn: hex("08 0b") }))).toBe("3/1");
  });

  it.each([
    ["a fault that is only discarded", [...attribute(0xc0, 7, [1])]],
    ["prefixes of a family that we do not carry", [...MULTICAST_REACH, ...BAD_ORIGIN]],
    ["an MP_UNREACH_NLRI with other flags, and nothing else", attribute(0xc0, 15, hex("0002 01 20 20010db9"))],
  ])("but not %s", (_what, attributes) => {
    expect(outcome(rawUpdate({ attributes }))).toBe("message");
  });
});

describe("families that we do not carry", () => {
  it("are passed over, whatever their prefixes and next hops look like", () => {
    const strange = [...attribute(0x80, 14, hex("0019 41 00 00 ffffff")), ...attribute(0x80, 15, hex("4004 47 ff"))];
    expect(prefixesOf(decodeUpdateOf({ attributes: [...strange, ...MANDATORY], nlri: NLRI }))).toEqual({
      announced: ["10.1.0.0/16"],
      withdrawn: [],
    });
  });
});

describe("unknown attributes", () => {
  it("that are optional and transitive go on in the order of their codes, marked partial; others are dropped without a word", () => {
    const update = decodeUpdateOf({
      attributes: [...attribute(0xc0, 200, [2]), ...attribute(0x80, 100, [9]), ...attribute(0xdf, 99, []), ...MANDATORY],
      nlri: NLRI,
    });
    expect(update.faults).toEqual([]);
    expect(update.announced[0]?.attributes.unknown).toEqual([
      { code: 99, flags: 0xe0, value: new Uint8Array() },
      { code: 200, flags: 0xe0, value: Uint8Array.of(2) },
    ]);
  });

  it("that are well-known cost the session (RFC 4271 §6.3)", () => {
    expect(outcome(rawUpdate({ attributes: [...MANDATORY, ...attribute(0x40, 99, [])], nlri: NLRI }))).toBe("3/2");
  });
});

describe("the worst fault decides (§3 h)", () => {
  it("and every fault is told", () => {
    const update = decodeUpdateOf(
      {
        attributes: [...MANDATORY, ...attribute(0xc0, 7, [1]), ...attribute(0xc0, 8, [1]), ...attribute(0xc0, 8, [2])],
        nlri: NLRI,
      },
      EXTERNAL,
    );
    expect(update.faults.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      "7 discard-attribute",
      "8 treat-as-withdraw",
      "8 discard-attribute",
    ]);
    expect(prefixesOf(update)).toEqual({ announced: [], withdrawn: ["10.1.0.0/16"] });
  });

  it("shows the octets it is about, but not all of a long attribute", () => {
    const long = attribute(0xd0, 8, Array<number>(301).fill(7));
    const update = decodeUpdateOf({ attributes: [...MANDATORY, ...long], nlri: NLRI }, INTERNAL);
    expect(update.faults[0]?.bytes).toEqual(Uint8Array.from(long.slice(0, 64)));
  });
});
