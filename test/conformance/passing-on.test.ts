/**
 * What goes in at one session and what comes out at another (RFC 4456, RFC 4271 §5.1 and §9.2, RFC 1997, RFC 6793, RFC 8212),
 * with the octets on both sides compared.
 */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { titled } from "../support/titled.ts";
import { until } from "../support/until.ts";
import {
  AS_PATH_65001,
  NEXT_HOP_10_0_0_1,
  OPTIONAL,
  OPTIONAL_TRANSITIVE,
  ORIGIN_IGP,
  WELL_KNOWN,
  attribute,
  hex,
  rawUpdate,
} from "../wire/raw.ts";
import { IPV4_UNICAST, TYPE, inOneParameter } from "./bytes.ts";
import type { RawPeer } from "./raw-peer.ts";
import { type PeerKind, Subject } from "./subject.ts";
import { MANDATORY, NLRI, NO_AS_PATH } from "./update-rig.ts";

const ROUTE = "100a01";
/** A route that everybody hears, told behind the one in question. */
const FENCE = [24, 198, 51, 100];
const FENCE_HEX = "18c63364";

let subject: Subject;
beforeAll(async () => {
  subject = await Subject.start("127.0.27", { document: { networks: [] } });
});
afterEach(() => subject.quiet());
afterAll(() => subject?.dispose());

/** The attributes with which `to` hears what `from` tells; undefined: it does not hear it. Asserts nothing by itself. */
async function passedOn(
  from: PeerKind,
  to: PeerKind,
  attributes: readonly number[],
  capabilities?: readonly number[],
): Promise<string | undefined> {
  const listener = await subject.establish(to, capabilities ? { parameters: capabilities } : {});
  const teller = await subject.establish(from);
  const fencer = await subject.establish("client2");
  teller.say(rawUpdate({ attributes, nlri: NLRI }));
  await subject.caughtUp(from, teller);
  fencer.say(rawUpdate({ attributes: [...ORIGIN_IGP, ...NO_AS_PATH, ...NEXT_HOP_10_0_0_1], nlri: FENCE }));
  await until(() => updates(listener).some((body) => body.endsWith(FENCE_HEX)), "the route behind it is heard");
  const told = updates(listener).find((body) => body.endsWith(ROUTE));
  return told?.slice(8, -ROUTE.length);
}

function updates(peer: RawPeer): readonly string[] {
  return peer.heard.filter(({ type }) => type === TYPE.update).map(({ body }) => body);
}

function octets(...attributes: readonly (readonly number[])[]): string {
  return Buffer.from(attributes.flat()).toString("hex");
}

const LOCAL_PREF = attribute(WELL_KNOWN, 5, hex("00000064"));
const INSIDE = [...ORIGIN_IGP, ...NO_AS_PATH, ...NEXT_HOP_10_0_0_1];

/** Who hears what from whom (RFC 4456 §6). */
const PAIRS: readonly { readonly from: PeerKind; readonly to: PeerKind; readonly hears: "it" | "nothing" }[] = [
  { from: "client", to: "plain", hears: "it" },
  { from: "client", to: "external", hears: "it" },
  { from: "plain", to: "client", hears: "it" },
  { from: "plain", to: "plain2", hears: "nothing" },
  { from: "plain", to: "external", hears: "it" },
  { from: "external", to: "client", hears: "it" },
  { from: "external", to: "plain", hears: "it" },
  { from: "external", to: "wide", hears: "it" },
];

describe("what one tells the other hears, but one non-client of another [5.7-reflection]", () => {
  it.each(PAIRS)("from $from to $to: $hears", async ({ from, to, hears }) => {
    const told = await passedOn(from, to, from === "external" ? MANDATORY : INSIDE);
    expect(told === undefined ? "nothing" : "it").toBe(hears);
  });
});

describe("nobody hears", () => {
  it("his own route again [5.7-never-back]", async () => {
    const teller = await subject.establish("client");
    const fencer = await subject.establish("client2");
    teller.say(rawUpdate({ attributes: INSIDE, nlri: NLRI }));
    await subject.caughtUp("client", teller);
    fencer.say(rawUpdate({ attributes: INSIDE, nlri: FENCE }));
    await until(() => updates(teller).some((body) => body.endsWith(FENCE_HEX)), "the route behind it is heard");
    expect(updates(teller).filter((body) => body.endsWith(ROUTE))).toEqual([]);
  });
});

describe("a reflected route", () => {
  it("has every attribute it came with, octet for octet, and the two marks [5.7-marks, 5.7-attributes-unchanged]", async () => {
    const med = attribute(OPTIONAL, 4, hex("00000007"));
    const localPref = attribute(WELL_KNOWN, 5, hex("000000c8"));
    const communities = attribute(OPTIONAL_TRANSITIVE, 8, hex("fc000001 fc000002"));
    const before = [...ORIGIN_IGP, ...AS_PATH_65001, ...NEXT_HOP_10_0_0_1, ...med, ...localPref, ...communities];
    const originator = attribute(OPTIONAL, 9, [127, 0, 27, 11]);
    const clusters = attribute(OPTIONAL, 10, [127, 0, 27, 1]);
    expect(await passedOn("client", "plain", before)).toBe(octets(before, originator, clusters));
  });

  it("keeps an ORIGINATOR_ID, and our cluster stands before the others [5.7-marks]", async () => {
    const before = [...INSIDE, ...LOCAL_PREF];
    const marks = [...attribute(OPTIONAL, 9, [10, 9, 9, 9]), ...attribute(OPTIONAL, 10, [10, 8, 8, 8])];
    const after = [...attribute(OPTIONAL, 9, [10, 9, 9, 9]), ...attribute(OPTIONAL, 10, [127, 0, 27, 1, 10, 8, 8, 8])];
    expect(await passedOn("plain", "client", [...before, ...marks])).toBe(octets(before, after));
  });

  it("without LOCAL_PREF goes on with 100 [5.7-local-pref]", async () => {
    expect(await passedOn("client", "plain", INSIDE)).toContain(octets(LOCAL_PREF));
  });
});

const LOOPS: readonly {
  readonly title: string;
  readonly from: PeerKind;
  readonly attributes: readonly number[];
  readonly rejectedBy: string;
}[] = [
  {
    title: "our router id as ORIGINATOR_ID [5.7-own-originator]",
    from: "client",
    attributes: [...INSIDE, ...attribute(OPTIONAL, 9, [127, 0, 27, 1])],
    rejectedBy: "own-originator-id",
  },
  {
    title: "our cluster in CLUSTER_LIST [5.7-own-cluster]",
    from: "client",
    attributes: [...INSIDE, ...attribute(OPTIONAL, 10, [10, 8, 8, 8, 127, 0, 27, 1])],
    rejectedBy: "cluster-loop",
  },
  {
    title: "our AS in AS_PATH [5.7-as-loop]",
    from: "external",
    attributes: [...ORIGIN_IGP, ...attribute(WELL_KNOWN, 2, hex("0202 0000fde9 0000fc00")), ...NEXT_HOP_10_0_0_1],
    rejectedBy: "as-loop",
  },
  {
    title: "another AS than the peer's in front [5.4-first-as]",
    from: "external",
    attributes: [...ORIGIN_IGP, ...attribute(WELL_KNOWN, 2, hex("0202 0000fdea 0000fde9")), ...NEXT_HOP_10_0_0_1],
    rejectedBy: "first-as",
  },
  {
    title: "an empty AS_PATH from another AS [5.4-first-as]",
    from: "external",
    attributes: [...ORIGIN_IGP, ...NO_AS_PATH, ...NEXT_HOP_10_0_0_1],
    rejectedBy: "first-as",
  },
  {
    title: "our own address as NEXT_HOP [5.4-own-next-hop]",
    from: "client",
    attributes: [...ORIGIN_IGP, ...NO_AS_PATH, ...attribute(WELL_KNOWN, 3, [127, 0, 27, 1])],
    rejectedBy: "own-next-hop",
  },
];

describe("kept to look at, used by nobody and told to nobody is a route with", () => {
  it.each(titled(LOOPS))("%s", async (_title, { from, attributes, rejectedBy }) => {
    expect(await passedOn(from, "plain", attributes)).toBeUndefined();
    expect(await subject.route(from, "10.1.0.0/16")).toMatchObject({ best: false, rejectedBy });
  });
});

describe("a route that leaves the AS", () => {
  it("has our AS in front, us as next hop, and nothing that is meant for us alone [5.7-leaving-the-as]", async () => {
    const internal = [
      ...LOCAL_PREF,
      ...attribute(OPTIONAL, 4, hex("00000007")),
      ...attribute(OPTIONAL, 9, [10, 9, 9, 9]),
      ...attribute(OPTIONAL, 10, [10, 8, 8, 8]),
    ];
    const seen = [...ORIGIN_IGP, ...attribute(WELL_KNOWN, 2, hex("0201 0000fc00")), ...attribute(WELL_KNOWN, 3, [127, 0, 27, 1])];
    expect(await passedOn("client", "external", [...INSIDE, ...internal])).toBe(octets(seen));
  });

  it("that came from another AS is told inside with the next hop it came with [5.7-external-next-hop]", async () => {
    expect(await passedOn("external", "plain", MANDATORY)).toBe(octets(MANDATORY, LOCAL_PREF));
  });

  it("keeps an unknown transitive attribute, marked partial, and no other unknown one [5.4-unknown-optional]", async () => {
    const unknown = [...attribute(OPTIONAL_TRANSITIVE, 200, [1, 2]), ...attribute(OPTIONAL, 201, [3])];
    expect(await passedOn("client", "external", [...INSIDE, ...unknown])).toContain(
      octets(attribute(OPTIONAL_TRANSITIVE | 0x20, 200, [1, 2])),
    );
    await subject.quiet();
    expect(await passedOn("client", "external", [...INSIDE, ...unknown])).not.toContain("c901");
  });
});

const WELL_KNOWN_COMMUNITIES: readonly {
  readonly title: string;
  readonly community: string;
  readonly to: PeerKind;
  readonly hears: "it" | "nothing";
}[] = [
  { title: "NO_EXPORT stays inside the AS [5.7-no-export]", community: "ffffff01", to: "external", hears: "nothing" },
  { title: "NO_EXPORT is told inside the AS [5.7-no-export]", community: "ffffff01", to: "plain", hears: "it" },
  { title: "NO_ADVERTISE is told to nobody outside [5.7-no-advertise]", community: "ffffff02", to: "external", hears: "nothing" },
  { title: "NO_ADVERTISE is told to nobody inside [5.7-no-advertise]", community: "ffffff02", to: "plain", hears: "nothing" },
  {
    title: "NO_EXPORT_SUBCONFED stays inside the AS [5.7-no-export-subconfed]",
    community: "ffffff03",
    to: "external",
    hears: "nothing",
  },
  {
    title: "NO_EXPORT_SUBCONFED is told inside the AS, which is no confederation [5.7-no-export-subconfed]",
    community: "ffffff03",
    to: "plain",
    hears: "it",
  },
];

describe("a route with the community", () => {
  it.each(titled(WELL_KNOWN_COMMUNITIES))("%s", async (_title, { community, to, hears }) => {
    const told = await passedOn("client", to, [...INSIDE, ...attribute(OPTIONAL_TRANSITIVE, 8, hex(community))]);
    expect(told === undefined ? "nothing" : "it").toBe(hears);
  });
});

describe("an AS number of four octets", () => {
  const wide = [...ORIGIN_IGP, ...attribute(WELL_KNOWN, 2, hex("0202 fa56ea01 00010002")), ...NEXT_HOP_10_0_0_1];

  it("is AS_TRANS to a peer that knows two, with the truth in AS4_PATH (RFC 6793) [5.5-as4-path-to-old]", async () => {
    const told = await passedOn("wide", "plain", wide, inOneParameter(IPV4_UNICAST));
    const asPath = attribute(WELL_KNOWN, 2, hex("0202 5ba0 5ba0"));
    const as4Path = attribute(OPTIONAL_TRANSITIVE, 17, hex("0202 fa56ea01 00010002"));
    expect(told).toBe(octets(ORIGIN_IGP, asPath, NEXT_HOP_10_0_0_1, LOCAL_PREF, as4Path));
  });

  it("is itself to a peer that knows four, and there is no AS4_PATH [5.5-as4-path-to-old]", async () => {
    expect(await passedOn("wide", "plain", wide)).toBe(octets(wide, LOCAL_PREF));
  });
});

describe("without a policy", () => {
  it("an external peer is not heard and hears nothing (RFC 8212) [5.7-default-deny]", async () => {
    const strict = await Subject.start("127.0.28", { peers: { external: { importPolicy: undefined, exportPolicy: undefined } } });
    try {
      const peer = await strict.establish("external");
      peer.say(rawUpdate({ attributes: MANDATORY, nlri: NLRI }));
      await until(
        async () => (await strict.route("external", "10.1.0.0/16"))?.rejectedBy?.startsWith("import-policy") === true,
        "the route is refused",
      );
      await until(() => updates(peer).length >= 2, "both End-of-RIBs");
      expect([...updates(peer)].sort()).toEqual(["00000000", "00000006800f03000201"]);
    } finally {
      await strict.dispose();
    }
  });
});
