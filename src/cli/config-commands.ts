/**
 * `ts-bgp check-config FILE` and `ts-bgp schema`: configurations, without running them.
 */

import type { CommandModule } from "yargs";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJson } from "./screen.ts";

interface CheckArguments {
  readonly file: string;
}

export const checkConfigCommand: CommandModule<object, CheckArguments> = {
  command: "check-config <file>",
  describe: "say everything that is wrong with a configuration; exit code 2 when something is",
  builder: (yargs) =>
    yargs.positional("file", { type: "string", demandOption: true, describe: "configuration file" }).example("$0 check-config /etc/ts-bgp/node.json", "before a reload"),
  handler: ({ file }) => conclude(checkConfig(file)),
};

export const schemaCommand: CommandModule = {
  command: "schema",
  describe: "print the JSON Schema of the configuration, every field documented",
  builder: (yargs) => yargs.example("$0 schema > ts-bgp.schema.json", "for editors and validators"),
  handler: () => conclude(printSchema()),
};

async function checkConfig(file: string): Promise<ExitCode> {
  const { readConfigFile } = await import("../daemon/config/file.ts");
  const { speaker } = await readConfigFile(file);
  await print([`${file}: ok, peers: ${speaker.peers.length}, ranges: ${speaker.ranges.length}, networks: ${speaker.networks.length}, blocks: ${speaker.blocks.length}`]);
  return EXIT.ok;
}

async function printSchema(): Promise<ExitCode> {
  const { configSchema } = await import("../daemon/config/config.ts");
  await printJson(configSchema());
  return EXIT.ok;
}
