/**
 * `ts-bgp node` and `ts-bgp rr`: the daemon itself.
 */

import type { CommandModule } from "yargs";
import { CONFIG_OPTION, type ConfigArguments } from "./options.ts";
import { type ExitCode, conclude } from "./outcome.ts";
import { version } from "./version.ts";

export const nodeCommand: CommandModule<object, ConfigArguments> = {
  command: "node",
  describe: "run a host's BGP speaker, with its routes in the kernel",
  builder: (yargs) => yargs.options(CONFIG_OPTION).example("$0 node --config /etc/ts-bgp/node.json", "SIGHUP reads the file again, SIGTERM ends to come back, SIGINT until further notice"),
  handler: ({ config }) => runToTheEnd("node", config),
};

export const reflectorCommand: CommandModule<object, ConfigArguments> = {
  command: "rr",
  describe: "run a route reflector: no kernel routes, no root needed",
  builder: (yargs) => yargs.options(CONFIG_OPTION).example("$0 rr --config /etc/ts-bgp/rr.json", "SIGHUP reads the file again, SIGTERM ends to come back, SIGINT until further notice"),
  handler: ({ config }) => runToTheEnd("rr", config),
};

/** Ends the process even when a door was left open: after a defect nothing is closed in order. */
async function runToTheEnd(role: "node" | "rr", file: string): Promise<never> {
  await conclude(run(role, file));
  process.exit();
}

/** The daemon is loaded only here, so that `status` and the others start fast. */
async function run(role: "node" | "rr", file: string): Promise<ExitCode> {
  const { runDaemon } = await import("../daemon/process.ts");
  return runDaemon(file, { role, version: version() });
}
