/** ROUTE-REFRESH on a real session (RFC 2918, RFC 7313), and the End-of-RIB that closes the first table (RFC 4724 §2). */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { NEXT_HOP_10_0_0_1, ORIGIN_IGP, rawMessage, rawUpdate } from "../wire/raw.ts";
import { ENHANCED_REFRESH, IPV4_UNICAST, TYPE, fourOctetAs, inOneParameter, routeRefresh } from "./bytes.ts";
import type { Heard, RawPeer } from "./raw-peer.ts";
import { OUR_AS, Subject, USUAL_CAPABILITIES } from "./subject.ts";
import { MANDATORY, NLRI, NO_AS_PATH, PREFIX } from "./update-rig.ts";

let subject: Subject;
beforeAll(async () => {
  subject = await Subject.start("127.0.26");
});
afterEach(() => subject.quiet());
afterAll(() => subject?.dispose());

const END_OF_IPV4 = "00000000";
const END_OF_IPV6 = "00000006800f03000201";
/** What the daemon announces itself: 10.99.0.0/16. */
const OUR_PREFIX = "100a63";
const ENHANCED = { parameters: inOneParameter(...USUAL_CAPABILITIES, fourOctetAs(OUR_AS), ENHANCED_REFRESH) };

const FAMILY = { ipv4: "0001", ipv6: "0002" } as const;

/** ROUTE-REFRESH as it would be heard, with that subtype. */
function marker(family: keyof typeof FAMILY, subtype: 1 | 2): Heard {
  return { type: TYPE.routeRefresh, body: `${FAMILY[family]}0${subtype}01` };
}

/** Everything up to the End-of-RIB of both families. */
async function initialTable(peer: RawPeer): Promise<readonly string[]> {
  const ends = [END_OF_IPV4, END_OF_IPV6];
  await until(() => ends.every((end) => peer.heard.some(({ body }) => body === end)), "both End-of-RIBs");
  return peer.heard
    .splice(0)
    .filter(({ type }) => type === TYPE.update)
    .map(({ body }) => body);
}

/** A good UPDATE that the daemon has to answer nothing to. */
const ANNOUNCEMENT = rawUpdate({ attributes: [...ORIGIN_IGP, ...NO_AS_PATH, ...NEXT_HOP_10_0_0_1], nlri: NLRI });

describe("a new session", () => {
  it("hears the table of each family, then that family's End-of-RIB, empty or not [5.8-end-of-rib]", async () => {
    const told = await initialTable(await subject.establish("client"));
    const at = (text: string): number => told.findIndex((body) => body.endsWith(text));
    expect(at(OUR_PREFIX)).toBeGreaterThanOrEqual(0);
    expect(at(OUR_PREFIX)).toBeLessThan(told.indexOf(END_OF_IPV4));
    expect(told).toContain(END_OF_IPV6);
  });

  it("of one family hears the End-of-RIB of that one only [5.8-end-of-rib]", async () => {
    const peer = await subject.establish("client", { parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(OUR_AS)) });
    await until(() => peer.heard.some(({ body }) => body === END_OF_IPV4), "End-of-RIB");
    await subject.caughtUp("client", peer);
    expect(peer.heard.map(({ body }) => body)).not.toContain(END_OF_IPV6);
  });
});

describe("a request", () => {
  it("is answered with the table of its family [5.5-route-refresh]", async () => {
    const peer = await subject.establish("client");
    await initialTable(peer);
    peer.say(routeRefresh(1, 0, 1));
    expect(await peer.hears(TYPE.update)).toMatch(new RegExp(`${OUR_PREFIX}$`));
  });

  it("is answered between both marks where RFC 7313 was agreed [5.5-enhanced-refresh]", async () => {
    const peer = await subject.establish("client", ENHANCED);
    await initialTable(peer);
    peer.say(routeRefresh(1, 0, 1));
    await until(() => peer.heard.some(({ body }) => body === marker("ipv4", 2).body), "the end mark");
    expect(peer.heard[0]).toEqual(marker("ipv4", 1));
    expect(peer.heard.at(-1)).toEqual(marker("ipv4", 2));
    expect(peer.heard.slice(1, -1).some(({ body }) => body.endsWith(OUR_PREFIX))).toBe(true);
  });

  it.each([
    ["for a family that was not agreed", routeRefresh(2, 0, 1)],
    ["for a family that nobody has heard of", routeRefresh(16_388, 0, 71)],
    ["with a subtype that nobody has heard of (RFC 7313 §5)", routeRefresh(1, 7, 1)],
  ])("%s is passed over [5.5-refresh-ignored]", async (_title, refresh) => {
    const peer = await subject.establish("client", {
      parameters: inOneParameter(IPV4_UNICAST, fourOctetAs(OUR_AS), ENHANCED_REFRESH),
    });
    await until(() => peer.heard.some(({ body }) => body === END_OF_IPV4), "End-of-RIB");
    peer.heard.splice(0);
    peer.say(refresh);
    await subject.caughtUp("client", peer);
    expect(peer.heard.filter(({ type }) => type !== TYPE.keepalive)).toEqual([]);
  });
});

describe("a mark", () => {
  it.each([1, 2])(
    "%i with octets behind it is refused with 7/1 and the whole message [5.2-refresh-length, 5.5-enhanced-refresh]",
    async (subtype) => {
      const peer = await subject.establish("client", ENHANCED);
      const message = routeRefresh(1, subtype, 1, 0, 0);
      peer.say(message);
      expect(await peer.refusal()).toBe(`7/1 ${Buffer.from(message).toString("hex")}`);
    },
  );

  it("at the end takes back what was not told again since the one at the beginning [5.3-refresh-stale]", async () => {
    const peer = await subject.establish("client", ENHANCED);
    peer.say(ANNOUNCEMENT, rawUpdate({ attributes: MANDATORY, nlri: [16, 10, 2] }));
    peer.say(routeRefresh(1, 1, 1), ANNOUNCEMENT);
    await subject.caughtUp("client", peer);
    expect((await subject.routes("client")).filter(({ stale }) => stale).map(({ prefix }) => prefix)).toEqual(["10.2.0.0/16"]);
    peer.say(routeRefresh(1, 2, 1));
    await subject.caughtUp("client", peer);
    expect((await subject.routes("client")).map(({ prefix }) => prefix)).not.toContain("10.2.0.0/16");
    expect(await subject.route("client", PREFIX)).toMatchObject({ stale: false });
  });

  it("means nothing where RFC 7313 was not agreed [5.5-refresh-ignored]", async () => {
    const peer = await subject.establish("client");
    peer.say(ANNOUNCEMENT, routeRefresh(1, 1, 1), routeRefresh(1, 2, 1));
    await subject.caughtUp("client", peer);
    expect(await subject.route("client", PREFIX)).toMatchObject({ stale: false });
  });
});

describe("an End-of-RIB that we hear", () => {
  it("is shown for its family [5.8-end-of-rib]", async () => {
    const peer = await subject.establish("client");
    peer.say(rawUpdate({}));
    await subject.caughtUp("client", peer);
    expect((await subject.detail("client")).families).toMatchObject({ ipv4: { endOfRib: true }, ipv6: { endOfRib: false } });
    peer.say(rawMessage(TYPE.update, [0, 0, 0, 6, 0x80, 15, 3, 0, 2, 1]));
    await subject.caughtUp("client", peer);
    expect((await subject.detail("client")).families).toMatchObject({ ipv4: { endOfRib: true }, ipv6: { endOfRib: true } });
  });
});
