/**
 * The page and its answers over HTTP: look, do not touch.
 * The door is http-door.ts. Who asks by a name that somebody else's name server could give to our address is refused: otherwise
 * any site's script could look in from the operator's browser (DNS rebinding).
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import type { Endpoint } from "../../speaker/vocabulary.ts";
import type { DoorCounts } from "../door-counts.ts";
import { HttpDoor, type HttpPorts } from "../http-door.ts";
import { Turnstile } from "../turnstile.ts";
import { API, askedBy } from "./ask.ts";
import { type Page, assemblePage } from "./page.ts";

const MAX_CLIENTS = 16;
const BASE = "http://here"; // a request line has no host

export class WebServer {
  readonly #ports: HttpPorts;
  readonly #door: HttpDoor;
  readonly #turnstile: Turnstile;
  #page: Page | undefined;

  constructor(endpoint: Endpoint, ports: HttpPorts) {
    this.#ports = ports;
    this.#turnstile = ports.turnstile ?? new Turnstile();
    this.#door = new HttpDoor({ title: "the page", endpoint, maxClients: MAX_CLIENTS, answer: (request, response) => this.#answer(request, response) }, ports);
  }

  /** What it is called where doors are counted. */
  get door(): string {
    return "web";
  }

  get counts(): DoorCounts {
    return this.#door.counts;
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

  async #answer({ url = "/", headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOurName(headers.host)) return void response.writeHead(403, { "content-type": "text/plain" }).end("ask by address, as localhost, or by this host's name\n");
    if (!URL.canParse(url, BASE)) return void response.writeHead(400, { "content-type": "text/plain" }).end("that is no URL\n");
    const asked = new URL(url, BASE);
    if (asked.pathname.startsWith(API)) return this.#json(asked, response);
    if (asked.pathname !== "/") return void response.writeHead(404, { "content-type": "text/plain" }).end(`there are / and ${API}QUESTION\n`);
    const { html, policy } = (this.#page ??= assemblePage());
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy, "cache-control": "no-store" }).end(html);
  }

  async #json(asked: URL, response: ServerResponse): Promise<void> {
    const { status, body } = await askedBy(asked, this.#ports.look(), this.#turnstile);
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff" }).end(JSON.stringify(body));
  }
}

function isOurName(host: string | undefined): boolean {
  const asked = `http://${host}`;
  if (host === undefined || !URL.canParse(asked)) return false;
  const name = new URL(asked).hostname;
  return name === "localhost" || isIP(name.replace(/^\[|\]$/g, "")) !== 0 || name === hostname().toLowerCase(); // in whole: anybody may have a domain and give it a host of our name
}
