/**
 * Our own reflector, as a user would run it; `range` takes the clients by where they call from instead of by name.
 * Pure.
 */

import { type DaemonKind, HOLD_TIME_SEC, type ReflectorPlan } from "./daemon.ts";

export const tsBgp: DaemonKind = {
  title: "ts-bgp",
  programs: { "ts-bgp": "dist/cli/main.js", node: process.execPath },
  options: { range: "clients by address range" },
  runsOnNode: true,
  launch(plan, { runtime, options }, locate) {
    const config = `${plan.directory}/ts-bgp.json`;
    const node = locate(runtime === undefined ? "node" : `node${runtime}`);
    return { files: [{ name: "ts-bgp.json", text: JSON.stringify(document(plan, options.has("range"))) }], command: [node, locate("ts-bgp"), "rr", "--config", config] };
  },
};

function document({ asn, address, clients, range, directory }: ReflectorPlan, byRange: boolean): object {
  const session = { asn, localAddress: address, reflectorClient: true, holdTimeSec: HOLD_TIME_SEC };
  const callers = byRange
    ? { ranges: [{ name: "clients", prefix: range, limit: clients.length, ...session }] }
    : { peers: clients.map((client) => ({ ...session, address: client, passive: true })) };
  return { router: { asn, id: address }, ...callers, control: { socket: `${directory}/ts-bgp.sock` } };
}
