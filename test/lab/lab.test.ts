/**
 * `ts-bgp lab` as a user runs it: what it shows, how it ends, and that it leaves nothing behind, however it ends.
 */

import { describe, expect, it } from "vitest";
import { run } from "../../src/cli/lab/command.ts";
import { LabRun, remains } from "../support/lab-run.ts";
import { describeWith } from "../support/needs.ts";

const QUICK = ["--hold", "3"];

await describeWith(["ping", "bird", "setpriv"], "ts-bgp lab", () => {
  it("shows sessions, routes and pings, kills a node, sees its routes go, and takes everything down", async () => {
    const lab = new LabRun(QUICK);
    expect(await lab.exitCode(), lab.output).toBe(0);
    for (const shown of [
      /172\.17\.8\.201 \| global +\| up /,
      /^blackhole 192\.168\.1\.64\/26 proto bird/m,
      /^192\.168\.2\.128\/26 via 172\.17\.8\.102 dev eth0 proto bird/m,
      /^192\.168\.1\.66 dev cali[0-9a-f]{11} scope link/m,
      /^192\.168\.3\.234 via 172\.17\.8\.102 dev eth0 proto bird/m,
      /24 pings .* 24 answered/,
      /its routes are gone from every other node/,
      /node-3 is back/,
    ]) {
      expect(lab.output).toMatch(shown);
    }
    expect(await remains(lab.id)).toEqual([]);
  });

  it("does so as a mesh in which one node runs BIRD", async () => {
    const lab = new LabRun([...QUICK, "--mesh", "--bird", "1"]);
    expect(await lab.exitCode(), lab.output).toBe(0);
    expect(lab.output).toMatch(/node-2 \(bird\)/);
    expect(lab.output).toMatch(/172\.17\.8\.102 \| node-to-node mesh \| up /);
    expect(await remains(lab.id)).toEqual([]);
  });

  it("lets two labs live side by side", async () => {
    const labs = [new LabRun(QUICK), new LabRun([...QUICK, "--nodes", "2", "--mesh"])];
    for (const lab of labs) expect(await lab.exitCode(), lab.output).toBe(0);
    expect(new Set(labs.map(({ id }) => id)).size).toBe(2);
    for (const lab of labs) expect(await remains(lab.id)).toEqual([]);
  });

  it.each([
    ["SIGINT", 130, "namespaces"],
    ["SIGTERM", 143, "daemons started"],
    ["SIGINT", 130, "pings"],
    ["SIGHUP", 129, "is dead"],
  ] as const)("takes everything down after %s, which it answers with %i (at: %s)", async (signal, exitCode, moment) => {
    const lab = new LabRun(["--hold", "9"]);
    await lab.says(moment);
    lab.signal(signal);
    expect(await lab.exitCode(), lab.output).toBe(exitCode);
    expect(await remains(lab.id)).toEqual([]);
  });

  it("names what was not reached, ends with 1, and still takes everything down", async () => {
    const lab = new LabRun(QUICK);
    await lab.says("daemons started");
    await run(["ip", "-n", `tsbgp-${lab.id}-node-3-container-1`, "link", "set", "eth0", "down"]);
    expect(await lab.exitCode()).toBe(1);
    expect(lab.output).toMatch(/no answer:\n +node-1\/container-1 192\.168\.1\.66 -> node-3\/container-1 192\.168\.3\.194/);
    expect(await remains(lab.id)).toEqual([]);
  });

  it("stays up with --keep until --remove", async () => {
    const lab = new LabRun([...QUICK, "--keep"]);
    expect(await lab.exitCode(), lab.output).toBe(0);
    expect(await run(["ip", "-n", `tsbgp-${lab.id}-node-1`, "route"])).toContain("192.168.3.192/26 via 172.17.8.103");
    const [look, takeDown] = lab.output.split("\n").filter((line) => / status --socket | lab --remove /.test(line));
    expect(await run(["sh", "-c", look ?? "false"])).toMatch(/172\.17\.8\.201 \| global +\| up /);
    await run(["sh", "-c", takeDown ?? "false"]);
    expect(await remains(lab.id)).toEqual([]);
    expect(await new LabRun(["--remove", lab.id]).exitCode()).toBe(1);
  });
});

/** root is asked to do without; others have none to give up. */
const WITHOUT_CAPABILITIES = process.getuid?.() === 0 ? ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] : [];

describe("ts-bgp lab without namespaces", () => {
  it("runs on loopback addresses where it may not make namespaces, and says so", async () => {
    const lab = new LabRun(QUICK, WITHOUT_CAPABILITIES);
    expect(await lab.exitCode(), lab.output).toBe(0);
    expect(lab.output).toMatch(
      /without kernel routes and containers, because (it does not run as root|network namespaces are refused here)/,
    );
    expect(lab.output).toMatch(/\* +192\.168\.2\.128\/26 +127\.18\.8\.102 +127\.18\.8\.201/);
    expect(await remains(lab.id)).toEqual([]);
  });

  it.each([
    [["--nodes", "1"], "--nodes: 1, expected an integer from 2 to 99"],
    [["--nodes", "three"], "--nodes"],
    [["--bird", "4"], "--bird: 4, expected an integer from 0 to 3"],
    [["--hold", "2"], "--hold: 2, expected an integer from 3 to 65535"],
    [["--remove", "../etc"], '--remove: "../etc", expected the four hex digits'],
    [["--wheels", "4"], "wheels"],
  ])("refuses %j with one clear line and exit code 2", async (args, line) => {
    const lab = new LabRun(args);
    expect(await lab.exitCode()).toBe(2);
    expect(lab.output).toContain(line);
  });
});
