/**
 * The built program on loopback: two daemons, and everything an operator asks and does.
 *
 *   a 127.0.1.1 ──── b 127.0.1.2        (ports of their own, no kernel routes)
 */

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StatusAnswer } from "../../src/control/commands.ts";
import type { PeerDetail, PeerRow } from "../../src/control/answers/peer.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import { BmpStation } from "../support/bmp-station.ts";
import { RunningDaemon, freePort, tsBgp } from "../support/program.ts";
import { until } from "../support/until.ts";

const A = "127.0.1.1";
const B = "127.0.1.2";

let port: number;
const running: RunningDaemon[] = [];
const folders: string[] = [];

beforeEach(async () => {
  port = await freePort(A);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((daemon) => daemon.dispose()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ts-bgp-program-"));
  folders.push(folder);
  return folder;
}

function start(config: object): RunningDaemon {
  const daemon = new RunningDaemon("rr", config);
  running.push(daemon);
  return daemon;
}

/** In a peer: it is waited for, not called. */
const WAITS = { passive: true };

/** The configuration of one end of the pair. */
function end(own: string, other: string, networks: readonly string[], peer: object = {}): object {
  const name = `Mesh_${other.replaceAll(".", "_")}`;
  return {
    router: { asn: 64512, id: own },
    networks,
    listen: [{ address: own, port }],
    peers: [{ name, address: other, port, localAddress: own, asn: 64512, connectRetrySec: 1, ...peer }],
  };
}

/** b calls a: where both do, their calls may meet so that either side gives up the other's, and a session ends that had just begun (RFC 4271 §6.8). */
async function pair(): Promise<{ readonly a: RunningDaemon; readonly b: RunningDaemon }> {
  const a = start(end(A, B, ["10.1.0.0/24"], WAITS));
  const b = start(end(B, A, ["10.2.0.0/24", "10.2.0.0/16"]));
  await Promise.all([a.logged("is up"), b.logged("is up")]);
  await until(async () => (await prefixesOf(a)).length === 3, "routes at a");
  return { a, b };
}

async function prefixesOf(daemon: RunningDaemon, ...args: readonly string[]): Promise<readonly string[]> {
  return (await daemon.value<readonly RouteRow[]>("routes", ...args)).map((row) => row.prefix);
}

test("two daemons meet, and every question has an answer", async () => {
  const { a } = await pair();

  const status = await a.ask("status");
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/^ts-bgp process is running\.\n/);
  expect(status.stdout).toMatch(/\| 127\.0\.1\.2 +\| node-to-node mesh \| up +\| \d\d:\d\d:\d\d \| Established \|/);
  expect(status.stdout).toContain("IPv6 BGP status\nNo IPv6 peers found.");

  const [row] = await a.value<readonly PeerRow[]>("peers");
  expect(row).toMatchObject({ address: B, state: "Established", families: { ipv4: { received: 2, accepted: 2, advertised: 1, endOfRib: true } } });
  expect((await a.ask("peers")).stdout).toContain("Mesh_127_0_1_2");

  const detail = await a.value<PeerDetail>("peers", B);
  expect(detail).toMatchObject({ remoteRouterId: B, localAddress: A, agreed: { fourOctetAs: true, maxMessageBytes: 65535 }, timers: { holdTimeSec: 90 } });
  expect((await a.ask("peers", B)).stdout).toMatch(/Capabilities received +multiprotocol 1\/1, route-refresh/);

  expect(await prefixesOf(a, "10.2.0.0/16")).toEqual(["10.2.0.0/16"]);
  expect(await prefixesOf(a, "10.2.0.9")).toEqual(["10.2.0.0/24"]);
  expect(await prefixesOf(a, "--from", B)).toEqual(expect.arrayContaining(["10.2.0.0/24", "10.2.0.0/16"]));
  expect(await prefixesOf(a, "--in", B, "10.2.0.0/16", "--longer")).toEqual(["10.2.0.0/16", "10.2.0.0/24"]);
  expect(await prefixesOf(a, "--out", "Mesh_127_0_1_2", "--as-path", "^$")).toEqual(["10.1.0.0/24"]);
  expect(await a.ask("routes", "--in", "Mesh_127_0_1_3")).toMatchObject({ code: 2, stderr: "no such peer: Mesh_127_0_1_3: did you mean Mesh_127_0_1_2?\n" });
  expect(await a.ask("routes", "--in", B, "--out", B)).toMatchObject({ code: 2, stderr: expect.stringContaining("one of them") });
  expect((await a.ask("peer", B)).stdout).toContain("Capabilities received");
  expect((await a.ask("routes", "10.9.0.1")).stdout).toBe("No routes.\n");
  expect((await a.ask("routes")).stdout).toMatch(/^\* +10\.2\.0\.0\/24 +127\.0\.1\.2 +127\.0\.1\.2 +100 +- +- +igp$/m);
  expect(statSync(a.socket).mode & 0o777).toBe(0o660);
});

test("status shows the monitoring stations, as a reload has them", async () => {
  const station = await BmpStation.open(A);
  try {
    const nobody = await freePort(B);
    const a = start({ ...end(A, B, []), bmp: [{ address: A, port: station.port }, { address: B, port: nobody }] });
    await a.logged(`monitoring station ${A}:${station.port} is connected`);
    await a.logged(`monitoring station ${B}:${nobody} is lost`);
    expect((await a.ask("status")).stdout).toMatch(new RegExp(`^Monitoring station ${A}:${station.port}: connected.* since \\d`, "m"));
    expect((await a.ask("status")).stdout).toMatch(new RegExp(`^Monitoring station ${B}:${nobody}: not connected since [0-9:]+, connection refused$`, "m"));
    a.configure({ ...end(A, B, []), bmp: [] });
    a.signal("SIGHUP");
    await until(() => station.over, "it is no station any more");
    expect((await a.value<StatusAnswer>("status")).bmp).toEqual([]);
  } finally {
    station.close();
  }
});

test("SIGHUP moves only what changed, and the session stays up", async () => {
  const { a, b } = await pair();
  b.configure(end(B, A, ["10.3.0.0/24"]));
  b.signal("SIGHUP");
  await until(async () => (await prefixesOf(a)).join() === "10.1.0.0/24,10.3.0.0/24", "the new networks at a");
  expect((await a.value<PeerDetail>("peers", B)).counters).toMatchObject({ established: 1, flaps: 0 });
});

test("a reload sets log levels at once, and names what only a restart applies", async () => {
  const b = start(end(B, A, []));
  await b.logged("started");
  b.configure({ ...end(B, A, []), kernel: { metric: 7 }, log: { level: "warn" } });
  expect((await b.ask("reload")).stdout).toMatch(/config\.json: read and applied\.\nOnly a restart changes: kernel\.\n$/);
  await b.logged("changed, but only a restart applies it: kernel");
  b.configure({ ...end(B, A, ["10.3.0.0/24"]), kernel: { metric: 7 }, log: { level: "error", levels: { config: "info" } } });
  b.signal("SIGHUP");
  await b.logged("configuration applied: our own prefixes");
  const said = b.log.map(({ msg }) => String(msg));
  expect(said.filter((line) => line.startsWith("configuration read")), "info, and so not said while the level was warn").toHaveLength(1);
});

test("a plan says what a reload would do, and changes nothing itself", async () => {
  const { a, b } = await pair();
  const next = end(A, B, ["10.1.0.0/24", "10.7.0.0/24"], { ...WAITS, importPolicy: "none" });
  const unchanged = await a.ask("plan", a.configFile);
  expect(unchanged).toMatchObject({ code: 0, stdout: "Nothing would change.\n" });
  a.configure({ ...next, policies: { none: { rules: [] } } });
  const { code, stdout } = await a.ask("plan", a.configFile);
  expect(code).toBe(3);
  expect(stdout).toContain("Best routes  1 gained, 2 lost");
  expect(stdout).toMatch(/^Mesh_127_0_1_2 +127\.0\.1\.2 +stays, judged anew +1 +0 +0$/m);
  expect(stdout).toMatch(/^- +10\.2\.0\.0\/16 +via 127\.0\.1\.2, .*LOCAL_PREF 100 +-$/m);
  expect(await a.ask("plan", a.configFile, "--peer", "Mesh_127_0_1_3")).toMatchObject({ code: 2, stdout: "", stderr: "no such peer: Mesh_127_0_1_3: did you mean Mesh_127_0_1_2?\n" });
  expect(await prefixesOf(a)).toHaveLength(3);
  const rows = await a.value<readonly { readonly kind: string; readonly prefix?: string; readonly change?: string }[]>("plan", a.configFile);
  expect(rows.map(({ kind, prefix, change }) => [kind, prefix, change].filter(Boolean).join(" ")).sort()).toEqual([
    "best 10.2.0.0/16 lost", "best 10.2.0.0/24 lost", "best 10.7.0.0/24 gained", "peer", "summary", "told 10.7.0.0/24 gained",
  ]);
  a.signal("SIGHUP");
  await until(async () => (await prefixesOf(b)).includes("10.7.0.0/24"), "what was planned is told");
  expect((await a.value<readonly RouteRow[]>("routes")).filter(({ best }) => best).map(({ prefix }) => prefix)).toEqual(["10.1.0.0/24", "10.7.0.0/24"]);
});

test("a configuration with mistakes cannot be planned: every fault on a line, exit code 2 [5.10-exit-codes]", async () => {
  const { a } = await pair();
  a.configure({ router: { asn: 0 }, peers: [{ address: "10.0.0.2", asn: 64512, holdTimeSec: 1 }] });
  const { code, stdout, stderr } = await a.ask("plan", a.configFile);
  expect([code, stdout, stderr.trim().split("\n").length]).toEqual([2, "", 3]);
  expect(stderr).toContain("peers[0].holdTimeSec: 1, expected 0 (off) or 3 to 65535 seconds");
  a.configure("{");
  expect((await a.ask("plan", a.configFile)).stderr).toMatch(/is no JSON: line 1, column 1: what is opened here with \{ is never closed\n$/);
});

test("log-level shows and sets what is logged while running, and a reload takes it back", async () => {
  const daemon = start({ ...end(A, B, []), log: { level: "info" } });
  await daemon.logged("started");
  expect((await daemon.ask("log-level")).stdout).toBe("info\n");
  expect((await daemon.ask("log-level", "debug", "--topic", "session")).stdout).toMatch(/^session: debug, until the configuration is read again/);
  await daemon.logged("does not answer"); // at debug only
  expect((await daemon.ask("log-level")).stdout).toContain("session  debug\n");
  expect((await daemon.ask("log-level", "loud")).code).toBe(2);
  await daemon.ask("reload");
  await until(async () => (await daemon.ask("log-level")).stdout === "info\n", "the level of the configuration");
});

test("a bad reload keeps the running configuration and says so", async () => {
  const { a, b } = await pair();
  b.configure('{ "router": { "asn": 64512, "id": "127.0.1.2" }, "network": [] }');
  b.signal("SIGHUP");
  await b.logged("configuration refused, the running one stays: network: [], expected no field of that name");
  b.configure("{");
  b.signal("SIGHUP");
  await until(() => b.log.filter((line) => String(line["msg"]).startsWith("configuration refused")).length === 2);
  expect(await prefixesOf(a)).toHaveLength(3);
  expect((await b.ask("status")).code).toBe(0);
});

test.each(["SIGINT", "stop"] as const)("%s says goodbye: the peer knows why, the program ends with 0 and takes its socket along [5.10-exit-codes, 5.2-shutdown-text]", async (way) => {
  const { a, b } = await pair();
  if (way === "SIGINT") b.signal(way);
  else expect(await b.ask(way)).toMatchObject({ code: 0, stdout: "ts-bgp stops; peers told goodbye: 1.\n" });
  expect(await b.exitCode()).toBe(0);
  await a.logged("went down: received Cease: Administrative Shutdown");
  expect(await prefixesOf(a)).toEqual(["10.1.0.0/24"]);
  expect((await b.ask("status")).stderr).toContain("is ts-bgp running there?");

  const status = await a.ask("status");
  expect(status.code).toBe(3);
  expect(status.stdout).toMatch(/\| start \| \d\d:\d\d:\d\d \| /);
  expect((await a.value<StatusAnswer>("status")).healthy).toBe(false);
});

test.each(["SIGTERM", "restart"] as const)("%s leaves a peer that keeps our routes without a word, and comes back as one that has restarted", async (way) => {
  const { a, b } = await pair();
  if (way === "SIGTERM") b.signal(way);
  else expect(await b.ask(way)).toMatchObject({ code: 0, stdout: "ts-bgp ends to be started again; peers that keep our routes meanwhile: 1 of 1.\n" });
  expect(await b.exitCode()).toBe(0);
  await a.logged("went down: connection lost");
  expect(await prefixesOf(a)).toHaveLength(3);
  expect(await a.value<PeerDetail>("peers", B)).toMatchObject({ counters: { received: { notification: 0 } }, kept: { ipv4: { stage: "restarting", stale: 2 } } });
  expect((await a.ask("peers", B)).stdout).toMatch(/Kept ipv4 +2 stale routes, restarting, \d+ s left/);

  start(end(B, A, ["10.2.0.0/16"]));
  await a.logged("ipv4: nothing is stale any more: 1 route gone, 1 current");
  expect(await prefixesOf(a)).toEqual(["10.1.0.0/24", "10.2.0.0/16"]);
  expect(await a.value<PeerDetail>("peers", B)).toMatchObject({ restart: { ourRoutesKept: true, peerWasRestarting: true }, kept: {} });
});

test("a signal that comes again at once, as by a shell and by whoever started us, is one", async () => {
  const { a, b } = await pair();
  let ended = false;
  const code = b.exitCode().finally(() => (ended = true));
  for (let sent = 0; !ended && sent < 1000; sent++) {
    b.signal("SIGINT");
    await new Promise(setImmediate);
  }
  expect(await code).toBe(0);
  await a.logged("went down: received Cease: Administrative Shutdown");
});

test("a daemon that is killed is missed when the hold time ends, and welcome when it is back", async () => {
  const a = start(end(A, B, [], { ...WAITS, holdTimeSec: 3 }));
  const b = start(end(B, A, ["10.2.0.0/24"]));
  await a.logged("is up");
  await until(async () => (await prefixesOf(a)).length === 1, "routes at a");
  b.signal("SIGSTOP"); // the host is gone, its TCP connections are not
  await a.logged("went down: sent Hold Timer Expired");
  expect(await prefixesOf(a)).toEqual([]);
  b.signal("SIGCONT");
  await until(async () => (await prefixesOf(a)).length === 1, "routes at a again");
});

test("status shows for how long a restart waits, and for whom", async () => {
  const a = start(end(A, B, ["10.1.0.0/24"], WAITS));
  await a.logged("started");
  expect((await a.ask("status")).stdout).toMatch(/^Restarting: waiting for 1 of 1 peers \(Mesh_127_0_1_2\), \d+ s of 30 s$/m);
});

test("who gave an order is in the log, and the socket for everybody takes none", async () => {
  const readOnlySocket = join(temporaryFolder(), "open.sock");
  const daemon = start({ ...end(A, B, []), control: { readOnlySocket, group: String(process.getgid?.()) } });
  await daemon.logged("started");
  const peer = `Mesh_${B.replaceAll(".", "_")}`;
  expect((await tsBgp("status", "--socket", readOnlySocket)).stdout).toContain("ts-bgp process is running.");
  expect(await tsBgp("shutdown", peer, "--socket", readOnlySocket)).toMatchObject({ code: 2, stderr: expect.stringContaining('"shutdown" is answered on the control socket only') });
  expect((await daemon.ask("shutdown", peer)).code).toBe(0);
  await daemon.logged("ordered on");
  const uid = process.getuid?.();
  expect(daemon.log.filter(({ topic, order }) => topic === "control" && order !== undefined)).toEqual([
    expect.objectContaining({ topic: "control", uid, socket: daemon.socket, order: `shutdown {"peer":"${peer}"}`, msg: expect.stringContaining(`(uid ${uid}, process `) }),
  ]);
});

test("a stranger is refused and counted [5.8-strangers]", async () => {
  const { a } = await pair();
  const stranger = connect({ host: A, port, localAddress: "127.0.1.77" }).on("error", () => {}).resume();
  await new Promise((resolve) => stranger.once("close", resolve)); // reset or closed: it is all the same to us
  await a.logged("refused a connection from 127.0.1.77");
  expect((await a.value<StatusAnswer>("status")).router.unknownConnections).toBe(1);
  expect((await a.ask("status")).code).toBe(0);
});

test("garbage from a peer's address ends nothing but that connection", async () => {
  const a = start(end(A, B, ["10.1.0.0/24"], WAITS));
  await a.logged("started");
  const peer = connect({ host: A, port, localAddress: B });
  let heard = Buffer.alloc(0);
  peer.on("error", () => {}).on("data", (chunk: Buffer) => (heard = Buffer.concat([heard, chunk])));
  peer.write(Buffer.alloc(4096, 0x5a));
  await once(peer, "close");
  expect(heard.subarray(-21).readUInt8(18), "the last message is a NOTIFICATION").toBe(3);
  expect((await a.ask("status")).code).toBe(3);
});

test("what stands in the way of a start is one clear line [5.10-exit-codes]", async () => {
  const occupied = createServer().listen(port, A);
  await once(occupied, "listening");
  const a = start(end(A, B, []));
  expect(await a.exitCode()).toBe(1);
  expect(a.stderr).toBe(`cannot listen on ${A} port ${port}: another process has it already\n`);
  occupied.close();

  const b = start(end(B, A, []));
  await b.logged("started");
  const twin = start({ ...end(B, A, []), control: { socket: b.socket } });
  expect(await twin.exitCode()).toBe(1);
  expect(twin.stderr).toBe(`control socket ${b.socket}: another ts-bgp answers on it\n`);
});

test("a wrong configuration ends with 2 and every fault on a line [5.10-exit-codes]", async () => {
  const daemon = start({ router: { asn: 64512, id: "10.0.0.1" }, peers: [{ address: "10.0.0.2", asn: 64512, holdTimeSec: 1 }, { address: "10.0.0.2", asn: 64512 }], color: 1 });
  expect(await daemon.exitCode()).toBe(2);
  expect(daemon.stderr.trim().split("\n")).toEqual([
    expect.stringContaining("config.json: color: 1, expected no field of that name"),
    expect.stringContaining("config.json: peers[0].holdTimeSec: 1, expected 0 (off) or 3 to 65535 seconds"),
    expect.stringContaining('config.json: peers[1].name: "Peer_10_0_0_2", expected one of its own: peers[0] has it too'),
    expect.stringContaining('config.json: peers[1].address: "10.0.0.2", expected one of its own: peers[0] has it too'),
  ]);
  expect(await tsBgp("check-config", daemon.configFile)).toMatchObject({ code: 2, stdout: "", stderr: daemon.stderr });
  daemon.configure('{\n  "router": { "asn": 64512, "id": "10.0.0.1" },\n  "color": 1\n}\n');
  expect((await tsBgp("check-config", daemon.configFile)).stderr).toMatch(/color: 1, expected no field of that name .* \(line 3, column 3\)\n$/);
});

test("a command line that makes no sense ends with 2 and one line", async () => {
  const complaints = [[[], "which command?"], [["statsu"], "no such command: statsu: did you mean status?"], [["fib", "chek"], "no such command: fib chek: did you mean fib check?"], [["nonsense"], "no such command: nonsense\n"], [["clear"], "something is missing: ts-bgp clear <peer>"], [["clear", "x", "--soft"], "--soft needs a value"], [["routes", "10.0.0"], '"10.0.0", expected a prefix'], [["node"], "config"], [["status", "--jsn"], "no such option: --jsn"]] as const;
  for (const [args, complaint] of complaints) {
    const { code, stderr, stdout } = await tsBgp(...args);
    expect([code, stdout], args.join(" ")).toEqual([2, ""]);
    expect(stderr).toContain(complaint);
  }
});

test("the schema and the version are told without a daemon", async () => {
  const schema = await tsBgp("schema");
  expect(JSON.parse(schema.stdout)).toMatchObject({ title: "ts-bgp configuration", required: ["router"] });
  expect((await tsBgp("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const help = await tsBgp("routes", "--help");
  expect(help).toMatchObject({ code: 0 });
  expect(help.stdout).toContain("Examples:");
});
