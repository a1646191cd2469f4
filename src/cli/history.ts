/**
 * `ts-bgp history PREFIX` and `ts-bgp changes`: what happened, to one prefix or at all.
 */

import type { CommandModule, Options } from "yargs";
import { type Request, askRows } from "../control/sockets/client.ts";
import type { HistoryRow, ReachRow } from "../control/answers/events.ts";
import { hintAtAbsentPeer } from "./absent-peer.ts";
import { type EventLine, eventLine, reachText } from "./event-lines.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJsonRows, printRows } from "./screen.ts";
import type { Column } from "./table.ts";
import { targetOf } from "./target.ts";

/** Options of every command about events. */
export const EVENT_OPTIONS = {
  peer: { type: "string", requiresArg: true, describe: "only about this neighbour: address or name" },
  longer: { type: "string", requiresArg: true, describe: "only about this prefix and those within it" },
} as const satisfies Record<string, Options>;

export const SINCE_OPTION = {
  since: { type: "string", requiresArg: true, describe: "only what happened in that time: 90s, 5m, 2h; without it all that is known" },
} as const satisfies Record<string, Options>;

interface HistoryArguments extends AskingArguments {
  readonly target: string;
  readonly since: string | undefined;
}

interface ChangesArguments extends AskingArguments {
  readonly since: string | undefined;
  readonly peer: string | undefined;
  readonly longer: string | undefined;
}

export const historyCommand: CommandModule<object, HistoryArguments> = {
  command: "history <target>",
  describe: "what became of the best path to a prefix, and why",
  builder: (yargs) =>
    yargs
      .positional("target", { type: "string", demandOption: true, describe: "a prefix (exactly that one) or an address (every prefix that holds it)" })
      .options({ ...SINCE_OPTION, ...ASKING_OPTIONS })
      .example("$0 history 192.168.18.64/26", "from whom to whom, and why")
      .example("$0 history 192.168.18.70 --since 5m", "what happened on the way to an address")
      .epilogue("how far back it reaches is a matter of control.history: 10 minutes or 16 MiB where nothing is said"),
  handler: (given) => conclude(showHistory(given)),
};

export const changesCommand: CommandModule<object, ChangesArguments> = {
  command: "changes",
  describe: "what happened: best paths, sessions, configuration, kernel",
  builder: (yargs) =>
    yargs
      .options({ ...SINCE_OPTION, ...EVENT_OPTIONS, ...ASKING_OPTIONS })
      .example("$0 changes --since 5m", "the last five minutes, the oldest first")
      .example("$0 changes --peer 172.17.8.102", "what one neighbour had to do with")
      .example("$0 changes --longer 192.168.0.0/16", "one part of the table"),
  handler: (given) => conclude(showChanges(given)),
};

async function showHistory(given: HistoryArguments): Promise<ExitCode> {
  return show(given, { ask: "changes", since: given.since, ...targetOf("history", given.target) });
}

async function showChanges(given: ChangesArguments): Promise<ExitCode> {
  const { socket, since, peer, longer } = given;
  await hintAtAbsentPeer(socket, peer);
  return show(given, { ask: "changes", since, peer, longer });
}

async function show({ socket, json }: AskingArguments, request: Request): Promise<ExitCode> {
  const rows = askRows<HistoryRow>(socket, request);
  if (json) {
    await printJsonRows(rows);
    return EXIT.ok;
  }
  const reach: { row: ReachRow | undefined } = { row: undefined };
  const count = await printRows(EVENT_COLUMNS, linesOf(rows, (row) => (reach.row = row)));
  const known = reach.row ? reachText(reach.row, Date.now()) : "";
  if (count === 0) await print([`Nothing changed. ${known}`.trimEnd()]);
  else if (known !== "") await print([known]);
  return EXIT.ok;
}

async function* linesOf(rows: AsyncIterable<HistoryRow>, reaches: (row: ReachRow) => void): AsyncIterable<EventLine> {
  for await (const row of rows) {
    const line = eventLine(row, Date.now());
    if (row.kind === "reach") reaches(row);
    if (line) yield line;
  }
}

export const EVENT_COLUMNS: readonly Column<EventLine>[] = [
  { title: "Time", fit: "whole", cell: ({ at }) => at },
  { title: "About", cell: ({ about }) => about },
  { title: "What", fit: "rows", cell: ({ what }) => what },
];
