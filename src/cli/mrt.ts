/**
 * `ts-bgp mrt dump FILE`: the routing table for bgpdump and whoever else reads MRT.
 */

import { open, unlink } from "node:fs/promises";
import type { CommandModule } from "yargs";
import { askRows } from "../control/sockets/client.ts";
import type { MrtRow } from "../control/commands.ts";
import { counted } from "../control/text/counted.ts";
import { explain } from "../control/text/system-error.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, OutputError, UsageError, conclude } from "./outcome.ts";
import { print, printJson } from "./screen.ts";

interface DumpArguments extends AskingArguments {
  readonly file: string;
}

export const mrtDumpCommand: CommandModule<object, DumpArguments> = {
  command: "dump <file>",
  describe: "write every path that may be used, TABLE_DUMP_V2 (RFC 6396)",
  builder: (yargs) =>
    yargs
      .options(ASKING_OPTIONS)
      .positional("file", { type: "string", demandOption: true, describe: "it must not exist yet" })
      .example("$0 mrt dump table.mrt && bgpdump -m table.mrt", "a line per path"),
  handler: (given) => conclude(dump(given)),
};

export const mrtCommand: CommandModule = {
  command: "mrt",
  describe: "the routing table in the format that route collectors use",
  builder: (yargs) => yargs.command(mrtDumpCommand).example("$0 mrt dump table.mrt && bgpdump -m table.mrt", "a line per path").demandCommand(1, "which one? ts-bgp mrt dump <file>"),
  handler: () => {},
};

async function dump({ socket, json, file }: DumpArguments): Promise<ExitCode> {
  const out = await open(file, "wx").catch((error: unknown) => {
    throw new UsageError(`${file}: ${explain(error)}`);
  });
  let records = 0;
  let bytes = 0;
  try {
    for await (const { record } of askRows<MrtRow>(socket, { ask: "mrt" })) {
      const octets = Buffer.from(record, "hex");
      await out.appendFile(octets).catch((error: unknown) => {
        throw new OutputError(`${file}: ${explain(error)}; nothing of it is left there`);
      });
      records++;
      bytes += octets.length;
    }
  } catch (error) {
    await unlink(file); // half a table looks like a whole one
    throw error;
  } finally {
    await out.close();
  }
  await (json ? printJson({ file, prefixes: records - 1, bytes }) : print([`${file}: ${counted(records - 1, "prefix", "prefixes")}, ${bytes} octets.`]));
  return EXIT.ok;
}
