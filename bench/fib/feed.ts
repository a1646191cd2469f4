/**
 * The BGP speaker that feeds every subject: one session, finished bytes, no opinion about what comes back.
 * The door: a TCP connection from the feed's end of the link. Hold time zero: nobody has to be kept alive (RFC 4271 §4.2).
 */

import { type Socket, createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { FAMILIES, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { Framer } from "../../src/bgp/wire/framer.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";
import { BENCH_ASN, BGP_PORT, FEED_ADDRESS, SUBJECT_ADDRESS } from "./ground.ts";

const RETRY_MS = 10;
const ESTABLISHED_MS = 60_000;
const TYPE_AT = 18; // of a message, behind marker and length (RFC 4271 §4.1)
const MESSAGE = { open: 1, notification: 3, keepalive: 4 } as const;
const RESTART_SEC = 120;

export class Feed {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Calls until the subject takes the call and the session is established. */
  static async establish(): Promise<Feed> {
    const deadlineMs = performance.now() + ESTABLISHED_MS;
    for (let complaint = ""; ; await sleep(RETRY_MS)) {
      try {
        return new Feed(await call());
      } catch (error) {
        complaint = String(error);
      }
      if (performance.now() > deadlineMs) throw new Error(`no session with the subject: ${complaint}`);
    }
  }

  /** Hands the bytes to the socket; nanoseconds of the monotonic clock just before. */
  send(bytes: Uint8Array): bigint {
    const atNs = process.hrtime.bigint();
    this.#socket.write(bytes);
    return atNs;
  }

  /** Throws when the session is over. */
  check(): void {
    if (this.#socket.destroyed) throw new Error("the subject ended the session");
  }

  /** Like a host that lost its power: no goodbye. */
  close(): void {
    this.#socket.resetAndDestroy();
  }
}

function call(): Promise<Socket> {
  const socket = createConnection({ host: SUBJECT_ADDRESS, port: BGP_PORT, localAddress: FEED_ADDRESS, noDelay: true });
  return new Promise((resolve, reject) => {
    const framer = new Framer();
    const fail = (why: string): void => {
      socket.destroy();
      reject(new Error(why));
    };
    socket.on("connect", () => socket.write(ourOpen()));
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("the subject hung up"));
    socket.on("data", (chunk) => {
      framer.push(chunk);
      for (let message = framer.next(4096); message; message = framer.next(4096)) {
        if (message[TYPE_AT] === MESSAGE.open) socket.write(encodeMessage({ kind: "keepalive" }, INITIAL_CONTEXT));
        if (message[TYPE_AT] === MESSAGE.keepalive) resolve(socket);
        if (message[TYPE_AT] === MESSAGE.notification) fail(`NOTIFICATION ${message[TYPE_AT + 1]}/${message[TYPE_AT + 2]}`);
      }
    });
  });
}

function ourOpen(): Uint8Array {
  const { afi, safi } = FAMILIES.ipv4;
  return encodeMessage(
    {
      kind: "open",
      version: 4,
      asn: BENCH_ASN,
      holdTimeSec: 0,
      routerId: 0xac1e0002,
      capabilities: [
        { kind: "multiprotocol", family: { afi, safi } },
        { kind: "route-refresh" },
        { kind: "four-octet-as", asn: BENCH_ASN },
        { kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: RESTART_SEC, entries: [{ afi, safi, forwarding: true }] },
      ],
    },
    INITIAL_CONTEXT,
  );
}
