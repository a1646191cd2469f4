/**
 * One monitoring station: connected to with back-off, sent the table and then everything that follows, connected to again when lost.
 * The door: a net.Socket. RFC 7854 §3.2 (the router calls, and waits longer each time), §5.
 *
 *   waiting ──► connecting ──► table ──► live
 *      ▲             │           │         │       lost, or too slow: what it was told is forgotten there,
 *      └─────────────┴───────────┴─────────┘       and everything is told again next time
 */

import { type Socket, connect } from "node:net";
import type { StationView } from "../../control/answers/station.ts";
import { errorCode, explain } from "../../control/text/system-error.ts";
import { nowMs } from "../loop/event-loop.ts";
import { type StationSettings, stationName } from "./settings.ts";

const CONNECT_MS = 10_000;
const KEEPALIVE_MS = 60_000; // the station never says anything: TCP finds out whether it is there
const GOODBYE_MS = 1_000;
const TABLE_BACKLOG_BYTES = 1024 * 1024; // the table waits behind so much; a station sets its pace itself

export type StationFact =
  | { readonly kind: "bmp-station-up"; readonly station: string }
  | { readonly kind: "bmp-station-lost"; readonly station: string; readonly reason: string; readonly retryMs: number }
  /** It did not read, and the connection was dropped; `dropped` counts all so far. */
  | { readonly kind: "bmp-station-slow"; readonly station: string; readonly backlogBytes: number; readonly dropped: number };

export interface StationPorts {
  report(fact: StationFact): void;
  /** It answers: it is to hear who we are, who is up, and then the table. */
  connected(station: Station): void;
  /** It can take more of the table. */
  hungry(): void;
  lost(station: Station): void;
  /** It is time for what is counted. */
  countsDue(station: Station): void;
}

type Phase = "waiting" | "connecting" | "table" | "live" | "closed";

export class Station {
  readonly settings: StationSettings;
  readonly name: string;
  readonly #ports: StationPorts;
  #phase: Phase = "waiting";
  #sinceMs = nowMs();
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #counts: NodeJS.Timeout | undefined;
  #retryMs: number;
  #lastError: string | undefined;
  #connections = 0;
  #sentBytes = 0;
  #dropped = 0;

  constructor(settings: StationSettings, ports: StationPorts) {
    this.settings = settings;
    this.name = stationName(settings);
    this.#ports = ports;
    this.#retryMs = settings.retrySec * 1000;
  }

  get isConnected(): boolean {
    return this.#phase === "table" || this.#phase === "live";
  }

  /** It is to hear the table, and has taken enough of what it was told of it. */
  get wantsTable(): boolean {
    return this.#phase === "table" && (this.#socket?.writableLength ?? 0) < TABLE_BACKLOG_BYTES;
  }

  call(): void {
    const { address, port, localAddress } = this.settings;
    this.#enter("connecting");
    const socket = connect({ host: address, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS, ...(localAddress && { localAddress }) });
    this.#socket = socket;
    let reason = "connection lost";
    socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error(`no answer within ${CONNECT_MS / 1000} s`)));
    socket.on("connect", () => this.#answered(socket));
    socket.on("drain", () => this.#ports.hungry());
    socket.on("error", (error) => (reason = errorCode(error) === undefined ? error.message : explain(error)));
    socket.on("close", () => this.#lost(socket, reason));
    socket.resume(); // it has nothing to say (RFC 7854 §3.2), and its end is noticed by reading only
  }

  /** Puts octets behind those that wait; a station that lets too many wait is dropped. */
  send(octets: Uint8Array): void {
    const socket = this.#socket;
    if (!this.isConnected || !socket || octets.length === 0) return;
    socket.write(octets);
    this.#sentBytes += octets.length;
    if (socket.writableLength <= this.settings.backlogBytes) return;
    this.#dropped++;
    this.#ports.report({ kind: "bmp-station-slow", station: this.name, backlogBytes: socket.writableLength, dropped: this.#dropped });
    socket.destroy(new Error(`it does not read: more than ${this.settings.backlogBytes} octets wait`));
    this.#lost(socket, `it does not read: more than ${this.settings.backlogBytes} octets wait`);
  }

  /** It has the whole table: its next failure is a first one again. */
  tableTold(): void {
    this.#enter("live");
    this.#retryMs = this.settings.retrySec * 1000;
  }

  /** Says goodbye and does not call again; resolves when it is gone, or has not gone in time. */
  async close(goodbye: Uint8Array): Promise<void> {
    const socket = this.#socket;
    this.send(goodbye);
    const spokenTo = this.isConnected;
    this.#enter("closed");
    clearTimeout(this.#timer);
    clearInterval(this.#counts);
    if (!socket || !spokenTo) return void socket?.destroy();
    await new Promise<void>((resolve) => {
      const grace = setTimeout(() => socket.destroy(), GOODBYE_MS);
      socket.once("close", () => {
        clearTimeout(grace);
        resolve();
      });
      socket.end();
    });
  }

  view(): StationView {
    return {
      name: this.name,
      state: this.#phase === "closed" ? "waiting" : this.#phase,
      sinceMs: this.#sinceMs,
      lastError: this.#lastError,
      connections: this.#connections,
      sentBytes: this.#sentBytes,
      backlogBytes: this.isConnected ? (this.#socket?.writableLength ?? 0) : 0,
      dropped: this.#dropped,
    };
  }

  #answered(socket: Socket): void {
    socket.setTimeout(0);
    this.#connections++;
    this.#enter("table");
    const { statisticsSec } = this.settings;
    if (statisticsSec > 0) this.#counts = setInterval(() => this.#ports.countsDue(this), statisticsSec * 1000);
    this.#ports.report({ kind: "bmp-station-up", station: this.name });
    this.#ports.connected(this);
  }

  #lost(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    if (this.#phase === "closed") return;
    clearInterval(this.#counts);
    const wasConnected = this.isConnected;
    this.#lastError = reason;
    this.#enter("waiting");
    const retryMs = this.#retryMs;
    this.#retryMs = Math.max(retryMs, Math.min(2 * retryMs, this.settings.retryMaxSec * 1000));
    this.#timer = setTimeout(() => this.call(), retryMs);
    this.#ports.report({ kind: "bmp-station-lost", station: this.name, reason, retryMs });
    if (wasConnected) this.#ports.lost(this);
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#sinceMs = nowMs();
  }
}
