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
import type { Message } from "../../src/bgp/wire/message-types.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";
import { NlriWriter } from "../../src/bgp/wire/nlri.ts";
import { parseSpeakerConfig } from "../../src/speaker/config-parse.ts";
import { Speaker } from "../../src/speaker/speaker.ts";
import { answer } from "../../src/control/commands.ts";
import { quietLook } from "../support/quiet-look.ts";

const AS = 64512;
const ROUTES = 50_000;
const CODEC: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const [FEEDER, LISTENER] = [1 as LinkId, 2 as LinkId];
const ADDRESSES = ["10.0.0.1", "10.0.0.2"] as const;

class Bench {
  readonly speaker = new Speaker(ALL_REACHABLE, { nowMs: 0, packets: "not-ours", history: { maxBytes: 16 << 20, maxAgeMs: 600_000 } });
  turns = 0;

  constructor() {
    this.configure(ADDRESSES);
    this.establish(FEEDER);
    this.establish(LISTENER);
    this.settle();
  }

  configure(addresses: readonly string[]): void {
    const peers = addresses.map((address) => ({ address, asn: AS, reflectorClient: true, passive: true }));
    this.speaker.absorb({ kind: "configure", config: parseSpeakerConfig({ router: { asn: AS, id: "1.1.1.1" }, peers }) }, this.turns);
  }

  establish(link: LinkId): void {
    const address = ADDRESSES[(link - 1) % 2] as string as IpAddress;
    const capabilities = [{ kind: "multiprotocol", family: { afi: 1, safi: 1 } }, { kind: "four-octet-as", asn: AS }] as const;
    this.speaker.absorb({ kind: "accepted", link, remote: { address, port: 40_000 }, local: { address: "10.0.0.9" as IpAddress, port: 179 } }, this.turns);
    this.say(link, { kind: "open", version: 4, asn: AS, holdTimeSec: 90, routerId: 7 + ((link - 1) % 2), capabilities });
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
    for (const action of actions) if (action.kind === "ready") while (this.speaker.transmit(action.link, 1 << 20).left === "some");
    return actions.some(({ kind }) => kind === "unfinished") ? "unfinished" : "settled";
  }

  settle(): void {
    while (this.turn() === "unfinished");
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
    const other = 3 as LinkId;
    bench.speaker.absorb({ kind: "accepted", link: other, remote: { address: ADDRESSES[0] as string as IpAddress, port: 40_000 }, local: { address: "10.0.0.9" as IpAddress, port: 179 } }, 1);
    bench.say(other, { kind: "open", version: 4, asn: AS, holdTimeSec: 90, routerId: 99, capabilities: [{ kind: "four-octet-as", asn: AS }] });
    bench.say(other, { kind: "keepalive" });
    expect(bench.speaker.view().router().paths).toBe(0);
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
