/** Clients of the HTTP doors that want to hurt: slow ones, deaf ones, many, and many requests in one breath. */

import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import { HttpServer, type HttpTimeouts } from "../../../src/control/sockets/http-server.ts";
import { parseHead } from "../../../src/control/sockets/http-head.ts";
import { metricsServer } from "../../../src/control/metrics/server.ts";
import type { PeerView } from "../../../src/speaker/view.ts";
import type { PeerName } from "../../../src/speaker/config/config.ts";
import { FakeView } from "../../support/fake-view.ts";
import { quietLook } from "../../support/quiet-look.ts";
import { until } from "../../support/until.ts";

const LOOPBACK = "127.0.0.1" as IpAddress;
const REQUESTS = 10_000;
const MEGABYTE = 1024 * 1024;

const doors: (HttpServer)[] = [];
const clients: Socket[] = [];
const failures: unknown[] = [];
let view: FakeView;

beforeEach(() => {
  view = new FakeView();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const door of doors.splice(0)) await door.close();
  expect(failures).toEqual([]);
});

/** One that answers with more than a socket takes at once. */
async function opened(timeouts?: HttpTimeouts): Promise<HttpServer> {
  const door = new HttpServer({
    door: "test",
    title: "test",
    endpoint: { address: LOOPBACK, port: 0 },
    maxClients: 4,
    ...(timeouts && { timeouts }),
    answer: async (_, response) => void response.end(Buffer.alloc(16 * MEGABYTE)),
  }, { failed: (error) => failures.push(error) });
  doors.push(door);
  await door.open();
  return door;
}

async function metrics(): Promise<HttpServer> {
  const server = metricsServer({ address: LOOPBACK, port: 0, birdNames: false }, { look: () => quietLook(view), failed: (error) => failures.push(error) });
  doors.push(server);
  await server.open();
  return server;
}

async function client(port: number): Promise<Socket> {
  const socket = connect(port, LOOPBACK);
  socket.on("error", () => {});
  clients.push(socket);
  await once(socket, "connect");
  return socket;
}

test("a request that comes octet by octet is not waited for", async () => {
  const door = await opened({ requestMs: 100, idleMs: 60_000 });
  const slow = await client(door.port);
  slow.resume();
  slow.write("GET / HTTP/1.1\r\n");
  const drip = setInterval(() => slow.write("x"), 5);
  await until(() => slow.destroyed || slow.readableEnded);
  clearInterval(drip);
  await until(() => door.counts.clients === 0);
  expect(door.counts.turnedAway["too-slow"]).toBe(1);
});

test("a client that does not read its answer has to go", async () => {
  const door = await opened({ requestMs: 60_000, idleMs: 200 });
  const deaf = await client(door.port);
  deaf.pause();
  deaf.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => door.counts.turnedAway.idle === 1);
  await until(() => door.counts.clients === 0);
});

test.each([
  ["hello\r\n\r\n", "malformed", "400 Bad Request"],
  ["GET / HTTP/1.1\r\nno field\r\n\r\n", "malformed", "400 Bad Request"],
  [`GET /${"x".repeat(MEGABYTE)}`, "too-long", "431 Request Header Fields Too Large"],
] as const)("%.40j is counted and shown the door", async (text, why, status) => {
  const door = await opened();
  const rude = await client(door.port);
  let heard = "";
  rude.setEncoding("latin1").on("data", (said: string) => (heard += said));
  rude.write(text);
  await until(() => rude.destroyed);
  expect(["", `HTTP/1.1 ${status}\r\n`]).toContain(heard.slice(0, `HTTP/1.1 ${status}\r\n`.length)); // a reset may take the word away
  expect(door.counts.turnedAway).toMatchObject({ [why]: 1 });
});

test("more clients than it takes are turned away and counted", async () => {
  const door = await opened();
  await Promise.all(Array.from({ length: 4 }, () => client(door.port)));
  await until(() => door.counts.clients === 4);
  const oneTooMany = await client(door.port);
  oneTooMany.resume();
  await until(() => oneTooMany.destroyed);
  expect(door.counts.turnedAway["too-many-clients"]).toBe(1);
});

test("of ten thousand requests in one breath the first is answered, and nobody waits for the others", async () => {
  view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
  const server = await metrics();
  const flood = await client(server.port);
  let heard = "";
  flood.setEncoding("latin1").on("data", (text: string) => (heard += text));
  flood.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(REQUESTS));
  await until(() => flood.destroyed);
  expect(heard.split("HTTP/1.1 200 OK").length - 1).toBeLessThanOrEqual(1);
  expect(server.counts).toMatchObject({ requests: 1, turnedAway: { "too-many-requests": 1 } });
  expect((await fetch(`http://${LOOPBACK}:${server.port}/healthz`)).status).toBe(200);
});

test("no more than four pages are made at a time, however many ask, and the probes answer", async () => {
  const one = view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
  for (let index = 1; index < 500; index++) view.peerViews.push({ ...one, name: `p${index}` as PeerName });
  let [making, most] = [0, 0];
  view.walkPeers = function* (this: FakeView): Iterable<PeerView> {
    most = Math.max(most, ++making);
    yield* this.peerViews;
    making--;
  };
  const server = await metrics();
  const url = `http://${LOOPBACK}:${server.port}`;
  const [health, ...pages] = await Promise.all([fetch(`${url}/healthz`), ...Array.from({ length: 15 }, () => fetch(`${url}/metrics`))]);
  expect(health.status).toBe(200);
  const statuses = pages.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
  expect(statuses.filter((status) => status === 503)).toHaveLength(server.counts.turnedAway["too-many-requests"]);
  expect(server.counts.turnedAway["too-many-requests"]).toBeGreaterThan(0);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
  for (const page of pages) await page.body?.cancel();
});

test("a head of a request is read as it is, and nothing else passes for one", () => {
  expect(parseHead("GET /metrics?x=1 HTTP/1.1\r\nHost: node-1:9179\r\nX-Empty:\r\nAccept:  text/plain ")).toEqual({ method: "GET", url: "/metrics?x=1", fields: { host: "node-1:9179", "x-empty": "", accept: "text/plain" } });
  for (const text of ["", "GET /", "GET  / HTTP/1.1", "get / HTTP/1.1", "GET / HTTP/2.0", "GET / HTTP/1.1\r\n folded: x", "GET /\u0000 HTTP/1.1"]) expect(parseHead(text)).toBeUndefined();
});

test("whoever answers sees what was asked, and HEAD hears no body", async () => {
  const door = new HttpServer({
    door: "test",
    title: "test",
    endpoint: { address: LOOPBACK, port: 0 },
    maxClients: 4,
    answer: async ({ method, url, headers }, response) => void response.writeHead(200, { "x-asked": `${method} ${url} ${headers["x-word"]}` }).end("body"),
  }, { failed: (error) => failures.push(error) });
  doors.push(door);
  await door.open();
  for (const [method, body] of [["GET", "body"], ["HEAD", ""]] as const) {
    const response = await fetch(`http://${LOOPBACK}:${door.port}/here?a=b`, { method, headers: { "X-Word": "please" } });
    expect([response.headers.get("x-asked"), await response.text()]).toEqual([`${method} /here?a=b please`, body]);
  }
});
