/** Connections that come to nothing, against the real daemon: how much they cost, and that nobody else notices. */

import { type Socket, connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeMessage } from "../../src/bgp/wire/message.ts";
import { INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import type { TcpPeer } from "../support/tcp-peer.ts";
import { until } from "../support/until.ts";
import { announceMany } from "./routes.ts";
import { Victim, keepDoing } from "./victim.ts";

const FLOOD_MS = 3_000;
const CALLS = 2_000; // at least, of a flood
const FLAPS = 110; // at least, before and after it is weighed
const SOCKETS_SPARE = 100; // that a flood may hold at any moment; the daemon's own and its peers' are some twenty

let victim: Victim;
let healthy: TcpPeer;
const strangers = new Set<Socket>();

beforeEach(async () => {
  victim = await Victim.start(8, { openWaitSec: 2 });
  healthy = await victim.healthy();
});
afterEach(async () => {
  for (const stranger of strangers) stranger.destroy();
  strangers.clear();
  await victim.dispose();
});

/** A connection from an address that no peer has, and that does not go away by itself. */
function stranger(number: number): void {
  const socket = connect({ host: "127.0.2.1", port: victim.port, localAddress: `127.0.3.${1 + (number % 200)}`, allowHalfOpen: true });
  strangers.add(socket);
  socket.on("error", () => {}).once("close", () => strangers.delete(socket)).resume();
}

test("thousands of strangers hold no sockets and fill no log [5.8-strangers] [5.8-stranger-log]", async () => {
  const before = victim.openFiles();
  let calls = 0;
  let most = 0;
  await keepDoing(FLOOD_MS, () => {
    for (let i = 0; i < 20; i++) stranger(calls++);
    most = Math.max(most, victim.openFiles());
  }, () => calls >= CALLS);
  await until(() => strangers.size === 0, "every stranger is turned away");
  expect((await victim.router()).unknownConnections).toBeGreaterThan(500);
  expect(most).toBeLessThan(before + SOCKETS_SPARE);
  expect(victim.linesAbout("refused a connection")).toBeLessThan(50);
  await victim.expectUnharmed(healthy);
});

test("a peer's address has a few connections open at a time, and each only so long without an OPEN [5.8-callers]", async () => {
  const before = victim.openFiles();
  let calls = 0;
  let most = 0;
  await keepDoing(FLOOD_MS, () => {
    for (let i = 0; i < 10; i++, calls++) victim.call(3);
    most = Math.max(most, victim.openFiles());
  }, () => calls >= CALLS);
  expect(most).toBeLessThan(before + SOCKETS_SPARE);
  expect((await victim.router()).refusedConnections).toBeGreaterThan(100);
  await until(async () => (await victim.router()).pendingConnections === 0, "nobody waits for an OPEN any more");
  expect((await victim.call(3).establish()).closed, "an honest session comes up afterwards").toBe(false);
  await victim.expectUnharmed(healthy);
});

test("octets that never become a message are no sign of life", async () => {
  const slow = await victim.call(3, { holdTimeSec: 3 }).establish();
  slow.rest();
  const drops = [...encodeMessage({ kind: "keepalive" }, INITIAL_CONTEXT)].map((octet) => Uint8Array.of(octet));
  const drip = setInterval(() => slow.write(drops.shift() ?? new Uint8Array(0)), 1000);
  await slow.gone();
  clearInterval(drip);
  expect(slow.farewell).toBe("4/0");
  await victim.expectUnharmed(healthy);
});

test("a whole session, octet by octet, is a session like any other", async () => {
  const slow = victim.call(3);
  slow.inPieces(1);
  await slow.establish();
  slow.write(announceMany({ from: 0, count: 20, med: 0, maxMessageBytes: 4096 }));
  await until(async () => (await victim.router()).prefixes === 20, "its routes");
});

test("garbage costs those who send it their connections, and nobody else anything", async () => {
  const noise = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919) >> 3);
  const rude = [3, 4, 5, 6].map((host) => victim.call(host));
  const late = await victim.call(7).establish();
  for (const peer of [...rude, late]) peer.write(noise);
  await Promise.all([...rude, late].map((peer) => peer.gone()));
  expect(late.farewell).toBe("1/1");
  await victim.expectUnharmed(healthy);
});

test("sessions that come and go hundreds of times leave nothing behind [5.8-flaps]", async () => {
  const routes = announceMany({ from: 0, count: 500, med: 0, maxMessageBytes: 4096 });
  let flaps = 0;
  const flap = async (host: number): Promise<void> => {
    const peer = victim.call(host);
    try {
      await peer.establish();
      peer.write(routes);
      flaps++;
    } catch {
      // the connection before it was not gone yet
    }
    peer.drop();
  };
  const everybodyFlaps = async (): Promise<void> => void (await Promise.all([3, 4, 5, 6].map(flap)));
  await keepDoing(FLOOD_MS, everybodyFlaps, () => flaps >= FLAPS);
  const [warm, before] = [await victim.heldMib(), flaps];
  await keepDoing(FLOOD_MS, everybodyFlaps, () => flaps - before >= FLAPS);
  expect(await victim.heldMib()).toBeLessThan(warm + 8);
  await until(async () => (await victim.router()).paths === 0, "every path is gone");
  expect(victim.linesAbout("is up")).toBeLessThan(60);
  await victim.expectUnharmed(healthy);
});
