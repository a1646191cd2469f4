/**
 * `ts-bgp fib`: what the kernel has of what it should have; `ts-bgp fib check` asks the kernel now.
 */

import type { CommandModule } from "yargs";
import { askRows, askValue } from "../control/sockets/client.ts";
import type { FibAnswer, FibCheckAnswer, FibRow } from "../control/answers/fib.ts";
import { counted } from "../control/text/counted.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJson, printJsonRows, printRows } from "./screen.ts";
import type { Column } from "./table.ts";

interface FibArguments extends AskingArguments {
  readonly routes: boolean;
}

export const fibCheckCommand: CommandModule<object, AskingArguments> = {
  command: "check",
  describe: "compare with the kernel now; exit code 3 when anything differed",
  builder: (yargs) => yargs.options(ASKING_OPTIONS).example("$0 fib check", "what differed, and whose routes are in the way"),
  handler: (given) => conclude(checkFib(given)),
};

export const fibCommand: CommandModule<object, FibArguments> = {
  command: "fib",
  describe: "the kernel's routes against the wanted ones; exit code 3 when they differ",
  builder: (yargs) =>
    yargs
      .command(fibCheckCommand)
      .options({ routes: { type: "boolean", default: false, describe: "every route, not only those that differ" }, ...ASKING_OPTIONS })
      .example("$0 fib", "counts, and what is not as it should be")
      .example("$0 fib --routes --json", "every route with its state"),
  handler: (given) => conclude(showFib(given)),
};

const ALL_IS_WELL = "The kernel holds what is wanted.";

async function showFib({ socket, json, routes }: FibArguments): Promise<ExitCode> {
  const fib = await askValue<FibAnswer>(socket, { ask: "fib" });
  const rows = askRows<FibRow>(socket, { ask: "fib-routes", which: routes ? "all" : "differing" });
  if (json && routes) await printJsonRows(rows);
  else if (json) await printJson(fib);
  else {
    await print([...fibLines(fib), ""]);
    const shown = await printRows(COLUMNS, rows);
    if (shown === 0) await print([fib.settled ? ALL_IS_WELL : "Nothing differs."]);
  }
  return fib.settled ? EXIT.ok : EXIT.unhealthy;
}

async function checkFib({ socket, json }: AskingArguments): Promise<ExitCode> {
  const { state } = await askValue<FibAnswer>(socket, { ask: "fib" }); // before: after a comparison it tries what it may again
  const found = await askValue<FibCheckAnswer>(socket, { ask: "fib-check" });
  if (json) await printJson(found);
  else {
    await print([...checkLines(found, state), ""]);
    if (found.matches) await print([ALL_IS_WELL]);
    else await printRows(COLUMNS, found.differing);
    if (found.further > 0) await print([`and ${found.further} more`]);
  }
  return found.matches ? EXIT.ok : EXIT.unhealthy;
}

function checkLines(found: FibCheckAnswer, state: FibAnswer["state"]): readonly string[] {
  const hint = STATE_HINTS[state];
  return [
    ...(hint === undefined ? [] : [`State        ${state}${hint}`]),
    `Compared     ${counted(found.kernel, "route")} of ours in the kernel with ${found.wanted} wanted`,
    `Found        ${found.added} missing, ${found.changed} leading another way, ${found.removed} left over${found.matches || hint !== undefined ? "" : "; being put right, but for what is in the way"}`,
    `In the way   ${counted(found.inTheWay, "route")} of others`,
    `Drift        ${found.drift.noticed} noticed by event, ${found.drift.found} found by comparing, since the start`,
  ];
}

function fibLines(fib: FibAnswer): readonly string[] {
  return [
    `State        ${fib.state}${fib.carrier === null ? "" : `, netlink by ${fib.carrier}`}${STATE_HINTS[fib.state] ?? ""}`,
    `Installed    ${fib.installed} of ${fib.wanted} wanted`,
    explained("Unreachable", fib.unreachable, "no next hop of theirs can be reached from here"),
    explained("In conflict", fib.conflicts, "a route of somebody else stands in their place and stays; ours come when it goes"),
    explained("Refused", fib.refused, "the kernel did not take them, the log has its words; they are tried again"),
    explained("Inherited", fib.inherited, "found at the start and wanted by nobody yet; they stay until all peers have told their routes"),
    `Written      ${fib.written} route messages; comparisons ${fib.resyncs}, overruns ${fib.overruns}, relay restarts ${fib.relayRestarts}`,
    `Drift        ${fib.drift.noticed} noticed by event, ${fib.drift.found} found by comparing`,
  ];
}

/** What to do about it, where the word alone does not say. */
const STATE_HINTS: { readonly [S in FibAnswer["state"]]?: string } = {
  "not-permitted": ": CAP_NET_ADMIN is missing",
  "no-carrier": ": neither node:ffi nor perl works here, nothing is written",
};

/** The count; what it means is said when there is something to mean. */
function explained(title: string, count: number, meaning: string): string {
  return `${title.padEnd(12)} ${count}${count === 0 ? "" : `: ${meaning}`}`;
}

const COLUMNS: readonly Column<FibRow>[] = [
  { title: "Prefix", fit: "whole", cell: (row) => row.prefix },
  { title: "State", fit: "whole", cell: (row) => ({ text: row.state, tint: row.state === "installed" ? "green" : "red" }) },
  { title: "Wanted", cell: (row) => row.wanted ?? "-" },
  { title: "Kernel", cell: (row) => row.actual ?? "-" },
  { title: "In the way", cell: (row) => row.inTheWay ?? "-" },
];
