/** The control socket with real clients, good and bad. */

import { once } from "node:events";
import { existsSync, linkSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ControlError, RefusedError, askRows, askValue } from "../../../src/control/sockets/client.ts";
import type { StatusAnswer } from "../../../src/control/commands.ts";
import { JSON_LINES } from "../../../src/control/sockets/json.ts";
import type { Look } from "../../../src/control/look.ts";
import { ControlServer } from "../../../src/control/sockets/server.ts";
import { quietLook } from "../../support/quiet-look.ts";
import { FakeView } from "../../support/fake-view.ts";
import { until } from "../../support/until.ts";

let folder: string;
let path: string;
let view: FakeView;
let server: ControlServer;
const clients: Socket[] = [];
const failures: unknown[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-control-"));
  path = join(folder, "below", "ts-bgp.sock");
  view = new FakeView();
  failures.length = 0;
  server = serverOn(view);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
});

function serverOn(speaker: FakeView): ControlServer {
  const look = (): Look => quietLook(speaker);
  return new ControlServer(path, JSON_LINES, { look, failed: (error) => failures.push(error) });
}

function client(): Socket {
  const socket = connect(path);
  socket.on("error", () => {});
  clients.push(socket);
  return socket;
}

test("a question is answered, and the socket is for owner and group only", async () => {
  await server.open();
  expect((await askValue<StatusAnswer>(path, { ask: "status" })).version).toBe("1.2.3");
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test("a long table arrives whole", async () => {
  await server.open();
  for (let i = 0; i < 20_000; i++) view.addRoute(`10.${i >> 8 & 255}.${i & 255}.0/24`);
  let count = 0;
  for await (const _ of askRows(path, { ask: "routes" })) count++;
  expect(count).toBe(20_000);
});

test("what the daemon refuses is told in its words", async () => {
  await server.open();
  await expect(askValue(path, { ask: "peer", peer: "10.9.9.9" })).rejects.toThrow(new RefusedError("no such peer: 10.9.9.9: there are no peers"));
});

test("several questions on one connection are answered in order, also when they come in pieces", async () => {
  await server.open();
  const socket = client();
  let heard = "";
  socket.setEncoding("utf8").on("data", (text: string) => (heard += text));
  socket.write('{"ask":"status"}\n{"ask":"fib"}\n{"as');
  await until(() => heard.split("\n").length === 3);
  socket.write('k":"peers"}\n');
  await until(() => heard.endsWith('{"end":true}\n'));
  expect(heard.split("\n").slice(0, -1).map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual(["value", "error", "end"]);
});

test("garbage gets an error and costs nobody else anything", async () => {
  await server.open();
  const socket = client();
  let heard = "";
  socket.setEncoding("utf8").on("data", (text: string) => (heard += text));
  socket.write('hello\n\u0000\u0001\n[]\n{"ask":7}\n{"ask":"status","prefix":1}\n');
  await until(() => heard.split("\n").length === 6);
  for (const line of heard.split("\n").slice(0, -1)) expect(Object.keys(JSON.parse(line) as object)).toEqual(["error"]);
  await askValue(path, { ask: "status" });
});

test("a megabyte without a newline ends that client's connection", async () => {
  await server.open();
  const socket = client();
  socket.write("x".repeat(1024 * 1024));
  socket.resume();
  await until(() => socket.destroyed);
  await askValue(path, { ask: "status" });
});

test("a question as long as a configuration of thousands of peers is answered", async () => {
  await server.open();
  const document = { peers: Array.from({ length: 5_000 }, (_, i) => ({ name: `Mesh_${i}`, address: `10.0.${i >> 8}.${i & 255}`, description: "x".repeat(500) })) };
  await expect(askRows(path, { ask: "plan", file: "/etc/ts-bgp.json", document })[Symbol.asyncIterator]().next()).rejects.toThrow("nobody plans here");
});

test("two clients may be sending a long question at a time, and a third has to come back", async () => {
  await server.open();
  const long = `{"ask":"plan","file":"${"x".repeat(200_000)}`;
  const [first, second, third] = [client(), client(), client()];
  for (const socket of [first, second]) socket?.resume().write(long);
  await until(() => first?.writableLength === 0 && second?.writableLength === 0);
  third?.resume().write(long);
  await until(() => third?.destroyed === true);
  expect([first?.destroyed, second?.destroyed]).toEqual([false, false]);
  first?.destroy();
  // whoever comes before the daemon has seen the first one go is sent away too
  await until(async () => (await saidTo(client(), `${long}","document":{}}\n`)).includes("nobody plans here"), "there is room again");
});

/** The first line that comes back, or what came before the connection ended. */
async function saidTo(socket: Socket, text: string): Promise<string> {
  let heard = "";
  socket.setEncoding("utf8").on("data", (more: string) => (heard += more));
  socket.write(text);
  await until(() => heard.includes("\n") || socket.destroyed, "an answer");
  return heard;
}

test("a client that asks and never reads holds up nobody", async () => {
  await server.open();
  for (let i = 0; i < 5_000; i++) view.addRoute(`10.${i >> 8}.${i & 255}.0/24`);
  const socket = client();
  socket.pause();
  socket.write('{"ask":"routes"}\n'.repeat(100));
  await once(socket, "connect");
  await askValue(path, { ask: "status" });
});

test("a defect in an answer costs its client the connection and is reported", async () => {
  await server.open();
  view.peers = () => {
    throw new Error("bug");
  };
  await expect(askValue(path, { ask: "status" })).rejects.toThrow(ControlError);
  expect(failures).toEqual([new Error("bug")]);
  await askRows(path, { ask: "routes" })[Symbol.asyncIterator]().next();
});

test("a socket file that nobody answers on is replaced", async () => {
  path = join(folder, "stale.sock");
  server = serverOn(view);
  const dead = createServer().listen(path);
  await once(dead, "listening");
  const kept = join(folder, "kept.sock");
  linkSync(path, kept);
  dead.close();
  await once(dead, "close");
  renameSync(kept, path);
  await server.open();
  await askValue(path, { ask: "status" });
});

test("a file that is no socket is one clear line, and stays as it is", async () => {
  path = join(folder, "precious");
  writeFileSync(path, "words");
  server = serverOn(view);
  await expect(server.open()).rejects.toThrow(`control socket ${path}: a file that is no socket stands there`);
  expect(readFileSync(path, "utf8")).toBe("words");
});

test("a socket that another daemon answers on is one clear line", async () => {
  await server.open();
  await expect(serverOn(view).open()).rejects.toThrow(`control socket ${path}: another ts-bgp answers on it`);
  await askValue(path, { ask: "status" });
});

test("a place where no socket can be is one clear line", async () => {
  writeFileSync(join(folder, "file"), "");
  path = join(folder, "file", "ts-bgp.sock");
  server = serverOn(view);
  await expect(server.open()).rejects.toThrow(/^cannot open control socket .*: .*directory|exists/);
});

test("asking where nobody answers says so", async () => {
  await expect(askValue(path, { ask: "status" })).rejects.toThrow(`cannot reach ts-bgp on ${path}: is ts-bgp running there?`);
});

test("clients beyond the sixty-fourth are turned away with one clear line", async () => {
  await server.open();
  const crowd = Array.from({ length: 64 }, client);
  await Promise.all(crowd.map((socket) => once(socket, "connect")));
  await expect(askValue(path, { ask: "status" })).rejects.toThrow(ControlError);
  crowd[0]?.destroy();
  await until(() => askValue(path, { ask: "status" }).then(() => true, () => false), "an answer once there is room");
});

test("a daemon that hangs up on a question is one clear line", async () => {
  path = join(folder, "deaf.sock");
  const deaf = createServer((socket) => socket.destroy()).listen(path);
  await once(deaf, "listening");
  const asking = Array.from({ length: 20 }, () => askValue(path, { ask: "status" }).catch((error: unknown) => error));
  for (const error of await Promise.all(asking)) expect(error).toBeInstanceOf(ControlError);
  deaf.close();
});

test("closing removes the socket file", async () => {
  await server.open();
  await server.close();
  expect(existsSync(path)).toBe(false);
});
