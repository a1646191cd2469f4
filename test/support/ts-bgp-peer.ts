/** Our own program as a peer: its configuration file and SIGHUP for every change, its control socket to read. */

import { writeFileSync } from "node:fs";
import type { Prefix } from "../../src/ip/prefix.ts";
import { ControlError, askRows, askValue } from "../../src/control/sockets/client.ts";
import type { FibAnswer } from "../../src/control/answers/fib.ts";
import type { PeerDetail } from "../../src/control/answers/peer.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import { startInBackground } from "../../src/cli/lab/background.ts";
import { TS_BGP } from "../../src/cli/lab/daemons.ts";
import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import {
  type Announcement,
  HOLD_SEC,
  type Learned,
  type PeerKind,
  type PeerPlan,
  type RunningPeer,
  TEST_ASN,
  describeRoute,
  killNow,
} from "./peers.ts";
import { until } from "./until.ts";

export const tsBgpPeer: PeerKind = { title: "ts-bgp", programs: [], start: startTsBgp };

/** Where a ts-bgp of a test answers questions. */
export function socketOf({ host }: PeerPlan): string {
  return `${host.directory}/ts-bgp.sock`;
}

/** What is told to the process: its routes, and whether its sessions are shut down. */
interface Orders {
  readonly routes: readonly Announcement[];
  readonly sessions: "on" | "shut down";
}

async function startTsBgp(plan: PeerPlan): Promise<RunningPeer> {
  const { directory, namespace } = plan.host;
  const config = `${directory}/ts-bgp.json`;
  const socket = socketOf(plan);
  let orders: Orders = { routes: plan.routes ?? [], sessions: "on" };
  const write = (): void => writeFileSync(config, JSON.stringify(document(plan, orders)));
  write();
  const daemon = startInBackground(
    inNamespace(namespace, [...TS_BGP, plan.role === "reflector" ? "rr" : "node", "--config", config]),
    `${directory}/ts-bgp.log`,
  );
  await until(() => answers(socket), "ts-bgp answers");
  const order = (change: Partial<Orders>): void => {
    orders = { ...orders, ...change };
    write();
    daemon.kill("SIGHUP");
  };
  return {
    announce: async (routes) => order({ routes }),
    learned: () => learnedBy(socket),
    pathsTo: (prefix) => pathsTo(socket, prefix),
    async resetSessions() {
      order({ sessions: "shut down" });
      await until(async () => (await learnedBy(socket)).size === 0, "every session is shut down");
      order({ sessions: "on" });
    },
    async sessionsSoFar() {
      let sessions = 0;
      for (const { name } of plan.neighbors)
        sessions += (await askValue<PeerDetail>(socket, { ask: "peer", peer: name })).counters.established;
      return sessions;
    },
    kill: (signal) => killNow(daemon, signal),
  };
}

async function answers(socket: string): Promise<boolean> {
  try {
    await askValue(socket, { ask: "status" });
    return true;
  } catch (error) {
    if (error instanceof ControlError) return false;
    throw error;
  }
}

/** The kernel's side of the ts-bgp that answers on this socket. */
export function fibOf(socket: string): Promise<FibAnswer> {
  return askValue<FibAnswer>(socket, { ask: "fib" });
}

async function learnedBy(socket: string): Promise<Learned> {
  const learned = new Map<Prefix, string>();
  for await (const { prefix, best, from, nextHop, med } of askRows<RouteRow>(socket, { ask: "routes" })) {
    if (best && from.kind === "peer") learned.set(prefix as Prefix, describeRoute(nextHop ?? "none", med ?? undefined));
  }
  return learned;
}

async function pathsTo(socket: string, prefix: Prefix): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { from, nextHop } of askRows<RouteRow>(socket, { ask: "routes", prefix })) if (from.kind === "peer") found.push(nextHop ?? "none");
  return found.sort();
}

function document(plan: PeerPlan, { routes, sessions }: Orders): object {
  const { host, role, neighbors, restarts } = plan;
  return {
    router: { asn: TEST_ASN, id: host.ipv4, ipv4: host.ipv4, ipv6: host.ipv6 },
    networks: routes.map(({ prefix }) => prefix),
    prefixLists: Object.fromEntries(routes.map(({ prefix }, index) => [`route-${index}`, [{ prefix }]])),
    policies: { announce: { rules: routes.map(announceRule), otherwise: "accept" } },
    peers: neighbors.map(({ name, local, remote, families, passive, addPath, extendedNextHop, extendedMessages }) => ({
      name,
      address: remote,
      localAddress: local,
      asn: TEST_ASN,
      families,
      passive: passive ?? false,
      addPath: addPath ?? "off",
      extendedNextHop: extendedNextHop === "both",
      extendedMessages: extendedMessages !== "off",
      reflectorClient: role === "reflector",
      holdTimeSec: HOLD_SEC,
      connectRetrySec: 1,
      idleHoldMaxSec: 2,
      gracefulRestart: { enabled: restarts === "graceful" },
      exportPolicy: "announce",
      ...(sessions === "on" ? {} : { shutdown: "a test does this" }),
    })),
    control: { socket: socketOf(plan) },
    log: { level: "debug" },
  };
}

/** Only what we originate gets attributes; routes that we reflect pass as they came. */
function announceRule({ nextHop, med }: Announcement, index: number): object {
  return { when: [{ prefixList: `route-${index}` }, { source: ["network"] }], set: [{ med }, { nextHop }], then: "accept" };
}
