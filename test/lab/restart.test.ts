/**
 * Every daemon of a cluster is restarted in its turn while containers on all hosts talk to one another: no packet is lost.
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import { ControlError, askRows, askValue } from "../../src/control/sockets/client.ts";
import type { StatusAnswer } from "../../src/control/commands.ts";
import { PingFlood } from "../../src/cli/lab/ping-flood.ts";
import type { PeerDetail, PeerRow } from "../../src/control/answers/peer.ts";
import { describeWith } from "../support/needs.ts";
import { type LabShape, RaisedLab } from "../support/raised-lab.ts";
import { until } from "../support/until.ts";

interface Restart {
  readonly host: string;
  readonly signal: "SIGTERM" | "SIGKILL";
}

const SHAPES: readonly (LabShape & { readonly title: string; readonly restarts: readonly Restart[] })[] = [
  {
    title: "behind a reflector",
    nodes: 3,
    reflectors: 1,
    birds: 1,
    restarts: [
      { host: "reflector-1", signal: "SIGTERM" },
      { host: "reflector-1", signal: "SIGKILL" },
      { host: "node-1", signal: "SIGTERM" },
      { host: "node-2", signal: "SIGKILL" }, // BIRD; its SIGTERM is a goodbye
      { host: "node-3", signal: "SIGKILL" },
    ],
  },
  {
    title: "in a full mesh",
    nodes: 3,
    reflectors: 0,
    birds: 1,
    restarts: [
      { host: "node-1", signal: "SIGTERM" },
      { host: "node-2", signal: "SIGKILL" },
      { host: "node-3", signal: "SIGKILL" },
    ],
  },
];

for (const shape of SHAPES) await describeWith(["ping", "bird", "birdc"], `a cluster ${shape.title}`, () => {
  let raised: RaisedLab;

  beforeAll(async () => {
    raised = await RaisedLab.raise(shape);
  });

  afterAll(() => raised?.remove());

  it.each(shape.restarts)("loses no packet when $host is restarted after $signal", async ({ host: name, signal }) => {
    const host = raised.host(name);
    const flood = await PingFlood.begin(raised.lab, `${name}-${signal}`);
    await raised.kill(host, signal);
    await flood.isAnswered();
    raised.start(host);
    await raised.arrives();
    await nothingIsStale();
    await flood.isAnswered();
    expect(await flood.lost()).toEqual([]);
  });

  /** Every ts-bgp has converged and keeps nothing of a former session any more. */
  async function nothingIsStale(): Promise<void> {
    const sockets = raised.lab.hosts.filter(({ program }) => program === "ts-bgp").map((host) => raised.socketOf(host));
    await until(async () => (await Promise.all(sockets.map(isSettled))).every(Boolean), "every host has converged");
  }
});

async function isSettled(socket: string): Promise<boolean> {
  try {
    return await keepsNothing(socket);
  } catch (error) {
    if (error instanceof ControlError) return false; // it does not answer yet
    throw error;
  }
}

async function keepsNothing(socket: string): Promise<boolean> {
  const { healthy, router, fib } = await askValue<StatusAnswer>(socket, { ask: "status" });
  if (!healthy || !router.converged || (fib?.inherited ?? 0) > 0) return false;
  for await (const { name } of askRows<PeerRow>(socket, { ask: "peers" })) {
    const { kept } = await askValue<PeerDetail>(socket, { ask: "peer", peer: name });
    if (Object.keys(kept).length > 0) return false;
  }
  return true;
}
