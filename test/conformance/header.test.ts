/** RFC 4271 §6.1 on a real connection: what a bad header costs, in every state, to the octet of the NOTIFICATION. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { titled } from "../support/titled.ts";
import { rawMessage } from "../wire/raw.ts";
import { EXTENDED_MESSAGE, KEEPALIVE, TYPE, fourOctetAs, inOneParameter, withLength } from "./bytes.ts";
import { OUR_AS, Subject, USUAL_CAPABILITIES } from "./subject.ts";

let subject: Subject;
beforeAll(async () => {
  subject = await Subject.start("127.0.21");
});
afterEach(() => subject.quiet());
afterAll(() => subject?.dispose());

interface BadHeader {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly refusal: string;
}

const BAD_HEADERS: readonly BadHeader[] = [
  {
    title: "a marker with one zero bit is refused with 1/1 [5.1-marker]",
    bytes: KEEPALIVE.map((octet, at) => (at === 7 ? 0xfe : octet)),
    refusal: "1/1",
  },
  {
    title: "a length of 18 is refused with 1/2 and that length [5.1-length]",
    bytes: withLength(KEEPALIVE, 18),
    refusal: "1/2 0012",
  },
  {
    title: "a length of 0 is refused with 1/2 and that length [5.1-length]",
    bytes: withLength(KEEPALIVE, 0),
    refusal: "1/2 0000",
  },
  {
    title: "a length of 4097 is refused with 1/2 before the rest has come [5.1-length]",
    bytes: withLength(rawMessage(TYPE.update, [0, 0, 0, 0]), 4097),
    refusal: "1/2 1001",
  },
  { title: "type 0 is refused with 1/3 and that type [5.1-type]", bytes: rawMessage(0, []), refusal: "1/3 00" },
  { title: "type 6 is refused with 1/3 and that type [5.1-type]", bytes: rawMessage(6, []), refusal: "1/3 06" },
  {
    title: "an OPEN of 28 octets is refused with 1/2 [5.1-least-lengths]",
    bytes: rawMessage(TYPE.open, Array(9).fill(4)),
    refusal: "1/2 001c",
  },
  {
    title: "an UPDATE of 22 octets is refused with 1/2 [5.1-least-lengths]",
    bytes: rawMessage(TYPE.update, [0, 0, 0]),
    refusal: "1/2 0016",
  },
  {
    title: "a NOTIFICATION of 20 octets is refused with 1/2 [5.1-least-lengths]",
    bytes: rawMessage(TYPE.notification, [6]),
    refusal: "1/2 0014",
  },
  {
    title: "a KEEPALIVE of 20 octets is refused with 1/2 [5.1-least-lengths]",
    bytes: rawMessage(TYPE.keepalive, [0]),
    refusal: "1/2 0014",
  },
  {
    title: "a ROUTE-REFRESH of 22 octets is refused with 1/2 [5.1-least-lengths]",
    bytes: rawMessage(TYPE.routeRefresh, [0, 1, 0]),
    refusal: "1/2 0016",
  },
  {
    title: "a bad marker is told before a bad length and a bad type [5.1-header-order]",
    bytes: withLength(rawMessage(9, []).fill(0, 0, 1), 5),
    refusal: "1/1",
  },
  {
    title: "a bad length is told before a bad type [5.1-header-order]",
    bytes: withLength(rawMessage(9, []), 5),
    refusal: "1/2 0005",
  },
];

describe("in an established session", () => {
  it.each(titled(BAD_HEADERS))("%s", async (_title, { bytes, refusal }) => {
    const peer = await subject.establish("client");
    peer.say(bytes);
    expect(await peer.refusal()).toBe(refusal);
  });
});

describe("as the first octets of a connection", () => {
  it.each(titled(BAD_HEADERS))("%s", async (_title, { bytes, refusal }) => {
    const peer = await subject.connect("client");
    peer.say(bytes);
    expect(await peer.refusal()).toBe(refusal);
  });
});

describe("where RFC 8654 was agreed", () => {
  const parameters = inOneParameter(...USUAL_CAPABILITIES, fourOctetAs(OUR_AS), EXTENDED_MESSAGE);
  /** Withdraws 0.0.0.0/0 that many times. */
  const withdrawals = (count: number): Uint8Array =>
    rawMessage(TYPE.update, [count >> 8, count & 255, ...Array<number>(count).fill(0), 0, 0]);

  it("an UPDATE of 65535 octets is read [5.1-extended-length]", async () => {
    const peer = await subject.establish("client", { parameters });
    peer.say(withdrawals(65_535 - 23));
    await subject.caughtUp("client", peer);
  });

  it("a KEEPALIVE of 4097 octets is refused with 1/2 all the same [5.1-extended-length]", async () => {
    const peer = await subject.establish("client", { parameters });
    peer.say(withLength(KEEPALIVE, 4097));
    expect(await peer.refusal()).toBe("1/2 1001");
  });

  it("and where it was not, an UPDATE of 4097 octets costs the session [5.1-extended-length]", async () => {
    const peer = await subject.establish("client");
    peer.say(withdrawals(4097 - 23));
    expect(await peer.refusal()).toBe("1/2 1001");
  });
});
