/**
 * Dialler: outgoing TCP connections.
 * The door: node:net. Each dial has exactly one outcome: a connected socket, the reason why there is none, or "called off".
 *
 * A dial waits a moment before its SYN: a peer that is connecting to us just then, as all do when we come back, is accepted
 * first, and the dial is called off. That saves a collision (RFC 4271 §6.8).
 */

import { Socket } from "node:net";
import type { PeerName } from "../../speaker/config/config.ts";
import type { SpeakerAction } from "../../speaker/vocabulary.ts";
import { explain } from "../../control/text/system-error.ts";
import { connectPrepared } from "../../system/prepared-connect.ts";
import { dialOptions } from "./peer-options.ts";
import type { SocketSetup } from "./socket-setup.ts";

const HEAD_START_MS = 20;
const CONNECT_TIMEOUT_MS = 8_000; // four SYNs: at 0, 1, 3 and 7 s

export type Dial = Extract<SpeakerAction, { readonly kind: "dial" }>;

export interface DiallerPorts {
  connected(dial: Dial, socket: Socket): void;
  failed(peer: PeerName, reason: string): void;
  calledOff(peer: PeerName): void;
  readonly setup: SocketSetup;
}

/** "waiting": nothing has been sent. */
interface Dialling {
  readonly socket: Socket;
  stage: "waiting" | "calling";
}

export class Dialler {
  readonly #ports: DiallerPorts;
  readonly #dialling = new Map<PeerName, Dialling>();

  constructor(ports: DiallerPorts) {
    this.#ports = ports;
  }

  /** A newer dial for the same peer replaces an older one. */
  dial(dial: Dial): void {
    const { peer } = dial;
    this.#dialling.get(peer)?.socket.destroy();
    const socket = new Socket();
    const dialling: Dialling = { socket, stage: "waiting" };
    this.#dialling.set(peer, dialling);
    const fail = (reason: string): void => {
      socket.destroy();
      if (this.#dialling.get(peer) !== dialling) return;
      this.#dialling.delete(peer);
      this.#ports.failed(peer, reason);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => fail(silence(dial)));
    socket.once("error", (error) => fail(explain(error)));
    socket.once("connect", () => {
      if (this.#dialling.get(peer) !== dialling) return void socket.destroy();
      this.#dialling.delete(peer);
      socket.removeAllListeners("error").removeAllListeners("timeout");
      this.#ports.connected(dial, socket);
    });
    setTimeout(() => this.#dialling.get(peer) === dialling && this.#connect(dialling, dial), HEAD_START_MS);
  }

  /** Too late once the peer may have noticed it. */
  callOff(peer: PeerName): void {
    const dialling = this.#dialling.get(peer);
    if (dialling?.stage !== "waiting") return;
    dialling.socket.destroy();
    this.#dialling.delete(peer);
    this.#ports.calledOff(peer);
  }

  stop(): void {
    for (const { socket } of this.#dialling.values()) socket.destroy();
    this.#dialling.clear();
  }

  #connect(dialling: Dialling, { remote, localAddress, transport }: Dial): void {
    connectPrepared(dialling.socket, {
      remote,
      localAddress,
      prepare: async (handle) => {
        const refusal = await this.#ports.setup.apply(handle, dialOptions(transport, remote.address));
        if (refusal !== undefined) throw new Error(`the socket cannot be had as configured: ${refusal}`);
        dialling.stage = "calling";
      },
    });
  }
}

/** A segment with a wrong signature gets no answer, from no side. */
function silence({ transport }: Dial): string {
  const hint = transport.password ? "; is the password the same on both sides?" : "";
  return `no answer within ${CONNECT_TIMEOUT_MS / 1000} s${hint}`;
}
