/**
 * /metrics, /healthz and /readyz over HTTP.
 * The door: node:http. Read-only; what clients can make grow is bounded: connections, the time of a request, and a page is made
 * only as fast as it is read.
 */

import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import type { Look } from "../look.ts";
import { StartError, explain } from "../system-error.ts";
import { birdFamiliesOf } from "./bird-names.ts";
import { CONTENT_TYPE, exposition } from "./exposition.ts";
import { familiesOf } from "./families.ts";
import { type Probe, health, readiness } from "./probes.ts";

const MAX_CLIENTS = 16;
const REQUEST_MS = 10_000;
const SLICE_LINES = 500; // made at a time; in between the routing has its turns

export interface MetricsSettings extends Endpoint {
  /** bird_exporter's names too. */
  readonly birdNames: boolean;
}

export interface MetricsPorts {
  look(): Look;
  failed(error: unknown): void;
}

export class MetricsServer {
  readonly #settings: MetricsSettings;
  readonly #ports: MetricsPorts;
  readonly #server: Server;

  constructor(settings: MetricsSettings, ports: MetricsPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
      this.#answer(request, response).catch((error: NodeJS.ErrnoException) => {
        response.destroy();
        if (error.code === undefined) ports.failed(error); // with a code it is the client's going away
      });
    });
    this.#server.maxConnections = MAX_CLIENTS;
  }

  /** Throws StartError. */
  async open(): Promise<void> {
    const { address, port } = this.#settings;
    this.#server.listen(port, address);
    try {
      await once(this.#server, "listening");
    } catch (error) {
      throw new StartError(`cannot open metrics on ${address} port ${port}: ${explain(error)}`);
    }
    this.#server.on("error", () => {}); // a failed accept(2) is the client's loss
  }

  /** The real port where 0 was asked for. */
  get port(): number {
    const bound = this.#server.address();
    return typeof bound === "object" && bound ? bound.port : this.#settings.port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== "GET" && method !== "HEAD") return void response.writeHead(405, { allow: "GET, HEAD" }).end();
    switch (url?.split("?")[0]) {
      case "/metrics":
        return this.#metrics(response);
      case "/healthz":
        return probe(response, health());
      case "/readyz":
        return probe(response, readiness(this.#ports.look()));
      default:
        response.writeHead(404, { "content-type": "text/plain" }).end("there are /metrics, /healthz and /readyz\n");
    }
  }

  async #metrics(response: ServerResponse): Promise<void> {
    const look = this.#ports.look();
    const families = [...familiesOf(look), ...(this.#settings.birdNames ? birdFamiliesOf(look) : [])];
    response.writeHead(200, { "content-type": CONTENT_TYPE });
    await pipeline(Readable.from(slices(exposition(families))), response);
  }
}

async function* slices(lines: Iterable<string>): AsyncIterable<string> {
  let slice: string[] = [];
  for (const line of lines) {
    slice.push(line);
    if (slice.length < SLICE_LINES) continue;
    yield slice.join("");
    slice = [];
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (slice.length > 0) yield slice.join("");
}

function probe(response: ServerResponse, { ok, says }: Probe): void {
  response.writeHead(ok === "yes" ? 200 : 503, { "content-type": "text/plain" }).end(`${says.join("\n")}\n`);
}
