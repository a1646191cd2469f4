/**
 * `ts-bgp monitor`: what happens from now on, until Ctrl-C.
 */

import type { CommandModule } from "yargs";
import { askRows } from "../control/sockets/client.ts";
import type { MonitorRow } from "../control/answers/events.ts";
import { hintAtAbsentPeer } from "./absent-peer.ts";
import { eventLine } from "./event-lines.ts";
import { EVENT_OPTIONS } from "./history.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, screenLook } from "./screen.ts";
import { plainLines } from "./table.ts";

interface MonitorArguments extends AskingArguments {
  readonly routes: boolean;
  readonly peer: string | undefined;
  readonly prefix: string | undefined;
  readonly longer: string | undefined;
}

const ABOUT_WIDTH = 18; // the longest IPv4 prefix

export const monitorCommand: CommandModule<object, MonitorArguments> = {
  command: "monitor",
  describe: "what happens from now on, until Ctrl-C: sessions, configuration, kernel; with --routes best paths, too",
  builder: (yargs) =>
    yargs
      .options({
        routes: { type: "boolean", default: false, describe: "best paths that change, too" },
        prefix: { type: "string", requiresArg: true, describe: "only about exactly this prefix; with --routes" },
        ...EVENT_OPTIONS,
        ...ASKING_OPTIONS,
        json: { type: "boolean", default: false, describe: "print a JSON object per line for programs" },
      })
      .example("$0 monitor", "sessions that come and go, obstacles in the kernel, reloads")
      .example("$0 monitor --routes --longer 192.168.0.0/16", "one part of the table as it changes")
      .example("$0 monitor --routes --json | jq 'select(.change==\"went\")'", "for programs")
      .epilogue("whoever reads more slowly than things happen is told how many events it missed; the routing waits for nobody"),
  handler: (given) => conclude(watch(given)),
};

async function watch({ socket, json, routes, peer, prefix, longer }: MonitorArguments): Promise<ExitCode> {
  process.once("SIGINT", () => process.exit(EXIT.ok));
  await hintAtAbsentPeer(socket, peer);
  const wanted = routes || prefix !== undefined || longer !== undefined ? "told" : "untold";
  for await (const row of askRows<MonitorRow>(socket, { ask: "monitor", routes: wanted, peer, prefix, longer })) {
    await print(json ? [JSON.stringify(row)] : linesOf(row));
  }
  return EXIT.ok;
}

function linesOf(row: MonitorRow): readonly string[] {
  const line = eventLine(row, Date.now());
  return line ? plainLines([{ cell: line.at, width: line.at.length }, { cell: line.about, width: ABOUT_WIDTH }], line.what, screenLook()) : [];
}
