/** Debian's birdc against our dialect: what operators type, and what comes back with which exit code. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../support/needs.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { until } from "../support/until.ts";

const US = "127.0.5.1";
const PEER = "Mesh_127_0_5_2";

await describeWith(["birdc"], "birdc", () => {
  const folder = mkdtempSync(join(tmpdir(), "ts-bgp-birdc-"));
  const socket = join(folder, "bird.ctl");
  let daemon: RunningDaemon;

  beforeAll(async () => {
    const port = await freePort(US);
    daemon = new RunningDaemon("rr", {
      router: { asn: 64512, id: US },
      networks: ["10.77.0.0/16"],
      listen: [{ address: US, port }],
      control: { bird: socket, bird6: join(folder, "bird6.ctl") },
      peers: [{ name: PEER, address: "127.0.5.2", asn: 64512, passive: true }],
    });
    await daemon.logged("started");
  });

  afterAll(async () => {
    await daemon.dispose();
    rmSync(folder, { recursive: true });
  });

  function birdc(...args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
    return spawnSync("birdc", ["-s", socket, ...args], { encoding: "utf8" });
  }

  it("prints what begins with BIRD, as Calico's liveness probe wants it", () => {
    const { status, stdout } = birdc("show", "status");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^BIRD v/);
    expect(stdout.trimEnd()).toMatch(/Daemon is up and running$/);
  });

  it("knows our commands by BIRD's names, and shortens them as ever", () => {
    expect(birdc("sh", "pr").stdout).toContain(`${PEER} BGP      master   start`);
    expect(birdc("show", "route").stdout).toContain("10.77.0.0/16       unreachable [static1 ");
    expect(birdc("show", "protocols", "all", PEER).stdout).toContain("Neighbor address: 127.0.5.2");
  });

  it("switches a session off and on, and the daemon obeys", async () => {
    expect(birdc("disable", PEER)).toMatchObject({ status: 0, stdout: expect.stringContaining(`${PEER}: disabled`) });
    await until(() => birdc("show", "protocols", PEER).stdout.includes(`${PEER} BGP      master   down`), "it is down");
    expect(birdc("enable", PEER).stdout).toContain(`${PEER}: enabled`);
    await until(() => birdc("show", "protocols", PEER).stdout.includes(`${PEER} BGP      master   start`), "it is on again");
  });

  it("ends with 1 on what is refused, and changes nothing when it is restricted", () => {
    expect(birdc("show", "route", "where", "true")).toMatchObject({ status: 1, stdout: expect.stringContaining("filters are not supported") });
    expect(birdc("-r", "disable", "all")).toMatchObject({ status: 1, stdout: expect.stringContaining("Access denied") });
    expect(birdc("show", "protocols", PEER).stdout).toContain(`${PEER} BGP      master   start`);
  });

  it("has the configuration read again", async () => {
    expect(birdc("configure").stdout).toContain("Reconfigured");
    daemon.configure("{ not JSON");
    expect(birdc("configure", "check")).toMatchObject({ status: 1, stdout: expect.stringContaining("is no JSON") });
  });
});
