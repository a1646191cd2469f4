/**
 * Our own reflector, as a user would run it; `range` takes the clients by where they call from instead of by name.
 * Pure.
 */

import { type DaemonKind, type DutName, HOLD_TIME_SEC, type Locate, type ReflectorPlan } from "./daemon.ts";

export const tsBgp: DaemonKind = {
  title: "ts-bgp",
  programs: { "ts-bgp": "dist/cli/main.js", node: process.execPath },
  options: { range: "clients by address range" },
  runsOnNode: true,
  version: (dut, locate) => [nodeOf(dut, locate), locate("ts-bgp"), "--version"],
  launch: (plan, dut, locate) => ({
    files: [{ name: "ts-bgp.json", text: JSON.stringify(document(plan, dut.options.has("range"))) }],
    command: [nodeOf(dut, locate), locate("ts-bgp"), "rr", "--config", `${plan.directory}/ts-bgp.json`],
  }),
};

function nodeOf({ runtime = "" }: DutName, locate: Locate): string {
  return locate(`node${runtime}`);
}

function document({ asn, address, clients, range, directory }: ReflectorPlan, byRange: boolean): object {
  const session = { asn, reflectorClient: true, holdTimeSec: HOLD_TIME_SEC };
  const callers = byRange
    ? { ranges: [{ name: "clients", prefix: range, limit: clients.length, ...session }] }
    : { peers: clients.map((client) => ({ ...session, address: client, localAddress: address, passive: true })) };
  return { router: { asn, id: address }, ...callers, control: { socket: `${directory}/ts-bgp.sock` } };
}
