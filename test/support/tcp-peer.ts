/**
 * A BGP speaker of the test's own on a real TCP connection: it can be as polite or as rude as the test wants.
 * Between the two it keeps a session alive by itself, and notes when KEEPALIVEs came.
 */

import { type Socket, connect } from "node:net";
import { once } from "node:events";
import { type CodecContext, FAMILIES, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { Framer } from "../../src/bgp/wire/framer.ts";
import type { Capability, Message } from "../../src/bgp/wire/message-types.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";
import { until } from "./until.ts";

const TYPE_AT = 18;
const HEADER_BYTES = 19;
const MOST_BYTES = 65535;
const UPDATE = 2;
const NOTIFICATION = 3;
const MED_HEAD = [0x80, 4, 4] as const; // flags, code and length of MULTI_EXIT_DISC
const KINDS = ["", "open", "update", "notification", "keepalive", "route-refresh"] as const;

export interface TcpPeerPlan {
  readonly to: string;
  readonly port: number;
  readonly from: string;
  readonly asn: number;
  readonly holdTimeSec: number;
  readonly capabilities?: readonly Capability[];
}

export class TcpPeer {
  readonly socket: Socket;
  /** How many of each type were heard. */
  readonly heard: Record<string, number> = {};
  /** "6/1": the NOTIFICATION that was heard. */
  farewell: string | undefined;
  /** The longest time between two messages from the other side, in milliseconds. */
  longestSilenceMs = 0;
  readonly #plan: TcpPeerPlan;
  readonly #framer = new Framer();
  /** Of the latest announcement that had one. */
  lastMed: number | undefined;
  #pieceBytes = Infinity;
  #heartbeat: NodeJS.Timeout | undefined;
  #heardAtMs = performance.now();

  constructor(plan: TcpPeerPlan) {
    this.#plan = plan;
    this.socket = connect({ host: plan.to, port: plan.port, localAddress: plan.from });
    this.socket.on("error", () => {}).on("data", (bytes: Buffer) => this.#receive(bytes));
    this.socket.once("close", () => clearInterval(this.#heartbeat));
  }

  get closed(): boolean {
    return this.socket.destroyed;
  }

  count(kind: (typeof KINDS)[number]): number {
    return this.heard[kind] ?? 0;
  }

  /** OPEN and KEEPALIVE; resolves when the other side's KEEPALIVE is there, and goes on sending ours. */
  async establish(): Promise<this> {
    this.greet();
    await until(() => this.count("keepalive") > 0 || this.closed, "the session with the daemon");
    if (this.closed) throw new Error(`refused: ${this.farewell ?? "closed"}`);
    const { holdTimeSec } = this.#plan;
    if (holdTimeSec > 0) this.#heartbeat = setInterval(() => this.say({ kind: "keepalive" }), (holdTimeSec * 1000) / 3);
    return this;
  }

  /** Says OPEN and KEEPALIVE in one breath. */
  greet(): void {
    const { asn, holdTimeSec, from, capabilities = [] } = this.#plan;
    const routerId = from.split(".").reduce((id, octet) => id * 256 + Number(octet), 0);
    const offered: readonly Capability[] = [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn }, ...capabilities];
    this.say({ kind: "open", version: 4, asn, holdTimeSec, routerId, capabilities: offered });
    this.say({ kind: "keepalive" });
  }

  say(message: Message, context: CodecContext = INITIAL_CONTEXT): void {
    this.write(encodeMessage(message, context));
  }

  /** Nothing when the connection is gone already. */
  write(bytes: Uint8Array): void {
    if (this.socket.destroyed) return;
    for (let at = 0; at < bytes.length; at += this.#pieceBytes) this.socket.write(bytes.subarray(at, at + this.#pieceBytes));
  }

  /** From now on everything goes out in pieces of that size. */
  inPieces(bytes: number): void {
    this.socket.setNoDelay(true);
    this.#pieceBytes = bytes;
  }

  /** No KEEPALIVE any more. */
  rest(): void {
    clearInterval(this.#heartbeat);
  }

  /** Stops reading: before long the other side sees a window of zero. */
  goDeaf(): void {
    this.socket.pause();
  }

  listenAgain(): void {
    this.socket.resume();
  }

  async gone(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, "close");
  }

  /** A reset, without a word. */
  drop(): void {
    this.rest();
    this.socket.resetAndDestroy();
  }

  #receive(bytes: Uint8Array): void {
    this.#framer.push(bytes);
    const nowMs = performance.now();
    this.longestSilenceMs = Math.max(this.longestSilenceMs, nowMs - this.#heardAtMs);
    this.#heardAtMs = nowMs;
    for (let message = this.#framer.next(MOST_BYTES); message; message = this.#framer.next(MOST_BYTES)) {
      const kind = KINDS[message[TYPE_AT] ?? 0] ?? "";
      this.heard[kind] = this.count(kind) + 1;
      if (message[TYPE_AT] === UPDATE) this.lastMed = medIn(message) ?? this.lastMed;
      if (message[TYPE_AT] === NOTIFICATION) this.farewell = `${message[HEADER_BYTES]}/${message[HEADER_BYTES + 1]}`;
    }
  }
}

/** Looked for instead of decoded: there are a hundred thousand of them. */
function medIn(update: Uint8Array): number | undefined {
  const end = Math.min(update.length, 200);
  for (let at = HEADER_BYTES; at + 7 <= end; at++) {
    if (MED_HEAD.every((octet, offset) => update[at + offset] === octet)) return new DataView(update.buffer, update.byteOffset + at + MED_HEAD.length).getUint32(0);
  }
  return undefined;
}
