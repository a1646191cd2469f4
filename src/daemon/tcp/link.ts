/**
 * One TCP connection: bytes in with back-pressure, bytes out as the socket takes them, and a last NOTIFICATION that gets through before the close.
 * The door: a connected net.Socket. Errors of the socket end here; what the speaker hears is `closed`, once.
 */

import type { Socket } from "node:net";
import type { LinkId } from "../../bgp/session/vocabulary.ts";
import type { SpeakerEvent, Transmission } from "../../speaker/vocabulary.ts";
import { type SocketHandle, handleOf } from "../../system/set-socket-options.ts";
import { nowMs } from "../loop/event-loop.ts";

const GOODBYE_BYTES = 1024 * 1024; // of what is left when we hang up
const INBOUND_BYTES = 256 * 1024; // of one peer's bytes in the queue; beyond it TCP makes the peer wait
const CHUNK_BYTES = 512; // that each chunk costs beside its content: a peer may send one octet at a time
const MOST_CHUNK_BYTES = 8 * 1024; // some thousand routes, a millisecond or two: a turn of the event loop ends between two chunks
const GRACE_MS = 2_000; // for our last NOTIFICATION to be acknowledged

export interface LinkPorts {
  post(event: SpeakerEvent): void;
  transmit(link: LinkId, maxBytes: number): Transmission;
  /** This link can take bytes again. */
  drained(link: LinkId): void;
  gone(link: LinkId): void;
  /** One for all links. */
  readonly views: BufferViews;
}

export class Link {
  readonly id: LinkId;
  /** It waits to be pumped; kept by whoever does. */
  isInRound = false;
  /** The number with which it came into the round. */
  ticket = 0;
  readonly #socket: Socket;
  readonly #ports: LinkPorts;
  /** The kernel has every byte; `drain` says so only of many. */
  readonly #taken = (): void => {
    if (this.#isBlocked) this.#ports.drained(this.id);
    this.#isBlocked = false;
  };
  #isBlocked = false;
  #inbound = 0;
  #state: "open" | "hanging-up" | "closed" = "open";
  #pace: "free" | "held" = "free";

  constructor(id: LinkId, socket: Socket, ports: LinkPorts) {
    this.id = id;
    this.#socket = socket;
    this.#ports = ports;
    socket.setNoDelay(true);
    socket.setTimeout(0);
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#close());
  }

  /** The open socket; undefined once it is closed. */
  get handle(): SocketHandle | undefined {
    return handleOf(this.#socket);
  }

  /** Says and hears nothing until it is released. */
  hold(): void {
    this.#pace = "held";
    this.#socket.pause();
  }

  release(): void {
    this.#pace = "free";
    if (this.#inbound < INBOUND_BYTES) this.#socket.resume();
    this.#ports.drained(this.id);
  }

  /**
   * Moves about `maxBytes` from the speaker into the socket, and nothing while earlier bytes wait for the peer's window:
   * what the speaker handed over counts as taken, and its send hold timer (RFC 9687) has to see when nothing is.
   */
  pump(maxBytes: number): "more" | "idle" | "blocked" {
    if (this.#state !== "open" || this.#pace === "held") return "idle";
    this.#isBlocked = this.#socket.writableLength > 0;
    if (this.#isBlocked) return "blocked";
    const { pieces, left } = this.#ports.transmit(this.id, maxBytes);
    this.#write(pieces);
    return left === "some" ? "more" : "idle";
  }

  /** One received chunk of that many bytes has been absorbed. */
  absorbed(bytes: number): void {
    this.#inbound -= bytes + CHUNK_BYTES;
    if (this.#pace === "free" && this.#inbound < INBOUND_BYTES / 2 && this.#socket.isPaused()) this.#socket.resume();
  }

  /**
   * Sends what is left, closes, and does not wait for ever. Reading goes on, because unread bytes would turn our goodbye
   * into a reset. Whoever was never spoken to is owed nothing, and keeps no socket of ours busy.
   */
  hangUp(): void {
    if (this.#state !== "open") return;
    this.#write(this.#ports.transmit(this.id, GOODBYE_BYTES).pieces);
    if (this.#socket.bytesWritten === 0) return void this.#socket.resetAndDestroy();
    this.#state = "hanging-up";
    this.#socket.resume();
    this.#socket.end();
    const grace = setTimeout(() => this.#socket.destroy(), GRACE_MS);
    this.#socket.once("close", () => clearTimeout(grace));
  }

  /** At once, whatever is unsent. */
  destroy(): void {
    this.#socket.destroy();
  }

  #write(pieces: readonly Uint8Array[]): void {
    const last = pieces.length - 1;
    if (last < 0) return;
    if (last > 0) this.#socket.cork();
    for (let at = 0; at <= last; at++) this.#socket.write(this.#ports.views.of(pieces[at] as Uint8Array), at === last ? this.#taken : undefined);
    if (last > 0) this.#socket.uncork();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    const readAtMs = nowMs();
    for (let at = 0; at < bytes.length; at += MOST_CHUNK_BYTES) {
      const chunk = bytes.length <= MOST_CHUNK_BYTES ? bytes : bytes.subarray(at, at + MOST_CHUNK_BYTES);
      this.#inbound += chunk.length + CHUNK_BYTES;
      this.#ports.post({ kind: "bytes", link: this.id, bytes: chunk, readAtMs });
    }
    if (this.#inbound >= INBOUND_BYTES) this.#socket.pause();
  }

  #close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#ports.gone(this.id);
    this.#ports.post({ kind: "closed", link: this.id });
  }
}

/** Sockets want Buffers. Members of a group are handed the same piece one after the other, so the last view is kept. */
export class BufferViews {
  #piece = new Uint8Array(0);
  #view = Buffer.alloc(0);

  of(piece: Uint8Array): Buffer {
    if (piece === this.#piece) return this.#view;
    this.#piece = piece as Uint8Array<ArrayBuffer>;
    this.#view = Buffer.from(this.#piece.buffer, piece.byteOffset, piece.length);
    return this.#view;
  }
}
