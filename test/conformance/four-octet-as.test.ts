/** AS numbers of four octets through a peer that does not know them, on a real session (RFC 6793). */

import { afterAll, afterEach, beforeAll, describe, it } from "vitest";
import { titled } from "../support/titled.ts";
import { NEXT_HOP_10_0_0_1, OPTIONAL_TRANSITIVE, ORIGIN_IGP, WELL_KNOWN, attribute, hex } from "../wire/raw.ts";
import { IPV4_UNICAST, IPV6_UNICAST, inOneParameter } from "./bytes.ts";
import { Subject } from "./subject.ts";
import { type BadUpdate, announcing, suffers } from "./update-rig.ts";

let subject: Subject;
beforeAll(async () => {
  subject = await Subject.start("127.0.29");
});
afterEach(() => subject.quiet());
afterAll(() => subject?.dispose());

/** Without the capability of RFC 6793: AS numbers have two octets. */
const OLD = { parameters: inOneParameter(IPV4_UNICAST, IPV6_UNICAST) };
const TRANS_PATH = attribute(WELL_KNOWN, 2, hex("0203 fde9 5ba0 5ba0"));
const AS4_PATH = attribute(OPTIONAL_TRANSITIVE, 17, hex("0202 00010001 00010002"));
const AGGREGATOR = (asn: string): readonly number[] => attribute(OPTIONAL_TRANSITIVE, 7, hex(`${asn} 0a000001`));
const AS4_AGGREGATOR = attribute(OPTIONAL_TRANSITIVE, 18, hex("00010003 0a000002"));

const MERGED: readonly BadUpdate[] = [
  {
    title: "AS4_PATH is the tail of the path, what came after it stays in front [5.4-as4-merge]",
    update: announcing(ORIGIN_IGP, TRANS_PATH, NEXT_HOP_10_0_0_1, AS4_PATH),
    costs: { kind: "nothing", route: { asPath: "65001 65537 65538" } },
  },
  {
    title: "AS4_PATH that is longer than AS_PATH is out of date [5.4-as4-merge]",
    update: announcing(ORIGIN_IGP, attribute(WELL_KNOWN, 2, hex("0201 fde9")), NEXT_HOP_10_0_0_1, AS4_PATH),
    costs: { kind: "nothing", route: { asPath: "65001" } },
  },
  {
    title: "AS4_AGGREGATOR stands for AGGREGATOR with AS_TRANS [5.4-as4-merge]",
    update: announcing(ORIGIN_IGP, TRANS_PATH, NEXT_HOP_10_0_0_1, AGGREGATOR("5ba0"), AS4_PATH, AS4_AGGREGATOR),
    costs: { kind: "nothing", route: { asPath: "65001 65537 65538", aggregator: { asn: 65539, address: "10.0.0.2" } } },
  },
  {
    title: "AGGREGATOR with another AS makes both of them out of date [5.4-as4-merge]",
    update: announcing(ORIGIN_IGP, TRANS_PATH, NEXT_HOP_10_0_0_1, AGGREGATOR("fdea"), AS4_PATH, AS4_AGGREGATOR),
    costs: { kind: "nothing", route: { asPath: "65001 23456 23456", aggregator: { asn: 65002, address: "10.0.0.1" } } },
  },
  {
    title: "AS4_AGGREGATOR without AGGREGATOR says nothing [5.4-as4-merge]",
    update: announcing(ORIGIN_IGP, TRANS_PATH, NEXT_HOP_10_0_0_1, AS4_AGGREGATOR),
    costs: { kind: "nothing", route: { aggregator: null } },
  },
  {
    title: "AS4_PATH with a segment of type 9 is discarded [5.4-as4-malformed]",
    update: announcing(ORIGIN_IGP, TRANS_PATH, NEXT_HOP_10_0_0_1, attribute(OPTIONAL_TRANSITIVE, 17, hex("0901 00010001"))),
    costs: { kind: "discard", route: { asPath: "65001 23456 23456" } },
  },
  {
    title: "AS4_PATH with AS 0 is discarded (RFC 7607) [5.4-as4-malformed, 5.4-as-zero]",
    update: announcing(ORIGIN_IGP, TRANS_PATH, NEXT_HOP_10_0_0_1, attribute(OPTIONAL_TRANSITIVE, 17, hex("0201 00000000"))),
    costs: { kind: "discard", route: { asPath: "65001 23456 23456" } },
  },
  {
    title: "AS4_PATH of no octets is discarded [5.4-as4-malformed]",
    update: announcing(ORIGIN_IGP, TRANS_PATH, NEXT_HOP_10_0_0_1, attribute(OPTIONAL_TRANSITIVE, 17, [])),
    costs: { kind: "discard", route: { asPath: "65001 23456 23456" } },
  },
  {
    title: "AS4_AGGREGATOR of seven octets is discarded [5.4-as4-malformed]",
    update: announcing(
      ORIGIN_IGP,
      TRANS_PATH,
      NEXT_HOP_10_0_0_1,
      AGGREGATOR("fdea"),
      attribute(OPTIONAL_TRANSITIVE, 18, hex("000100030a0000")),
    ),
    costs: { kind: "discard", route: { aggregator: { asn: 65002, address: "10.0.0.1" } } },
  },
  {
    title: "confederation segments in AS4_PATH are passed over [5.4-as4-merge]",
    update: announcing(
      ORIGIN_IGP,
      TRANS_PATH,
      NEXT_HOP_10_0_0_1,
      attribute(OPTIONAL_TRANSITIVE, 17, hex("0301 00000009 0202 00010001 00010002")),
    ),
    costs: { kind: "nothing", route: { asPath: "65001 65537 65538" } },
  },
  {
    title: "AGGREGATOR of eight octets is discarded where AS numbers have two [5.4-aggregator]",
    update: announcing(ORIGIN_IGP, TRANS_PATH, NEXT_HOP_10_0_0_1, attribute(OPTIONAL_TRANSITIVE, 7, hex("0000fdea 0a000001"))),
    costs: { kind: "discard", route: { aggregator: null } },
  },
];

describe("from a peer without four-octet AS numbers (RFC 6793)", () => {
  it.each(titled(MERGED))("%s", (_title, row) => suffers(subject, { ...row, says: OLD }));
});
