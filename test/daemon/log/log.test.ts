/** Facts as log lines. */

import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseAddress, type IpAddress } from "../../../src/ip/address.ts";
import { holdTimerExpired } from "../../../src/bgp/wire/notification.ts";
import { parseDaemonConfig } from "../../../src/daemon/config/config.ts";
import { Log, type Written, outputTo } from "../../../src/daemon/log/log.ts";
import type { PeerName } from "../../../src/speaker/config/config.ts";
import { negotiated } from "../../support/fake-view.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const PEER = "Mesh_10_0_0_1" as PeerName;
const REMOTE = { address: parseAddress("10.0.0.1") as IpAddress, port: 179 };

function logWith(settings: object): { readonly log: Log; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const { log } = parseDaemonConfig({ router: { asn: 1, id: "1.1.1.1" }, log: settings });
  return { log: new Log(log, { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) }), lines };
}

test("a fact is one line, with a sentence for people and fields for programs", () => {
  const { log, lines } = logWith({});
  log.tell({ kind: "peer-up", peer: PEER, remote: REMOTE, negotiated: negotiated() });
  log.tell({ kind: "peer-down", peer: PEER, was: "established", reason: { kind: "sent", notification: holdTimerExpired, detail: "" } });
  expect(lines).toMatchObject([
    { level: "info", topic: "session", msg: "Mesh_10_0_0_1 is up", peer: PEER, address: "10.0.0.1", asn: 64512, families: ["ipv4"], holdTimeSec: 90 },
    { level: "warn", topic: "session", msg: "Mesh_10_0_0_1 went down: sent Hold Timer Expired", error: { kind: "sent", code: 4, subcode: 0 } },
  ]);
});

test("each topic has a level of its own, and it can change while running", () => {
  const { log, lines } = logWith({ level: "warn", levels: { session: "debug" } });
  const dialFailed = { kind: "dial-failed", peer: PEER, reason: "connection refused" } as const;
  log.tell(dialFailed);
  log.tell({ kind: "listening", endpoint: REMOTE });
  expect(lines.map(({ msg }) => msg)).toEqual(["Mesh_10_0_0_1 does not answer: connection refused"]);
  log.setLevels(parseDaemonConfig({ router: { asn: 1, id: "1.1.1.1" }, log: {} }).log);
  log.tell(dialFailed);
  log.tell({ kind: "listening", endpoint: REMOTE });
  expect(lines.map(({ msg }) => msg).slice(1)).toEqual(["listening on 10.0.0.1:179"]);
});

test("octets that a peer sent are shown in part only", () => {
  const { log, lines } = logWith({});
  log.tell({ kind: "attribute-fault", peer: PEER, fault: { code: 8, severity: "treat-as-withdraw", reason: "length", bytes: new Uint8Array(5000).fill(0xab) } });
  expect(String(lines[0]?.["bytes"])).toMatch(/^(ab){64}$/);
});

test("changes of a configuration are counted in words", () => {
  const { log, lines } = logWith({});
  log.tell({ kind: "configured", changes: [{ kind: "add-peer", peer: PEER }, { kind: "add-peer", peer: PEER }, { kind: "remove-peer", peer: PEER }, { kind: "originate" }] });
  log.tell({ kind: "configured", changes: [] });
  expect(lines.map(({ msg }) => msg)).toEqual(["configuration applied: 2 peers added, 1 peer removed, our own prefixes", "configuration unchanged"]);
});

test("one of a thing is not called many", () => {
  const { log, lines } = logWith({});
  const kept = { kind: "routes-kept", peer: PEER, family: "ipv4", forMs: 30_000 } as const;
  log.tell({ ...kept, stage: "restarting", paths: 1, gone: 0 });
  log.tell({ ...kept, stage: "fresh", paths: 2, gone: 1 });
  log.tell({ kind: "range-full", range: "rack-a", remote: REMOTE, limit: 1, refused: 1 });
  log.tell({ kind: "prefix-limit-near", peer: PEER, family: "ipv6", paths: 1, limit: 1 });
  log.tell({ kind: "path-limit", peer: PEER, limit: 1 });
  expect(lines.map(({ msg }) => msg)).toEqual([
    "Mesh_10_0_0_1, ipv4: away, 1 route kept for 30 s",
    "Mesh_10_0_0_1, ipv4: nothing is stale any more: 1 route gone, 2 current",
    "rack-a is full: refused 10.0.0.1, because its limit is 1 peer (1 refused so far)",
    "Mesh_10_0_0_1 has sent 1 of at most 1 ipv6 prefix",
    "Mesh_10_0_0_1 tells more than 1 path to one prefix; further ones are ignored",
  ]);
});

test("a line about thousands of peers names a few of them, and says how many there are", () => {
  const { log, lines } = logWith({});
  const names = Array.from({ length: 4_000 }, (_, index) => `client-${index}` as PeerName);
  log.tell({ kind: "configured", changes: names.map((peer) => ({ kind: "add-peer", peer })) });
  log.tell({ kind: "converged", waitedMs: 30_000, missing: names });
  log.tell({ kind: "restart-complete", waitedMs: 30_000, missing: names });
  expect(lines.map(({ msg }) => msg)).toEqual([
    "configuration applied: 4000 peers added",
    "went on without the initial routes of client-0, client-1, client-2 and 3997 more",
    "restarted: every peer is told our routes after 30 s, without the routes of client-0, client-1, client-2 and 3997 more",
  ]);
  expect(lines[0]).toMatchObject({ changesInAll: 4_000, changes: { length: 20 } });
  expect(lines[1]).toMatchObject({ missingInAll: 4_000, missing: { length: 20 } });
  expect(lines[2]).toMatchObject({ missingInAll: 4_000, missing: { length: 20 } });
});

test("what was said last is written before the log is closed", async () => {
  const file = join(folder, "log");
  const log = new Log(parseDaemonConfig({ router: { asn: 1, id: "1.1.1.1" } }).log, outputTo(openSync(file, "w")));
  for (let i = 0; i < 1_000; i++) log.tell({ kind: "stopped", ms: i });
  await log.close();
  const lines = readFileSync(file, "utf8").trim().split("\n");
  expect(lines).toHaveLength(1_000);
  expect(lines.at(-1)).toContain("stopped after 999 ms");
});

test("a log that nobody reads any more holds up nobody's end, whether that was noticed before or not", async () => {
  for (const [index, notice] of ["before", "at the end"].entries()) {
    const pipe = join(folder, `pipe${index}`);
    execFileSync("mkfifo", [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const output = outputTo(openSync(pipe, "w"));
    const log = new Log(parseDaemonConfig({ router: { asn: 1, id: "1.1.1.1" } }).log, output);
    closeSync(reader);
    for (let ms = 0; ms < 3; ms++) log.tell({ kind: "stopped", ms });
    if (notice === "before") await new Promise((resolve) => setImmediate(resolve));
    await log.close();
    if (notice === "at the end") expect(() => log.tell({ kind: "stopped", ms: 3 })).not.toThrow();
  }
});

test("a log on a full disk holds up nobody's end, nor that of the process", () => {
  const script = `
    import { openSync } from "node:fs";
    import { outputTo } from ${JSON.stringify(new URL("../../../dist/daemon/log/log.js", import.meta.url).href)};
    const output = outputTo(openSync("/dev/full", "w"));
    output.write("a line\\n");
    setTimeout(async () => {
      output.write("another\\n");
      await output.end();
      process.exit(0);
    }, 50); // it has been noticed`;
  const { status, signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000, killSignal: "SIGKILL" });
  expect([status, signal]).toEqual([0, null]);
});

test("a level that an operator sets holds for one topic, or for all, until the configuration says again what it says", () => {
  const { log, lines } = logWith({ level: "warn" });
  const dialFailed = { kind: "dial-failed", peer: PEER, reason: "connection refused" } as const;
  log.setLevel("debug", "session");
  expect(log.levels()).toEqual({ daemon: "warn", config: "warn", session: "debug", routes: "warn", kernel: "warn", control: "warn" });
  log.tell(dialFailed);
  log.setLevel("silent", undefined);
  log.tell(dialFailed);
  expect(lines).toHaveLength(1);
  log.setLevels(parseDaemonConfig({ router: { asn: 1, id: "1.1.1.1" }, log: { level: "warn" } }).log);
  expect(log.levels().session).toBe("warn");
});

test("who watches sees every line whatever the levels are, with its time and how many like it were held back", () => {
  const { log, lines } = logWith({ level: "silent" });
  const seen: Written[] = [];
  log.watch((written) => seen.push(written));
  for (let n = 0; n < 50; n++) log.tell({ kind: "dial-failed", peer: PEER, reason: "connection refused" }, 1_000 + n);
  expect(lines).toEqual([]);
  expect(seen).toHaveLength(10);
  expect(seen[0]).toMatchObject({ fact: { kind: "dial-failed" }, line: { topic: "session", level: "debug", message: `${PEER} does not answer: connection refused` }, heldBack: 0, atMs: 1_000 });
});
