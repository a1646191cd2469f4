/**
 * /metrics, /healthz and /readyz over HTTP.
 * The door is http-door.ts. A page of metrics is made only as fast as it is read.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import { HttpDoor, type HttpPorts } from "../http-door.ts";
import { CONTENT_TYPE } from "./exposition.ts";
import { pageOf } from "./page.ts";
import { type Probe, health, readiness } from "./probes.ts";

const MAX_CLIENTS = 16;

export interface MetricsSettings extends Endpoint {
  /** bird_exporter's names too. */
  readonly birdNames: boolean;
}

export class MetricsServer {
  readonly #settings: MetricsSettings;
  readonly #ports: HttpPorts;
  readonly #door: HttpDoor;

  constructor(settings: MetricsSettings, ports: HttpPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#door = new HttpDoor({ title: "metrics", endpoint: settings, maxClients: MAX_CLIENTS, answer: (request, response) => this.#answer(request, response) }, ports.failed);
  }

  /** The real port where 0 was asked for. */
  get port(): number {
    return this.#door.port;
  }

  /** Throws StartError. */
  open(): Promise<void> {
    return this.#door.open();
  }

  close(): Promise<void> {
    return this.#door.close();
  }

  async #answer({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
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
    response.writeHead(200, { "content-type": CONTENT_TYPE });
    await pipeline(Readable.from(pageOf(this.#ports.look(), this.#settings.birdNames ? "ours-and-birds" : "ours")), response);
  }
}

function probe(response: ServerResponse, { ok, says }: Probe): void {
  response.writeHead(ok === "yes" ? 200 : 503, { "content-type": "text/plain" }).end(`${says.join("\n")}\n`);
}
