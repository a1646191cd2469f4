/**
 * Hosts as processes on 127.18.8.0/24, without root: sessions and routes are real, kernels and containers are not there.
 * Guards the door to the daemons' control sockets.
 */

import { createServer } from "node:net";
import type { IpAddress } from "../../ip/address.ts";
import type { Prefix } from "../../ip/prefix.ts";
import { ControlError, askRows } from "../../control/sockets/client.ts";
import type { RouteRow } from "../../control/answers/route.ts";
import type { Ground, RouteTable } from "./ground.ts";
import { filesOf } from "./host-config.ts";

/** Hosts that are processes. */
export const loopbackGround: Ground = {
  raise: async () => undefined,
  on: (_host, command) => command,
  learned: (lab, host) => usedRoutes(filesOf(lab, host).socket),
  unplug: async () => undefined,
  plug: async () => undefined,
};

/** Best routes that a peer told: prefix to next hop; none while nobody answers on the socket. */
export async function usedRoutes(socket: string): Promise<RouteTable> {
  const learned = new Map<Prefix, IpAddress>();
  try {
    for await (const { prefix, best, from, nextHop } of askRows<RouteRow>(socket, { ask: "routes" })) {
      if (best && from.kind === "peer" && nextHop !== null) learned.set(prefix as Prefix, nextHop as IpAddress);
    }
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
  }
  return learned;
}

const FIRST_PORT = 1790;
const PORTS = 100;

/** A port that no other lab uses. */
export async function freePort(address: string): Promise<number> {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) if (await isFree(address, port)) return port;
  throw new Error(`no free port on ${address} from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}`);
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
