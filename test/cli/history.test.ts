/**
 * The built program on loopback, and what an operator is told of the past and of the present.
 *
 *   a 127.0.1.21 ──── b 127.0.1.22        (ports of their own, no kernel routes)
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FlapRow, HistoryRow, MonitorRow, RouteEventRow } from "../../src/control/answers/events.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { until } from "../support/until.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const A = "127.0.1.21";
const B = "127.0.1.22";

let port: number;
const running: RunningDaemon[] = [];
const watching: ChildProcess[] = [];

beforeEach(async () => {
  port = await freePort(A);
});
afterEach(async () => {
  for (const child of watching.splice(0)) child.kill("SIGKILL");
  await Promise.all(running.splice(0).map((daemon) => daemon.dispose()));
});

/** b waits for a's call: calls that meet may cost a session that had just begun (RFC 4271 §6.8), and the past would have it. */
function configuration(own: string, other: string, networks: readonly string[], rest: object = {}): object {
  return { router: { asn: 64512, id: own }, networks, listen: [{ address: own, port }], peers: [{ name: own === A ? "b" : "a", address: other, port, localAddress: own, asn: 64512, connectRetrySec: 1, passive: own === B }], ...rest };
}

function start(config: object): RunningDaemon {
  const daemon = new RunningDaemon("rr", config);
  running.push(daemon);
  return daemon;
}

async function pair(): Promise<{ readonly a: RunningDaemon; readonly b: RunningDaemon }> {
  const b = start(configuration(B, A, ["10.2.0.0/24", "10.2.0.0/16"]));
  await b.logged("started"); // so that the first call comes through
  const a = start(configuration(A, B, ["10.1.0.0/24"]));
  await until(async () => (await changesOf(a)).filter(({ prefix }) => prefix.startsWith("10.2.")).length === 2, "routes of b at a");
  return { a, b };
}

async function changesOf(daemon: RunningDaemon, ...args: readonly string[]): Promise<readonly RouteEventRow[]> {
  const rows = await daemon.value<readonly HistoryRow[]>("changes", ...args).catch((): readonly HistoryRow[] => []);
  return rows.filter((row): row is RouteEventRow => row.kind === "route");
}

interface Watching {
  readonly child: ChildProcess;
  text(): string;
}

function monitor(daemon: RunningDaemon, ...args: readonly string[]): Watching {
  const child = spawn(process.execPath, [MAIN, "monitor", ...args, "--socket", daemon.socket], { stdio: ["ignore", "pipe", "pipe"] });
  watching.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (more: string) => (text += more));
  return { child, text: () => text };
}

test("the past of a prefix, of everything, and of what flaps", async () => {
  const { a, b } = await pair();
  await a.ask("shutdown", "b", "lunch");
  await until(async () => (await changesOf(a)).some(({ cause }) => cause === "session-down"), "the session is gone");
  await a.ask("enable", "b");
  await until(async () => (await changesOf(a, "--longer", "10.2.0.0/24")).length === 3, "it is back");
  b.configure(configuration(B, A, ["10.2.0.0/16"]));
  b.signal("SIGHUP");
  await until(async () => (await changesOf(a, "--longer", "10.2.0.0/24")).length === 4, "one network went");

  const history = await a.ask("history", "10.2.0.0/24");
  expect(history.code).toBe(0);
  const lines = history.stdout.split("\n");
  expect(lines[0]).toMatch(/^Time +About +What$/);
  expect(lines.slice(1, 5).map((line) => line.replace(/^[\d:.]+ +/, ""))).toEqual([
    `10.2.0.0/24  from b, announced: via ${B}, LOCAL_PREF 100, MED 0, empty AS path`,
    "10.2.0.0/24  gone, was from b: session-down",
    `10.2.0.0/24  from b, announced: via ${B}, LOCAL_PREF 100, MED 0, empty AS path`,
    "10.2.0.0/24  gone, was from b: withdrawn",
  ]);
  expect(lines[5]).toMatch(/^Known since [\d:.]+\.$/);

  const ofAddress = await a.value<readonly HistoryRow[]>("history", "10.2.0.9");
  expect(ofAddress[0]).toMatchObject({ kind: "reach", asked: null });
  expect(new Set(ofAddress.flatMap((row) => (row.kind === "route" ? row.prefix : [])))).toEqual(new Set(["10.2.0.0/24", "10.2.0.0/16"]));

  const changes = (await a.ask("changes")).stdout;
  const order = ["b is up", "b: shut down (lunch), asked for by an operator", "b went down: sent Cease: Administrative Shutdown (lunch)", "gone, was from b: session-down", "b: enabled", "b is up", "gone, was from b: withdrawn"];
  let at = 0;
  for (const text of order) {
    expect(changes.slice(at), `${text}, after what is before it in\n${changes}`).toContain(text);
    at += changes.slice(at).indexOf(text) + text.length;
  }

  const flaps = await a.ask("flaps");
  expect(flaps.stdout).toMatch(/^10\.2\.0\.0\/24 +4 +2 +[\d:.]+ +withdrawn$/m);
  expect(flaps.stdout).toMatch(/^b +1 +[\d:.]+ +b went down: sent Cease/m);
  expect((await a.value<readonly FlapRow[]>("flaps", "--top", "1")).map(({ kind }) => kind)).toEqual(["reach", "prefix", "session"]);

  expect((await a.ask("history", "10.9.0.0/16")).stdout).toMatch(/^Nothing changed\. Known since [\d:.]+\.\n$/);
  expect(await a.ask("changes", "--since", "soon")).toMatchObject({ code: 2, stderr: '--since: "soon", expected a duration such as "90s", "5m" or "2h"\n' });
  expect(await a.ask("history", "everything")).toMatchObject({ code: 2, stderr: 'history: "everything", expected a prefix such as 192.168.18.64/26 or an address such as 192.168.18.70\n' });
});

test("a monitor shows sessions, routes and reloads as they happen, as lines and as JSON, until Ctrl-C", async () => {
  const { a, b } = await pair();
  const [lines, json, narrow] = [monitor(a, "--routes"), monitor(a, "--json"), monitor(a, "--prefix", "10.2.0.0/24", "--json")];
  await until(() => [lines, json, narrow].every((one) => one.text() !== ""), "they began");
  b.configure(configuration(B, A, ["10.3.0.0/24"]));
  b.signal("SIGHUP");
  await until(() => lines.text().includes("10.3.0.0/24"));
  b.signal("SIGINT");
  await until(() => json.text().includes("peer-down") && lines.text().includes("10.3.0.0/24         gone, was from b: session-down"));
  await until(() => narrow.text().includes("withdrawn"));

  const rows = json.text().trimEnd().split("\n").map((line) => JSON.parse(line) as MonitorRow);
  expect(rows[0]?.kind).toBe("began");
  expect(rows.some((row) => row.kind === "route")).toBe(false);
  expect(rows).toContainEqual(expect.objectContaining({ kind: "fact", topic: "session", fact: "peer-down", peer: "b", level: "warn" }));
  expect(narrow.text().trimEnd().split("\n").map((line) => (JSON.parse(line) as MonitorRow).kind)).toEqual(["began", "route"]);

  for (const { child } of [lines, json]) child.kill("SIGINT");
  await until(() => lines.child.exitCode === 0 && json.child.exitCode === 0, "Ctrl-C ends them with 0");
});

test("a monitor whose daemon ends says so and ends with 1", async () => {
  const a = start(configuration(A, B, []));
  await a.logged("started");
  const one = monitor(a);
  await until(() => one.text().includes("watching"));
  a.signal("SIGINT");
  await once(one.child, "close");
  expect(one.child.exitCode).toBe(1);
  expect(one.text()).toContain("the answer broke off: has ts-bgp ended?");
});

test("monitors that never read keep nobody from routing", async () => {
  const { a, b } = await pair();
  const deaf = Array.from({ length: 16 }, () => connect(a.socket).on("error", () => {}));
  for (const socket of deaf) socket.pause().write('{"ask":"monitor","routes":"told"}\n');
  const networks = Array.from({ length: 4_000 }, (_, n) => `10.${16 + (n >> 8)}.${n & 255}.0/24`);
  for (let round = 0; round < 3; round++) {
    for (const some of [networks, []]) {
      b.configure(configuration(B, A, some));
      b.signal("SIGHUP");
      await until(async () => (await a.value<readonly { readonly families: { readonly ipv4?: { readonly received: number } } }[]>("peers"))[0]?.families.ipv4?.received === some.length, `${some.length} routes of b at a`);
    }
  }
  for (const socket of deaf) socket.destroy();
});

test("who asks for the events of a peer that is not there is told so, and hears all the same", async () => {
  const a = start(configuration(A, B, []));
  await a.logged("listening on");
  for (const command of ["changes", "flaps"]) {
    const { code, stdout, stderr } = await a.ask(command, "--peer", "bb");
    expect([code, stderr], command).toEqual([0, "no such peer: bb: did you mean b?\n"]);
    expect(stdout).toMatch(/Known since/);
  }
  expect(await a.ask("changes", "--peer", "b")).toMatchObject({ code: 0, stderr: "" });
  const watching = monitor(a, "--peer", "bb");
  for (const text of ["watching; Ctrl-C", "no such peer: bb: did you mean b?"]) await until(() => watching.text().includes(text), text);
});

test("with the history off nothing is remembered, and sessions can be watched all the same", async () => {
  const a = start(configuration(A, B, [], { control: { history: "off" } }));
  await a.logged("started");
  expect(await a.ask("changes")).toMatchObject({ code: 2, stderr: "nothing is remembered: control.history is off\n" });
  expect(await a.ask("flaps")).toMatchObject({ code: 2, stderr: "nothing is remembered: control.history is off\n" });
  const one = monitor(a);
  await until(() => one.text().includes("watching"));
  a.signal("SIGHUP");
  await until(() => one.text().includes("configuration unchanged"));
});
