/** Replies without an end on the control socket, with real clients: quick ones, slow ones, and ones that never read. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Prefix } from "../../../src/ip/prefix.ts";
import { ChangeRing } from "../../../src/history/change-ring.ts";
import { RefusedError, askRows, askValue } from "../../../src/control/sockets/client.ts";
import type { MonitorRow } from "../../../src/control/answers/events.ts";
import { FactLog } from "../../../src/control/records/fact-log.ts";
import { JSON_LINES } from "../../../src/control/sockets/json.ts";
import { ControlServer } from "../../../src/control/sockets/server.ts";
import type { RouteOrigin } from "../../../src/speaker/view.ts";
import { draftOf } from "../../support/changes.ts";
import { FakeView } from "../../support/fake-view.ts";
import { quietLook } from "../../support/quiet-look.ts";
import { until } from "../../support/until.ts";

const FOLLOWERS = 16;

let folder: string;
let path: string;
let server: ControlServer;
let ring: ChangeRing<RouteOrigin>;
let facts: FactLog;
const clients: Socket[] = [];
const failures: unknown[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-following-"));
  path = join(folder, "ts-bgp.sock");
  ring = new ChangeRing({ maxBytes: 128 * 1024, maxAgeMs: 3_600_000 }, 0, 16 * 1024);
  facts = new FactLog(3_600_000, 0);
  failures.length = 0;
  const view = new FakeView();
  server = new ControlServer(path, JSON_LINES, { look: () => quietLook(view, { history: { routes: ring, facts } }), failed: (error) => failures.push(error) });
  await server.open();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
  expect(failures).toEqual([]);
});

interface Watcher {
  readonly socket: Socket;
  rows(): readonly MonitorRow[];
  /** Lines heard, errors among them. */
  lines(): number;
}

function watcher(ask = '{"ask":"monitor","routes":"told"}'): Watcher {
  const socket = connect(path);
  socket.on("error", () => {});
  clients.push(socket);
  let heard = "";
  socket.setEncoding("utf8").on("data", (text: string) => (heard += text));
  socket.write(`${ask}\n`);
  return { socket, lines: () => heard.split("\n").length - 1, rows: () => heard.split("\n").slice(0, -1).flatMap((line) => (JSON.parse(line) as { row?: MonitorRow }).row ?? []) };
}

function change(prefix: string): void {
  ring.append(draftOf<RouteOrigin>({ atMs: 0, prefix: prefix as Prefix, change: "appeared", cause: "announced", decidedBy: undefined, differs: [], before: undefined, after: { kind: "network" }, path: { nextHop: undefined, localPref: 100, med: 0, asPathLength: 0, neighbourAs: undefined, origin: "igp" } }));
}

function fact(text: string): void {
  facts.note({ atMs: 0, topic: "session", fact: "peer-up", level: "info", peer: undefined, prefix: undefined, text, fields: {}, times: 1 }, "keeping");
}

const began = (one: Watcher): Promise<void> => until(() => one.rows().length > 0, "it began");

test("a monitor hears what happens as long as it stays, and ends when it hangs up", async () => {
  const [one, other] = [watcher(), watcher()];
  await Promise.all([began(one), began(other)]);
  change("10.0.0.0/8");
  fact("x is up");
  await until(() => one.rows().length === 3 && other.rows().length === 3);
  expect(one.rows().map(({ kind }) => kind)).toEqual(["began", "fact", "route"]);
  one.socket.destroy();
  change("11.0.0.0/8");
  await until(() => other.rows().length === 4);
  await askValue(path, { ask: "status" });
});

test("a monitor that never reads costs one piece: everybody else is answered, and when it reads it is told what it missed", async () => {
  const deaf = watcher();
  const quick = watcher('{"ask":"monitor"}');
  await Promise.all([began(deaf), began(quick)]);
  deaf.socket.pause();
  const CHANGES = 60_000;
  for (let n = 0; n < CHANGES; n++) {
    change(`10.${(n >> 8) & 255}.${n & 255}.0/24`);
    if (n % 10_000 === 0) await askValue(path, { ask: "status" });
  }
  fact("x is up");
  await until(() => quick.rows().some((row) => row.kind === "fact"), "the quick one heard of it");
  deaf.socket.resume();
  const heard = (): number => deaf.rows().reduce((sum, row) => sum + (row.kind === "route" ? 1 : row.kind === "missed" ? row.events : 0), 0);
  await until(() => heard() === CHANGES, "every change is either heard or missed");
  const missed = deaf.rows().reduce((sum, row) => sum + (row.kind === "missed" ? row.events : 0), 0);
  expect(missed, "nothing was queued for it but what the journal holds").toBeGreaterThan(CHANGES / 2);
});

test("what a monitor says after its question is not heard", async () => {
  const talkative = watcher();
  await began(talkative);
  const said = once(talkative.socket, "drain");
  talkative.socket.write(`${"x".repeat(200_000)}\n{"ask":"status"}\n`.repeat(20));
  await said; // all of it is out of here, which it would not be if nobody took it
  change("10.0.0.0/8");
  await until(() => talkative.rows().length === 2);
  change("11.0.0.0/8");
  await until(() => talkative.rows().length === 3);
  expect(talkative.rows().map(({ kind }) => kind)).toEqual(["began", "route", "route"]);
  expect(talkative.lines()).toBe(3);
});

test("so many may watch at a time, and the next one is told so; others are answered as ever", async () => {
  const watching = Array.from({ length: FOLLOWERS }, () => watcher());
  await Promise.all(watching.map(began));
  const onceMore = async (): Promise<void> => {
    for await (const _ of askRows(path, { ask: "monitor" })) return;
  };
  await expect(onceMore()).rejects.toThrow(new RefusedError("too many are watching already"));
  await askValue(path, { ask: "status" });
  watching[0]?.socket.destroy();
  await until(() => onceMore().then(() => true, () => false), "there is room again");
});

test("a server that closes ends every monitor", async () => {
  const one = watcher();
  await began(one);
  const closed = once(one.socket, "close");
  await server.close();
  await closed;
});

test("a question that is refused ends, and the client may ask another one", async () => {
  const socket = connect(path);
  clients.push(socket);
  let heard = "";
  socket.setEncoding("utf8").on("data", (text: string) => (heard += text));
  socket.write('{"ask":"monitor","routes":"sometimes"}\n{"ask":"fib"}\n');
  await until(() => heard.split("\n").length === 3);
  expect(heard.split("\n").slice(0, -1).map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual(["error", "error"]);
});
