/**
 * The warm-up of a reflector: a speaker of its own and simulated clients that come up, announce, change, withdraw and come back,
 * over and over. V8 compiles for what it sees here and learns its types: so sizes and fractions are those of a real cluster.
 * No door is here: no sockets, no clock, nothing that anybody outside could notice.
 */

import { addressFromNumber } from "../../ip/address.ts";
import { present } from "../../ip/assert.ts";
import { ALL_REACHABLE } from "../../bgp/rib/next-hop.ts";
import type { LinkId } from "../../bgp/session/vocabulary.ts";
import type { HistoryBounds } from "../../history/change-ring.ts";
import type { PeerConfig } from "../../speaker/config/config.ts";
import { parseSpeakerConfig } from "../../speaker/config/parse.ts";
import { Speaker } from "../../speaker/speaker.ts";
import type { Endpoint, SpeakerEvent } from "../../speaker/vocabulary.ts";
import { Alarms } from "../loop/alarms.ts";
import { AS, BLOCK_BITS, FIRST_PEER, LOCAL, ROUTER_ID, announcementOf, blocks, greetingOf, withdrawalOf } from "./simulated-peers.ts";

const CLIENTS = 64;
const PREFIXES = 20; // of each client: in all so many that tables have to grow, or V8 takes it that they never do
const AT_ONCE = 8; // clients that speak in the same turn
const RETURNS = 4; // clients that go and come back in each round
const TURN_MS = 5.125; // not whole, as no point in time is: fields that have only seen whole numbers are laid out differently
const SLICE_BYTES = 256 * 1024;

/** One virtual client, and everything that it ever says. */
interface Client {
  readonly remote: Endpoint;
  readonly greeting: readonly Buffer[];
  /** The same routes in two versions, which take turns. */
  readonly announcements: readonly [Buffer, Buffer];
  readonly withdrawal: Buffer;
}

export class ReflectorWarmUp {
  readonly #speaker: Speaker;
  readonly #alarms = new Alarms(0, () => 0);
  readonly #clients: readonly Client[];
  readonly #links: LinkId[];
  #lastLink = 0;
  #nowMs = 0.5;
  #toldBytes = 0;

  /** `history` is what the real speaker has. */
  constructor(history: HistoryBounds | undefined) {
    this.#speaker = new Speaker(ALL_REACHABLE, { nowMs: this.#nowMs, packets: "not-ours", ...(history && { history }) });
    const peers = Array.from({ length: CLIENTS }, (_, index) => ({ address: addressFromNumber(FIRST_PEER + index), asn: AS, reflectorClient: true, passive: true }));
    const config = parseSpeakerConfig({ router: { asn: AS, id: ROUTER_ID }, peers });
    this.#clients = config.peers.map(clientOf);
    this.#links = this.#clients.map(() => 0 as LinkId);
    this.#speaker.absorb({ kind: "configure", config }, this.#nowMs);
  }

  /** Octets that the clients were told so far. */
  get toldBytes(): number {
    return this.#toldBytes;
  }

  /** The clients come up and play so many rounds, one turn each time it is asked. */
  *play(rounds: number): Generator<void> {
    for (let index = 0; index < CLIENTS; index++) yield this.#turn(this.#call(index));
    for (let round = 0; round < rounds; round++) {
      yield* this.#each((index, { announcements }) => this.#say(index, announcements[round % 2 === 0 ? 0 : 1]));
      if (round % 2 === 1) yield* this.#each((index, { withdrawal }) => this.#say(index, withdrawal));
      for (let at = 0; at < RETURNS; at++) yield* this.#comeBack((round * RETURNS + at) % CLIENTS);
    }
  }

  *#comeBack(index: number): Generator<void> {
    yield this.#turn([{ kind: "closed", link: this.#links[index] as LinkId }]);
    yield this.#turn(this.#call(index));
  }

  *#each(say: (index: number, client: Client) => SpeakerEvent): Generator<void> {
    for (let at = 0; at < CLIENTS; at += AT_ONCE) yield this.#turn(this.#clients.slice(at, at + AT_ONCE).map((client, index) => say(at + index, client)));
  }

  #say(index: number, bytes: Buffer): SpeakerEvent {
    return { kind: "bytes", link: this.#links[index] as LinkId, bytes, readAtMs: this.#nowMs };
  }

  /** The client connects, and says what it says first. */
  #call(index: number): readonly SpeakerEvent[] {
    const { remote, greeting } = present(this.#clients[index], "there are so many clients");
    this.#links[index] = ++this.#lastLink as LinkId;
    return [{ kind: "accepted", link: this.#links[index] as LinkId, remote, local: LOCAL }, ...greeting.map((bytes) => this.#say(index, bytes))];
  }

  #turn(events: readonly SpeakerEvent[]): void {
    this.#nowMs += TURN_MS;
    for (const event of events) this.#speaker.absorb(event, this.#nowMs);
    for (const action of this.#speaker.flush(this.#nowMs)) {
      if (action.kind === "ready") this.#drain(action.link);
      else if (action.kind === "arm") this.#alarms.arm(action.key, action, this.#nowMs);
      else if (action.kind === "disarm") this.#alarms.disarm(action.key);
    }
  }

  #drain(link: LinkId): void {
    for (let left = "some"; left === "some"; ) {
      const transmission = this.#speaker.transmit(link, SLICE_BYTES);
      for (const piece of transmission.pieces) this.#toldBytes += piece.length;
      left = transmission.left;
    }
  }
}

function clientOf(peer: PeerConfig, index: number): Client {
  const { address } = peer;
  const nlri = blocks(index * PREFIXES, PREFIXES, () => BLOCK_BITS);
  const attributes = { origin: "igp", asPath: [], localPref: 100, nextHop: { address } } as const;
  return {
    remote: { address, port: 40_000 + index },
    greeting: greetingOf(peer, index),
    announcements: [announcementOf(nlri, attributes), announcementOf(nlri, { ...attributes, med: 1 })],
    withdrawal: withdrawalOf(nlri),
  };
}
