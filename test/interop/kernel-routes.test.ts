/**
 * Routes in real kernels of a lab: the same as BIRD's, gone when a host is gone, untouched by a restart.
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import { askValue } from "../../src/control/sockets/client.ts";
import type { StatusAnswer } from "../../src/control/commands.ts";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import { run } from "../../src/cli/lab/command.ts";
import type { Host } from "../../src/cli/lab/topology.ts";
import { RouteWitness, kernelTable } from "../support/kernel-table.ts";
import { describeWith } from "../support/needs.ts";
import { type LabShape, RaisedLab } from "../support/raised-lab.ts";
import { until } from "../support/until.ts";

const SHAPES: readonly (LabShape & { readonly title: string })[] = [
  { title: "a full mesh of ts-bgp and BIRD", nodes: 4, reflectors: 0, birds: 2 },
  { title: "ts-bgp and BIRD behind our reflector", nodes: 4, reflectors: 1, birds: 2 },
];

for (const shape of SHAPES) await describeWith(["bird", "birdc"], shape.title, () => scenarios(shape));

function scenarios(shape: LabShape): void {
  let raised: RaisedLab;

  beforeAll(async () => {
    raised = await RaisedLab.raise(shape);
  });

  afterAll(() => raised?.remove());

  it.each([
    { name: "node-2", before: "bird", after: "ts-bgp" },
    { name: "node-1", before: "ts-bgp", after: "bird" },
  ] as const)("on $name, $after makes the same kernel routes as $before", async ({ name, before, after }) => {
    const host = raised.host(name);
    expect(host.program).toBe(before);
    const table = await kernelTable(host.namespace);
    expect(table.length).toBeGreaterThanOrEqual(4); // its own blackhole and three blocks at least
    await replace(host, { ...host, program: after });
    await until(
      async () => sameLines(await kernelTable(host.namespace), table),
      `the same routes as before, which were\n${table.join("\n")}`,
    );
    await replace({ ...host, program: after }, host);
    await raised.arrives();
  });

  it("measures how long UPDATEs take into its kernel", async () => {
    const node = raised.host("node-1");
    await until(async () => (await statusOf(node)).fib?.settled === true, "its kernel has everything");
    const [best, kernel] = (await statusOf(node)).convergence.steps;
    expect(kernel).toMatchObject({ step: "kernel", updates: expect.any(Number) });
    expect(kernel?.updates).toBeGreaterThan(0);
    expect(kernel?.updates).toBeLessThanOrEqual(best?.updates ?? 0);
  });

  it("loses the routes of a host in every kernel when the hold time ends, and not before", async () => {
    const dead = raised.host("node-4");
    await raised.setCable(dead, "unplugged");
    await raised.kill(dead);
    await raised.leave(dead);
    const witness = raised.host(shape.reflectors === 0 ? "node-1" : "reflector-1");
    const peer = witness.peers.find(({ address }) => address === dead.address);
    const { lastError } = await askValue<PeerDetail>(raised.socketOf(witness), { ask: "peer", peer: peer?.name ?? "" });
    expect(lastError).toMatchObject({ code: 4 }); // Hold Timer Expired (RFC 4271 §4.5)
    await raised.setCable(dead, "plugged");
    raised.start(dead);
    await raised.arrives();
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("rewrites no kernel route when the daemon restarts after %s", async (signal) => {
    const host = raised.host("node-1");
    const table = await kernelTable(host.namespace);
    const witness = await RouteWitness.begin(host.namespace, `${raised.lab.directory}/monitor-${signal}.log`);
    await raised.kill(host, signal);
    raised.start(host);
    await isQuiet(host);
    expect(await witness.testimony()).toEqual([]);
    expect(await kernelTable(host.namespace)).toEqual(table);
    expect((await statusOf(host)).fib?.written).toBe(0);
  });

  it("removes, when it restarts, only the route that nobody announces any more", async () => {
    const host = raised.host("node-1");
    await raised.kill(host);
    await run([
      "ip",
      "-n",
      host.namespace,
      "route",
      "add",
      "192.168.99.0/26",
      "via",
      raised.host("node-2").address,
      "proto",
      "12",
    ]);
    const witness = await RouteWitness.begin(host.namespace, `${raised.lab.directory}/monitor-stale.log`);
    raised.start(host);
    await isQuiet(host);
    expect(await witness.testimony()).toEqual([expect.stringMatching(/^Deleted 192\.168\.99\.0\/26 /)]);
  });

  /** Another program on the same host; the kernel forgets what the old one installed. */
  async function replace(old: Host, next: Host): Promise<void> {
    await raised.kill(old);
    await run(["ip", "-n", old.namespace, "route", "flush", "proto", "12"]);
    raised.start(next);
  }

  /** Every neighbour has told its routes, and the kernel has them all: nothing is left to do. */
  async function isQuiet(host: Host): Promise<void> {
    await until(async () => {
      const status = await statusOf(host).catch(() => undefined);
      return (
        status?.healthy === true && status.router.converged && status.fib?.state === "synchronised" && status.fib.inherited === 0
      );
    }, `${host.name} has converged`);
  }

  function statusOf(host: Host): Promise<StatusAnswer> {
    return askValue<StatusAnswer>(raised.socketOf(host), { ask: "status" });
  }
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.join("\n") === b.join("\n");
}
