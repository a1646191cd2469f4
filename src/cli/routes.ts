/**
 * `ts-bgp routes [PREFIX|ADDRESS]`: paths, ranked, with the reason why each loser lost.
 */

import type { CommandModule } from "yargs";
import { parseAddress } from "../ip/address.ts";
import { parsePrefix } from "../ip/prefix.ts";
import { type Request, askRows } from "../control/client.ts";
import type { RouteRow } from "../control/route-answer.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, UsageError, conclude } from "./outcome.ts";
import { print, printJsonRows, printRows } from "./screen.ts";
import type { Cell, Column } from "./table.ts";

interface RoutesArguments extends AskingArguments {
  readonly target: string | undefined;
  readonly family: string | undefined;
  readonly from: string | undefined;
}

export const routesCommand: CommandModule<object, RoutesArguments> = {
  command: "routes [target]",
  describe: "paths, ranked: every one, those to a prefix, or those an address would take",
  builder: (yargs) =>
    yargs
      .positional("target", { type: "string", describe: "a prefix (exactly that one) or an address (the longest prefix that holds it)" })
      .options({
        family: { type: "string", choices: ["ipv4", "ipv6"], describe: "only this family" },
        from: { type: "string", requiresArg: true, describe: "only what this neighbour sent: address or name" },
        ...ASKING_OPTIONS,
      })
      .example("$0 routes", "everything; * marks the best")
      .example("$0 routes 192.168.18.64/26", "every path to one prefix")
      .example("$0 routes 192.168.18.70", "where packets to that address go"),
  handler: (given) => conclude(showRoutes(given)),
};

async function showRoutes(given: RoutesArguments): Promise<ExitCode> {
  const routes = askRows<RouteRow>(given.socket, { ask: "routes", family: given.family, from: given.from, ...targetOf(given.target) });
  if (given.json) await printJsonRows(routes);
  else if ((await printRows(COLUMNS, routes)) === 0) await print(["No routes."]);
  return EXIT.ok;
}

function targetOf(target: string | undefined): Omit<Request, "ask"> {
  if (target === undefined) return {};
  if (parseAddress(target)) return { covering: target };
  if (parsePrefix(target)) return { prefix: target };
  throw new UsageError(`routes: ${JSON.stringify(target)}, expected a prefix such as 192.168.18.64/26 or an address such as 192.168.18.70`);
}

const COLUMNS: readonly Column<RouteRow>[] = [
  { title: "", cell: markOf },
  { title: "Prefix", cell: (route) => route.prefix },
  { title: "Next hop", cell: (route) => route.nextHop ?? "-" },
  { title: "From", cell: (route) => route.from.address ?? route.from.kind },
  { title: "LocPref", align: "right", cell: (route) => String(route.localPref ?? "-") },
  { title: "MED", align: "right", cell: (route) => String(route.med ?? "-") },
  { title: "AS path", cell: (route) => route.asPath || "-" },
  { title: "Origin", cell: (route) => route.origin ?? "-" },
  { title: "Not used because", cell: (route) => route.rejectedBy ?? (route.lostBy === null ? "" : `lost by ${route.lostBy}`) },
];

/** "*" best, "x" refused, "s" besides when stale. */
function markOf(route: RouteRow): Cell {
  const mark = route.best ? "*" : route.rejectedBy === null ? "" : "x";
  return { text: `${mark}${route.stale ? "s" : ""}`, tint: route.best ? "green" : "red" };
}
