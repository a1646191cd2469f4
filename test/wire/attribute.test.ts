/** Every row of the attribute tables against RFC 7606 §7: what is well-formed, what is not, and what that costs. */

import { describe, expect, it } from "vitest";
import { ATTRIBUTES, CLASS_FLAGS } from "../../src/bgp/wire/attribute.ts";
import type { KnownAttributes } from "../../src/bgp/wire/attribute-codec.ts";
import type { CodecContext } from "../../src/bgp/wire/context.ts";
import type { Severity } from "../../src/bgp/wire/error.ts";
import type { Update } from "../../src/bgp/wire/message-types.ts";
import {
  AS_PATH_65001,
  EXTERNAL,
  INTERNAL,
  NEXT_HOP_10_0_0_1,
  NLRI,
  OLD_PEER,
  ORIGIN_IGP,
  attribute,
  decodeUpdateOf,
  hex,
} from "./raw.ts";

interface RowCase<Value> {
  readonly rfc: string;
  readonly wire: string;
  readonly value: Value;
  /** Values that are malformed, with the reason why. */
  readonly malformed: { readonly [reason: string]: string };
  readonly costs: Severity;
}

/** A field without its case does not compile. */
const CASES: { readonly [Field in keyof KnownAttributes]-?: RowCase<NonNullable<KnownAttributes[Field]>> } = {
  origin: {
    rfc: "§7.1",
    wire: "01",
    value: "egp",
    malformed: { "two octets": "0000", "value 3": "03" },
    costs: "treat-as-withdraw",
  },
  asPath: {
    rfc: "§7.2",
    wire: "0202 0000fde9 fa56ea00",
    value: [{ kind: "sequence", asns: [65001, 4_200_000_000] }],
    malformed: {
      "unknown segment type": "0501 0000fde9",
      "segment without ASes": "0200",
      "segment runs over": "0202 0000fde9",
      "half a segment header": "0201 0000fde9 02",
      "AS 0 (RFC 7607)": "0201 00000000",
      "AS_SET (RFC 9774)": "0101 0000fde9",
    },
    costs: "treat-as-withdraw",
  },
  nextHop: {
    rfc: "§7.3",
    wire: "7f000001",
    value: { address: "127.0.0.1" as never },
    malformed: {
      "three octets": "0a0000",
      "five octets": "0a00000100",
      "0.0.0.0/8": "00000001",
      "class D": "e0000001",
      "class E": "ffffffff",
    },
    costs: "treat-as-withdraw",
  },
  med: {
    rfc: "§7.4",
    wire: "00000064",
    value: 100,
    malformed: { "three octets": "000064", "five octets": "0000000064" },
    costs: "treat-as-withdraw",
  },
  localPref: {
    rfc: "§7.5",
    wire: "ffffffff",
    value: 0xffffffff,
    malformed: { "three octets": "000064", "five octets": "0000000064" },
    costs: "treat-as-withdraw",
  },
  atomicAggregate: { rfc: "§7.6", wire: "", value: true, malformed: { "one octet": "00" }, costs: "discard-attribute" },
  aggregator: {
    rfc: "§7.7",
    wire: "0000fde9 0a000001",
    value: { asn: 65001, address: "10.0.0.1" as never },
    malformed: {
      "the size of an old speaker": "fde9 0a000001",
      "nine octets": "0000fde9 0a000001 00",
      "AS 0 (RFC 7607)": "00000000 0a000001",
    },
    costs: "discard-attribute",
  },
  communities: {
    rfc: "§7.8",
    wire: "ffffff01 fde90001",
    value: [0xffffff01, 0xfde90001],
    malformed: { "one and a half": "ffffff01 fde9" },
    costs: "treat-as-withdraw",
  },
  originatorId: {
    rfc: "§7.9",
    wire: "0a000001",
    value: 0x0a000001,
    malformed: { "three octets": "0a0000", "five octets": "0a00000100" },
    costs: "treat-as-withdraw",
  },
  clusterList: {
    rfc: "§7.10",
    wire: "0a000001 0a000002",
    value: [0x0a000001, 0x0a000002],
    malformed: { "one and a half": "0a000001 0a00" },
    costs: "treat-as-withdraw",
  },
  extendedCommunities: {
    rfc: "§7.14",
    wire: "0002fde900000001",
    value: [0x0002fde900000001n],
    malformed: { "seven octets": "0002fde9000000", "one and a half": "0002fde900000001 0002fde9" },
    costs: "treat-as-withdraw",
  },
  ipv6ExtendedCommunities: {
    rfc: "§7.15",
    wire: "0002 20010db8000000000000000000000001 0064",
    value: [Uint8Array.from(hex("0002 20010db8000000000000000000000001 0064"))],
    malformed: { "nineteen octets": "0002 20010db8000000000000000000000001 00" },
    costs: "treat-as-withdraw",
  },
  aigp: {
    rfc: "RFC 7311 §3",
    wire: "02 0004 ff 01 000b 0000000000000064 01 000b 0000000000000065",
    value: 100n,
    malformed: {
      "no metric": "02 0004 ff",
      "length below three": "01 0002",
      "length zero, before a metric": "02 0000 01 000b 0000000000000064",
      "metric of seven octets": "01 000a 00000000000064",
      "runs over": "01 000b 00000000000000",
    },
    costs: "discard-attribute",
  },
  largeCommunities: {
    rfc: "RFC 8092 §5",
    wire: "0000fde9 00000001 00000002 0000fde9 00000001 00000002",
    value: [{ global: 65001, local1: 1, local2: 2 }],
    malformed: { "eight octets": "0000fde9 00000001", "one and a half": "0000fde9 00000001 00000002 0000fde9" },
    costs: "treat-as-withdraw",
  },
  otc: {
    rfc: "RFC 9234 §5",
    wire: "0000fde9",
    value: 65001,
    malformed: { "three octets": "00fde9", "five octets": "000000fde9" },
    costs: "treat-as-withdraw",
  },
};

const FIELDS = Object.keys(CASES) as (keyof KnownAttributes)[];
const WITHOUT_ZERO: readonly (keyof KnownAttributes)[] = FIELDS.filter((field) => ATTRIBUTES[field].emptyIsValid !== true);
const INTERNAL_ONLY = FIELDS.filter((field) => ATTRIBUTES[field].internalOnly);

/** 10.1.0.0/16 with that attribute and whatever else is mandatory. */
function updateWith(field: keyof KnownAttributes, attributes: readonly number[], context: CodecContext = INTERNAL): Update {
  const mandatory = { origin: ORIGIN_IGP, asPath: AS_PATH_65001, nextHop: NEXT_HOP_10_0_0_1 };
  const others = Object.entries(mandatory).flatMap(([name, bytes]) => (name === field ? [] : bytes));
  return decodeUpdateOf({ attributes: [...others, ...attributes], nlri: NLRI }, context);
}

function encoded(field: keyof KnownAttributes, wire: string, flags = CLASS_FLAGS[ATTRIBUTES[field].flags]): readonly number[] {
  return attribute(flags, ATTRIBUTES[field].code, hex(wire));
}

function expectCost(update: Update, field: keyof KnownAttributes, costs: Severity): void {
  expect(update.faults.map(({ code, severity }) => ({ code, severity }))).toEqual([
    { code: ATTRIBUTES[field].code, severity: costs },
  ]);
  const isWithdrawn = costs === "treat-as-withdraw";
  expect(update.withdrawn.length).toBe(isWithdrawn ? 1 : 0);
  expect(update.announced.length).toBe(isWithdrawn ? 0 : 1);
  if (!isWithdrawn) expect(update.announced[0]?.attributes).not.toHaveProperty(field);
}

describe("a well-formed attribute is read", () => {
  it.each(FIELDS)("%s", (field) => {
    const update = updateWith(field, encoded(field, CASES[field].wire));
    expect(update.faults).toEqual([]);
    expect(update.announced[0]?.attributes[field]).toEqual(CASES[field].value);
  });
});

describe("a malformed attribute costs what RFC 7606 says [5.4-empty-attributes]", () => {
  const malformed = FIELDS.flatMap((field) => {
    const { rfc, costs } = CASES[field];
    return Object.entries(CASES[field].malformed).map(
      ([reason, wire]) => [`${field} with ${reason}: ${costs} (${rfc})`, field, wire] as const,
    );
  });

  it.each(malformed)("%s", (_title, field, wire) => {
    expectCost(updateWith(field, encoded(field, wire)), field, CASES[field].costs);
  });

  it.each(WITHOUT_ZERO)("%s of no octets is malformed (§4)", (field) => {
    expectCost(updateWith(field, encoded(field, "")), field, CASES[field].costs);
  });

  it.each(FIELDS)("%s with another class's flags: treated as withdrawn (§3 c), AIGP discarded (RFC 7311 §3)", (field) => {
    const flags = CLASS_FLAGS[ATTRIBUTES[field].flags] ^ 0xc0;
    expectCost(
      updateWith(field, encoded(field, CASES[field].wire, flags)),
      field,
      field === "aigp" ? "discard-attribute" : "treat-as-withdraw",
    );
  });
});

describe("flags that say nothing about the class are passed over", () => {
  it.each(FIELDS)("%s with the partial bit, the unused bits and a long length field", (field) => {
    const update = updateWith(field, encoded(field, CASES[field].wire, CLASS_FLAGS[ATTRIBUTES[field].flags] | 0x3f));
    expect(update.faults).toEqual([]);
    expect(update.announced[0]?.attributes[field]).toEqual(CASES[field].value);
  });
});

describe("an attribute that occurs twice", () => {
  it.each(FIELDS)("%s: the first counts (§3 g)", (field) => {
    const twice = [...encoded(field, CASES[field].wire), ...encoded(field, CASES[field].wire)];
    const update = updateWith(field, twice);
    expect(update.faults).toMatchObject([
      { code: ATTRIBUTES[field].code, severity: "discard-attribute", reason: "occurs twice" },
    ]);
    expect(update.announced[0]?.attributes[field]).toEqual(CASES[field].value);
  });
});

describe("what is internal is nothing for external peers to send", () => {
  it("is LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST and AIGP", () => {
    expect(INTERNAL_ONLY).toEqual(["localPref", "originatorId", "clusterList", "aigp"]);
  });

  it.each(INTERNAL_ONLY)("%s is discarded, even a malformed one", (field) => {
    expectCost(updateWith(field, encoded(field, CASES[field].wire), EXTERNAL), field, "discard-attribute");
    expectCost(updateWith(field, encoded(field, ""), EXTERNAL), field, "discard-attribute");
  });
});

describe("confederation segments", () => {
  const path = encoded("asPath", "0301 0000fde9 0201 0000fdea");

  it("are read from an internal peer", () => {
    expect(updateWith("asPath", path).announced[0]?.attributes.asPath).toEqual([
      { kind: "confed-sequence", asns: [65001] },
      { kind: "sequence", asns: [65002] },
    ]);
  });

  it("are malformed from an external peer (RFC 5065 §5)", () => {
    expectCost(updateWith("asPath", path, EXTERNAL), "asPath", "treat-as-withdraw");
  });
});

describe("AS4_PATH and AS4_AGGREGATOR", () => {
  const oldMandatory = [...ORIGIN_IGP, ...attribute(0x40, 2, hex("0202 5ba0 fde9")), ...NEXT_HOP_10_0_0_1];
  const AS4_PATH_CODE = 17;

  function fromOldPeer(as4: readonly number[]): Update {
    return decodeUpdateOf({ attributes: [...oldMandatory, ...as4], nlri: NLRI }, OLD_PEER);
  }

  it("are discarded when the peer has four-octet AS numbers (RFC 6793 §6)", () => {
    const update = updateWith("med", [
      ...attribute(0xc0, AS4_PATH_CODE, hex("0201 00011170")),
      ...attribute(0xc0, 18, hex("00011170 0a000001")),
    ]);
    expect(update.faults.map(({ code, severity }) => [code, severity])).toEqual([
      [17, "discard-attribute"],
      [18, "discard-attribute"],
    ]);
    expect(update.announced[0]?.attributes.asPath).toEqual([{ kind: "sequence", asns: [65001] }]);
  });

  it.each([
    ["half an AS", "0201 0001"],
    ["AS 0", "0201 00000000"],
    ["an unknown segment", "0901 00011170"],
  ])("a malformed one is discarded: %s", (_reason, wire) => {
    const update = fromOldPeer(attribute(0xc0, AS4_PATH_CODE, hex(wire)));
    expect(update.faults).toMatchObject([{ code: AS4_PATH_CODE, severity: "discard-attribute" }]);
    expect(update.announced[0]?.attributes.asPath).toEqual([{ kind: "sequence", asns: [23456, 65001] }]);
  });

  it("confederation segments do not belong into it and are passed over (RFC 6793 §6)", () => {
    const update = fromOldPeer(attribute(0xc0, AS4_PATH_CODE, hex("0301 0000fde9 0201 00011170")));
    expect(update.announced[0]?.attributes.asPath).toEqual([{ kind: "sequence", asns: [23456, 70000] }]);
  });

  it("one that is longer than AS_PATH is out of date (RFC 6793 §4.2.3)", () => {
    const update = fromOldPeer(attribute(0xc0, AS4_PATH_CODE, hex("0203 00011170 00011171 00011172")));
    expect(update.announced[0]?.attributes.asPath).toEqual([{ kind: "sequence", asns: [23456, 65001] }]);
  });

  it("a set in AS4_PATH is a set in the path (RFC 9774)", () => {
    const update = fromOldPeer(attribute(0xc0, AS4_PATH_CODE, hex("0101 00011170")));
    expect(update.faults).toMatchObject([{ code: 2, severity: "treat-as-withdraw" }]);
  });
});
