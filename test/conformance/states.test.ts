/**
 * The state machine on a real connection: messages out of place (RFC 4271 §8.2.2, RFC 6608), timers, collisions (§6.8),
 * and goodbyes (RFC 4486, RFC 9003).
 */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { titled } from "../support/titled.ts";
import { until } from "../support/until.ts";
import { WELL_KNOWN, attribute, rawMessage, rawUpdate } from "../wire/raw.ts";
import { KEEPALIVE, TYPE, routeRefresh } from "./bytes.ts";
import { RawListener, type RawPeer } from "./raw-peer.ts";
import { Subject } from "./subject.ts";

let subject: Subject;
beforeAll(async () => {
  subject = await Subject.start("127.0.23");
});
afterEach(() => subject.quiet());
afterAll(() => subject?.dispose());

type State = "OpenSent" | "OpenConfirm" | "Established";

/** A connection that the daemon holds in that state. */
async function inState(state: State): Promise<RawPeer> {
  if (state === "Established") return subject.establish("client");
  const peer = await subject.connect("client");
  if (state === "OpenConfirm") {
    peer.say(subject.open("client"));
    await peer.hears(TYPE.keepalive);
  }
  return peer;
}

const END_OF_RIB = rawUpdate({});
const BROKEN_UPDATE = rawUpdate({ attributes: attribute(WELL_KNOWN, 1, [9]) });
const BROKEN_OPEN = rawMessage(TYPE.open, Array<number>(10).fill(0));
const REFRESH = routeRefresh(1, 0, 1);

const OUT_OF_PLACE: readonly {
  readonly state: State;
  readonly what: string;
  readonly says: Uint8Array | "OPEN";
  readonly refusal: string;
}[] = [
  { state: "OpenSent", what: "a KEEPALIVE", says: KEEPALIVE, refusal: "5/1 04" },
  { state: "OpenSent", what: "an UPDATE", says: END_OF_RIB, refusal: "5/1 02" },
  { state: "OpenSent", what: "an UPDATE that is malformed", says: BROKEN_UPDATE, refusal: "5/1 02" },
  { state: "OpenSent", what: "a ROUTE-REFRESH", says: REFRESH, refusal: "5/1 05" },
  { state: "OpenConfirm", what: "a second OPEN", says: "OPEN", refusal: "5/2 01" },
  { state: "OpenConfirm", what: "an UPDATE", says: END_OF_RIB, refusal: "5/2 02" },
  { state: "OpenConfirm", what: "an UPDATE that is malformed", says: BROKEN_UPDATE, refusal: "5/2 02" },
  { state: "OpenConfirm", what: "a ROUTE-REFRESH", says: REFRESH, refusal: "5/2 05" },
  { state: "Established", what: "an OPEN", says: "OPEN", refusal: "5/3 01" },
  { state: "Established", what: "an OPEN that is malformed", says: BROKEN_OPEN, refusal: "5/3 01" },
];

describe("a message out of place is refused with the state's subcode and the type that came [5.3-unexpected-message]", () => {
  it.each(OUT_OF_PLACE)("$what in $state", async ({ state, says, refusal }) => {
    const peer = await inState(state);
    peer.say(says === "OPEN" ? subject.open("client") : says);
    expect(await peer.refusal()).toBe(refusal);
  });
});

describe("a NOTIFICATION ends the connection and gets no answer [5.2-no-answer]", () => {
  it.each(["OpenSent", "OpenConfirm", "Established"] as const)("in %s", async (state) => {
    const peer = await inState(state);
    peer.say(rawMessage(TYPE.notification, [6, 0]));
    await until(() => peer.ended, "the connection ends");
    expect(peer.heard.filter(({ type }) => type === TYPE.notification)).toEqual([]);
  });

  it("and what it said is shown, text of the other operator included [5.2-shutdown-text]", async () => {
    const peer = await subject.establish("client");
    peer.say(rawMessage(TYPE.notification, [6, 2, 5, ...Buffer.from("a\nb\u001bc")]));
    await until(() => peer.ended, "the connection ends");
    expect((await subject.detail("client")).lastError).toMatchObject({
      kind: "received",
      code: 6,
      subcode: 2,
      text: "received Cease: Administrative Shutdown (a\ufffdb\ufffdc)",
    });
  });
});

describe("time", () => {
  it("a silent peer hears keepalives until the hold time is over, then 4/0 [5.3-hold, 5.3-keepalive]", async () => {
    const peer = await subject.establish("client", { holdTimeSec: 3 });
    await until(() => peer.ended, "the hold time passes");
    expect(peer.heard.filter(({ type }) => type === TYPE.keepalive).length).toBeGreaterThanOrEqual(2);
    expect(await peer.refusal()).toBe("4/0");
  });

  it("a peer that confirms nothing after its OPEN is told 4/0 as well [5.3-hold]", async () => {
    const peer = await subject.connect("client");
    peer.say(subject.open("client", { holdTimeSec: 3 }));
    expect(await peer.refusal()).toBe("4/0");
  });
});

describe("a second connection of the same peer", () => {
  it("is closed with 6/7 while a session stands [5.1-collision-established]", async () => {
    const first = await subject.establish("client");
    const second = await subject.connect("client");
    expect(await second.refusal()).toBe("6/7");
    await subject.caughtUp("client", first);
  });
});

/** Peers that we dial; our router id is 127.0.23.1, our AS 64512. */
const CALLED = [
  { title: "a lower router id: ours stays [5.1-collision-router-id]", kind: "plain", routerId: "10.0.0.1", stays: "ours" },
  { title: "a higher router id: theirs stays [5.1-collision-router-id]", kind: "plain", routerId: "192.0.2.1", stays: "theirs" },
  {
    title: "our router id in a higher AS: theirs stays [5.1-collision-equal-id]",
    kind: "external",
    routerId: "127.0.23.1",
    stays: "theirs",
  },
] as const;

describe("of two connections that both got past OPEN, against", () => {
  it.each(titled(CALLED))("%s", async (_title, { kind, routerId, stays }) => {
    const listener = await RawListener.at(subject.addressOf(kind), subject.port);
    try {
      subject.reload({ peers: { [kind]: { passive: false } } });
      const ours = await listener.caller();
      await ours.hears(TYPE.open);
      const theirs = await subject.connect(kind);
      await theirs.hears(TYPE.open);
      for (const connection of [ours, theirs]) connection.say(subject.open(kind, { routerId }));
      const [winner, loser] = stays === "ours" ? [ours, theirs] : [theirs, ours];
      expect(await loser.refusal()).toBe("6/7");
      winner.say(KEEPALIVE);
      await winner.hears(TYPE.update);
      winner.hangUp();
    } finally {
      listener.close();
      subject.reload({});
      await subject.quiet();
    }
  });
});

describe("who is not welcome hears why", () => {
  afterAll(() => subject.reload({}));

  it("a peer shut down by its operator: 6/2 and the text, then 6/5 [5.2-shutdown-text, 5.2-connection-rejected]", async () => {
    const peer = await subject.establish("client");
    subject.reload({ peers: { client: { shutdown: "höher" } } });
    expect(await peer.refusal()).toBe(`6/2 06${Buffer.from("höher").toString("hex")}`);
    const again = await subject.connect("client");
    expect(await again.refusal()).toBe("6/5");
  });

  it("a peer whose settings changed: 6/6 [5.2-configuration-change]", async () => {
    const peer = await subject.establish("plain");
    subject.reload({ peers: { plain: { holdTimeSec: 33 } } });
    expect(await peer.refusal()).toBe("6/6");
  });

  it("a peer that is no longer configured: 6/3 [5.2-deconfigured]", async () => {
    const peer = await subject.establish("plain");
    subject.reload({ document: { peers: [] } });
    expect(await peer.refusal()).toBe("6/3");
  });
});
