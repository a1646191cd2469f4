/**
 * A peer with a large table, coming and going, beside one that wants its keepalives:
 *
 *   feeder (50 000 routes) ── rr ── listener
 *
 * What a large table costs is spread over turns; in between everything else is served.
 */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { ALL_REACHABLE } from "../../src/bgp/rib/next-hop.ts";
import type { LinkId } from "../../src/bgp/session/vocabulary.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { announceFrames } from "../../src/bgp/wire/frames.ts";
import { Framer } from "../../src/bgp/wire/framer.ts";
import type { Message } from "../../src/bgp/wire/message-types.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import { NlriReader, NlriWriter, listNlri } from "../../src/bgp/wire/nlri.ts";
import { answer } from "../../src/control/commands.ts";
import { parseSpeakerConfig } from "../../src/speaker/config/parse.ts";
import { Speaker } from "../../src/speaker/speaker.ts";
import { quietLook } from "../support/quiet-look.ts";

const AS = 64512;
const ROUTES = 50_000;
const CODEC: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const [FEEDER, LISTENER] = [1 as LinkId, 2 as LinkId];
const ADDRESSES = ["10.0.0.1", "10.0.0.2"] as const;

const POLICIES = {
  prefixLists: { low: [{ prefix: "16.0.0.0/8", ge: 24, le: 24 }] }, // all of them
  policies: { few: { rules: [{ when: [{ prefixList: "low" }], then: "reject" }], otherwise: "accept" } },
};

class Bench {
  readonly speaker = new Speaker(ALL_REACHABLE, { nowMs: 0, packets: "not-ours", history: { maxBytes: 16 << 20, maxAgeMs: 600_000 } });
  /** What the listener was told, message by message. */
  readonly told: Uint8Array[] = [];
  turns = 0;

  constructor() {
    this.configure(ADDRESSES);
    this.establish(FEEDER);
    this.establish(LISTENER);
    this.settle();
  }

  configure(addresses: readonly string[], exportPolicy = "accept-all"): void {
    const peers = addresses.map((address) => ({ address, asn: AS, reflectorClient: true, passive: true, exportPolicy }));
    this.speaker.absorb({ kind: "configure", config: parseSpeakerConfig({ router: { asn: AS, id: "1.1.1.1" }, peers, ...POLICIES }) }, this.turns);
  }

  establish(link: LinkId, routerId = 7 + ((link - 1) % 2)): void {
    const address = ADDRESSES[(link - 1) % 2] as string as IpAddress;
    const capabilities = [{ kind: "multiprotocol", family: { afi: 1, safi: 1 } }, { kind: "four-octet-as", asn: AS }] as const;
    this.speaker.absorb({ kind: "accepted", link, remote: { address, port: 40_000 }, local: { address: "10.0.0.9" as IpAddress, port: 179 } }, this.turns);
    this.say(link, { kind: "open", version: 4, asn: AS, holdTimeSec: 90, routerId, capabilities });
    this.say(link, { kind: "keepalive" });
  }

  say(link: LinkId, message: Message): void {
    this.speaker.absorb({ kind: "bytes", link, bytes: encodeMessage(message, INITIAL_CONTEXT) }, this.turns);
  }

  feed(link: LinkId): void {
    const writer = new NlriWriter("ipv4", false);
    for (let n = 0; n < ROUTES; n++) writer.add(0, 24, Uint8Array.of(16 + (n >>> 16), (n >>> 8) & 255, n & 255), 0);
    const frames = announceFrames({ nlri: writer.finish(), attributes: { origin: "igp", asPath: [], localPref: 100, nextHop: { address: "10.0.0.1" as IpAddress } } }, CODEC);
    if (typeof frames === "string") throw new Error(frames);
    for (const bytes of frames) this.speaker.absorb({ kind: "bytes", link, bytes }, this.turns);
  }

  /** One flush; whether it left something for the next. */
  turn(): "unfinished" | "settled" {
    this.turns++;
    const actions = this.speaker.flush(this.turns);
    for (const action of actions) if (action.kind === "ready") this.#drain(action.link);
    return actions.some(({ kind }) => kind === "unfinished") ? "unfinished" : "settled";
  }

  settle(): void {
    while (this.turn() === "unfinished");
  }

  #drain(link: LinkId): void {
    for (let left = "some"; left === "some"; ) {
      const transmission = this.speaker.transmit(link, 1 << 20);
      if (link === LISTENER) this.told.push(...framesIn(transmission.pieces));
      left = transmission.left;
    }
  }
}

describe("a large table", () => {
  it("is announced to the last route, for the journal too, however many turns that takes", () => {
    const bench = new Bench();
    const reader = bench.speaker.history?.read("next");
    bench.feed(FEEDER);
    bench.settle();
    const told = { routes: 0, otherwise: 0 };
    while (reader?.next()) reader.cause === "announced" ? told.routes++ : told.otherwise++;
    expect(told).toEqual({ routes: ROUTES, otherwise: 0 });
  });

  it("is decided and told over several turns, whole in the end", () => {
    const bench = new Bench();
    bench.feed(FEEDER);
    bench.turns = 0;
    expect(bench.turn()).toBe("unfinished");
    expect(advertisedTo(bench)).toBeLessThan(ROUTES);
    bench.settle();
    expect([advertisedTo(bench), bench.turns]).toEqual([ROUTES, 2]);
  });

  it("goes over several turns when its peer is lost, and stays where it comes back and tells it again", () => {
    const bench = new Bench();
    bench.feed(FEEDER);
    bench.settle();
    bench.speaker.absorb({ kind: "closed", link: FEEDER }, 1);
    expect(bench.turn()).toBe("unfinished");
    expect(bench.speaker.view().router().paths).toBeGreaterThan(0);
    const again = 3 as LinkId;
    bench.establish(again);
    bench.feed(again);
    bench.settle();
    expect([advertisedTo(bench), bench.speaker.view().router().paths]).toEqual([ROUTES, ROUTES]);
    bench.speaker.absorb({ kind: "closed", link: again }, 2);
    bench.settle();
    expect([advertisedTo(bench), bench.speaker.view().router().paths]).toEqual([0, 0]);
  });

  it("is gone at once where somebody else comes in its peer's place", () => {
    const bench = new Bench();
    bench.feed(FEEDER);
    bench.settle();
    bench.speaker.absorb({ kind: "closed", link: FEEDER }, 1);
    bench.establish(3 as LinkId, 99);
    expect(bench.speaker.view().router().paths).toBe(0);
  });

  it("is taken back over several turns where an export policy changed, from all who are concerned by one walk", () => {
    const bench = new Bench();
    bench.feed(FEEDER);
    bench.settle();
    bench.told.length = 0;
    bench.turns = 0;
    bench.configure(ADDRESSES, "few");
    expect([bench.turn(), withdrawnIn(bench.told)]).toEqual(["unfinished", 0]);
    bench.settle();
    expect([withdrawnIn(bench.told), bench.told.some((frame) => originatorsIn(frame).length > 0), bench.turns]).toEqual([ROUTES, false, 4]);
  });

  it("can be looked at while it goes with a peer that nobody wants any more", () => {
    const bench = new Bench();
    bench.feed(FEEDER);
    bench.settle();
    bench.configure([ADDRESSES[1]]);
    expect(bench.turn()).toBe("unfinished");
    const left = bench.speaker.view().routes({});
    expect(left.length).toBeGreaterThan(0);
    expect(left[0]?.origin).toEqual({ kind: "peer", peer: ADDRESSES[0], address: ADDRESSES[0] });
    bench.settle();
    expect(bench.speaker.view().routes({})).toEqual([]);
  });

  it("is told anew where somebody else comes in its peer's place and tells the same before it is decided: with his ORIGINATOR_ID", () => {
    const bench = new Bench();
    bench.feed(FEEDER);
    bench.settle();
    bench.told.length = 0;
    bench.speaker.absorb({ kind: "closed", link: FEEDER }, 1);
    const other = 3 as LinkId;
    bench.establish(other, 99);
    bench.feed(other);
    bench.settle();
    const originators = bench.told.flatMap((frame) => originatorsIn(frame));
    expect([originators.length, new Set(originators)]).toEqual([ROUTES, new Set([99])]);
  });

  it("is dumped with breaths for others", () => {
    const bench = new Bench();
    bench.feed(FEEDER);
    bench.settle();
    const reply = answer(quietLook(bench.speaker.view()), "mrt", {});
    const rows = reply.kind === "rows" ? [...reply.rows] : [];
    const records = rows.filter((row) => row !== undefined);
    expect([records.length, rows.length - records.length > ROUTES / 1000]).toEqual([ROUTES + 1, true]);
  });
});

function advertisedTo({ speaker }: Bench): number {
  const listener = speaker.view().peers().find(({ config }) => config.address === ADDRESSES[1]);
  return listener?.families[0]?.advertised ?? 0;
}

function framesIn(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const framer = new Framer();
  const frames: Uint8Array[] = [];
  for (const piece of pieces) framer.push(piece);
  for (let frame = framer.next(INITIAL_CONTEXT.maxMessageBytes); frame; frame = framer.next(INITIAL_CONTEXT.maxMessageBytes)) frames.push(frame.slice());
  return frames;
}

function withdrawnIn(frames: readonly Uint8Array[]): number {
  const messages = frames.map((frame) => decodeMessage(frame, CODEC));
  return messages.reduce((sum, message) => sum + (message.kind === "update" ? message.withdrawn.reduce((count, block) => count + listNlri(block).length, 0) : 0), 0);
}

/** Of every announced prefix. */
function originatorsIn(frame: Uint8Array): readonly (number | undefined)[] {
  const message = decodeMessage(frame, CODEC);
  if (message.kind !== "update") return [];
  return message.announced.flatMap(({ nlri, attributes }) => {
    const originators: (number | undefined)[] = [];
    for (const reader = new NlriReader(nlri); reader.next(); ) originators.push(attributes.originatorId);
    return originators;
  });
}
