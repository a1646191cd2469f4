/**
 * A door over HTTP that only lets people look in: GET and HEAD, nothing else, one request per connection.
 * The door: node:net. What clients can make grow is bounded: connections, the octets and the time that a request may take, the
 * time that an answer lies unread.
 *
 * node:http is not asked to read requests: it reads all that come in one breath before anybody else has a turn, and ten
 * thousand of them hold up the routing for a second. Here whatever follows the first request is not looked at.
 */

import { once } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { type Server, type Socket, createServer } from "node:net";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import { DoorCounts, type TurnedAway } from "../records/door-counts.ts";
import { END_OF_HEAD, parseHead } from "./http-head.ts";
import type { Look } from "../look.ts";
import { StartError, explain } from "../text/system-error.ts";
import { TurnQueue } from "./turn-queue.ts";

const TIMEOUTS: HttpTimeouts = { requestMs: 10_000, idleMs: 30_000 };
/** What writing to a client who went away fails with. */
const CLIENT_WENT: readonly string[] = ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END", "ABORT_ERR"];

const MAX_HEAD_CHARS = 16 * 1024;

export interface HttpPorts {
  /** Asked once per request, so that an answer is one moment. */
  look(): Look;
  /** Our own mistake while answering; it costs that client its connection and nobody else anything. */
  failed(error: unknown): void;
  /** Shared by all doors; absent: this one has its own. */
  readonly turnQueue?: TurnQueue;
}

/** For how long a client is waited for: until its request is whole, and while it does not read its answer. */
export interface HttpTimeouts {
  readonly requestMs: number;
  readonly idleMs: number;
}

export interface HttpServerOptions {
  /** What it is called where doors are counted. */
  readonly door: string;
  /** What an operator calls it: "metrics". */
  readonly title: string;
  readonly endpoint: Endpoint;
  readonly maxClients: number;
  readonly timeouts?: HttpTimeouts;
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export class HttpServer {
  readonly counts = new DoorCounts();
  readonly #options: HttpServerOptions;
  readonly #ports: Omit<HttpPorts, "look">;
  readonly #turnQueue: TurnQueue;
  readonly #timeouts: HttpTimeouts;
  readonly #clients = new Set<Socket>();
  readonly #server: Server;

  constructor(options: HttpServerOptions, ports: Omit<HttpPorts, "look">) {
    this.#options = options;
    this.#ports = ports;
    this.#turnQueue = ports.turnQueue ?? new TurnQueue();
    this.#timeouts = options.timeouts ?? TIMEOUTS;
    this.#server = createServer((client) => this.#serve(client));
    this.#server.maxConnections = options.maxClients;
    this.#server.on("drop", () => this.counts.turnedAway["too-many-clients"]++);
  }

  /** What it is called where doors are counted. */
  get door(): string {
    return this.#options.door;
  }

  /** Throws StartError. */
  async open(): Promise<void> {
    const { title, endpoint } = this.#options;
    this.#server.listen(endpoint.port, endpoint.address);
    try {
      await once(this.#server, "listening");
    } catch (error) {
      throw new StartError(`cannot open ${title} on ${endpoint.address} port ${endpoint.port}: ${explain(error)}`);
    }
    this.#server.on("error", () => {}); // a failed accept(2) is the client's loss
  }

  /** The real port where 0 was asked for. */
  get port(): number {
    const bound = this.#server.address();
    return typeof bound === "object" && bound ? bound.port : this.#options.endpoint.port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const client of this.#clients) client.destroy();
    await closed;
  }

  #serve(client: Socket): void {
    this.counts.came();
    this.#clients.add(client);
    const timeout = setTimeout(() => this.#turnAway(client, "too-slow", "408 Request Timeout"), this.#timeouts.requestMs);
    client.setTimeout(this.#timeouts.idleMs, () => {
      this.counts.turnedAway.idle++;
      client.destroy();
    });
    client.on("error", () => client.destroy());
    client.once("close", () => {
      clearTimeout(timeout);
      this.#clients.delete(client);
      this.counts.left();
    });
    let read = "";
    client.on("data", (chunk: Buffer) => {
      read += chunk.toString("latin1");
      const end = read.indexOf(END_OF_HEAD);
      if (end < 0 && read.length <= MAX_HEAD_CHARS) return;
      clearTimeout(timeout);
      client.removeAllListeners("data").pause();
      if (end < 0 || end > MAX_HEAD_CHARS) return this.#turnAway(client, "too-long", "431 Request Header Fields Too Large");
      if (read.startsWith("GET ", end + END_OF_HEAD.length)) this.counts.turnedAway["too-many-requests"]++; // they go unanswered
      this.#answer(client, read.slice(0, end)).catch((error: NodeJS.ErrnoException) => {
        client.destroy();
        if (!CLIENT_WENT.includes(error.code ?? "")) this.#ports.failed(error);
      });
    });
  }

  #turnAway(client: Socket, why: TurnedAway, status: string): void {
    this.counts.turnedAway[why]++;
    client.removeAllListeners("data").pause();
    client.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    client.destroySoon();
  }

  async #answer(client: Socket, text: string): Promise<void> {
    const head = parseHead(text);
    if (!head) return this.#turnAway(client, "malformed", "400 Bad Request");
    await this.#turnQueue.wait();
    if (client.destroyed) return;
    this.counts.requests++;
    const request = new IncomingMessage(client);
    Object.assign(request, { method: head.method, url: head.url, headers: head.fields, httpVersionMajor: 1, httpVersionMinor: 1 });
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(client);
    client.on("drain", () => response.emit("drain"));
    response.once("finish", () => client.destroySoon());
    if (head.method !== "GET" && head.method !== "HEAD") return void response.writeHead(405, { allow: "GET, HEAD" }).end();
    await this.#options.answer(request, response);
  }
}
