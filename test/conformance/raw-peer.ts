/**
 * The other end of a real TCP connection: says the octets that it is given, and keeps the messages that it hears as octets.
 * The door: node:net. It knows where a message ends, and nothing else of BGP.
 */

import { once } from "node:events";
import { type Server, type Socket, connect, createServer } from "node:net";
import { until } from "../support/until.ts";
import { TYPE } from "./bytes.ts";

const HEADER_BYTES = 19;

export interface Heard {
  readonly type: number;
  /** What stands behind the header, in hexadecimal. */
  readonly body: string;
}

export class RawPeer {
  /** Messages that nobody has asked for yet, oldest first. */
  readonly heard: Heard[] = [];
  ended = false;
  readonly #socket: Socket;
  #pending = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {}).on("data", (bytes: Buffer) => this.#hear(bytes));
    socket.on("end", () => (this.ended = true)).on("close", () => (this.ended = true));
  }

  /** Connects from that address. */
  static async call(from: string, to: { readonly address: string; readonly port: number }): Promise<RawPeer> {
    const socket = connect({ host: to.address, port: to.port, localAddress: from });
    const peer = new RawPeer(socket);
    await once(socket, "connect");
    return peer;
  }

  say(...messages: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(messages));
  }

  /** The body of the next message of that type; what came before it is forgotten. */
  async hears(type: number): Promise<string> {
    const next = (): number => this.heard.findIndex((message) => message.type === type);
    await until(() => next() >= 0 || this.ended, `a message of type ${type}`);
    const at = next();
    if (at < 0) throw new Error(`the connection ended; heard ${JSON.stringify(this.heard)}`);
    return this.heard.splice(0, at + 1).at(-1)?.body ?? "";
  }

  /** The NOTIFICATION that is the last word of a connection, as "1/2 0013". */
  async refusal(): Promise<string> {
    const body = await this.hears(TYPE.notification);
    await until(() => this.ended, "the connection ends after its NOTIFICATION");
    if (this.heard.length > 0) throw new Error(`after the NOTIFICATION came ${JSON.stringify(this.heard)}`);
    const code = Number.parseInt(body.slice(0, 2), 16);
    const subcode = Number.parseInt(body.slice(2, 4), 16);
    return `${code}/${subcode} ${body.slice(4)}`.trim();
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  #hear(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (let message = this.#next(); message; message = this.#next()) {
      this.heard.push({ type: message[HEADER_BYTES - 1] ?? 0, body: message.toString("hex", HEADER_BYTES) });
    }
  }

  #next(): Buffer | undefined {
    if (this.#pending.length < HEADER_BYTES) return undefined;
    const length = this.#pending.readUInt16BE(16);
    if (this.#pending.length < length) return undefined;
    const message = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return message;
  }
}

/** Waits to be called at that address and port; every caller is a RawPeer. */
export class RawListener {
  readonly callers: RawPeer[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.callers.push(new RawPeer(socket)));
  }

  static async at(address: string, port: number): Promise<RawListener> {
    const server = createServer().listen(port, address);
    await once(server, "listening");
    return new RawListener(server);
  }

  async caller(): Promise<RawPeer> {
    await until(() => this.callers.length > 0, "somebody calls");
    return this.callers.shift() as RawPeer;
  }

  close(): void {
    this.#server.close();
    for (const caller of this.callers) caller.hangUp();
  }
}
