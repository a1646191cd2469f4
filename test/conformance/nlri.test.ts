/**
 * Where prefixes stand in an UPDATE, and what it costs when they cannot be found or read, on a real session
 * (RFC 7606 §3 to §5, RFC 4760, RFC 7911, RFC 8950).
 */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { titled } from "../support/titled.ts";
import { until } from "../support/until.ts";
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
  rawMessage,
  u16,
} from "../wire/raw.ts";
import { IPV4_UNICAST, IPV6_UNICAST, TYPE, capability, fourOctetAs, inOneParameter } from "./bytes.ts";
import { OUR_AS, Subject } from "./subject.ts";
import { type BadUpdate, MANDATORY, NLRI, PREFIX, WITHDRAW, announcing, reset, suffers, update } from "./update-rig.ts";

let subject: Subject;
beforeAll(async () => {
  subject = await Subject.start("127.0.25", {
    peers: { client2: { families: ["ipv4"] }, plain: { extendedNextHop: true }, plain2: { addPath: "receive" } },
  });
});
afterEach(() => subject.quiet());
afterAll(() => subject?.dispose());

const V6_HOP = hex("fd000000000000000000000000000009");
const V6_PREFIX = "fd01::/16";
const V6_NLRI = [16, 0xfd, 0x01];
const ORIGIN_AND_PATH = [...ORIGIN_IGP, ...AS_PATH_65001];

function mpReach(
  afi: number,
  safi: number,
  hop: readonly number[],
  nlri: readonly number[],
  flags = OPTIONAL,
): readonly number[] {
  return attribute(flags, 14, [...u16(afi), safi, hop.length, ...hop, 0, ...nlri]);
}

function mpUnreach(afi: number, safi: number, nlri: readonly number[]): readonly number[] {
  return attribute(OPTIONAL, 15, [...u16(afi), safi, ...nlri]);
}

/** An attribute as the data of a NOTIFICATION shows it. */
function shown(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("hex");
}

const UNREADABLE: readonly BadUpdate[] = [
  {
    title: "withdrawn routes that are longer than the message: 3/1 [5.4-section-overrun]",
    update: [0, 9, 0, 0],
    costs: reset("3/1"),
  },
  {
    title: "attributes that are longer than the message: 3/1 [5.4-section-overrun]",
    update: [0, 0, 0, 9, ...ORIGIN_IGP],
    costs: reset("3/1"),
  },
  {
    title: "no room for the length of the attributes: 3/1 [5.4-section-overrun]",
    update: [0, 3, 16, 10, 1, 0],
    costs: reset("3/1"),
  },
  {
    title: "an announced prefix of 33 bits: 3/10 [5.4-nlri]",
    update: update([], MANDATORY, [33, 10, 1, 0, 0, 0]),
    costs: reset("3/10"),
  },
  {
    title: "an announced prefix that is cut off: 3/10 [5.4-nlri]",
    update: update([], MANDATORY, [24, 10, 1]),
    costs: reset("3/10"),
  },
  { title: "a withdrawn prefix of 33 bits: 3/10 [5.4-nlri]", update: update([33, 10, 1, 0, 0, 0], [], []), costs: reset("3/10") },
  { title: "a withdrawn prefix that is cut off: 3/10 [5.4-nlri]", update: update([16, 10], [], []), costs: reset("3/10") },
  {
    title: "an IPv6 prefix of 129 bits: 3/9 and the attribute [5.4-nlri]",
    update: update([], [...ORIGIN_AND_PATH, ...mpReach(2, 1, V6_HOP, [129, ...Array<number>(17).fill(0)])], []),
    costs: reset(`3/9 ${shown(mpReach(2, 1, V6_HOP, [129, ...Array<number>(17).fill(0)]))}`),
  },
  {
    title: "an IPv6 prefix to withdraw that is cut off: 3/9 and the attribute [5.4-nlri]",
    update: update([], mpUnreach(2, 1, [64, 0xfd]), []),
    costs: reset(`3/9 ${shown(mpUnreach(2, 1, [64, 0xfd]))}`),
  },
];

const BAD_HOP_LENGTHS: readonly (readonly [title: string, reach: readonly number[]])[] = [
  ["an IPv6 next hop of no octets", mpReach(2, 1, [], V6_NLRI)],
  ["an IPv6 next hop of four octets", mpReach(2, 1, [10, 0, 0, 1], V6_NLRI)],
  ["an IPv6 next hop of fifteen octets", mpReach(2, 1, V6_HOP.slice(1), V6_NLRI)],
  ["an IPv6 next hop of 24 octets", mpReach(2, 1, [...V6_HOP, ...V6_HOP.slice(8)], V6_NLRI)],
  ["an IPv4 prefix with an IPv6 next hop that was not agreed", mpReach(1, 1, V6_HOP, NLRI)],
  ["a next hop that runs past the attribute", attribute(OPTIONAL, 14, [0, 2, 1, 16, 0xfd])],
  ["no room for anything", attribute(OPTIONAL, 14, [0, 2])],
];

const DOUBLED: readonly BadUpdate[] = [
  {
    title: "two MP_REACH_NLRI: 3/1 [5.4-repeated-mp]",
    update: update([], [...ORIGIN_AND_PATH, ...mpReach(2, 1, V6_HOP, V6_NLRI), ...mpReach(2, 1, V6_HOP, V6_NLRI)], []),
    costs: reset("3/1"),
  },
  {
    title: "two MP_UNREACH_NLRI: 3/1 [5.4-repeated-mp]",
    update: update([], [...mpUnreach(2, 1, V6_NLRI), ...mpUnreach(2, 1, V6_NLRI)], []),
    costs: reset("3/1"),
  },
];

const NO_PREFIX_IN_SIGHT: readonly BadUpdate[] = [
  {
    title: "a malformed ORIGIN and no prefix: 3/1 [5.4-no-nlri]",
    update: update([], attribute(WELL_KNOWN, 1, [9]), []),
    costs: reset("3/1"),
  },
  {
    title: "a malformed ORIGIN and withdrawn prefixes only: 3/1 [5.4-no-nlri]",
    update: update(NLRI, attribute(WELL_KNOWN, 1, [9]), []),
    costs: reset("3/1"),
  },
  {
    title: "a malformed COMMUNITIES beside MP_UNREACH_NLRI: 3/1 [5.4-no-nlri]",
    update: update([], [...mpUnreach(2, 1, V6_NLRI), ...attribute(OPTIONAL_TRANSITIVE, 8, [1])], []),
    costs: reset("3/1"),
  },
];

describe("the session is reset by", () => {
  it.each(titled([...UNREADABLE, ...DOUBLED, ...NO_PREFIX_IN_SIGHT]))("%s", (_title, row) => suffers(subject, row));

  it.each(BAD_HOP_LENGTHS)("%s: 3/9 and the attribute (RFC 7606 §7.11) [5.4-mp-next-hop-length]", (title, reach) =>
    suffers(subject, { title, update: update([], [...ORIGIN_AND_PATH, ...reach], []), costs: reset(`3/9 ${shown(reach)}`) }),
  );
});

const SURVIVED: readonly BadUpdate[] = [
  {
    title: "a malformed attribute and a discarded one: the worse decides [5.4-worst-decides]",
    update: announcing(MANDATORY, attribute(WELL_KNOWN, 6, [1]), attribute(OPTIONAL, 4, [1])),
    costs: WITHDRAW,
  },
  {
    title: "an attribute that can be discarded, and no prefix [5.4-no-nlri]",
    update: update([], attribute(WELL_KNOWN, 6, [1]), []),
    costs: { kind: "discard", route: {} },
  },
  {
    title: "attributes that lack what is mandatory, and no prefix [5.4-missing-mandatory]",
    update: update([], attribute(OPTIONAL, 4, hex("00000001")), []),
    costs: { kind: "nothing", route: {} },
  },
  {
    title: "prefixes with bits beyond their length [5.4-host-bits]",
    update: update([], MANDATORY, [12, 10, 0xff]),
    costs: { kind: "nothing", route: {} },
  },
  {
    title: "the same prefix withdrawn and announced: announced [5.4-withdrawn-and-announced]",
    update: update(NLRI, MANDATORY, NLRI),
    costs: { kind: "nothing", route: { asPath: "65001" } },
  },
  {
    title: "a withdrawal of what was never announced [5.4-withdrawn-and-announced]",
    update: update([24, 192, 0, 2], [], []),
    costs: { kind: "nothing", route: {} },
  },
  {
    title: "End-of-RIB of IPv4 in the middle of a session [5.8-end-of-rib]",
    update: update([], [], []),
    costs: { kind: "nothing", route: {} },
  },
  {
    title: "a family that nobody has heard of, with a next hop of seven octets [5.4-unknown-family]",
    update: update([], [...ORIGIN_AND_PATH, ...mpReach(16_388, 71, [1, 2, 3, 4, 5, 6, 7], [9, 9, 9])], []),
    costs: { kind: "nothing", route: {} },
  },
  {
    title: "IPv6 prefixes where IPv6 was not agreed [5.4-family-not-agreed]",
    from: "client2",
    update: update([], [...ORIGIN_AND_PATH, ...mpReach(2, 1, V6_HOP, V6_NLRI)], []),
    costs: { kind: "nothing", route: {} },
  },
  {
    title: "IPv6 withdrawals where IPv6 was not agreed [5.4-family-not-agreed]",
    from: "client2",
    update: update([], mpUnreach(2, 1, V6_NLRI), []),
    costs: { kind: "nothing", route: {} },
  },
  {
    title: "IPv4 prefixes in MP_REACH_NLRI [5.5-multiprotocol]",
    update: update([], [...ORIGIN_AND_PATH, ...mpReach(1, 1, [10, 0, 0, 7], NLRI)], []),
    costs: { kind: "nothing", route: { nextHop: "10.0.0.7", asPath: "65001" } },
  },
];

describe("the session survives", () => {
  it.each(titled(SURVIVED))("%s", (_title, row) => suffers(subject, row));
});

describe("IPv6 routes", () => {
  const GOOD = rawMessage(TYPE.update, update([], [...ORIGIN_AND_PATH, ...mpReach(2, 1, V6_HOP, V6_NLRI)], []));

  it.each([
    [
      "a malformed ORIGIN [5.4-origin-value]",
      [...attribute(WELL_KNOWN, 1, [7]), ...AS_PATH_65001, ...mpReach(2, 1, V6_HOP, V6_NLRI)],
    ],
    ["no AS_PATH [5.4-missing-mandatory]", [...ORIGIN_IGP, ...mpReach(2, 1, V6_HOP, V6_NLRI)]],
    ["the next hop :: [5.4-mp-next-hop-value]", [...ORIGIN_AND_PATH, ...mpReach(2, 1, Array<number>(16).fill(0), V6_NLRI)]],
    [
      "the next hop ff02::1 [5.4-mp-next-hop-value]",
      [...ORIGIN_AND_PATH, ...mpReach(2, 1, hex("ff020000000000000000000000000001"), V6_NLRI)],
    ],
    ["MP_REACH_NLRI as transitive [5.4-flags]", [...ORIGIN_AND_PATH, ...mpReach(2, 1, V6_HOP, V6_NLRI, OPTIONAL_TRANSITIVE)]],
  ])("are treated as withdrawn with %s", async (_title, attributes) => {
    const peer = await subject.establish("client");
    peer.say(GOOD);
    await subject.caughtUp("client", peer);
    expect(await subject.route("client", V6_PREFIX)).toBeDefined();
    peer.say(rawMessage(TYPE.update, update([], attributes, [])));
    await subject.caughtUp("client", peer);
    expect(await subject.route("client", V6_PREFIX)).toBeUndefined();
    expect((await subject.detail("client")).counters.treatedAsWithdraw).toBeGreaterThan(0);
  });

  it.each([
    [
      "a long length field around MP_REACH_NLRI [5.4-flags]",
      [...ORIGIN_AND_PATH, ...mpReach(2, 1, V6_HOP, V6_NLRI, OPTIONAL | EXTENDED_LENGTH)],
      null,
    ],
    [
      "a link-local address beside the global one (RFC 2545) [5.5-multiprotocol]",
      [...ORIGIN_AND_PATH, ...mpReach(2, 1, [...V6_HOP, ...hex("fe80000000000000000000000000000a")], V6_NLRI)],
      "fe80::a",
    ],
    [
      "a NEXT_HOP that does not belong there: it is ignored (RFC 4760 §3) [5.4-next-hop-beside-mp]",
      [...ORIGIN_AND_PATH, ...attribute(WELL_KNOWN, 3, [0, 0, 0, 0]), ...mpReach(2, 1, V6_HOP, V6_NLRI)],
      null,
    ],
  ])("are taken with %s", async (_title, attributes, linkLocalNextHop) => {
    const peer = await subject.establish("client");
    peer.say(rawMessage(TYPE.update, update([], attributes, [])));
    await subject.caughtUp("client", peer);
    expect(await subject.route("client", V6_PREFIX)).toMatchObject({ nextHop: "fd00::9", linkLocalNextHop, rejectedBy: null });
  });

  it("and IPv4 routes of one UPDATE share a fate [5.4-worst-decides]", async () => {
    const peer = await subject.establish("client");
    const both = (origin: number): Uint8Array =>
      rawMessage(
        TYPE.update,
        update(
          [],
          [...attribute(WELL_KNOWN, 1, [origin]), ...AS_PATH_65001, ...NEXT_HOP_10_0_0_1, ...mpReach(2, 1, V6_HOP, V6_NLRI)],
          NLRI,
        ),
      );
    peer.say(both(0));
    await subject.caughtUp("client", peer);
    expect([await subject.route("client", PREFIX), await subject.route("client", V6_PREFIX)]).not.toContain(undefined);
    peer.say(both(9));
    await subject.caughtUp("client", peer);
    expect([await subject.route("client", PREFIX), await subject.route("client", V6_PREFIX)]).toEqual([undefined, undefined]);
  });
});

describe("an IPv4 prefix with an IPv6 next hop, where RFC 8950 was agreed", () => {
  const says = { parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(OUR_AS), capability(5, [0, 1, 0, 1, 0, 2])) };

  it("is taken [5.5-extended-next-hop]", () =>
    suffers(subject, {
      title: "",
      from: "plain",
      says,
      update: update([], [...ORIGIN_AND_PATH, ...mpReach(1, 1, V6_HOP, NLRI)], []),
      costs: { kind: "nothing", route: { nextHop: "fd00::9", asPath: "65001" } },
    }));

  it("and a next hop of eight octets resets the session all the same [5.4-mp-next-hop-length]", () =>
    suffers(subject, {
      title: "",
      from: "plain",
      says,
      update: update([], [...ORIGIN_AND_PATH, ...mpReach(1, 1, V6_HOP.slice(8), NLRI)], []),
      costs: reset(`3/9 ${shown(mpReach(1, 1, V6_HOP.slice(8), NLRI))}`),
    }));
});

describe("paths with identifiers, where RFC 7911 was agreed", () => {
  const says = { parameters: inOneParameter(IPV4_UNICAST, IPV6_UNICAST, fourOctetAs(OUR_AS), capability(69, [0, 1, 1, 2])) };
  const path = (id: number): readonly number[] => [0, 0, 0, id, ...NLRI];
  const END = rawMessage(TYPE.update, update([], [...ORIGIN_AND_PATH, ...mpReach(2, 1, V6_HOP, V6_NLRI)], []));

  it("live side by side, and go one by one [5.5-add-path]", async () => {
    const peer = await subject.establish("plain2", says);
    peer.say(rawMessage(TYPE.update, update([], MANDATORY, [...path(1), ...path(2), ...path(3)])));
    peer.say(rawMessage(TYPE.update, update(path(2), [], [])), END);
    await until(async () => (await subject.route("plain2", V6_PREFIX)) !== undefined, "the routes arrive");
    const ids = (await subject.routes("plain2")).filter(({ prefix }) => prefix === PREFIX).map(({ pathId }) => pathId);
    expect([...ids].sort()).toEqual([1, 3]);
  });

  it("that end behind an identifier reset the session with 3/10 [5.4-nlri, 5.5-add-path]", async () => {
    const peer = await subject.establish("plain2", says);
    peer.say(rawMessage(TYPE.update, update([], MANDATORY, [...path(1), 0, 0, 0, 2])));
    expect(await peer.refusal()).toBe("3/10");
  });
});
