/**
 * The warm-up of a host: simulated reflectors announce a table, change it and withdraw it, over and over; a speaker of its own
 * decides, and a KernelFib of its own writes to a simulated kernel. V8 compiles for what it sees here, so all of it is as on a real day.
 * The door: setImmediate. Each turn is one of the event loop, so whatever else is due is served in between.
 */

import { setImmediate as turn } from "node:timers/promises";
import { addressFromNumber } from "../../ip/address.ts";
import { present } from "../../ip/assert.ts";
import { PrefixTable } from "../../bgp/rib/prefix-table.ts";
import type { LinkId } from "../../bgp/session/vocabulary.ts";
import { KernelFib } from "../../fib/kernel.ts";
import type { HistoryBounds } from "../../history/change-ring.ts";
import type { PeerConfig } from "../../speaker/config/config.ts";
import { parseSpeakerConfig } from "../../speaker/config/parse.ts";
import { Speaker } from "../../speaker/speaker.ts";
import type { SpeakerAction, SpeakerEvent } from "../../speaker/vocabulary.ts";
import { Alarms } from "../loop/alarms.ts";
import { SimulatedKernel } from "./simulated-kernel.ts";
import { AS, BLOCK_BITS, FIRST_BLOCK, FIRST_PEER, LOCAL, ROUTER_ID, announcementOf, blocks, greetingOf, withdrawalOf } from "./simulated-peers.ts";

const REFLECTORS = 2;
const HOSTS = 20; // next hops: of two tables no more than are opened at once (fib/slow-start.ts), or a scene waits
const FIRST_HOST = FIRST_PEER + REFLECTORS;
const UPDATES = 100; // tables have to grow, or V8 takes it that they never do
const PIECES = 5; // of whole UPDATEs
const PREFIXES = 20; // of an UPDATE
const PREFIX_BYTES = 5;
const HOST_BITS = 32;
const TURN_MS = 5.125; // not whole, as no point in time is
const FIB = { protocol: 12, table: 254, metric: 0, carrier: "auto", rescanMs: 60_000, workloadInterfaces: ["cali*"], families: ["ipv4", "ipv6"] } as const;
const NETWORK = { own: ROUTER_ID, address: Uint8Array.of(192, 0, 2, 0), bits: 24 };

/** What one reflector says, as it is read from a socket. */
interface Scene {
  readonly teller: number;
  readonly pieces: readonly Buffer[];
}

export class HostWarmUp {
  readonly #fib: KernelFib;
  readonly #speaker: Speaker;
  readonly #alarms = new Alarms(0, () => 0);
  readonly #peers: readonly PeerConfig[];
  readonly #links: LinkId[] = [];
  #kernel: SimulatedKernel | undefined;
  #nowMs = 0.5;

  /** `history` is what the real speaker has. */
  constructor(history: HistoryBounds | undefined) {
    const prefixes = new PrefixTable();
    const nothing = (): void => undefined;
    const hooks = { nextHopsChanged: nothing, workloadsChanged: nothing, answered: nothing, report: nothing };
    this.#fib = new KernelFib(prefixes, FIB, hooks, (_, portHooks) => (this.#kernel = new SimulatedKernel(NETWORK, portHooks)));
    this.#speaker = new Speaker(this.#fib.nextHops, { nowMs: this.#nowMs, packets: "forwarded", prefixes, ...(history && { history }) });
    const peers = Array.from({ length: REFLECTORS }, (_, index) => ({ address: addressFromNumber(FIRST_PEER + index), asn: AS, passive: true }));
    const config = parseSpeakerConfig({ router: { asn: AS, id: ROUTER_ID }, peers });
    this.#peers = config.peers;
    this.#speaker.absorb({ kind: "configure", config }, this.#nowMs);
    this.#speaker.absorb({ kind: "restarted", preserved: [] }, this.#nowMs);
  }

  /** Routes written to the kernel so far. */
  get written(): number {
    return this.#kernel?.requests ?? 0;
  }

  /** Plays piece by piece until it is over. */
  async play(isOver: () => boolean): Promise<void> {
    try {
      await this.#fib.start();
      for (const [index, peer] of this.#peers.entries()) await this.#turn(this.#call(index, peer));
      for (const { teller, pieces } of scenes()) {
        for (const piece of pieces) {
          if (isOver()) return;
          await this.#turn([this.#say(teller, piece)]);
        }
        await this.#fib.settled();
      }
    } finally {
      await this.#fib.close({ routes: "keep" });
    }
  }

  #call(index: number, peer: PeerConfig): readonly SpeakerEvent[] {
    const link = (index + 1) as LinkId;
    this.#links[index] = link;
    const greeting = greetingOf(peer, index).map((bytes) => this.#say(index, bytes));
    return [{ kind: "accepted", link, remote: { address: peer.address, port: 40_000 + index }, local: LOCAL }, ...greeting];
  }

  #say(index: number, bytes: Buffer): SpeakerEvent {
    return { kind: "bytes", link: present(this.#links[index], "it has called"), bytes, readAtMs: this.#nowMs };
  }

  async #turn(events: readonly SpeakerEvent[]): Promise<void> {
    this.#nowMs += TURN_MS;
    for (const event of events) this.#speaker.absorb(event, this.#nowMs);
    for (let left = "some"; left === "some"; ) {
      left = "none";
      for (const action of this.#speaker.flush(this.#nowMs)) if (this.#perform(action) === "unfinished") left = "some";
      await turn();
    }
  }

  #perform(action: SpeakerAction): "done" | "unfinished" {
    if (action.kind === "forward") this.#fib.want(action.changes);
    else if (action.kind === "arm") this.#alarms.arm(action.key, action, this.#nowMs);
    else if (action.kind === "disarm") this.#alarms.disarm(action.key);
    else if (action.kind === "ready") this.#speaker.transmit(action.link, Infinity);
    return action.kind === "unfinished" ? "unfinished" : "done";
  }
}

/** Without an end: a table, the same with other next hops, and its withdrawal; every other time the second reflector says so too. */
function* scenes(): Generator<Scene> {
  const tables = [tableOf(0), tableOf(1), numbered(withdrawalOf(blocks(0, PREFIXES, bitsOf)))].map(inPieces);
  for (let tellers = 1; ; tellers = tellers === 1 ? REFLECTORS : 1) {
    for (const pieces of tables) for (let teller = 0; teller < tellers; teller++) yield { teller, pieces };
  }
}

function inPieces(table: Buffer): readonly Buffer[] {
  const length = table.length / PIECES;
  return Array.from({ length: PIECES }, (_, piece) => table.subarray(piece * length, (piece + 1) * length));
}

/** The hosts take turns, and in another table other ones. */
function tableOf(shift: number): Buffer {
  const model = announcementOf(blocks(0, PREFIXES, bitsOf), { origin: "igp", asPath: [], localPref: 100, nextHop: { address: addressFromNumber(FIRST_HOST) } });
  const hopAt = model.indexOf(octetsOf(FIRST_HOST));
  const table = numbered(model);
  for (let update = 0; update < UPDATES; update++) table.writeUInt32BE(FIRST_HOST + ((update + shift) % HOSTS), update * model.length + hopAt);
  return table;
}

/** So many UPDATEs after the model of one, each with blocks of its own: to encode them all would take as long as to play them. */
function numbered(model: Buffer): Buffer {
  const all = Buffer.concat(Array.from({ length: UPDATES }, () => model));
  const firstAt = model.indexOf(octetsOf(FIRST_BLOCK));
  for (let prefix = 0; prefix < UPDATES * PREFIXES; prefix++) {
    const at = Math.floor(prefix / PREFIXES) * model.length + firstAt + (prefix % PREFIXES) * PREFIX_BYTES;
    all.writeUInt32BE(FIRST_BLOCK + (prefix << (32 - BLOCK_BITS)), at);
  }
  return all;
}

/** Every other prefix is a block, the others are borrowed addresses. */
function bitsOf(prefix: number): number {
  return prefix % 2 === 0 ? BLOCK_BITS : HOST_BITS;
}

function octetsOf(address: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(address);
  return octets;
}
