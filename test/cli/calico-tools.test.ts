/** What Calico's own programs find on a host where we stand in BIRD's place: real processes, real sockets, a real session. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { birdLive, birdReady, calicoctlNodeStatus } from "../support/calico-tools.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { until } from "../support/until.ts";

const BIRDCL = fileURLToPath(new URL("../../dist/cli/birdcl.js", import.meta.url));
const A = "127.0.10.1";
const B = "127.0.10.2";
const START_MS = 60_000; // of a program, on a machine that has much else to do

let folder: string;
let host: RunningDaemon;
let other: RunningDaemon;
let bird: string;
let bird6: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-calico-"));
  bird = join(folder, "bird.ctl");
  bird6 = join(folder, "bird6.ctl");
  const port = await freePort(A);
  const end = (own: string, peer: string, name: string): object => ({
    router: { asn: 64512, id: own },
    listen: [{ address: own, port }],
    peers: [{ name, address: peer, port, localAddress: own, asn: 64512, connectRetrySec: 1, idleHoldMaxSec: 2 }],
  });
  host = new RunningDaemon("rr", { ...end(A, B, "Mesh_127_0_10_2"), control: { bird, bird6, birdProcesses: true } });
  await host.logged("started");
  other = new RunningDaemon("rr", end(B, A, "Mesh_127_0_10_1"));
}, START_MS);

afterAll(async () => {
  await host.dispose();
  await other.dispose();
  rmSync(folder, { recursive: true });
});

describe("on a host with ts-bgp", () => {
  it("readiness is satisfied when every session is up and the start is over", async () => {
    await until(() => birdReady(bird).then(() => true, () => false), "ready");
    await expect(birdReady(bird)).resolves.toBeUndefined();
    await expect(birdReady(bird6, ":")).resolves.toBeUndefined();
  });

  it("calicoctl finds both processes, and its table has the session", async () => {
    expect(await calicoctlNodeStatus("4", bird)).toEqual([{ address: B, type: "node-to-node mesh", state: "up", since: expect.stringMatching(/^\d\d:\d\d:\d\d$/), info: "Established" }]);
    expect(await calicoctlNodeStatus("6", bird6)).toEqual([]);
  });

  it("the liveness probe has its birdcl", () => {
    birdLive(BIRDCL, bird);
    birdLive(BIRDCL, bird6);
    expect(() => birdLive(BIRDCL, join(folder, "nobody.ctl"))).toThrow("not live");
  });

  it("readiness fails when the neighbour is gone, and says which", async () => {
    other.signal("SIGINT");
    await other.exitCode();
    await until(() => birdReady(bird).then(() => false, () => true), "not ready");
    await expect(birdReady(bird)).rejects.toThrow(`BGP not established with ${B}`);
    expect(await calicoctlNodeStatus("4", bird)).toMatchObject([{ address: B, state: "start" }]);
  });
});
