/**
 * Feeds that announce the same prefixes, each with the better path to some, and clients that only listen:
 *
 *   feed 0 ──┐      ┌── listener
 *   feed 1 ──┤  rr  ├── listener
 *   feed 2 ──┘      └
 *
 * Whatever the order, the slices and the sockets: nobody is told what he told himself, at no time, and in the end everybody
 * has the best of what the others told.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { ALL_REACHABLE } from "../../src/bgp/rib/next-hop.ts";
import type { LinkId } from "../../src/bgp/session/vocabulary.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { Framer } from "../../src/bgp/wire/framer.ts";
import { announceFrames, withdrawFrames } from "../../src/bgp/wire/frames.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import type { NlriBlock } from "../../src/bgp/wire/message-types.ts";
import { NlriReader, NlriWriter } from "../../src/bgp/wire/nlri.ts";
import { parseSpeakerConfig } from "../../src/speaker/config/parse.ts";
import { Speaker } from "../../src/speaker/speaker.ts";

const AS = 64512;
const CODEC: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const FEEDS = 3;
const CLIENTS = 5;
const CLASSIC_BYTES = 4096;
const MUCH = 1 << 20;

/** A path to a prefix as a client holds it, or as a feed told it: whose it is, and how good. */
interface Path {
  readonly feed: number;
  readonly length: number;
}

function addressOf(client: number): IpAddress {
  return `10.1.0.${client + 1}` as IpAddress;
}

function routerIdOf(client: number): number {
  return 0x0a010001 + client;
}

function attributesOf({ feed, length }: Path): PathAttributes {
  return { origin: "igp", asPath: [{ kind: "sequence", asns: Array.from({ length }, () => 65000) }], localPref: 100, nextHop: { address: addressOf(feed) } };
}

function blockOf(prefixes: Iterable<number>): NlriBlock {
  const writer = new NlriWriter("ipv4", false);
  for (const prefix of prefixes) writer.add(0, 24, Uint8Array.of(20 + (prefix >>> 16), (prefix >>> 8) & 255, prefix & 255), 0);
  return writer.finish();
}

/** Believes only the bytes it gets. */
class Listener {
  readonly holds = new Map<number, Path>();
  readonly #number: number;
  readonly #framer = new Framer();

  constructor(number: number) {
    this.#number = number;
  }

  hear(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.#framer.push(piece);
      for (let frame = this.#framer.next(CLASSIC_BYTES); frame; frame = this.#framer.next(CLASSIC_BYTES)) this.#learn(frame);
    }
  }

  #learn(frame: Uint8Array): void {
    const message = decodeMessage(frame, CODEC);
    if (message.kind !== "update") return;
    for (const block of message.withdrawn) for (const prefix of prefixesOf(block)) this.holds.delete(prefix);
    for (const { nlri, attributes } of message.announced) {
      const feed = (attributes.originatorId ?? 0) - routerIdOf(0);
      if (feed === this.#number) throw new Error(`client ${feed} is told its own routes`);
      const path = { feed, length: attributes.asPath?.[0]?.asns.length ?? 0 };
      for (const prefix of prefixesOf(nlri)) this.holds.set(prefix, path);
    }
  }
}

function* prefixesOf(block: NlriBlock): Generator<number> {
  const reader = new NlriReader(block);
  for (const { bytes } = block; reader.next(); ) yield (((bytes[reader.at] as number) - 20) << 16) | ((bytes[reader.at + 1] as number) << 8) | (bytes[reader.at + 2] as number);
}

class Network {
  readonly #speaker = new Speaker(ALL_REACHABLE, { nowMs: 0, packets: "not-ours" });
  readonly #listeners = Array.from({ length: CLIENTS }, (_, client) => new Listener(client));
  /** By feed and prefix: how long its path is. */
  readonly #told = Array.from({ length: FEEDS }, () => new Map<number, number>());
  readonly #ready = new Set<number>();

  constructor() {
    const peers = this.#listeners.map((_, client) => ({ address: addressOf(client), asn: AS, reflectorClient: true, passive: true }));
    this.#speaker.absorb({ kind: "configure", config: parseSpeakerConfig({ router: { asn: AS, id: "10.0.0.1" }, peers }) }, 0);
    for (const client of this.#listeners.keys()) this.#establish(client);
    this.settle();
  }

  announce(feed: number, prefixes: readonly number[], length: number): void {
    for (const prefix of prefixes) this.#told[feed]?.set(prefix, length);
    const frames = announceFrames({ nlri: blockOf(prefixes), attributes: attributesOf({ feed, length }) }, CODEC);
    if (typeof frames === "string") throw new Error(frames);
    for (const frame of frames) this.#receive(feed, frame);
  }

  withdraw(feed: number, prefixes: readonly number[]): void {
    for (const prefix of prefixes) this.#told[feed]?.delete(prefix);
    for (const frame of withdrawFrames(blockOf(prefixes), CODEC)) this.#receive(feed, frame);
  }

  /** Whether it left something for the next. */
  flush(): "unfinished" | "settled" {
    const actions = this.#speaker.flush(0);
    for (const action of actions) if (action.kind === "ready") this.#ready.add(action.link - 1);
    return actions.some(({ kind }) => kind === "unfinished") ? "unfinished" : "settled";
  }

  /** The client's socket takes that many bytes. */
  take(client: number, maxBytes: number): void {
    if (!this.#ready.has(client)) return;
    const { pieces, left } = this.#speaker.transmit((client + 1) as LinkId, maxBytes);
    this.#listeners[client]?.hear(pieces);
    if (left === "none") this.#ready.delete(client);
  }

  settle(): void {
    while (this.flush() === "unfinished");
    while (this.#ready.size > 0) for (const client of this.#ready) this.take(client, MUCH);
  }

  expectTheBestOfTheOthers(prefixes: number): void {
    for (const [client, { holds }] of this.#listeners.entries()) {
      for (let prefix = 0; prefix < prefixes; prefix++) {
        const best = this.#best(prefix);
        const wanted = best?.feed === client ? undefined : best;
        const held = holds.get(prefix);
        if (held?.feed !== wanted?.feed || held?.length !== wanted?.length) expect({ client, prefix, held }).toEqual({ client, prefix, held: wanted });
      }
    }
  }

  /** The shortest, then that of the lowest router id. */
  #best(prefix: number): Path | undefined {
    let best: Path | undefined;
    for (const [feed, told] of this.#told.entries()) {
      const length = told.get(prefix);
      if (length !== undefined && (best === undefined || length < best.length)) best = { feed, length };
    }
    return best;
  }

  #establish(client: number): void {
    const link = (client + 1) as LinkId;
    const capabilities = [{ kind: "multiprotocol", family: { afi: 1, safi: 1 } }, { kind: "four-octet-as", asn: AS }] as const;
    this.#speaker.absorb({ kind: "accepted", link, remote: { address: addressOf(client), port: 40_000 }, local: { address: "10.0.0.1" as IpAddress, port: 179 } }, 0);
    this.#receive(client, encodeMessage({ kind: "open", version: 4, asn: AS, holdTimeSec: 90, routerId: routerIdOf(client), capabilities }, INITIAL_CONTEXT));
    this.#receive(client, encodeMessage({ kind: "keepalive" }, INITIAL_CONTEXT));
  }

  #receive(client: number, bytes: Uint8Array): void {
    this.#speaker.absorb({ kind: "bytes", link: (client + 1) as LinkId, bytes }, 0);
  }
}

describe("overlapping feeds", () => {
  it("give everybody the best of what the others told, and nobody ever what he told himself", () => {
    const PREFIXES = 24;
    const feed = fc.nat({ max: FEEDS - 1 });
    const prefixes = fc.uniqueArray(fc.nat({ max: PREFIXES - 1 }), { minLength: 1, maxLength: 12, size: "max" });
    const move = fc.oneof(
      { weight: 10, arbitrary: fc.record({ kind: fc.constant("announce" as const), feed, prefixes, length: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("withdraw" as const), feed, prefixes }) },
      { weight: 6, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant("take" as const), client: fc.nat({ max: CLIENTS - 1 }), maxBytes: fc.constantFrom(1, 100, 300, MUCH) }) },
    );
    fc.assert(
      fc.property(fc.array(move, { maxLength: 150, size: "max" }), (moves) => {
        const network = new Network();
        for (const each of moves) {
          if (each.kind === "announce") network.announce(each.feed, each.prefixes, each.length);
          else if (each.kind === "withdraw") network.withdraw(each.feed, each.prefixes);
          else if (each.kind === "flush") network.flush();
          else network.take(each.client, each.maxBytes);
        }
        network.settle();
        network.expectTheBestOfTheOthers(PREFIXES);
      }),
    );
  });

  it("do so with tables that take several turns, whoever's sockets are slow", () => {
    const SETS = 9_000;
    const PER_SET = 7;
    const network = new Network();
    for (let set = 0; set < SETS; set++) {
      const prefixes = Array.from({ length: PER_SET }, (_, n) => set * PER_SET + n);
      for (const feed of [0, 1]) network.announce(feed, prefixes, set % 2 === feed ? 2 : 3);
      if (set % 100 === 99) network.flush();
      if (set % 100 === 99) network.take((set / 100) % 3 | 0, 65_536); // the other two take nothing until the end
    }
    network.settle();
    network.expectTheBestOfTheOthers(SETS * PER_SET);
  });
});
