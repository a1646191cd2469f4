/** Clients that want to hurt, on every socket that looks in: what each of them costs the others. */

import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { birdDialect } from "../../../src/control/bird/dialect.ts";
import { askRows, askValue } from "../../../src/control/sockets/client.ts";
import { QUESTIONS } from "../../../src/control/commands.ts";
import type { Dialect } from "../../../src/control/sockets/dialect.ts";
import { JSON_LINES, READ_ONLY_JSON_LINES } from "../../../src/control/sockets/json.ts";
import { whyNotAllowed } from "../../../src/control/questions/read-only.ts";
import { ORDERS } from "../../../src/control/questions/orders.ts";
import { RequestTimeout } from "../../../src/control/sockets/request-timeout.ts";
import { type Access, ControlServer, EVERYBODY, type Ordered } from "../../../src/control/sockets/server.ts";
import { TurnQueue } from "../../../src/control/sockets/turn-queue.ts";
import { FakeView } from "../../support/fake-view.ts";
import { quietLook } from "../../support/quiet-look.ts";
import { Turns, mostAlike } from "../../support/turns.ts";
import { until } from "../../support/until.ts";

const REQUESTS = 10_000;
const MEGABYTE = 1024 * 1024;

let folder: string;
let view: FakeView;
let turnQueue: TurnQueue;
let turns: Turns;
/** In which turn of the event loop each reply was begun, on whichever socket. */
let looks: number[];
let ordered: Ordered[];
const servers: ControlServer[] = [];
const clients: Socket[] = [];
const failures: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-hostile-"));
  view = new FakeView();
  view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
  turnQueue = new TurnQueue();
  turns = new Turns();
  looks = [];
  ordered = [];
});

afterEach(async () => {
  turns.stop();
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) await server.close();
  rmSync(folder, { recursive: true });
  expect(failures).toEqual([]);
});

async function open(name: string, dialect: Dialect, access?: Access): Promise<ControlServer> {
  const look = (): ReturnType<typeof quietLook> => {
    looks.push(turns.count);
    return quietLook(view);
  };
  const server = new ControlServer(join(folder, name), dialect, { look, failed: (error) => failures.push(error), ordered: (order) => ordered.push(order), turnQueue }, access);
  servers.push(server);
  await server.open();
  return server;
}

async function client(name: string): Promise<Socket> {
  const socket = connect(join(folder, name));
  socket.on("error", () => {});
  clients.push(socket);
  await once(socket, "connect");
  return socket;
}

const KINDS = [
  { kind: "our socket", dialect: JSON_LINES, question: '{"ask":"status"}', isWhole: (text: string): boolean => text.endsWith("}\n") },
  { kind: "the socket for everybody", dialect: READ_ONLY_JSON_LINES, question: '{"ask":"status"}', isWhole: (text: string): boolean => text.endsWith("}\n") },
  { kind: "BIRD's socket for IPv4", dialect: birdDialect("ipv4"), question: "show status", isWhole: (text: string): boolean => text.endsWith("running\n") },
  { kind: "BIRD's socket for IPv6", dialect: birdDialect("ipv6"), question: "show status", isWhole: (text: string): boolean => text.endsWith("running\n") },
];

describe.each(KINDS)("on $kind", ({ dialect, question, isWhole }) => {
  let server: ControlServer;
  beforeEach(async () => {
    server = await open("socket", dialect);
  });

  /** Somebody else is served. */
  async function expectService(): Promise<void> {
    const socket = await client("socket");
    let heard = "";
    socket.setEncoding("utf8").on("data", (text: string) => (heard += text));
    socket.write(`${question}\n`);
    await until(() => isWhole(heard), question);
    socket.destroy();
  }

  test("ten thousand requests in one breath are answered one in a turn, and another client does not wait for them", async () => {
    const flood = await client("socket");
    flood.resume();
    flood.write(`${question}\n`.repeat(REQUESTS));
    await until(() => server.counts.requests > 5);
    await expectService();
    expect(server.counts.requests).toBeLessThan(REQUESTS / 2);
    expect(mostAlike(looks)).toBeLessThanOrEqual(3); // a reply, and the greetings of two who connect
    flood.destroy();
  });

  test("garbage gets one error a line, and nothing is carried out", async () => {
    const socket = await client("socket");
    let heard = "";
    socket.setEncoding("latin1").on("data", (text: string) => (heard += text));
    const garbage = Array.from({ length: 200 }, (_, line) => Buffer.from(Array.from({ length: 50 }, (_, at) => ((line * 31 + at * 17) % 254) + 1).map((octet) => (octet === 10 ? 11 : octet))));
    for (const line of garbage) socket.write(Buffer.concat([line, Buffer.from("\n")]));
    await until(() => server.counts.requests === 200);
    await expectService();
    expect(ordered).toEqual([]);
    expect(heard.split("\n").filter((line) => line.startsWith('{"error"') || line.startsWith("9001 "))).toHaveLength(200);
  });

  test("a megabyte without a newline ends that connection, after a word", async () => {
    const socket = await client("socket");
    let heard = "";
    socket.setEncoding("utf8").on("data", (text: string) => (heard += text));
    socket.write("x".repeat(MEGABYTE));
    await until(() => socket.destroyed);
    expect(heard).toContain("too long");
    expect(server.counts.turnedAway["too-long"]).toBe(1);
    await expectService();
  });

  test("a client that never reads is answered as far as its socket takes it, and no further", async () => {
    const deaf = await client("socket");
    deaf.pause();
    deaf.write(`${question}\n`.repeat(REQUESTS));
    let before = -1;
    await until(async () => {
      const { requests } = server.counts;
      for (let turn = turns.count; turns.count < turn + 50; ) await new Promise((resolve) => setImmediate(resolve));
      return requests > 5 && (before = server.counts.requests) === requests;
    }, "it is answered no further");
    expect(before).toBeLessThan(REQUESTS);
    await expectService();
  });

  test("more clients than it takes are turned away and counted, and there is room again when they leave", async () => {
    const many = await Promise.all(Array.from({ length: 64 }, () => client("socket")));
    const oneTooMany = await client("socket");
    await until(() => oneTooMany.destroyed || oneTooMany.readableEnded || server.counts.turnedAway["too-many-clients"] === 1);
    expect(server.counts).toMatchObject({ clients: 64, connections: 64, turnedAway: { "too-many-clients": 1 } });
    for (const socket of many) socket.destroy();
    await until(() => server.counts.clients === 0);
    await expectService();
  });
});

test("clients of all sockets share one queue of turns: together they get one answer in a turn", async () => {
  for (const { kind, dialect } of KINDS) await open(kind, dialect);
  const crowd = await Promise.all(KINDS.flatMap(({ kind, question }) => Array.from({ length: 5 }, async () => {
    const socket = await client(kind);
    socket.resume();
    return { socket, question };
  })));
  await until(() => servers.every(({ counts }) => counts.clients === 5));
  const greetings = looks.length;
  for (const { socket, question } of crowd) socket.write(`${question}\n`.repeat(50));
  await until(() => servers.reduce((sum, { counts }) => sum + counts.requests, 0) === crowd.length * 50);
  expect(mostAlike(looks.slice(greetings))).toBe(1);
});

test("a request that is begun and not ended is not waited for for long, but a client that asks nothing may stay", async () => {
  const late: string[] = [];
  const begun = new RequestTimeout(10, () => late.push("begun"));
  const resting = new RequestTimeout(10, () => late.push("resting"));
  resting.begin();
  resting.end();
  begun.begin();
  await until(() => late.length > 0);
  begun.end();
  expect(late).toEqual(["begun"]);
});

test("whoever begins a request and does not end it has to go, and is counted", async () => {
  const server = new ControlServer(join(folder, "socket"), JSON_LINES, { look: () => quietLook(view), failed: (error) => failures.push(error) }, undefined, 20);
  servers.push(server);
  await server.open();
  const [slow, silent] = [await client("socket"), await client("socket")];
  slow.resume();
  slow.write('{"ask":"status"}\n{"ask"');
  await until(() => slow.destroyed);
  expect(server.counts).toMatchObject({ requests: 1, clients: 1, turnedAway: { "too-slow": 1 } });
  expect(silent.destroyed).toBe(false);
});

describe("the socket for everybody", () => {
  test("is open to everybody, the others to owner and group", async () => {
    await open("all", READ_ONLY_JSON_LINES, EVERYBODY);
    await open("some", JSON_LINES);
    expect([statSync(join(folder, "all")).mode & 0o777, statSync(join(folder, "some")).mode & 0o777]).toEqual([0o666, 0o660]);
  });

  test("answers what is cheap, and takes no order", async () => {
    await open("all", READ_ONLY_JSON_LINES, EVERYBODY);
    const path = join(folder, "all");
    view.addRoute("10.1.0.0/16");
    expect(await askValue(path, { ask: "status" })).toHaveProperty("version");
    const rows: object[] = [];
    for await (const row of askRows<object>(path, { ask: "routes", covering: "10.1.2.3" })) rows.push(row);
    expect(rows).toHaveLength(1);
    await expect(askValue(path, { ask: "shutdown", peer: "Mesh_10_0_0_1" })).rejects.toThrow('"shutdown" is answered on the control socket only; here may be asked: status, peers,');
    for (const whole of [{}, { longer: "0.0.0.0/0" }, { prefix: "10.1.0.0/16", longer: "0.0.0.0/0" }]) {
      await expect(askRows(path, { ask: "routes", ...whole })[Symbol.asyncIterator]().next()).rejects.toThrow("ask about one prefix or address; whole tables are told on the control socket only");
    }
    expect(ordered).toEqual([]);
  });

  test("takes none of the orders that there are, and knows questions that exist only", () => {
    expect(ORDERS.filter(({ name }) => whyNotAllowed(name, {}) === undefined).map(({ name }) => name)).toEqual([]);
    expect(QUESTIONS.filter(({ name }) => whyNotAllowed(name, { prefix: "10.0.0.0/8" }) === undefined).length).toBeGreaterThan(8);
  });
});

describe("an order", () => {
  test("is told with the user and the process that gave it, a question is not", async () => {
    await open("socket", JSON_LINES);
    const path = join(folder, "socket");
    await askValue(path, { ask: "status" });
    await askValue(path, { ask: "shutdown", peer: "Mesh_10_0_0_1", text: "maintenance" });
    expect(ordered).toEqual([{ socket: path, order: 'shutdown {"peer":"Mesh_10_0_0_1","text":"maintenance"}', by: { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() } }]);
  });

  test("is told in BIRD's words where it was given in them, and cut where it is long", async () => {
    await open("socket", birdDialect("ipv4"));
    const socket = await client("socket");
    socket.resume();
    socket.write(`show status\n  disable Mesh_10_0_0_1 \nrestart ${"x".repeat(1000)}\n`);
    await until(() => ordered.length === 2);
    expect(ordered.map(({ order }) => order)).toEqual(["disable Mesh_10_0_0_1", `restart ${"x".repeat(192)}...`]);
  });
});

test("the group of a socket is the one that is asked for", async () => {
  const gid = process.getuid?.() === 0 ? 4711 : (process.getgid?.() ?? 0);
  await open("socket", JSON_LINES, { mode: 0o660, gid });
  expect(statSync(join(folder, "socket"))).toMatchObject({ gid });
  expect(statSync(join(folder, "socket")).mode & 0o777).toBe(0o660);
});
