/**
 * The page and its answers over HTTP: look, do not touch.
 * The door is sockets/http-server.ts. Who asks by a name that somebody else's name server could give to our address is refused: otherwise
 * any site's script could look in from the operator's browser (DNS rebinding).
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import { HttpServer, type HttpPorts } from "../sockets/http-server.ts";
import { TurnQueue } from "../sockets/turn-queue.ts";
import { API, askedBy } from "./ask.ts";
import { type Page, assemblePage } from "./page.ts";

const MAX_CLIENTS = 16;
const BASE = "http://here"; // a request line has no host

export function webServer(endpoint: Endpoint, ports: HttpPorts): HttpServer {
  const answers = new WebAnswers(ports);
  return new HttpServer({ door: "web", title: "the page", endpoint, maxClients: MAX_CLIENTS, answer: (request, response) => answers.answer(request, response) }, ports);
}

class WebAnswers {
  readonly #ports: HttpPorts;
  readonly #turnQueue: TurnQueue;
  #page: Page | undefined;

  constructor(ports: HttpPorts) {
    this.#ports = ports;
    this.#turnQueue = ports.turnQueue ?? new TurnQueue();
  }

  async answer({ url = "/", headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOurName(headers.host)) return void response.writeHead(403, { "content-type": "text/plain" }).end("ask by address, as localhost, or by this host's name\n");
    if (!URL.canParse(url, BASE)) return void response.writeHead(400, { "content-type": "text/plain" }).end("that is no URL\n");
    const asked = new URL(url, BASE);
    if (asked.pathname.startsWith(API)) return this.#json(asked, response);
    if (asked.pathname !== "/") return void response.writeHead(404, { "content-type": "text/plain" }).end(`there are / and ${API}QUESTION\n`);
    const { html, policy } = (this.#page ??= assemblePage());
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy, "cache-control": "no-store" }).end(html);
  }

  async #json(asked: URL, response: ServerResponse): Promise<void> {
    const { status, body } = await askedBy(asked, this.#ports.look(), this.#turnQueue);
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff" }).end(JSON.stringify(body));
  }
}

function isOurName(host: string | undefined): boolean {
  const asked = `http://${host}`;
  if (host === undefined || !URL.canParse(asked)) return false;
  const name = new URL(asked).hostname;
  return name === "localhost" || isIP(name.replace(/^\[|\]$/g, "")) !== 0 || name === hostname().toLowerCase(); // in whole: anybody may have a domain and give it a host of our name
}
