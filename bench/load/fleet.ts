/**
 * All clients of the reflector together: who is connected, who has heard everything, and waiting for either.
 * Guards the door to the generator's clock and timers.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientState } from "./client.ts";
import { Heard } from "./heard.ts";
import { END_OF_RIB, KEEPALIVE, tableOf } from "./octets.ts";
import { type LoadPlan, Layout } from "./plan.ts";

const KEEPALIVE_EVERY_MS = 20_000; // well below a third of the hold time
const RETRY_MS = 50;
const QUIET_MS = 200;
const QUIET_WAIT_MS = 10_000;

/** What a client does as soon as its session stands. */
export type Greeting = "announces" | "listens";

/** A wait that took longer than the run may. */
export class TookTooLong extends Error {
  override readonly name = "TookTooLong";
}

export class Fleet {
  readonly layout: Layout;
  readonly heard: Heard;
  readonly #clients: readonly Client[];
  readonly #greetings: (Greeting | undefined)[];
  readonly #complete: Uint8Array;
  readonly #calling: number[] = [];
  readonly #tables = new Map<number, Buffer>();
  readonly #losses: string[] = [];
  readonly #keepalives: NodeJS.Timeout;
  readonly #deadlineMs: number;
  #unanswered = 0;
  #established = 0;
  #completed = 0;
  #bytes = 0;
  #retries = 0;
  #lastHeardMs = 0;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(plan: LoadPlan, deadlineMs: number) {
    this.layout = new Layout(plan);
    this.heard = new Heard(this.layout, clusterNumber(plan.reflector.clusterId));
    this.#complete = new Uint8Array(plan.clients);
    this.#greetings = new Array(plan.clients);
    const listener = {
      announce: this.heard.announce.bind(this.heard),
      withdraw: this.heard.withdraw.bind(this.heard),
      accepted: () => this.#accepted(),
      established: (client: number) => this.#greet(client),
      heardSome: (client: number, bytes: number) => this.#heardSome(client, bytes),
      lost: (client: number, during: ClientState, why: string) => this.#lost(client, during, why),
    };
    this.#clients = Array.from({ length: plan.clients }, (_, client) => new Client(client, plan, listener));
    this.#deadlineMs = performance.now() + deadlineMs;
    this.#keepalives = setInterval(() => this.#keepAlive(), KEEPALIVE_EVERY_MS);
  }

  /** Builds what these clients announce, so that no clock has to run while it is done. */
  prepare(clients: readonly number[]): void {
    for (const client of clients) this.#tables.set(client, tableOf(this.layout, client));
  }

  /** Calls the reflector from all of these, as many at once as its backlog takes. */
  call(clients: readonly number[], greeting: Greeting): void {
    for (const client of clients) {
      this.#greetings[client] = greeting;
      this.#calling.push(client);
    }
    this.#callNext();
  }

  /** Sends what a client announces. */
  announce(client: number): void {
    const table = this.#tables.get(client);
    if (!table) throw new Error(`the table of client ${client} is not prepared`);
    this.#clients[client]?.send(table);
  }

  send(client: number, bytes: Uint8Array): void {
    this.#clients[client]?.send(bytes);
  }

  /** Closes these connections and forgets what was heard on them. */
  drop(clients: readonly number[]): void {
    for (const number of clients) {
      const client = this.#clients[number] as Client;
      this.#forget(number, client.state);
      client.drop();
    }
  }

  isEstablished(client: number): boolean {
    return this.#clients[client]?.state === "established";
  }

  /** What it announces next time is what it announced at first. */
  forgetChanges(client: number): void {
    for (const set of this.layout.setsOf(client)) this.heard.med.fill(0, this.layout.setFirst[set], this.layout.setFirst[set + 1]);
  }

  /** Resolves when that many sessions stand. */
  untilEstablished(clients: number): Promise<void> {
    return this.until(() => this.#established === clients, () => `${this.#established} of ${clients} sessions`);
  }

  /** Resolves, at the moment itself, when that many clients have heard everything. */
  untilComplete(clients: number): Promise<void> {
    return this.until(() => this.#completed === clients, () => `${this.#established} of ${clients} sessions, ${this.#completed} clients with everything, ${this.#share()} % of all routes`);
  }

  /** Resolves when the reflector has said nothing for a while. */
  async untilQuiet(): Promise<void> {
    const endMs = performance.now() + QUIET_WAIT_MS;
    do await sleep(QUIET_MS / 4);
    while (performance.now() - this.#lastHeardMs < QUIET_MS && performance.now() < endMs);
  }

  /** Resolves as soon as what is heard makes `holds` true; fails with `what` has come about by the deadline. */
  async until(holds: () => boolean, what: () => string): Promise<void> {
    while (!holds()) {
      const leftMs = this.#deadlineMs - performance.now();
      if (leftMs <= 0) throw new TookTooLong(what());
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          if (!holds()) return;
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Wakes whoever waits, to look again. */
  wake(): void {
    this.#wake?.();
  }

  close(): void {
    clearInterval(this.#keepalives);
    this.#closed = true;
    for (const client of this.#clients) client.drop();
  }

  /** What was heard so far. */
  figures(): Readonly<Record<string, number>> {
    const { announcements, withdrawals, ownReturned } = this.heard;
    const updates = this.#clients.reduce((total, client) => total + client.updates, 0);
    return { announcements, withdrawals, ownReturned, updates, bytes: this.#bytes, retries: this.#retries, sessionsLost: this.#losses.length };
  }

  /** The sessions lost so far were meant to be. */
  forgiveLosses(): void {
    this.#losses.length = 0;
  }

  /** Why sessions were lost that nobody had closed on purpose. */
  get losses(): readonly string[] {
    return this.#losses;
  }

  #callNext(): void {
    while (!this.#closed && this.#unanswered < this.layout.plan.backlog) {
      const client = this.#calling.shift();
      if (client === undefined) return;
      this.#unanswered++;
      this.#clients[client]?.call();
    }
  }

  #accepted(): void {
    this.#unanswered--;
    this.#callNext();
  }

  #greet(client: number): void {
    this.#established++;
    if (this.#greetings[client] === "announces") this.announce(client);
    else this.send(client, END_OF_RIB);
    this.#note(client);
    this.#wake?.();
  }

  #heardSome(client: number, bytes: number): void {
    this.#bytes += bytes;
    this.#lastHeardMs = performance.now();
    this.#note(client);
  }

  /** Counts the client as complete, or no longer. */
  #note(client: number): void {
    const now = this.#clients[client]?.state === "established" && this.heard.isComplete(client) ? 1 : 0;
    const before = this.#complete[client] as number;
    if (now === before) return;
    this.#complete[client] = now;
    this.#completed += now - before;
    this.#wake?.();
  }

  #lost(client: number, during: ClientState, why: string): void {
    if (during === "established") this.#losses.push(`client ${client}: ${why}`);
    else this.#retries++;
    this.#forget(client, during);
    setTimeout(() => {
      this.#calling.push(client);
      this.#callNext();
    }, RETRY_MS);
  }

  #forget(client: number, during: ClientState): void {
    this.heard.forget(client);
    if (during === "established") this.#established--;
    if (during === "connecting" || during === "open-sent") this.#unanswered--;
    this.#completed -= this.#complete[client] as number;
    this.#complete[client] = 0;
  }

  #keepAlive(): void {
    for (const client of this.#clients) if (client.state === "established") client.send(KEEPALIVE);
  }

  #share(): string {
    const right = this.heard.right.reduce((total, count) => total + count, 0);
    const expected = this.heard.expected.reduce((total, count) => total + count, 0);
    return ((100 * right) / expected).toFixed(1);
  }
}

function clusterNumber(address: string): number {
  return address.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
}
