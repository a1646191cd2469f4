/**
 * A cluster of BIRDs, configured the way confd does it, becomes one of ts-bgp, node by node, while containers on all of them talk:
 * no packet is lost, and not one route of the kernel is written again.
 */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Background, startInBackground } from "../../src/cli/lab/background.ts";
import { run, whereIs } from "../../src/cli/lab/command.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import { PingFlood } from "../../src/cli/lab/ping-flood.ts";
import type { Host } from "../../src/cli/lab/topology.ts";
import { ControlError, askValue } from "../../src/control/sockets/client.ts";
import type { StatusAnswer } from "../../src/control/commands.ts";
import { describeWith } from "../support/needs.ts";
import { RaisedLab } from "../support/raised-lab.ts";
import { until } from "../support/until.ts";

await describeWith(["etcd", "ping", "bird", "birdc"], "a node of BIRD is taken over by ts-bgp", () => {
  let raised: RaisedLab;
  let flood: PingFlood;
  const before = new Map<string, readonly string[]>();

  beforeAll(async () => {
    raised = await RaisedLab.raise({ nodes: 3, reflectors: 0, birds: 3, datastore: "etcd" });
    for (const host of raised.lab.hosts) before.set(host.name, await kernelRoutes(host));
    flood = await PingFlood.begin(raised.lab, "takeover");
  });

  afterAll(() => raised?.remove());

  const kernelRoutes = async (host: Host): Promise<readonly string[]> => {
    const text = await run(["ip", "-n", host.namespace, "route", "show", "proto", "bird"]);
    return text.split("\n").map((line) => line.trim()).filter(Boolean).sort();
  };

  const watchKernel = (host: Host, log: string): Background => startInBackground(["ip", "-n", host.namespace, "monitor", "route"], log);

  const status = (host: Host): Promise<StatusAnswer | undefined> =>
    askValue<StatusAnswer>(raised.socketOf(host), { ask: "status" }).catch((error: unknown) => {
      if (error instanceof ControlError) return undefined; // it does not answer yet
      throw error;
    });

  it.each([
    ["node-2", "is asked to end for a graceful restart"],
    ["node-1", "is killed"],
    ["node-3", "is killed"],
  ])("%s, whose BIRD %s", async (name, how) => {
    const host = raised.host(name);
    expect(before.get(name)).toContainEqual(expect.stringMatching(/ via .* metric 1024$/));
    const log = `${raised.lab.directory}/kernel-${name}.log`;
    const monitor = watchKernel(host, log);

    if (how === "is killed") await raised.kill(host);
    else {
      await run(inNamespace(host.namespace, [whereIs("birdc") ?? "birdc", "-s", raised.socketOf(host), "graceful", "restart"]));
      await raised.kill(host); // gone, or as good as
    }
    await flood.isAnswered();
    raised.start({ ...host, program: "ts-bgp" });
    await until(async () => (await status(host))?.healthy === true, `${name} is healthy`);
    await until(async () => (await status(host))?.router.converged === true, `${name} has converged`);
    await raised.arrives();
    await flood.isAnswered();

    expect(await kernelRoutes(host)).toEqual(before.get(name));
    await until(async () => {
      const fib = (await status(host))?.fib;
      return fib?.settled === true && fib.inherited === 0;
    }, `${name} has looked through its kernel`);
    expect((await status(host))?.fib?.written).toBe(0);
    monitor.kill("SIGTERM");
    await until(() => monitor.ended() !== undefined);
    expect(readFileSync(log, "utf8").split("\n").filter((line) => line.includes("proto bird"))).toEqual([]);
  });

  it("and no ping was lost, from the first to the last", async () => {
    expect(await flood.lost()).toEqual([]);
  });
});
