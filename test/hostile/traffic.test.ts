/** Too much, too slow, too long: what peers can do on established sessions, against the real daemon. */

import { afterEach, expect, test } from "vitest";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability } from "../../src/bgp/wire/message-types.ts";
import { until } from "../support/until.ts";
import { announceMany, announcePaths } from "./routes.ts";
import { Victim, keepDoing } from "./victim.ts";

const ROUTES = 50_000;
const FLOOD_MS = 8_000;
const ROUNDS = 6; // at least: the whole table, each time anew
const MIB_FOR_SLOW_READERS = 200; // what eight of them may cost, however much there is to tell
const EXTENDED: Capability = { kind: "extended-message" };
const SENDS_PATHS: Capability = { kind: "add-path", entries: [{ ...FAMILIES.ipv4, mode: "send" }] };

let victim: Victim;
afterEach(() => victim.dispose());

/** The table with another MED each time, so that each time everything is news. */
function table(med: number): Uint8Array {
  return announceMany({ from: 0, count: ROUTES, med, maxMessageBytes: 4096 });
}

test("readers whose window is closed stall nobody, cost bounded memory, and have the newest table when they read again [5.8-slow-reader]", async () => {
  victim = await Victim.start(12);
  const healthy = await victim.healthy();
  const sender = await victim.call(3).establish();
  sender.write(table(0));
  await until(() => healthy.count("update") > 0 && sender.socket.writableLength === 0);
  const before = await victim.heldMib();
  const deaf = await Promise.all([4, 5, 6, 7, 8, 9, 10, 11].map((host) => victim.call(host).establish()));
  for (const peer of deaf) peer.goDeaf();

  let med = 0;
  let most = 0;
  await keepDoing(FLOOD_MS, async () => {
    sender.write(table(++med));
    await until(() => sender.socket.writableLength === 0, "the daemon takes what the sender has");
    most = Math.max(most, await victim.heldMib());
  }, () => med >= ROUNDS);
  expect(most).toBeLessThan(before + MIB_FOR_SLOW_READERS);
  await victim.expectUnharmed(healthy);

  for (const peer of deaf) peer.listenAgain();
  await until(async () => (await victim.peer(4)).families.ipv4?.advertised === ROUTES && deaf.every((peer) => peer.lastMed === med), "the deaf have caught up");
  expect(deaf.map(({ closed }) => closed)).not.toContain(true);
});

test("senders that are faster than we decide have to wait, and everybody's keepalives stay on time [5.8-fast-sender]", async () => {
  victim = await Victim.start(8);
  const healthy = await victim.healthy();
  const senders = await Promise.all([3, 4, 5, 6, 7, 8].map((host) => victim.call(host, { holdTimeSec: 6 }).establish()));
  const tables = senders.map((_, index) => [0, 1].map((med) => announceMany({ from: index * ROUTES, count: 2 * ROUTES, med, maxMessageBytes: 4096 })));
  let rounds = 0;
  await keepDoing(FLOOD_MS, async () => {
    rounds++;
    for (const [index, sender] of senders.entries()) {
      const bytes = tables[index]?.[rounds % 2];
      if (bytes && sender.socket.writableLength === 0) sender.write(bytes);
    }
    await until(() => senders.some(({ socket }) => socket.writableLength === 0), "the daemon takes something");
  });
  expect(senders.map(({ farewell }) => farewell)).toEqual(senders.map(() => undefined));
  expect(senders.map(({ closed }) => closed)).not.toContain(true);
  await victim.expectUnharmed(healthy);
  expect((await victim.daemon.ask("status")).stdout, "and operators are answered").toContain("ts-bgp process is running");
});

test("a message of 64 KiB is one message where that was agreed, and the end of the session where it was not", async () => {
  victim = await Victim.start(3);
  const healthy = await victim.healthy();
  const routes = announceMany({ from: 0, count: 60_000, med: 0, maxMessageBytes: 65535 });
  const agreed = await victim.call(3, { capabilities: [EXTENDED] }).establish();
  agreed.write(routes);
  await until(async () => (await victim.router()).prefixes === 60_000, "its routes");
  const other = await victim.call(4).establish();
  other.write(routes);
  await other.gone();
  expect(other.farewell).toBe("1/2");
  await victim.expectUnharmed(healthy);
});

test("a million prefixes where a thousand are allowed: 6/1 at once, and nothing is kept", async () => {
  victim = await Victim.start(2, { maxPrefixes: 1000 });
  const healthy = await victim.healthy();
  const before = await victim.heldMib();
  const flood = await victim.call(3, { capabilities: [EXTENDED] }).establish();
  flood.write(announceMany({ from: 0, count: 1_000_000, med: 0, maxMessageBytes: 65535 }));
  await flood.gone();
  expect(flood.farewell).toBe("6/1");
  expect(await victim.heldMib()).toBeLessThan(before + 50);
  await until(async () => (await victim.router()).paths === 0, "every path is gone");
  await victim.expectUnharmed(healthy);
});

test("a hundred thousand paths to one prefix are as many as the peer may tell, and stop nobody [5.8-path-ids]", async () => {
  victim = await Victim.start(2, { addPath: "receive" });
  const healthy = await victim.healthy();
  const hoarder = await victim.call(3, { capabilities: [EXTENDED, SENDS_PATHS] }).establish();
  for (let first = 1; first < 100_000; first += 10_000) hoarder.write(announcePaths(first, 10_000));
  await until(async () => (await victim.peer(3)).counters.pathsIgnored === 100_000 - 64, "all were looked at");
  expect((await victim.router()).paths).toBe(64);
  expect(victim.linesAbout("paths to one prefix")).toBe(1);
  await victim.expectUnharmed(healthy);
});
