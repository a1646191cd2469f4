/**
 * The unix socket on which people and programs look in.
 * The door: node:net and the socket file. Everything a client can make grow has a bound: clients, the length of a
 * request, requests answered at a time (one; the others wait in the client), what is written ahead of its reading, and how
 * many watch what happens: these are asked after at a pace that the routing does not feel, and never on their behalf.
 */

import { once } from "node:events";
import { chmod, chown, lstat, mkdir, unlink } from "node:fs/promises";
import { type Server, type Socket, connect, createServer } from "node:net";
import { dirname } from "node:path";
import { type PeerCredentials, peerCredentials } from "../../system/peer-credentials.ts";
import { DoorCounts, type TurnedAway } from "../records/door-counts.ts";
import type { Conversation, Dialect, LiveText } from "./dialect.ts";
import type { Look } from "../look.ts";
import { RequestLines } from "./request-lines.ts";
import { RequestTimeout } from "./request-timeout.ts";
import { StartError, errorCode, explain } from "../text/system-error.ts";
import { TurnQueue } from "./turn-queue.ts";

const MAX_CLIENTS = 64;
const SHORT_CHARS = 64 * 1024; // what any request may take
const MAX_LONG_REQUESTS = 2; // of all clients, on their way at a time: each may take what its dialect allows
const SLICE_CHARS = 64 * 1024; // of a reply at a time; in between the routing has its turns
const SLICE_MS = 5; // the same for a reply that finds little in a large table
const IDLE_MS = 60_000; // a client that neither asks nor reads has to come back
const REQUEST_MS = 10_000; // from the first octet of a request to its last, unless it is one of the few long ones
const ORDER_CHARS = 200; // of it go into the log
const MAX_FOLLOWERS = 16; // they stay, so that others find room beside them
const QUIET_MS = 100; // until somebody who watches is asked after again
const BUSY_MS = 20; // the same, while there is something to tell: a tenth of our time at the most

export interface ControlPorts {
  /** Asked once per request, so that a reply is one moment. */
  look(): Look;
  /** Our own mistake while answering; it costs that client its connection and nobody else anything. */
  failed(error: unknown): void;
  /** Told before an order is carried out, or refused. */
  ordered?(order: Ordered): void;
  /** Shared by all doors; absent: this one has its own. */
  readonly turnQueue?: TurnQueue;
}

/** Who ordered what, and where. */
export interface Ordered {
  readonly socket: string;
  readonly order: string;
  /** undefined: this platform does not tell. */
  readonly by: PeerCredentials | undefined;
}

/** Who may connect. */
export interface Access {
  readonly mode: number;
  /** undefined: the group of the process. */
  readonly gid: number | undefined;
}

export const OPERATORS: Access = { mode: 0o660, gid: undefined };
export const EVERYBODY: Access = { mode: 0o666, gid: undefined };

export class ControlServer {
  readonly counts = new DoorCounts();
  readonly #path: string;
  readonly #dialect: Dialect;
  readonly #ports: ControlPorts;
  readonly #access: Access;
  readonly #requestMs: number;
  readonly #turnQueue: TurnQueue;
  readonly #clients = new Set<Socket>();
  readonly #long = new Set<Socket>();
  /** Those who get a reply without an end. */
  readonly #followers = new Set<Socket>();
  #server: Server | undefined;

  constructor(path: string, dialect: Dialect, ports: ControlPorts, access: Access = OPERATORS, requestMs = REQUEST_MS) {
    this.#path = path;
    this.#dialect = dialect;
    this.#ports = ports;
    this.#access = access;
    this.#requestMs = requestMs;
    this.#turnQueue = ports.turnQueue ?? new TurnQueue();
  }

  /** What it is called where doors are counted. */
  get door(): string {
    return this.#path;
  }

  /** Throws StartError. */
  async open(): Promise<void> {
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      this.#server = await this.#listen();
      await this.#grantAccess();
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(`cannot open control socket ${this.#path}: ${explain(error)}`);
    }
  }

  /** The group first: its members are let in by the mode. */
  async #grantAccess(): Promise<void> {
    const { gid, mode } = this.#access;
    const { uid } = await lstat(this.#path);
    try {
      if (gid !== undefined) await chown(this.#path, uid, gid);
    } catch (error) {
      throw new StartError(`cannot give control socket ${this.#path} to group ${gid}: ${explain(error)}; who is not root can give it to groups of its own only`);
    }
    await chmod(this.#path, mode);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    const server = this.#server;
    if (!server?.listening) return;
    server.close(); // removes the socket file too
    await once(server, "close");
  }

  /** A socket that nobody answers on is left over from a process that was killed; any other file is somebody's, and stays. */
  async #listen(): Promise<Server> {
    try {
      return await this.#bind();
    } catch (error) {
      if (errorCode(error) !== "EADDRINUSE") throw error;
      if (!(await lstat(this.#path)).isSocket()) throw new StartError(`control socket ${this.#path}: a file that is no socket stands there`);
      if (await answers(this.#path)) throw new StartError(`control socket ${this.#path}: another ts-bgp answers on it`);
      await unlink(this.#path);
      return this.#bind();
    }
  }

  async #bind(): Promise<Server> {
    const server = createServer((client) => this.#serve(client));
    server.maxConnections = MAX_CLIENTS;
    server.listen(this.#path);
    await once(server, "listening");
    server.on("error", () => {}); // a failed accept(2) is the client's loss; it asks again
    server.on("drop", () => this.counts.turnedAway["too-many-clients"]++);
    return server;
  }

  #serve(client: Socket): void {
    this.counts.came();
    this.#clients.add(client);
    const timeout = new RequestTimeout(this.#requestMs, () => this.#turnAway(client, "too-slow"));
    client.setEncoding("utf8");
    client.setTimeout(IDLE_MS, () => this.#turnAway(client, "idle"));
    client.on("error", () => client.destroy());
    client.once("close", () => {
      timeout.end();
      this.counts.left();
      this.#clients.delete(client);
      this.#long.delete(client);
    });
    const conversation = this.#dialect.converse(this.#ports.look());
    if (conversation.greeting !== "") client.write(conversation.greeting);
    const requests = new RequestLines((beginning) => Math.max(SHORT_CHARS, this.#dialect.longest(beginning)));
    let answering = Promise.resolve();
    client.on("data", (chunk: string) => {
      if (this.#followers.has(client)) return undefined; // its question is not answered to the end, and never will be
      const lines = requests.push(chunk);
      if (lines === "too-long" || !this.#mayGoOn(client, requests.waiting)) {
        client.pause();
        client.write(this.#dialect.tooLong);
        return this.#turnAway(client, "too-long");
      }
      if (lines.length > 0) timeout.end();
      if (lines.length === 0) return this.#wait(timeout, requests);
      client.pause(); // what else the client wants to ask waits on its side
      answering = answering.then(() => this.#answer(client, conversation, lines)).then(() => {
        this.#wait(timeout, requests);
        client.resume();
      }, (error) => this.#fail(client, error));
      return undefined;
    });
  }

  /** Only a few may be long at a time. */
  #mayGoOn(client: Socket, chars: number): boolean {
    if (chars <= SHORT_CHARS) this.#long.delete(client);
    else if (this.#long.has(client) || this.#long.size < MAX_LONG_REQUESTS) this.#long.add(client);
    else return false;
    return true;
  }

  /** Long ones are few, and IDLE_MS is enough to keep them moving. */
  #wait(timeout: RequestTimeout, { waiting }: RequestLines): void {
    if (waiting > 0 && waiting <= SHORT_CHARS) timeout.begin();
    else timeout.end();
  }

  #turnAway(client: Socket, why: TurnedAway): void {
    this.counts.turnedAway[why]++;
    if (why === "too-long") client.destroySoon(); // it is told so
    else client.destroy();
  }

  #fail(client: Socket, error: unknown): void {
    client.destroy();
    this.#ports.failed(error);
  }

  async #answer(client: Socket, conversation: Conversation, lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      if (line.trim() === "") continue;
      await this.#turnQueue.wait();
      if (client.destroyed) return;
      this.counts.requests++;
      await this.#noteOrder(client, line);
      const reply = conversation.replyTo(line, this.#ports.look());
      if ("kind" in reply) return this.#follow(client, reply);
      let slice = "";
      let sinceMs = performance.now();
      for (const text of await reply) {
        slice += text;
        const isDue = slice.length >= SLICE_CHARS || (text === "" && performance.now() - sinceMs >= SLICE_MS);
        if (!isDue) continue;
        if (!(await written(client, slice))) return;
        await this.#turnQueue.wait();
        slice = "";
        sinceMs = performance.now();
      }
      if (!(await written(client, slice))) return;
    }
  }

  async #noteOrder(client: Socket, line: string): Promise<void> {
    const order = this.#ports.ordered && this.#dialect.orderIn(line);
    if (order === undefined) return;
    const shown = order.length <= ORDER_CHARS ? order : `${order.slice(0, ORDER_CHARS)}...`;
    this.#ports.ordered?.({ socket: this.#path, order: shown, by: await peerCredentials(client) });
  }

  /** Until the client hangs up. It may be silent, and read as slowly as it likes: nothing waits for it here but one piece. */
  async #follow(client: Socket, reply: LiveText): Promise<void> {
    if (this.#followers.size >= MAX_FOLLOWERS) {
      this.counts.turnedAway["too-many-requests"]++;
      return void client.end(reply.tooMany);
    }
    this.#followers.add(client);
    client.once("close", () => this.#followers.delete(client));
    client.setTimeout(0);
    client.resume(); // or its hanging up would not be heard
    while (!client.destroyed) {
      await this.#turnQueue.wait();
      const text = reply.take(this.#ports.look());
      if (text !== "" && !(await written(client, text))) return;
      await new Promise((resolve) => setTimeout(resolve, text === "" ? QUIET_MS : BUSY_MS).unref());
    }
  }
}

/** Waits until the client has read it; false: the client is gone. */
async function written(client: Socket, text: string): Promise<boolean> {
  if (client.destroyed) return false;
  return new Promise((resolve) => {
    client.write(text, (error) => resolve(!error && !client.destroyed));
  });
}

/** Refused is the only error that says "nobody": one who is busy, or whom we may not ask, is somebody. */
async function answers(path: string): Promise<boolean> {
  const probe = connect(path);
  try {
    await once(probe, "connect");
    return true;
  } catch (error) {
    if (errorCode(error) === "ECONNREFUSED") return false;
    throw error;
  } finally {
    probe.destroy();
  }
}
