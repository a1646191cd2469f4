/** bgpdump reads our table. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StatusAnswer } from "../../src/control/commands.ts";
import { announceMany } from "../hostile/routes.ts";
import { describeWith } from "../support/needs.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { TcpPeer } from "../support/tcp-peer.ts";
import { until } from "../support/until.ts";

const US = "127.0.7.1";
const THEM = "127.0.7.2";
const ROUTES = 3_000;

await describeWith(["bgpdump"], "bgpdump", () => {
  const folder = mkdtempSync(join(tmpdir(), "ts-bgp-mrt-"));
  let daemon: RunningDaemon;
  let peer: TcpPeer;

  beforeAll(async () => {
    const port = await freePort(US);
    daemon = new RunningDaemon("rr", {
      router: { asn: 64512, id: US, ipv6: "fd00::1" },
      networks: ["192.0.2.0/24", "2001:db8:7::/48", "0.0.0.0/0"],
      listen: [{ address: US, port }],
      peers: [{ name: "feed", address: THEM, asn: 64512, passive: true, families: ["ipv4", "ipv6"] }],
    });
    await daemon.logged("started");
    peer = await new TcpPeer({ to: US, port, from: THEM, asn: 64512, holdTimeSec: 30 }).establish();
    peer.write(announceMany({ from: 0, count: ROUTES, med: 77, maxMessageBytes: 4096 }));
    await until(async () => (await daemon.value<StatusAnswer>("status")).router.prefixes === ROUTES + 3, "its routes");
  });

  afterAll(async () => {
    peer.drop();
    await daemon.dispose();
    rmSync(folder, { recursive: true });
  });

  it("finds every path with its peer and attributes, IPv6 and our own among them", async () => {
    const file = join(folder, "table.mrt");
    expect((await daemon.ask("mrt", "dump", file)).stdout).toContain(`${ROUTES + 3} prefixes`);
    const { stdout, stderr } = spawnSync("bgpdump", ["-m", file], { encoding: "utf8", maxBuffer: 1 << 24 });
    expect(stderr).not.toMatch(/error|invalid|truncated/i);
    const rows = stdout.trimEnd().split("\n").map((line) => line.split("|"));
    expect(rows).toHaveLength(ROUTES + 3);
    const fromPeer = rows.filter((row) => row[3] === THEM);
    expect(fromPeer).toHaveLength(ROUTES);
    expect(fromPeer[0]?.slice(0, 1)).toEqual(["TABLE_DUMP2"]);
    expect(new Set(fromPeer.map((row) => row[10]))).toEqual(new Set(["77"]));
    expect(new Set(fromPeer.map((row) => row[5])).size).toBe(ROUTES);
    expect(rows.map((row) => row[5])).toEqual(expect.arrayContaining(["192.0.2.0/24", "2001:db8:7::/48", "0.0.0.0/0"]));
  });

  it("never gets a file that was there before", async () => {
    const file = join(folder, "twice.mrt");
    expect((await daemon.ask("mrt", "dump", file)).code).toBe(0);
    expect(await daemon.ask("mrt", "dump", file)).toMatchObject({ code: 2, stderr: `${file}: it exists already\n` });
  });

  it.skipIf(process.getuid?.() !== 0)("is told in one line that the disk is full, and finds no half of a table there", async () => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", disk]);
    try {
      const file = join(disk, "table.mrt");
      expect(await daemon.ask("mrt", "dump", file)).toMatchObject({ code: 1, stderr: `${file}: no space left on the device; nothing of it is left there\n` });
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  it("leaves no file behind that nobody filled", async () => {
    const file = join(folder, "none.mrt");
    const { status } = spawnSync(process.execPath, [join(import.meta.dirname, "../../dist/cli/main.js"), "mrt", "dump", file, "--socket", join(folder, "nobody.sock")]);
    expect([status, existsSync(file)]).toEqual([1, false]);
  });
});
