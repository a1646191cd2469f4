/**
 * /metrics, /healthz and /readyz over HTTP.
 * The door is sockets/http-server.ts. A page of metrics is made only as fast as it is read.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import type { DoorCounts } from "../records/door-counts.ts";
import { TurnQueue } from "../sockets/turn-queue.ts";
import { HttpServer, type HttpPorts } from "../sockets/http-server.ts";
import { CONTENT_TYPE } from "./exposition.ts";
import { pageOf } from "./page.ts";
import { type Probe, health, readiness } from "./probes.ts";

const MAX_CLIENTS = 16;
const MOST_PAGES = 4; // being made: each looks at every peer

export interface MetricsSettings extends Endpoint {
  /** bird_exporter's names too. */
  readonly birdNames: boolean;
}

export function metricsServer(settings: MetricsSettings, ports: HttpPorts): HttpServer {
  const answers = new MetricsAnswers(settings, ports);
  const door: HttpServer = new HttpServer({ door: "metrics", title: "metrics", endpoint: settings, maxClients: MAX_CLIENTS, answer: (request, response) => answers.answer(request, response, door.counts) }, ports);
  return door;
}

class MetricsAnswers {
  readonly #settings: MetricsSettings;
  readonly #ports: HttpPorts;
  readonly #turnQueue: TurnQueue;
  #pages = 0;

  constructor(settings: MetricsSettings, ports: HttpPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#turnQueue = ports.turnQueue ?? new TurnQueue();
  }

  async answer({ url }: IncomingMessage, response: ServerResponse, counts: DoorCounts): Promise<void> {
    switch (url?.split("?")[0]) {
      case "/metrics":
        return this.#metrics(response, counts);
      case "/healthz":
        return probe(response, health());
      case "/readyz":
        return probe(response, readiness(this.#ports.look()));
      default:
        response.writeHead(404, { "content-type": "text/plain" }).end("there are /metrics, /healthz and /readyz\n");
    }
  }

  async #metrics(response: ServerResponse, counts: DoorCounts): Promise<void> {
    if (this.#pages >= MOST_PAGES) {
      counts.turnedAway["too-many-requests"]++;
      return void response.writeHead(503, { "retry-after": "1" }).end("too many ask at once\n");
    }
    this.#pages++;
    try {
      response.writeHead(200, { "content-type": CONTENT_TYPE });
      await pipeline(Readable.from(pageOf(this.#ports.look(), this.#settings.birdNames ? "ours-and-birds" : "ours", this.#turnQueue)), response);
    } finally {
      this.#pages--;
    }
  }
}

function probe(response: ServerResponse, { ok, says }: Probe): void {
  response.writeHead(ok === "yes" ? 200 : 503, { "content-type": "text/plain" }).end(`${says.join("\n")}\n`);
}
