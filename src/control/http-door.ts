/**
 * A door over HTTP that only lets people look in: GET and HEAD, nothing else.
 * The door: node:http. What clients can make grow is bounded: connections, and the time that a request may take to arrive.
 */

import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { Endpoint } from "../speaker/vocabulary.ts";
import type { Look } from "./look.ts";
import { StartError, explain } from "./system-error.ts";

const REQUEST_MS = 10_000;

export interface HttpPorts {
  /** Asked once per request, so that an answer is one moment. */
  look(): Look;
  /** Our own mistake while answering; it costs that client its connection and nobody else anything. */
  failed(error: unknown): void;
}

export interface HttpDoorOptions {
  /** What an operator calls it: "metrics". */
  readonly title: string;
  readonly endpoint: Endpoint;
  readonly maxClients: number;
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #server: Server;

  constructor(options: HttpDoorOptions, failed: HttpPorts["failed"]) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
      if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(405, { allow: "GET, HEAD" }).end();
      options.answer(request, response).catch((error: NodeJS.ErrnoException) => {
        response.destroy();
        if (error.code === undefined) failed(error); // with a code it is the client's going away
      });
    });
    this.#server.maxConnections = options.maxClients;
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
    this.#server.closeAllConnections();
    await closed;
  }
}
