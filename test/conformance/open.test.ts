/**
 * OPEN on a real connection: each refusal to the octet, and what is let in.
 * RFC 4271 §6.2, RFC 5492, RFC 6286, RFC 6793, RFC 7607, RFC 9072, RFC 9234.
 */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import { titled } from "../support/titled.ts";
import {
  EXTENDED_MESSAGE,
  IPV4_UNICAST,
  IPV6_UNICAST,
  KEEPALIVE,
  type RawOpen,
  ROUTE_REFRESH,
  TYPE,
  capability,
  fourOctetAs,
  inLongForm,
  inOneParameter,
  inParameters,
  u32,
} from "./bytes.ts";
import { OUR_AS, type PeerKind, Subject, USUAL_CAPABILITIES } from "./subject.ts";

let subject: Subject;
beforeAll(async () => {
  subject = await Subject.start("127.0.22", {
    peers: { client2: { requiredFamilies: ["ipv6"] }, external: { role: { local: "provider" } } },
  });
});
afterEach(() => subject.quiet());
afterAll(() => subject?.dispose());

interface BadOpen {
  readonly title: string;
  readonly from?: PeerKind;
  readonly says: Partial<RawOpen>;
  readonly refusal: string;
}

const OUR_FAMILIES = "0104 0001 00 01 0104 0002 00 01".replaceAll(" ", "");

const BAD_OPENS: readonly BadOpen[] = [
  { title: "version 3 is refused with 2/1 and the version we speak [5.1-version]", says: { version: 3 }, refusal: "2/1 0004" },
  { title: "version 5 is refused with 2/1 and the version we speak [5.1-version]", says: { version: 5 }, refusal: "2/1 0004" },
  { title: "AS 0 is refused with 2/2 (RFC 7607) [5.1-as-zero]", says: { shortAs: 0, parameters: [0] }, refusal: "2/2" },
  {
    title: "AS 0 in the capability is refused with 2/2 (RFC 7607) [5.1-as-zero]",
    says: { shortAs: 23456, parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(0)) },
    refusal: "2/2",
  },
  {
    title: "another AS than the configured one is refused with 2/2 [5.1-peer-as]",
    says: { shortAs: 64999, parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(64999)) },
    refusal: "2/2",
  },
  {
    title: "AS_TRANS without the real number is another AS: 2/2 [5.1-as-trans]",
    from: "wide",
    says: { shortAs: 23456, parameters: inOneParameter(IPV4_UNICAST) },
    refusal: "2/2",
  },
  {
    title: "two AS numbers that differ, neither of them AS_TRANS, are refused with 2/2 [5.1-as-trans]",
    says: { shortAs: 64513 },
    refusal: "2/2",
  },
  { title: "a hold time of 1 s is refused with 2/6 [5.1-hold-time]", says: { holdTimeSec: 1 }, refusal: "2/6" },
  { title: "a hold time of 2 s is refused with 2/6 [5.1-hold-time]", says: { holdTimeSec: 2 }, refusal: "2/6" },
  { title: "router id 0.0.0.0 is refused with 2/3 [5.1-router-id-zero]", says: { routerId: "0.0.0.0" }, refusal: "2/3" },
  {
    title: "router id 0.0.0.0 is refused with 2/3 outside the AS too [5.1-router-id-zero]",
    from: "external",
    says: { routerId: "0.0.0.0" },
    refusal: "2/3",
  },
  {
    title: "our own router id inside the AS is refused with 2/3 [5.1-router-id-ours]",
    says: { routerId: "127.0.22.1" },
    refusal: "2/3",
  },
  {
    title: "parameter 1, which RFC 4271 once had for authentication, is refused with 2/4 [5.1-unknown-parameter]",
    says: { parameters: [3, 1, 1, 0] },
    refusal: "2/4",
  },
  {
    title: "an unknown parameter behind a known one is refused with 2/4 [5.1-unknown-parameter]",
    says: { parameters: [10, 2, 6, ...IPV4_UNICAST, 77, 0] },
    refusal: "2/4",
  },
  {
    title: "an unknown parameter in the long form is refused with 2/4 [5.1-unknown-parameter, 5.1-long-parameters]",
    says: { parameters: [255, 255, 0, 3, 77, 0, 0] },
    refusal: "2/4",
  },
  {
    title: "parameters that end before their length are refused with 2/0 [5.1-malformed-parameters]",
    says: { parameters: [9, 2, 6, ...IPV4_UNICAST] },
    refusal: "2/0",
  },
  {
    title: "octets behind the parameters are refused with 2/0 [5.1-malformed-parameters]",
    says: { parameters: [8, 2, 6, ...IPV4_UNICAST, 0] },
    refusal: "2/0",
  },
  {
    title: "a parameter that runs past the others is refused with 2/0 [5.1-malformed-parameters]",
    says: { parameters: [8, 2, 7, ...IPV4_UNICAST] },
    refusal: "2/0",
  },
  {
    title: "a capability that runs past its parameter is refused with 2/0 [5.1-malformed-parameters]",
    says: { parameters: [8, 2, 6, 1, 5, 0, 1, 0, 1] },
    refusal: "2/0",
  },
  {
    title: "long parameters that end before their length are refused with 2/0 [5.1-malformed-parameters, 5.1-long-parameters]",
    says: { parameters: [255, 255, 0, 10, 2, 0, 6, ...IPV4_UNICAST] },
    refusal: "2/0",
  },
  {
    title: "no family in common is refused with 2/7 and the families that we offered [5.1-required-capability]",
    says: { parameters: inOneParameter(capability(1, [0, 25, 0, 70]), fourOctetAs(OUR_AS)) },
    refusal: `2/7 ${OUR_FAMILIES}`,
  },
  {
    title: "a required family that is missing is refused with 2/7 and that capability [5.1-required-capability]",
    from: "client2",
    says: { parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(OUR_AS)) },
    refusal: "2/7 010400020001",
  },
  {
    title: "a role that does not go with ours is refused with 2/11 (RFC 9234) [5.5-role]",
    from: "external",
    says: { parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(65001), capability(9, [0])) },
    refusal: "2/11",
  },
  {
    title: "two roles that differ are refused with 2/11 [5.5-role]",
    from: "external",
    says: { parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(65001), capability(9, [3]), capability(9, [4])) },
    refusal: "2/11",
  },
  {
    title: "a peer without capabilities lacks a required family too: 2/7 [5.1-required-capability]",
    from: "client2",
    says: { parameters: [0] },
    refusal: "2/7 010400020001",
  },
];

describe("refused is", () => {
  it.each(titled(BAD_OPENS))("%s", async (_title, { from = "client", says, refusal }) => {
    const peer = await subject.connect(from);
    peer.say(subject.open(from, says));
    expect(await peer.refusal()).toBe(refusal);
    expect((await subject.detail(from)).counters.established).toBe(0);
  });
});

interface GoodOpen {
  readonly title: string;
  readonly from?: PeerKind;
  readonly says: Partial<RawOpen>;
  readonly agreed: object;
}

const BOTH = ["ipv4", "ipv6"];
const AS4 = fourOctetAs(OUR_AS);

const GOOD_OPENS: readonly GoodOpen[] = [
  {
    title: "no parameter at all: IPv4 alone, two-octet AS numbers [5.5-no-capabilities]",
    says: { parameters: [0] },
    agreed: { families: ["ipv4"], fourOctetAs: false, maxMessageBytes: 4096, routeRefresh: false },
  },
  {
    title: "capabilities of nobody's acquaintance [5.1-unknown-capability]",
    says: { parameters: inOneParameter(capability(99, [1, 2, 3]), IPV4_UNICAST, IPV6_UNICAST, AS4, capability(255)) },
    agreed: { families: BOTH, fourOctetAs: true },
  },
  {
    title: "the same capability again [5.1-repeated-capability]",
    says: { parameters: inParameters(IPV4_UNICAST, IPV4_UNICAST, ROUTE_REFRESH, AS4, ROUTE_REFRESH, AS4) },
    agreed: { families: ["ipv4"], fourOctetAs: true, routeRefresh: true },
  },
  {
    title: "every capability in a parameter of its own [5.1-capabilities-anywhere]",
    says: { parameters: inParameters(...USUAL_CAPABILITIES, AS4) },
    agreed: { families: BOTH, fourOctetAs: true, routeRefresh: true },
  },
  {
    title: "an empty capabilities parameter [5.1-capabilities-anywhere]",
    says: { parameters: [2, 2, 0] },
    agreed: { families: ["ipv4"], fourOctetAs: false },
  },
  {
    title: "the long form although the short one would do [5.1-long-parameters]",
    says: { parameters: inLongForm(255, ...USUAL_CAPABILITIES, AS4) },
    agreed: { families: BOTH, fourOctetAs: true },
  },
  {
    title: "the long form with another first length octet, which means nothing [5.1-long-parameters]",
    says: { parameters: inLongForm(7, ...USUAL_CAPABILITIES, AS4) },
    agreed: { families: BOTH, fourOctetAs: true },
  },
  {
    title: "the long form with more than 255 octets [5.1-long-parameters]",
    says: {
      parameters: inLongForm(
        255,
        ...USUAL_CAPABILITIES,
        AS4,
        ...Array.from({ length: 40 }, () => capability(200, [1, 2, 3, 4, 5, 6, 7, 8])),
      ),
    },
    agreed: { families: BOTH, fourOctetAs: true },
  },
  {
    title: "the long form with nothing in it [5.1-long-parameters]",
    says: { parameters: [255, 255, 0, 0] },
    agreed: { families: ["ipv4"] },
  },
  {
    title: "a four-octet AS number behind AS_TRANS [5.1-as-trans]",
    from: "wide",
    says: {},
    agreed: { families: BOTH, fourOctetAs: true },
  },
  {
    title: "a known capability with a value that makes no sense, as if it were not there [5.1-unknown-capability]",
    says: { parameters: inOneParameter(IPV4_UNICAST, capability(65, [1, 2]), capability(69, [0])) },
    agreed: { families: ["ipv4"], fourOctetAs: false },
  },
  {
    title: "long messages, when both offer them (RFC 8654) [5.5-extended-message]",
    says: { parameters: inOneParameter(...USUAL_CAPABILITIES, EXTENDED_MESSAGE) },
    agreed: { maxMessageBytes: 65535 },
  },
  {
    title: "the role that goes with ours [5.5-role]",
    from: "external",
    says: { parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(65001), capability(9, [3])) },
    agreed: { families: ["ipv4"] },
  },
  { title: "no role at all, where that is not asked for [5.5-role]", from: "external", says: {}, agreed: { families: BOTH } },
  {
    title: "our own router id, from another AS (RFC 6286) [5.1-router-id-ours]",
    from: "external",
    says: { routerId: "127.0.22.1" },
    agreed: { families: BOTH },
  },
  {
    title: "a router id that is no address of a host (RFC 6286) [5.1-router-id-zero]",
    says: { routerId: "255.255.255.255" },
    agreed: { families: BOTH },
  },
];

describe("let in is", () => {
  it.each(titled(GOOD_OPENS))("%s", async (_title, { from = "client", says, agreed }) => {
    await subject.establish(from, says);
    expect((await subject.detail(from)).agreed).toMatchObject(agreed);
  });
});

describe("our own OPEN", () => {
  it("says version 4, our AS in both widths, hold time 90 and our router id [5.1-version, 5.5-four-octet-as]", async () => {
    const peer = await subject.connect("client");
    const body = await peer.hears(TYPE.open);
    expect(body.slice(0, 18)).toBe("04fc00005a7f001601");
    expect(body).toContain(Buffer.from(fourOctetAs(OUR_AS)).toString("hex"));
  });

  it("comes before the peer has said anything, and no KEEPALIVE before the peer's OPEN [5.3-states]", async () => {
    const peer = await subject.connect("client");
    await peer.hears(TYPE.open);
    expect(peer.heard).toEqual([]);
    expect(await subject.state("client")).toBe("OpenSent");
    peer.say(subject.open("client"));
    await peer.hears(TYPE.keepalive);
    expect(await subject.state("client")).toBe("OpenConfirm");
    peer.say(KEEPALIVE);
    await peer.hears(TYPE.update);
    expect(await subject.state("client")).toBe("Established");
  });
});

const HOLD_TIMES: readonly { readonly theirs: number; readonly timers: Partial<PeerDetail["timers"]> }[] = [
  { theirs: 3, timers: { holdTimeSec: 3, keepaliveSec: 1 } },
  { theirs: 30, timers: { holdTimeSec: 30, keepaliveSec: 10 } },
  { theirs: 65535, timers: { holdTimeSec: 90, keepaliveSec: 30 } },
  { theirs: 0, timers: { holdTimeSec: 0, keepaliveSec: 0 } },
];

describe("the hold time is the smaller of both, keepalives a third of it, zero is none [5.1-hold-smaller, 5.1-hold-zero]", () => {
  it.each(HOLD_TIMES)("$theirs s against our 90", async ({ theirs, timers }) => {
    await subject.establish("client", { holdTimeSec: theirs });
    expect((await subject.detail("client")).timers).toMatchObject(timers);
  });
});

describe("what a peer tells of itself is shown", () => {
  it("host name and version, made printable [5.5-hostname, 5.5-software-version]", async () => {
    const hostname = capability(73, [4, ...Buffer.from("n\u001b[1"), 2, ...Buffer.from("ex")]);
    const version = capability(75, [3, ...Buffer.from("1.0")]);
    await subject.establish("client", { parameters: inOneParameter(...USUAL_CAPABILITIES, hostname, version) });
    const { received } = (await subject.detail("client")).capabilities;
    expect(received).toContainEqual({ kind: "hostname", host: "n\ufffd[1", domain: "ex" });
    expect(received).toContainEqual({ kind: "software-version", version: "1.0" });
  });

  it("an unknown capability octet by octet [5.1-unknown-capability]", async () => {
    await subject.establish("client", { parameters: inOneParameter(...USUAL_CAPABILITIES, capability(123, u32(0xdeadbeef))) });
    expect((await subject.detail("client")).capabilities.received).toContainEqual({
      kind: "unknown",
      code: 123,
      value: "deadbeef",
    });
  });
});
