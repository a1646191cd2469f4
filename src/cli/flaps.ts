/**
 * `ts-bgp flaps`: the prefixes and sessions that changed most.
 */

import type { CommandModule } from "yargs";
import { askRows } from "../control/sockets/client.ts";
import type { FlapRow, PrefixFlapRow, ReachRow, SessionFlapRow } from "../control/answers/events.ts";
import { hintAtAbsentPeer } from "./absent-peer.ts";
import { reachText } from "./event-lines.ts";
import { EVENT_OPTIONS, SINCE_OPTION } from "./history.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJson, printRows } from "./screen.ts";
import type { Column } from "./table.ts";
import { moment } from "./times.ts";

interface FlapsArguments extends AskingArguments {
  readonly top: number;
  readonly since: string | undefined;
  readonly peer: string | undefined;
  readonly longer: string | undefined;
}

export const flapsCommand: CommandModule<object, FlapsArguments> = {
  command: "flaps",
  describe: "prefixes and sessions that changed most",
  builder: (yargs) =>
    yargs
      .options({ top: { type: "number", default: 10, requiresArg: true, describe: "how many of each" }, ...SINCE_OPTION, ...EVENT_OPTIONS, ...ASKING_OPTIONS })
      .example("$0 flaps", "the ten of each that changed most")
      .example("$0 flaps --top 50 --since 5m --json", "for programs"),
  handler: (given) => conclude(showFlaps(given)),
};

async function showFlaps({ socket, json, top, since, peer, longer }: FlapsArguments): Promise<ExitCode> {
  await hintAtAbsentPeer(socket, peer);
  const rows: FlapRow[] = [];
  for await (const row of askRows<FlapRow>(socket, { ask: "flaps", top, since, peer, longer })) rows.push(row);
  if (json) {
    await printJson(rows);
    return EXIT.ok;
  }
  const prefixes = rows.filter((row): row is PrefixFlapRow => row.kind === "prefix");
  const sessions = rows.filter((row): row is SessionFlapRow => row.kind === "session");
  if (prefixes.length > 0) await printRows(PREFIX_COLUMNS, prefixes);
  if (prefixes.length > 0 && sessions.length > 0) await print([""]);
  if (sessions.length > 0) await printRows(SESSION_COLUMNS, sessions);
  const reach = rows.find((row): row is ReachRow => row.kind === "reach");
  const known = reach ? reachText(reach, Date.now()) : "";
  const nothing = prefixes.length + sessions.length === 0 ? "No prefix changed twice and no session went down. " : "";
  if (nothing + known !== "") await print([`${nothing}${known}`.trimEnd()]);
  return EXIT.ok;
}

const PREFIX_COLUMNS: readonly Column<PrefixFlapRow>[] = [
  { title: "Prefix", cell: ({ prefix }) => prefix },
  { title: "Changes", align: "right", cell: ({ changes }) => String(changes) },
  { title: "Gone", align: "right", cell: ({ went }) => String(went) },
  { title: "Last", fit: "whole", cell: ({ last }) => moment(last, Date.now()) },
  { title: "Because", cell: ({ lastCause }) => lastCause },
];

const SESSION_COLUMNS: readonly Column<SessionFlapRow>[] = [
  { title: "Session", cell: ({ peer }) => peer },
  { title: "Down", align: "right", cell: ({ downs }) => String(downs) },
  { title: "Last", fit: "whole", cell: ({ last }) => moment(last, Date.now()) },
  { title: "What happened", fit: "rows", cell: ({ lastText }) => lastText },
];
