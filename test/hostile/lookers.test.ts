/** A crowd that looks in on every socket at once, asks without end and does not read: sessions and routes do not notice. */

import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StatusAnswer } from "../../src/control/commands.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { TcpPeer } from "../support/tcp-peer.ts";
import { until } from "../support/until.ts";
import { announceMany } from "./routes.ts";

const US = "127.0.10.1";
const [FEED, LISTENER] = ["127.0.10.2", "127.0.10.3"];
const AS = 64512;
const HOLD_SEC = 5; // short enough that any standstill would be seen
const ROUTES = 20_000;
const CROWD = 40; // on each socket
const REQUESTS = 10_000; // of each, in one breath

const folder = mkdtempSync(join(tmpdir(), "ts-bgp-lookers-"));
const clients: Socket[] = [];
let daemon: RunningDaemon;
let bgp: number;
let http: number;

beforeAll(async () => {
  bgp = await freePort(US);
  http = await freePort(US);
  daemon = new RunningDaemon("rr", {
    router: { asn: AS, id: US },
    listen: [{ address: US, port: bgp }],
    control: { bird: join(folder, "bird.ctl"), bird6: join(folder, "bird6.ctl"), readOnlySocket: join(folder, "open.sock"), metrics: { address: US, port: http } },
    peers: [FEED, LISTENER].map((address) => ({ address, asn: AS, passive: true, reflectorClient: true })),
  });
  await daemon.logged("started");
});

afterAll(async () => {
  for (const client of clients) client.destroy();
  await daemon.dispose();
  rmSync(folder, { recursive: true });
});

function crowd(where: { readonly path: string } | { readonly host: string; readonly port: number }, request: string): void {
  for (let index = 0; index < CROWD; index++) {
    const client = connect(where).on("error", () => {});
    clients.push(client);
    if (index % 2 === 0) client.resume(); // the others never read
    client.write(request.repeat(REQUESTS));
  }
}

async function peer(from: string): Promise<TcpPeer> {
  return new TcpPeer({ to: US, port: bgp, from, asn: AS, holdTimeSec: HOLD_SEC }).establish();
}

it("keeps sessions with a hold time of five seconds, and tells a table on, in the middle of it", async () => {
  const feed = await peer(FEED);
  const listener = await peer(LISTENER);
  for (const name of ["open.sock", "../" + daemon.socket.split("/").slice(-2).join("/")]) crowd({ path: join(folder, name) }, '{"ask":"status"}\n');
  for (const name of ["bird.ctl", "bird6.ctl"]) crowd({ path: join(folder, name) }, "show protocols all\n");
  crowd({ host: US, port: http }, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  for (let round = 0; round < 5; round++) {
    feed.write(announceMany({ from: 0, count: ROUTES, med: 100 + round, maxMessageBytes: 4096 }));
    await until(() => listener.lastMed === 100 + round || listener.closed, `round ${round}`);
  }
  const keepalives = listener.count("keepalive");
  await until(() => listener.count("keepalive") >= keepalives + 5 || listener.closed, "keepalives, while the crowd goes on");
  expect([feed.farewell, listener.farewell]).toEqual([undefined, undefined]);
  for (const client of clients.splice(0)) client.destroy();
  const { router, peers } = await daemon.value<StatusAnswer>("status");
  expect(router.prefixes).toBe(ROUTES);
  expect(peers.map(({ state }) => state)).toEqual(["up", "up"]);
  feed.drop();
  listener.drop();
});

it("has counted them, and answers as ever", async () => {
  const page = await (await fetch(`http://${US}:${http}/metrics`)).text();
  const count = (name: string): number => Number(new RegExp(`^${name.replace(/[{}"]/g, "\\$&")} (\\d+)$`, "m").exec(page)?.[1]);
  expect(count(`tsbgp_control_requests_total{door="${join(folder, "bird.ctl")}"}`)).toBeGreaterThan(CROWD);
  expect(count('tsbgp_control_turned_away_total{door="metrics",why="too-many-clients"}')).toBeGreaterThan(0); // whoever has his answer makes room
  expect(count('tsbgp_control_turned_away_total{door="metrics",why="too-many-requests"}')).toBeGreaterThan(0);
});
