/**
 * What a lab shows, step by step: hosts come up, routes arrive, containers reach each other, a node dies and its routes go.
 * Each step waits for a condition, never for a time, and names what is missing when its deadline passes.
 */

import { performance } from "node:perf_hooks";
import { tail } from "./background.ts";
import { type Daemon, startDaemon } from "./daemons.ts";
import type { Ground, RouteTable } from "./ground.ts";
import { filesOf } from "./host-config.ts";
import { type ExpectedRoute, type Host, type Lab, doomedHost, expectedRoutes, shownHost } from "./topology.ts";
import { pingAll } from "./pings.ts";
import { hostTables } from "./screens.ts";
import { LabFailed, untilEmpty } from "./waiting.ts";

/** One line of progress, or a block of output. */
export interface Narrator {
  step(line: string): void;
  screen(title: string, text: string): void;
}

/** The whole demonstration; throws LabFailed, or the signal's reason when it is aborted. */
export async function giveTour(lab: Lab, ground: Ground, narrator: Narrator, signal: AbortSignal): Promise<void> {
  await ground.raise(lab);
  signal.throwIfAborted();
  narrator.step(raisedLine(lab));
  const daemons = lab.hosts.map((host) => startDaemon(lab, ground, host));
  narrator.step(
    `daemons started: ${daemons.map(({ host }) => `${host.name} (${host.program}${host.role === "reflector" ? " rr" : ""})`).join(", ")}`,
  );
  await allRoutesArrive(lab, ground, daemons, signal);
  narrator.step(`every node has every route of the others (${routeCount(lab)} in all)`);
  for (const { title, text } of await hostTables(lab, ground, shownHost(lab))) narrator.screen(title, text);
  await showPings(lab, narrator, signal);
  const survivors = await showDeath(lab, ground, daemons, narrator, signal);
  await showReturn(lab, ground, survivors, narrator, signal);
}

const ARRIVAL_DEADLINE_MS = 30_000;

/** Resolves when each host holds each route that the others announce. */
export async function allRoutesArrive(lab: Lab, ground: Ground, daemons: readonly Daemon[], signal: AbortSignal): Promise<void> {
  const missing = async (): Promise<readonly string[]> => {
    const lost = obituaries(lab, daemons);
    if (lost.length > 0) throw new LabFailed(lost.join("\n"));
    return perNode(lab, nodesOf(lab), ground, (host, learned) =>
      expectedRoutes(lab, host).filter((route) => learned.get(route.prefix) !== route.nextHop),
    );
  };
  await untilEmpty(missing, ARRIVAL_DEADLINE_MS, signal, "routes did not arrive");
}

/** Resolves when no other host holds a route via the dead one. */
export async function routesLeave(lab: Lab, ground: Ground, dead: Host, signal: AbortSignal): Promise<void> {
  const survivors = nodesOf(lab).filter((host) => host !== dead);
  const left = (): Promise<readonly string[]> =>
    perNode(lab, survivors, ground, (_host, learned) =>
      [...learned].filter(([, nextHop]) => nextHop === dead.address).map(([prefix, nextHop]) => ({ prefix, nextHop })),
    );
  await untilEmpty(left, deathDeadlineMs(lab), signal, "routes of the dead node did not go");
}

/** The hold time runs from the last message; queued work and the reflector's turn come on top. */
function deathDeadlineMs({ holdSec }: Lab): number {
  return (holdSec + 6) * 1000;
}

export async function showPings(lab: Lab, narrator: Narrator, signal: AbortSignal): Promise<void> {
  if (lab.ground === "loopback") return;
  const { answered, unanswered } = await pingAll(lab);
  signal.throwIfAborted();
  if (unanswered.length > 0) throw new LabFailed(`no answer:\n${unanswered.map((pair) => `  ${pair}`).join("\n")}`);
  narrator.step(
    `${answered.length} pings between containers on different hosts, ${answered.length} answered; the first: ${answered[0] ?? ""}`,
  );
}

async function showDeath(
  lab: Lab,
  ground: Ground,
  daemons: readonly Daemon[],
  narrator: Narrator,
  signal: AbortSignal,
): Promise<readonly Daemon[]> {
  const dead = doomedHost(lab);
  await ground.unplug(lab, dead);
  for (const daemon of daemons) if (daemon.host === dead) daemon.kill("SIGKILL");
  const killedAtMs = performance.now();
  narrator.step(
    `${dead.name} is dead: ${lab.ground === "namespaces" ? "cable pulled and " : ""}kill -9; the hold time is ${lab.holdSec} s`,
  );
  await routesLeave(lab, ground, dead, signal);
  narrator.step(`its routes are gone from every other node after ${secondsSince(killedAtMs)} s`);
  for (const { title, text } of await hostTables(lab, ground, shownHost(lab))) narrator.screen(title, text);
  return daemons.filter(({ host }) => host !== dead);
}

async function showReturn(
  lab: Lab,
  ground: Ground,
  survivors: readonly Daemon[],
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const host = doomedHost(lab);
  await ground.plug(lab, host);
  const startedAtMs = performance.now();
  const daemon = startDaemon(lab, ground, host);
  await allRoutesArrive(lab, ground, [...survivors, daemon], signal);
  narrator.step(`${host.name} is back: every node has every route again after ${secondsSince(startedAtMs)} s`);
}

export function secondsSince(startMs: number): string {
  return ((performance.now() - startMs) / 1000).toFixed(1);
}

type Choose = (host: Host, learned: RouteTable) => readonly ExpectedRoute[];

async function perNode(lab: Lab, hosts: readonly Host[], ground: Ground, choose: Choose): Promise<readonly string[]> {
  const lines = await Promise.all(
    hosts.map(async (host) =>
      choose(host, await ground.learned(lab, host)).map(({ prefix, nextHop }) => `${host.name}: ${prefix} via ${nextHop}`),
    ),
  );
  return lines.flat();
}

function nodesOf(lab: Lab): readonly Host[] {
  return lab.hosts.filter(({ role }) => role === "node");
}

export function routeCount(lab: Lab): number {
  return nodesOf(lab).flatMap((host) => expectedRoutes(lab, host)).length;
}

/** A few last words of each daemon that has ended. */
export function obituaries(lab: Lab, daemons: readonly Daemon[]): readonly string[] {
  return daemons.filter((daemon) => daemon.ended() !== undefined).map((daemon) => obituary(lab, daemon));
}

function obituary(lab: Lab, daemon: Daemon): string {
  const words = tail(filesOf(lab, daemon.host).log).map((line) => `  ${line}`);
  return [`${daemon.host.name} (${daemon.host.program}) ended: ${daemon.ended() ?? ""}`, ...words].join("\n");
}

export function raisedLine(lab: Lab): string {
  const shape = lab.datastore === "etcd" ? "an etcd" : lab.reflectors === 0 ? "full mesh" : `${lab.reflectors} route reflector${lab.reflectors === 1 ? "" : "s"}`;
  const where = lab.ground === "namespaces" ? "network namespaces with two containers each" : "processes";
  return `lab ${lab.id}: ${lab.nodes} nodes (${where}) from ${shownHost(lab).address}, ${shape}`;
}
