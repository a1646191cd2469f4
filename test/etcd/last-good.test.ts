/** A cluster whose etcd goes, comes back empty, or forgets most of it: packets flow, and somebody is told. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { clusterResources, meshResource, nodeResources } from "../../src/cli/lab/cluster-resources.ts";
import { attempt } from "../../src/cli/lab/command.ts";
import { TS_BGP } from "../../src/cli/lab/daemons.ts";
import { LAB_ASN } from "../../src/cli/lab/topology.ts";
import { PingFlood } from "../../src/cli/lab/ping-flood.ts";
import type { StatusAnswer } from "../../src/control/commands.ts";
import { ControlError, askValue } from "../../src/control/sockets/client.ts";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import { describeWith } from "../support/needs.ts";
import { RaisedLab } from "../support/raised-lab.ts";
import { until } from "../support/until.ts";

await describeWith(["etcd", "ping"], "a cluster whose etcd fails it", () => {
  let raised: RaisedLab;

  beforeAll(async () => {
    raised = await RaisedLab.raise({ nodes: 4, reflectors: 0, birds: 0, datastore: "etcd" });
  });

  afterAll(() => raised?.remove());

  const status = (name: string): Promise<StatusAnswer | undefined> =>
    askValue<StatusAnswer>(raised.socketOf(raised.host(name)), { ask: "status" }).catch((error: unknown) => {
      if (error instanceof ControlError) return undefined; // it does not answer yet
      throw error;
    });

  const datastoreOf = async (name: string): Promise<StatusAnswer["datastore"] | undefined> => (await status(name))?.datastore;

  /** How many sessions are up and signed. */
  const signedSessions = async (name: string): Promise<number> => {
    const socket = raised.socketOf(raised.host(name));
    const up = ((await status(name))?.peers ?? []).filter(({ state }) => state === "up");
    const details = await Promise.all(up.map((peer) => askValue<PeerDetail>(socket, { ask: "peer", peer: peer.name })));
    return details.filter(({ transport }) => transport.password).length;
  };

  it("goes on without it, also when a daemon is restarted meanwhile, and no ping is lost", async () => {
    const flood = await PingFlood.begin(raised.lab, "away");
    await raised.killEtcd();
    await until(async () => (await datastoreOf("node-1"))?.state === "lost", "node-1 says that etcd is lost");
    expect(await status("node-1")).toMatchObject({ healthy: false, datastore: { settled: false } });

    await raised.kill(raised.host("node-2"), "SIGTERM");
    raised.start(raised.host("node-2"));
    await until(async () => (await datastoreOf("node-2"))?.running === "last-good", "node-2 runs its last good configuration");
    await raised.arrives();
    await until(async () => (await status("node-2"))?.router.converged === true);

    await raised.startEtcd();
    for (const name of ["node-1", "node-2"]) await until(async () => (await datastoreOf(name))?.settled === true, `${name} follows etcd again`);
    expect((await datastoreOf("node-2"))?.running).toBe("datastore");
    await raised.arrives();
    expect(await flood.lost()).toEqual([]);
  });

  it("keeps what it has when everything is deleted, and goes on when it is back", async () => {
    const flood = await PingFlood.begin(raised.lab, "empty");
    const resources = clusterResources(raised.lab);
    await raised.datastore.remove(resources.map(([key]) => key));
    for (const host of raised.lab.hosts) await until(async () => ((await datastoreOf(host.name))?.held?.reasons.length ?? 0) > 0, `${host.name} holds it back`);
    await raised.arrives();
    await raised.datastore.write(resources);
    for (const host of raised.lab.hosts) await until(async () => (await datastoreOf(host.name))?.settled === true, `${host.name} goes on`);
    await raised.arrives();
    expect(await flood.lost()).toEqual([]);
  });

  it("signs its sessions once a password is asked for, which is a file where there is no Kubernetes", async () => {
    mkdirSync(join(raised.lab.directory, "bgp-secrets"));
    writeFileSync(join(raised.lab.directory, "bgp-secrets", "mesh"), "correct horse\n");
    const [key] = meshResource("on");
    const spec = { asNumber: LAB_ASN, nodeToNodeMeshEnabled: true, nodeMeshPassword: { secretKeyRef: { name: "bgp-secrets", key: "mesh" } } };
    await raised.datastore.write([[key, JSON.stringify({ kind: "BGPConfiguration", metadata: { name: "default" }, spec })]]);
    for (const { name } of raised.lab.hosts) await until(async () => (await signedSessions(name)) === 3, `${name} has its sessions again, each with a password`);
    await raised.arrives();
    await raised.datastore.write([meshResource("on")]);
    for (const { name } of raised.lab.hosts) await until(async () => (await signedSessions(name)) === 0 && (await status(name))?.healthy === true, `${name} has its sessions again, without`);
  });

  it("holds back the loss of most nodes until ts-bgp accept-change says that it is meant", async () => {
    const host = raised.host("node-1");
    const gone = ["node-2", "node-3"].map((name) => raised.host(name));
    for (const dead of gone) await raised.kill(dead);
    await raised.datastore.remove(gone.flatMap((dead) => nodeResources(dead).map(([key]) => key)));
    await until(async () => (await datastoreOf("node-1"))?.held !== null, "node-1 holds it back");
    expect((await status("node-1"))?.peers.length).toBeGreaterThan(1); // the first of the two may have gone as one that is deleted alone
    const shown = await attempt([...TS_BGP, "status", "--socket", raised.socketOf(host)]);
    expect(shown).toMatchObject({ exitCode: 3, stdout: expect.stringMatching(/^HELD BACK since .*: 2 of 3 peers would go\. .*ts-bgp accept-change$/m) as string });

    const accepted = await attempt([...TS_BGP, "accept-change", "--socket", raised.socketOf(host)]);
    expect(accepted).toMatchObject({ exitCode: 0, stdout: "accepted; ts-bgp status shows what holds now.\n" });
    await until(async () => (await status("node-1"))?.peers.length === 1, "node-1 has one peer");
    expect(await attempt([...TS_BGP, "accept-change", "--socket", raised.socketOf(host)])).toMatchObject({ exitCode: 2, stderr: "nothing is held back\n" });
  });
});
