/** A monitoring station on loopback: it reads, or it does not. */

import { type Server, type Socket, createServer } from "node:net";
import { once } from "node:events";
import { BmpReader } from "./bmp-reader.ts";

export class BmpStation {
  /** One per connection, oldest first. */
  readonly readers: BmpReader[] = [];
  /** Everything it was told on each connection. */
  readonly streams: Uint8Array[][] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  reads: "all" | "nothing" = "all";

  private constructor(server: Server) {
    this.#server = server;
    const bound = server.address();
    this.port = typeof bound === "object" && bound ? bound.port : 0;
    server.on("connection", (socket) => this.#take(socket));
  }

  static async open(address = "127.0.0.1", port = 0): Promise<BmpStation> {
    const server = createServer({ pauseOnConnect: true }).listen(port, address);
    await once(server, "listening");
    return new BmpStation(server);
  }

  /** Of the connection that came last. */
  get told(): BmpReader {
    return this.readers.at(-1) ?? new BmpReader();
  }

  get connections(): number {
    return this.readers.length;
  }

  /** Octets of the connection that came last. */
  get octets(): Uint8Array {
    return Buffer.concat(this.streams.at(-1) ?? []);
  }

  /** The last connection is over. */
  get over(): boolean {
    return this.#sockets.at(-1)?.closed ?? false;
  }

  /** Reads what waits. */
  readOn(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  hangUp(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.hangUp();
    this.#server.close();
  }

  #take(socket: Socket): void {
    const reader = new BmpReader();
    const stream: Uint8Array[] = [];
    this.readers.push(reader);
    this.streams.push(stream);
    this.#sockets.push(socket);
    socket.on("error", () => {}).on("data", (octets: Buffer) => {
      stream.push(octets);
      reader.push(octets);
    });
    if (this.reads === "all") socket.resume();
  }
}
