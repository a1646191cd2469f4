/**
 * Not a BGP daemon: it knows no routes and chooses none, it stamps every UPDATE as reflected and passes it on. What the
 * generator reaches with it is the most that can be measured here.
 * Pure.
 */

import type { DaemonKind } from "./daemon.ts";

export const forwarder: DaemonKind = {
  title: "forwarder without tables",
  programs: { forwarder: ".bench/bench/load/forwarder-main.js", node: process.execPath },
  launch: (plan, _dut, locate) => ({ files: [], command: [locate("node"), locate("forwarder"), plan.address, `${plan.asn}`] }),
};
