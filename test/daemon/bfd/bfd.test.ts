/** BFD with real time and real sockets: a neighbor on loopback, played by a second one of the same kind. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { type IpAddress, parseAddress } from "../../../src/ip/address.ts";
import { Bfd, type LivenessEvent } from "../../../src/daemon/bfd/bfd.ts";
import type { UdpFact } from "../../../src/daemon/bfd/udp.ts";
import type { PeerName } from "../../../src/speaker/config/config.ts";
import type { LivenessTarget } from "../../../src/speaker/vocabulary.ts";
import { until } from "../../support/until.ts";

const LOOPBACK = parseAddress("127.0.0.1") as IpAddress;
const FIRST_SOURCE_PORT = 49_152; // RFC 5881 §4
const SETTINGS = { intervalMs: 50, multiplier: 20 };

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

class End {
  readonly events: LivenessEvent[] = [];
  readonly facts: UdpFact[] = [];
  readonly bfd: Bfd;

  constructor(ports: { readonly here: number; readonly there: number }) {
    this.bfd = new Bfd({ post: (event) => this.events.push(event), report: (fact) => this.facts.push(fact) }, ports);
    cleanups.push(() => this.bfd.stop());
  }

  watch(fields: Partial<LivenessTarget> = {}): void {
    this.bfd.watch([
      { peer: "peer" as PeerName, neighbor: LOOPBACK, local: LOOPBACK, settings: SETTINGS, administrative: "up", ...fields },
    ]);
  }

  async up(): Promise<void> {
    await until(() => this.events.some(({ kind }) => kind === "liveness-up"), "up");
  }

  async lost(): Promise<LivenessEvent> {
    await until(() => this.events.some(({ kind }) => kind === "liveness-lost"), "lost");
    return this.events.at(-1) as LivenessEvent;
  }
}

async function pair(): Promise<{ readonly a: End; readonly b: End }> {
  const [one, two] = [await freePort(), await freePort()];
  const [a, b] = [new End({ here: one, there: two }), new End({ here: two, there: one })];
  a.watch();
  b.watch();
  await Promise.all([a.up(), b.up()]);
  return { a, b };
}

/** Below the ports that packets leave from: an ear that found a mouth on its port would stay deaf as long as that lives. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "0.0.0.0");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port < FIRST_SOURCE_PORT ? port : freePort();
}

/** Nothing else happens in this process meanwhile. */
function stall(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test("two of them come up, and the end of one is no failure to the other", async () => {
  const { a, b } = await pair();
  await until(() => a.bfd.views().get(LOOPBACK)?.detectionMs === 20 * 50, "it has told its own intervals"); // the packet that made us Up still named slow ones
  expect(a.bfd.views().get(LOOPBACK)).toMatchObject({ session: { state: "up" }, transmitMs: 50 });
  a.bfd.stop();
  expect(await b.lost()).toEqual({ kind: "liveness-lost", peer: "peer", because: "neighbor-admin-down" });
});

test("a process that was stalled beyond the detection time reads its sockets before it gives anybody up", async () => {
  const { a, b } = await pair();
  const before = a.bfd.views().get(LOOPBACK)?.counters.received ?? 0;
  const quiet = [...a.events, ...b.events].length;
  for (const end of [a, b]) end.watch({ settings: { ...SETTINGS, intervalMs: 49 } }); // told at once: it lies in the other's socket meanwhile
  stall(1_500);
  await until(() => (a.bfd.views().get(LOOPBACK)?.counters.received ?? 0) > before + 3);
  expect([...a.events, ...b.events].length).toBe(quiet);
});

test("a neighbor that is watched under another name is told to be up under it", async () => {
  const { a } = await pair();
  a.watch({ peer: "renamed" as PeerName });
  expect(a.events.at(-1)).toEqual({ kind: "liveness-up", peer: "renamed" });
});

test("nobody is told of a neighbor that is no longer watched, but that it is not", async () => {
  const { a, b } = await pair();
  a.bfd.watch([]);
  expect(a.events.at(-1)).toEqual({ kind: "liveness-lost", peer: "peer", because: "admin-down" });
  expect(await b.lost()).toMatchObject({ because: "neighbor-admin-down" });
  expect(a.bfd.views().size).toBe(0);
});
