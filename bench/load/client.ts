/**
 * One BGP speaker of the generator: it calls, opens, keeps silent or sends prepared messages, and hands on what it hears.
 * Guards the door to its TCP connection. RFC 4271 §8 in the little that a client of a passive reflector needs.
 */

import { type Socket, connect } from "node:net";
import { KEEPALIVE, TYPE, openOf } from "./octets.ts";
import { type LoadPlan, clientAddress } from "./plan.ts";
import { type MessageTaker, Splitter } from "./splitter.ts";
import { type UpdateListener, readUpdate } from "./update-reader.ts";

/** All sockets read into the same memory, one after the other: what is read is used up before the next one reads. */
const READ_BYTES = 256 * 1024;
const readBuffer = new Uint8Array(READ_BYTES);

export interface ClientListener extends UpdateListener {
  /** The reflector has taken the connection and said OPEN. */
  accepted(client: number): void;
  established(client: number): void;
  /** One read's worth of messages is handed on. */
  heardSome(client: number, bytes: number): void;
  /** The connection is gone and we did not close it; `during` is how far it had come. */
  lost(client: number, during: ClientState, why: string): void;
}

export type ClientState = "idle" | "connecting" | "open-sent" | "open-confirm" | "established";

export class Client {
  state: ClientState = "idle";
  updates = 0;
  readonly #number: number;
  readonly #plan: LoadPlan;
  readonly #listener: ClientListener;
  #socket: Socket | undefined;
  #why = "closed by the reflector";
  readonly #splitter = new Splitter();
  readonly #takeNext: MessageTaker = (bytes, at, end) => this.#take(bytes, at, end);

  constructor(number: number, plan: LoadPlan, listener: ClientListener) {
    this.#number = number;
    this.#plan = plan;
    this.#listener = listener;
  }

  call(): void {
    const { address: host, port } = this.#plan.reflector;
    this.state = "connecting";
    this.#splitter.reset();
    this.#why = "closed by the reflector";
    const socket: Socket = connect({
      host,
      port,
      localAddress: clientAddress(this.#number),
      noDelay: true,
      onread: { buffer: readBuffer, callback: (length, buffer) => this.#read(socket, buffer, length) },
    });
    this.#socket = socket;
    socket.on("connect", () => {
      this.state = "open-sent";
      socket.write(openOf(this.#plan.asn, this.#number));
    });
    socket.on("error", (error) => void (this.#why = error.message));
    socket.on("close", () => this.#closed(socket));
  }

  send(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  /** Closes without a word, as a host does whose process died. */
  drop(): void {
    this.state = "idle";
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    const during = this.state;
    this.#socket = undefined;
    this.state = "idle";
    this.#listener.lost(this.#number, during, this.#why);
  }

  /** Always true: read on. */
  #read(socket: Socket, bytes: Uint8Array, length: number): boolean {
    if (socket !== this.#socket) return true;
    this.#splitter.push(bytes, length, this.#takeNext);
    this.#listener.heardSome(this.#number, length);
    return true;
  }

  #take(bytes: Uint8Array, at: number, end: number): void {
    switch (bytes[at + 18]) {
      case TYPE.update:
        this.updates++;
        return readUpdate(bytes, at, end, this.#number, this.#listener);
      case TYPE.open:
        this.state = "open-confirm";
        this.send(KEEPALIVE);
        return this.#listener.accepted(this.#number);
      case TYPE.keepalive:
        if (this.state !== "open-confirm") return;
        this.state = "established";
        return this.#listener.established(this.#number);
      case TYPE.notification:
        this.#why = `NOTIFICATION ${bytes[at + 19]}/${bytes[at + 20]}`;
    }
  }
}
