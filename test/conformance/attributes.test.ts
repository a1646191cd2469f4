/**
 * RFC 7606 §7 attribute by attribute on a real session: lengths, values, flags, repetitions, and what each costs.
 * Every row announces 10.1.0.0/16, then says it again with one thing wrong.
 */

import { afterAll, afterEach, beforeAll, describe, it } from "vitest";
import { titled } from "../support/titled.ts";
import {
  AS_PATH_65001,
  EXTENDED_LENGTH,
  NEXT_HOP_10_0_0_1,
  OPTIONAL,
  OPTIONAL_TRANSITIVE,
  ORIGIN_IGP,
  WELL_KNOWN,
  attribute,
  hex,
} from "../wire/raw.ts";
import { Subject } from "./subject.ts";
import { type BadUpdate, MANDATORY, NO_AS_PATH, WITHDRAW, announcing, reset, suffers } from "./update-rig.ts";

let subject: Subject;
beforeAll(async () => {
  subject = await Subject.start("127.0.24");
});
afterEach(() => subject.quiet());
afterAll(() => subject?.dispose());

/** The mandatory attributes with another value in the place of one. */
function withOrigin(...value: readonly number[]): readonly number[] {
  return announcing(attribute(WELL_KNOWN, 1, value), AS_PATH_65001, NEXT_HOP_10_0_0_1);
}

function withAsPath(value: string): readonly number[] {
  return announcing(ORIGIN_IGP, attribute(WELL_KNOWN, 2, hex(value)), NEXT_HOP_10_0_0_1);
}

function withNextHop(...value: readonly number[]): readonly number[] {
  return announcing(ORIGIN_IGP, AS_PATH_65001, attribute(WELL_KNOWN, 3, value));
}

/** The mandatory attributes and one more. */
function withExtra(flags: number, code: number, value: string): readonly number[] {
  return announcing(MANDATORY, attribute(flags, code, hex(value)));
}

const KEPT = { asPath: "65001", origin: "igp", nextHop: "10.0.0.1" } as const;

const WITHDRAWN: readonly Omit<BadUpdate, "costs">[] = [
  { title: "ORIGIN of no octets [5.4-origin-length]", update: withOrigin() },
  { title: "ORIGIN of two octets [5.4-origin-length]", update: withOrigin(0, 0) },
  { title: "ORIGIN 3 [5.4-origin-value]", update: withOrigin(3) },
  { title: "ORIGIN 255 [5.4-origin-value]", update: withOrigin(255) },
  { title: "AS_PATH with a segment of type 0 [5.4-as-path]", update: withAsPath("0001 0000fde9") },
  { title: "AS_PATH with a segment of type 5 [5.4-as-path]", update: withAsPath("0501 0000fde9") },
  { title: "AS_PATH with a segment of no AS [5.4-as-path]", update: withAsPath("0201 0000fde9 0200") },
  { title: "AS_PATH with a segment that runs over its end [5.4-as-path]", update: withAsPath("0202 0000fde9") },
  { title: "AS_PATH with one octet left over [5.4-as-path]", update: withAsPath("0201 0000fde9 02") },
  { title: "AS_PATH with AS numbers of two octets where four were agreed [5.4-as-path]", update: withAsPath("0201 fde9") },
  { title: "AS_PATH with AS 0 in it (RFC 7607) [5.4-as-zero]", update: withAsPath("0202 0000fde9 00000000") },
  { title: "AS_PATH with an AS_SET (RFC 9774) [5.4-as-set]", update: withAsPath("0201 0000fde9 0101 0000fdea") },
  { title: "AS_PATH with an AS_CONFED_SET (RFC 9774) [5.4-as-set]", update: withAsPath("0401 0000fde9") },
  {
    title: "AS_PATH with a confederation segment, from another AS (RFC 5065 §5) [5.4-as-path]",
    from: "external",
    update: withAsPath("0301 0000fde9"),
  },
  { title: "NEXT_HOP of no octets [5.4-next-hop-length]", update: withNextHop() },
  { title: "NEXT_HOP of three octets [5.4-next-hop-length]", update: withNextHop(10, 0, 0) },
  { title: "NEXT_HOP of five octets [5.4-next-hop-length]", update: withNextHop(10, 0, 0, 1, 0) },
  {
    title: "NEXT_HOP of sixteen octets [5.4-next-hop-length]",
    update: withNextHop(...hex("20010db8 00000000 00000000 00000001")),
  },
  { title: "NEXT_HOP 0.0.0.0 [5.4-next-hop-value]", update: withNextHop(0, 0, 0, 0) },
  { title: "NEXT_HOP 0.1.2.3 [5.4-next-hop-value]", update: withNextHop(0, 1, 2, 3) },
  { title: "NEXT_HOP 224.0.0.1 [5.4-next-hop-value]", update: withNextHop(224, 0, 0, 1) },
  { title: "NEXT_HOP 240.0.0.1 [5.4-next-hop-value]", update: withNextHop(240, 0, 0, 1) },
  { title: "NEXT_HOP 255.255.255.255 [5.4-next-hop-value]", update: withNextHop(255, 255, 255, 255) },
  { title: "MULTI_EXIT_DISC of no octets [5.4-med-length]", update: withExtra(OPTIONAL, 4, "") },
  { title: "MULTI_EXIT_DISC of three octets [5.4-med-length]", update: withExtra(OPTIONAL, 4, "000001") },
  { title: "LOCAL_PREF of no octets [5.4-local-pref-length]", update: withExtra(WELL_KNOWN, 5, "") },
  { title: "LOCAL_PREF of five octets [5.4-local-pref-length]", update: withExtra(WELL_KNOWN, 5, "00000064 00") },
  { title: "COMMUNITIES of no octets [5.4-communities-length]", update: withExtra(OPTIONAL_TRANSITIVE, 8, "") },
  { title: "COMMUNITIES of five octets [5.4-communities-length]", update: withExtra(OPTIONAL_TRANSITIVE, 8, "fde90001 fd") },
  { title: "ORIGINATOR_ID of three octets [5.4-originator-id-length]", update: withExtra(OPTIONAL, 9, "0a0000") },
  { title: "ORIGINATOR_ID of eight octets [5.4-originator-id-length]", update: withExtra(OPTIONAL, 9, "0a000009 0a000009") },
  { title: "CLUSTER_LIST of no octets [5.4-cluster-list-length]", update: withExtra(OPTIONAL, 10, "") },
  { title: "CLUSTER_LIST of six octets [5.4-cluster-list-length]", update: withExtra(OPTIONAL, 10, "0a000009 0a00") },
  {
    title: "EXTENDED COMMUNITIES of no octets [5.4-extended-communities-length]",
    update: withExtra(OPTIONAL_TRANSITIVE, 16, ""),
  },
  {
    title: "EXTENDED COMMUNITIES of nine octets [5.4-extended-communities-length]",
    update: withExtra(OPTIONAL_TRANSITIVE, 16, "0002fde900000001 00"),
  },
  {
    title: "IPv6 EXTENDED COMMUNITIES of nineteen octets [5.4-ipv6-extended-communities-length]",
    update: withExtra(OPTIONAL_TRANSITIVE, 25, "00".repeat(19)),
  },
  {
    title: "IPv6 EXTENDED COMMUNITIES of no octets [5.4-ipv6-extended-communities-length]",
    update: withExtra(OPTIONAL_TRANSITIVE, 25, ""),
  },
  { title: "LARGE_COMMUNITY of no octets [5.4-large-communities-length]", update: withExtra(OPTIONAL_TRANSITIVE, 32, "") },
  {
    title: "LARGE_COMMUNITY of thirteen octets [5.4-large-communities-length]",
    update: withExtra(OPTIONAL_TRANSITIVE, 32, "00".repeat(13)),
  },
  { title: "OTC of three octets (RFC 9234) [5.4-otc-length]", update: withExtra(OPTIONAL_TRANSITIVE, 35, "00fde9") },
];

describe("treated as withdrawn is a route with", () => {
  it.each(titled(WITHDRAWN))("%s", (_title, row) => suffers(subject, { ...row, costs: WITHDRAW }));
});

const WRONG_FLAGS: readonly { readonly title: string; readonly update: readonly number[] }[] = [
  { title: "ORIGIN as optional", update: announcing(attribute(OPTIONAL_TRANSITIVE, 1, [0]), AS_PATH_65001, NEXT_HOP_10_0_0_1) },
  { title: "ORIGIN as not transitive", update: announcing(attribute(0, 1, [0]), AS_PATH_65001, NEXT_HOP_10_0_0_1) },
  {
    title: "AS_PATH as optional",
    update: announcing(ORIGIN_IGP, attribute(OPTIONAL_TRANSITIVE, 2, hex("0201 0000fde9")), NEXT_HOP_10_0_0_1),
  },
  { title: "NEXT_HOP as optional", update: announcing(ORIGIN_IGP, AS_PATH_65001, attribute(OPTIONAL, 3, [10, 0, 0, 1])) },
  { title: "MULTI_EXIT_DISC as transitive", update: withExtra(OPTIONAL_TRANSITIVE, 4, "00000001") },
  { title: "LOCAL_PREF as optional", update: withExtra(OPTIONAL_TRANSITIVE, 5, "00000064") },
  { title: "ATOMIC_AGGREGATE as optional", update: withExtra(OPTIONAL_TRANSITIVE, 6, "") },
  { title: "AGGREGATOR as not transitive", update: withExtra(OPTIONAL, 7, "0000fde9 0a000001") },
  { title: "COMMUNITIES as well-known", update: withExtra(WELL_KNOWN, 8, "fde90001") },
  { title: "ORIGINATOR_ID as transitive", update: withExtra(OPTIONAL_TRANSITIVE, 9, "0a000009") },
  { title: "CLUSTER_LIST as transitive", update: withExtra(OPTIONAL_TRANSITIVE, 10, "0a000009") },
  { title: "EXTENDED COMMUNITIES as not transitive", update: withExtra(OPTIONAL, 16, "0002fde900000001") },
  { title: "LARGE_COMMUNITY as well-known", update: withExtra(WELL_KNOWN, 32, "0000fde90000000100000002") },
];

describe("treated as withdrawn is a route with flags that are not those of the attribute (RFC 7606 §3 c) [5.4-flags]", () => {
  it.each(titled(WRONG_FLAGS))("%s", (_title, { title, update }) => suffers(subject, { title, update, costs: WITHDRAW }));
});

const MISSING: readonly { readonly title: string; readonly update: readonly number[] }[] = [
  { title: "ORIGIN", update: announcing(AS_PATH_65001, NEXT_HOP_10_0_0_1) },
  { title: "AS_PATH", update: announcing(ORIGIN_IGP, NEXT_HOP_10_0_0_1) },
  { title: "NEXT_HOP", update: announcing(ORIGIN_IGP, AS_PATH_65001) },
  { title: "all three", update: announcing() },
];

describe("treated as withdrawn is a route without (RFC 7606 §3 d) [5.4-missing-mandatory]", () => {
  it.each(titled(MISSING))("%s", (_title, { title, update }) => suffers(subject, { title, update, costs: WITHDRAW }));
});

const OVERRUNS: readonly { readonly title: string; readonly update: readonly number[] }[] = [
  { title: "a value that is longer than what is left", update: announcing(MANDATORY, [OPTIONAL, 4, 5, 0, 0, 0, 1]) },
  { title: "one octet of a next attribute", update: announcing(MANDATORY, [OPTIONAL]) },
  { title: "two octets of a next attribute", update: announcing(MANDATORY, [OPTIONAL, 4]) },
  { title: "a long length field of which one octet is there", update: announcing(MANDATORY, [OPTIONAL | EXTENDED_LENGTH, 4, 0]) },
];

describe("treated as withdrawn is a route whose attributes end with (RFC 7606 §4) [5.4-attribute-overrun]", () => {
  it.each(titled(OVERRUNS))("%s", (_title, { title, update }) => suffers(subject, { title, update, costs: WITHDRAW }));
});

const DISCARDED: readonly BadUpdate[] = [
  {
    title: "ATOMIC_AGGREGATE of one octet [5.4-atomic-aggregate-length]",
    update: withExtra(WELL_KNOWN, 6, "00"),
    costs: { kind: "discard", route: { ...KEPT, atomicAggregate: false } },
  },
  {
    title: "AGGREGATOR of six octets where AS numbers have four [5.4-aggregator]",
    update: withExtra(OPTIONAL_TRANSITIVE, 7, "fde90a000001"),
    costs: { kind: "discard", route: { ...KEPT, aggregator: null } },
  },
  {
    title: "AGGREGATOR of no octets [5.4-aggregator]",
    update: withExtra(OPTIONAL_TRANSITIVE, 7, ""),
    costs: { kind: "discard", route: { ...KEPT, aggregator: null } },
  },
  {
    title: "AGGREGATOR with AS 0 (RFC 7607) [5.4-aggregator, 5.4-as-zero]",
    update: withExtra(OPTIONAL_TRANSITIVE, 7, "000000000a000001"),
    costs: { kind: "discard", route: { ...KEPT, aggregator: null } },
  },
  {
    title: "AIGP without a metric (RFC 7311) [5.4-aigp]",
    update: withExtra(OPTIONAL, 26, "020004 00"),
    costs: { kind: "discard", route: { ...KEPT, aigp: null } },
  },
  {
    title: "AIGP with a metric of seven octets [5.4-aigp]",
    update: withExtra(OPTIONAL, 26, "01000a 00000000000001"),
    costs: { kind: "discard", route: { ...KEPT, aigp: null } },
  },
  {
    title: "AIGP as transitive (RFC 7311 §3) [5.4-aigp]",
    update: withExtra(OPTIONAL_TRANSITIVE, 26, "01000b 0000000000000001"),
    costs: { kind: "discard", route: { ...KEPT, aigp: null } },
  },
  {
    title: "LOCAL_PREF from another AS, of any length [5.4-internal-only]",
    from: "external",
    update: withExtra(WELL_KNOWN, 5, "000001"),
    costs: { kind: "discard", route: { ...KEPT, localPref: null } },
  },
  {
    title: "ORIGINATOR_ID from another AS, of any length [5.4-internal-only]",
    from: "external",
    update: withExtra(OPTIONAL, 9, "0a"),
    costs: { kind: "discard", route: { ...KEPT, originatorId: null } },
  },
  {
    title: "CLUSTER_LIST from another AS, of any length [5.4-internal-only]",
    from: "external",
    update: withExtra(OPTIONAL, 10, "0a"),
    costs: { kind: "discard", route: { ...KEPT, clusterList: [] } },
  },
  {
    title: "AS4_PATH where AS numbers have four octets (RFC 6793 §6) [5.4-as4-from-new-speaker]",
    update: withExtra(OPTIONAL_TRANSITIVE, 17, "0201 00010000"),
    costs: { kind: "discard", route: KEPT },
  },
  {
    title: "AS4_AGGREGATOR where AS numbers have four octets [5.4-as4-from-new-speaker]",
    update: withExtra(OPTIONAL_TRANSITIVE, 18, "00010000 0a000001"),
    costs: { kind: "discard", route: { ...KEPT, aggregator: null } },
  },
  {
    title: "a second MULTI_EXIT_DISC: the first counts [5.4-repeated-attribute]",
    update: announcing(MANDATORY, attribute(OPTIONAL, 4, hex("00000007")), attribute(OPTIONAL, 4, hex("00000008"))),
    costs: { kind: "discard", route: { ...KEPT, med: 7 } },
  },
  {
    title: "a second ORIGIN, which is malformed too: the first counts [5.4-repeated-attribute]",
    update: announcing(MANDATORY, attribute(WELL_KNOWN, 1, [9])),
    costs: { kind: "discard", route: KEPT },
  },
  {
    title: "a second unknown attribute: the first counts [5.4-repeated-attribute]",
    update: announcing(MANDATORY, attribute(OPTIONAL_TRANSITIVE, 200, [1]), attribute(OPTIONAL_TRANSITIVE, 200, [2])),
    costs: { kind: "discard", route: { ...KEPT, unknownAttributes: [200] } },
  },
];

describe("discarded, and the route kept without it, is", () => {
  it.each(titled(DISCARDED))("%s", (_title, row) => suffers(subject, row));
});

const HARMLESS: readonly BadUpdate[] = [
  {
    title: "an empty AS_PATH inside the AS [5.4-empty-attributes]",
    update: announcing(ORIGIN_IGP, NO_AS_PATH, NEXT_HOP_10_0_0_1),
    costs: { kind: "nothing", route: { asPath: "" } },
  },
  {
    title: "an empty ATOMIC_AGGREGATE [5.4-empty-attributes]",
    update: withExtra(WELL_KNOWN, 6, ""),
    costs: { kind: "nothing", route: { ...KEPT, atomicAggregate: true } },
  },
  {
    title: "a missing LOCAL_PREF inside the AS [5.4-missing-mandatory]",
    update: announcing(MANDATORY),
    costs: { kind: "nothing", route: KEPT },
  },
  {
    title: "a short value behind a long length field [5.4-flags]",
    update: announcing(MANDATORY, attribute(OPTIONAL | EXTENDED_LENGTH, 4, hex("00000009"))),
    costs: { kind: "nothing", route: { ...KEPT, med: 9 } },
  },
  {
    title: "the partial bit and the unused bits [5.4-flags]",
    update: announcing(MANDATORY, attribute(OPTIONAL_TRANSITIVE | 0x2f, 8, hex("fde90001"))),
    costs: { kind: "nothing", route: { ...KEPT, communities: ["65001:1"] } },
  },
  {
    title: "attributes in descending order [5.4-any-order]",
    update: announcing(NEXT_HOP_10_0_0_1, AS_PATH_65001, ORIGIN_IGP),
    costs: { kind: "nothing", route: KEPT },
  },
  {
    title: "an unknown optional transitive attribute, kept [5.4-unknown-optional]",
    update: withExtra(OPTIONAL_TRANSITIVE, 200, "0102"),
    costs: { kind: "nothing", route: { ...KEPT, unknownAttributes: [200] } },
  },
  {
    title: "an unknown optional attribute that is not transitive, dropped without a word [5.4-unknown-optional]",
    update: withExtra(OPTIONAL, 200, "0102"),
    costs: { kind: "nothing", route: { ...KEPT, unknownAttributes: [] } },
  },
  {
    title: "large communities that repeat: one remains (RFC 8092 §5) [5.4-large-communities-length]",
    update: withExtra(OPTIONAL_TRANSITIVE, 32, "0000fde90000000100000002".repeat(2)),
    costs: { kind: "nothing", route: { ...KEPT, largeCommunities: ["65001:1:2"] } },
  },
];

describe("no fault at all is", () => {
  it.each(titled(HARMLESS))("%s", (_title, row) => suffers(subject, row));
});

const RESETS: readonly BadUpdate[] = [
  {
    title: "an unknown well-known attribute, told whole in 3/2 [5.4-unknown-well-known]",
    update: withExtra(WELL_KNOWN, 200, "0102"),
    costs: reset("3/2 40c8020102"),
  },
  {
    title: "an unknown attribute that is neither optional nor transitive [5.4-unknown-well-known]",
    update: withExtra(0, 201, ""),
    costs: reset("3/2 00c900"),
  },
];

describe("a reset costs", () => {
  it.each(titled(RESETS))("%s", (_title, row) => suffers(subject, row));
});
