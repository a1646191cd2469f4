/**
 * `ts-bgp rr --calico` as a host starts it: what its options promise to Calico's tools and to monitoring stations is there, beside
 * a real etcd and two nodes of a mesh.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { resourceKey } from "../../src/calico/keys.ts";
import { BmpStation } from "../support/bmp-station.ts";
import { birdLive, birdReady, calicoctlNodeStatus } from "../support/calico-tools.ts";
import { TestEtcd } from "../support/etcd.ts";
import { describeWithPrograms } from "../support/needs.ts";
import { processesCalled } from "../support/processes.ts";
import { freePort } from "../support/program.ts";
import { until } from "../support/until.ts";

const CLI = fileURLToPath(new URL("../../dist/cli/", import.meta.url));
const NODES = { "node-1": "127.0.12.1", "node-2": "127.0.12.2" } as const;

describeWithPrograms(["etcd"], "a host started with --calico", () => {
  const folder = mkdtempSync(join(tmpdir(), "ts-bgp-host-"));
  const children: ChildProcess[] = [];
  let etcd: TestEtcd;
  let station: BmpStation;

  const start = (node: keyof typeof NODES, ...options: readonly string[]): ChildProcess => {
    const own = join(folder, node);
    mkdirSync(own, { recursive: true });
    const args = ["rr", "--calico", "--node-name", node, "--socket", join(own, "ts-bgp.sock"), "--last-good", join(own, "last-good.json"), "--bird-sockets", own, ...options];
    const child = spawn(process.execPath, [join(CLI, "main.js"), ...args], { stdio: "ignore", env: { ...process.env, ETCD_ENDPOINTS: etcd.endpoint } });
    children.push(child);
    return child;
  };

  beforeAll(async () => {
    etcd = await TestEtcd.start();
    station = await BmpStation.open();
    const put = (kind: "Node" | "BGPConfiguration", name: string, spec: object): Promise<unknown> =>
      etcd.client.put(resourceKey(kind, name)).value(JSON.stringify({ kind, apiVersion: "projectcalico.org/v3", metadata: { name }, spec })).exec();
    await put("BGPConfiguration", "default", { listenPort: await freePort(NODES["node-1"]), bindMode: "NodeIP", asNumber: 64512 });
    for (const [name, address] of Object.entries(NODES)) await put("Node", name, { bgp: { ipv4Address: `${address}/24` } });
  });

  afterAll(async () => {
    for (const child of children) {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    }
    station?.close();
    await etcd?.dispose();
    rmSync(folder, { recursive: true });
  });

  it("has the processes, sockets and client that calicoctl and the probes ask for", async () => {
    const first = start("node-1", "--bmp", `127.0.0.1:${station.port}`);
    start("node-2", "--no-bird-processes");
    const bird = join(folder, "node-1", "bird.ctl");
    await until(() => ["bird", "bird6"].every((name) => processesCalled(name).some(({ parent }) => parent === first.pid)), "both processes", 60_000);
    await until(() => calicoctlNodeStatus("4", bird).then((peers) => peers.some(({ info }) => info === "Established"), () => false), "the session is up", 60_000); // nobody may answer there yet
    await until(() => birdReady(bird).then(() => true, () => false), "it is ready", 60_000);
    expect(await calicoctlNodeStatus("4", bird)).toMatchObject([{ address: NODES["node-2"], type: "node-to-node mesh", state: "up", info: "Established" }]);
    expect(await calicoctlNodeStatus("6", join(folder, "node-1", "bird6.ctl"))).toEqual([]);
    birdLive(join(CLI, "birdcl.js"), bird);
  });

  it("has none of the processes where they are not wanted", () => {
    const second = children[1]?.pid;
    expect(["bird", "bird6"].flatMap(processesCalled).filter(({ parent }) => parent === second)).toEqual([]);
  });

  it("tells the monitoring station that is named", async () => {
    await until(() => station.told.of("peer-up").length === 1, "node-2 is up there");
    expect(station.told.of("peer-up")[0]?.peer).toMatchObject({ asn: 64512, address: "000000000000000000000000" + "7f000c02" });
  });
});
