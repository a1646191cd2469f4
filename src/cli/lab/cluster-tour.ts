/**
 * What a lab shows whose hosts are nodes of a Calico cluster: the mesh comes up from what stands in etcd, a reflector takes its
 * place while containers talk and no packet is lost, a node dies and is deleted, and comes back.
 */

import { performance } from "node:perf_hooks";
import { ControlError, askRows } from "../../control/sockets/client.ts";
import type { PeerRow } from "../../control/answers/peer.ts";
import type { RouteRow } from "../../control/answers/route.ts";
import { clusterResources, meshResource, nodeResources, reflectorPeering } from "./cluster-resources.ts";
import { LabDatastore } from "./datastore.ts";
import { type Daemon, startDaemon } from "./daemons.ts";
import type { Ground } from "./ground.ts";
import { filesOf } from "./host-config.ts";
import { PingFlood } from "./ping-flood.ts";
import { hostTables } from "./screens.ts";
import { type Host, type Lab, doomedHost, expectedRoutes, shownHost } from "./topology.ts";
import { type Narrator, allRoutesArrive, obituaries, raisedLine, routeCount, routesLeave, secondsSince, showPings } from "./tour.ts";
import { LabFailed, untilEmpty } from "./waiting.ts";

/** Everything that happens in one lab. */
interface Stage {
  readonly lab: Lab;
  readonly ground: Ground;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  readonly datastore: LabDatastore;
}

/** The whole demonstration; throws LabFailed, or the signal's reason when it is aborted. */
export async function giveClusterTour(lab: Lab, ground: Ground, narrator: Narrator, signal: AbortSignal): Promise<void> {
  await ground.raise(lab);
  signal.throwIfAborted();
  narrator.step(raisedLine(lab));
  const datastore = await LabDatastore.start(lab);
  try {
    const stage = { lab, ground, narrator, signal, datastore };
    const meshed = await showMesh(stage);
    const reflected = lab.reflectors > 0 ? await showReflectors(stage, meshed) : meshed;
    await showDeletion(stage, reflected);
  } finally {
    datastore.close();
  }
}

async function showMesh(stage: Stage): Promise<readonly Daemon[]> {
  const { lab, ground, narrator, signal, datastore } = stage;
  const resources = clusterResources(lab);
  await datastore.write(resources);
  narrator.step(`etcd is up and has what calicoctl would have written: ${resources.length} keys`);
  const daemons = nodesOf(lab).map((host) => startDaemon(lab, ground, host));
  await allRoutesArrive(lab, ground, daemons, signal);
  narrator.step(`ts-bgp node --calico on every node: a mesh, and every node has every route of the others (${routeCount(lab)} in all)`);
  for (const { title, text } of await hostTables(lab, ground, shownHost(lab))) narrator.screen(title, text);
  await showPings(lab, narrator, signal);
  return daemons;
}

/** Make before break: the mesh goes only when every node has every route from every reflector, too. */
async function showReflectors(stage: Stage, daemons: readonly Daemon[]): Promise<readonly Daemon[]> {
  const { lab, ground, narrator, signal, datastore } = stage;
  const flood = await PingFlood.begin(lab, "reflectors", signal);
  narrator.step("a hundred pings a second from each node to each other one begin");
  const reflectors = lab.hosts.filter(({ role }) => role === "reflector");
  await datastore.write([...reflectors.flatMap(nodeResources), reflectorPeering()]);
  const all = [...daemons, ...reflectors.map((host) => startDaemon(lab, ground, host))];
  await waitFor(stage, all, "routes by the reflectors did not arrive", (host) => missingFromReflectors(lab, host, reflectors));
  narrator.step(`written: ${reflectors.length} reflector${reflectors.length === 1 ? "" : "s"} and a BGPPeer for all nodes; every node has every route from each reflector, too`);
  await datastore.write([meshResource("off")]);
  await waitFor(stage, all, "sessions of the mesh did not go", meshSessions);
  await allRoutesArrive(lab, ground, all, signal);
  await flood.isAnswered(signal);
  const lost = await flood.lost();
  if (lost.length > 0) throw new LabFailed(`packets were lost:\n${lost.map((line) => `  ${line}`).join("\n")}`);
  narrator.step(`written: nodeToNodeMeshEnabled: false; the mesh is gone, every route is still there, ${flood.answered} pings answered, none lost`);
  for (const { title, text } of await hostTables(lab, ground, shownHost(lab))) narrator.screen(title, text);
  return all;
}

async function showDeletion(stage: Stage, daemons: readonly Daemon[]): Promise<void> {
  const { lab, ground, narrator, signal, datastore } = stage;
  const dead = doomedHost(lab);
  await ground.unplug(lab, dead);
  for (const daemon of daemons) if (daemon.host === dead) daemon.kill("SIGKILL");
  const deletedAtMs = performance.now();
  await datastore.remove(nodeResources(dead).map(([key]) => key));
  narrator.step(`${dead.name} is dead: cable pulled and kill -9; its Node is deleted from etcd, long before any hold time is over`);
  await routesLeave(lab, ground, dead, signal);
  narrator.step(`its routes are gone from every other node after ${secondsSince(deletedAtMs)} s`);
  await ground.plug(lab, dead);
  await datastore.write(nodeResources(dead));
  const returnedAtMs = performance.now();
  const survivors = daemons.filter(({ host }) => host !== dead);
  await allRoutesArrive(lab, ground, [...survivors, startDaemon(lab, ground, dead)], signal);
  narrator.step(`${dead.name} is back: every node has every route again after ${secondsSince(returnedAtMs)} s`);
}

const CHANGE_DEADLINE_MS = 60_000;

/** Resolves when nothing is missing on any node. */
async function waitFor({ lab, signal }: Stage, daemons: readonly Daemon[], what: string, missingOn: (host: Host, socket: string) => Promise<readonly string[]>): Promise<void> {
  const missing = async (): Promise<readonly string[]> => {
    const lost = obituaries(lab, daemons);
    if (lost.length > 0) throw new LabFailed(lost.join("\n"));
    const lines = await Promise.all(nodesOf(lab).map(async (host) => (await missingOn(host, filesOf(lab, host).socket)).map((line) => `${host.name}: ${line}`)));
    return lines.flat();
  };
  await untilEmpty(missing, CHANGE_DEADLINE_MS, signal, what);
}

async function missingFromReflectors(lab: Lab, host: Host, reflectors: readonly Host[]): Promise<readonly string[]> {
  const senders = new Map<string, Set<string>>();
  for (const { prefix, from } of await rowsOf<RouteRow>(filesOf(lab, host).socket, "routes")) {
    if (from.kind === "peer") senders.set(prefix, (senders.get(prefix) ?? new Set()).add(from.address ?? ""));
  }
  return expectedRoutes(lab, host).flatMap(({ prefix }) =>
    reflectors.filter(({ address }) => !senders.get(prefix)?.has(address)).map(({ name }) => `${prefix} from ${name}`),
  );
}

async function meshSessions(_host: Host, socket: string): Promise<readonly string[]> {
  return (await rowsOf<PeerRow>(socket, "peers")).map(({ name }) => name).filter((name) => name.startsWith("Mesh_"));
}

async function rowsOf<Row extends object>(socket: string, ask: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  try {
    for await (const row of askRows<Row>(socket, { ask })) rows.push(row);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error; // it does not answer yet
  }
  return rows;
}

function nodesOf(lab: Lab): readonly Host[] {
  return lab.hosts.filter(({ role }) => role === "node");
}
