/**
 * `ts-bgp routes [PREFIX|ADDRESS]`: paths, ranked, with the reason why each loser lost.
 */

import type { CommandModule } from "yargs";
import { parsePrefix } from "../ip/prefix.ts";
import { type Request, askRows } from "../control/sockets/client.ts";
import type { RouteRow } from "../control/answers/route.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, UsageError, conclude } from "./outcome.ts";
import { print, printJsonRows, printRows } from "./screen.ts";
import type { Cell, Column } from "./table.ts";
import { targetOf } from "./target.ts";

interface RoutesArguments extends AskingArguments {
  readonly target: string | undefined;
  readonly family: string | undefined;
  readonly from: string | undefined;
  readonly in: string | undefined;
  readonly out: string | undefined;
  readonly best: boolean;
  readonly rejected: boolean;
  readonly longer: boolean;
  readonly community: string | undefined;
  readonly "large-community": string | undefined;
  readonly "extended-community": string | undefined;
  readonly "as-path": string | undefined;
}

export const routesCommand: CommandModule<object, RoutesArguments> = {
  command: "routes [target]",
  describe: "paths, ranked: every one, those to a prefix, or those an address would take; what a peer sent, or what it was told",
  builder: (yargs) =>
    yargs
      .positional("target", { type: "string", describe: "a prefix (exactly that one) or an address (the longest prefix that holds it)" })
      .options({
        in: { type: "string", requiresArg: true, describe: "what this neighbour sent, as it sent it, with what was refused and why: address or name" },
        out: { type: "string", requiresArg: true, describe: "what this neighbour was told, as it was told" },
        from: { type: "string", requiresArg: true, describe: "only what came from this neighbour, as import policy left it" },
        best: { type: "boolean", default: false, describe: "only the best path to each prefix" },
        rejected: { type: "boolean", default: false, describe: "only paths that may not be used, with the reason" },
        longer: { type: "boolean", default: false, describe: "the prefix and all inside it" },
        community: { type: "string", requiresArg: true, describe: "only paths with it: 64512:100, or a name such as no-export" },
        "large-community": { type: "string", requiresArg: true, describe: "the same: 64512:1:100" },
        "extended-community": { type: "string", requiresArg: true, describe: "the same: rt:64512:100" },
        "as-path": { type: "string", requiresArg: true, describe: "only paths through this AS number, or that fit a pattern; _ in it is a space or an end" },
        family: { type: "string", choices: ["ipv4", "ipv6"], describe: "only this family" },
        ...ASKING_OPTIONS,
      })
      .example("$0 routes", "everything; * marks the best")
      .example("$0 routes 192.168.18.70", "where packets to that address go")
      .example("$0 routes 192.168.0.0/16 --longer --best", "what is used inside a prefix")
      .example("$0 routes --in 172.17.8.102 --rejected", "what that neighbour sent in vain, and why")
      .example("$0 routes --out 172.17.8.102 --community no-export", "of what it was told, what goes no further")
      .example('$0 routes --as-path "_65001$"', "what AS 65001 originates")
      .epilogue("in front of a path: * the best, x may not be used, s kept from before its peer went away or began to tell its routes again"),
  handler: (given) => conclude(showRoutes(given)),
};

async function showRoutes(given: RoutesArguments): Promise<ExitCode> {
  const { family, from, in: sentBy, out, community } = given;
  const attributes = { community, largeCommunity: given["large-community"], extendedCommunity: given["extended-community"], asPath: given["as-path"] };
  const flags = { ...(given.best && { best: true }), ...(given.rejected && { rejected: true }) };
  const routes = askRows<RouteRow>(given.socket, { ask: "routes", family, from, in: sentBy, out, ...attributes, ...flags, ...askedOf(given) });
  if (given.json) await printJsonRows(routes);
  else if ((await printRows(out === undefined ? COLUMNS : TOLD_COLUMNS, routes)) === 0) await print(["No routes."]);
  return EXIT.ok;
}

function askedOf({ target, longer }: RoutesArguments): Omit<Request, "ask"> {
  if (longer && (target === undefined || !parsePrefix(target))) throw new UsageError(`routes --longer: ${target === undefined ? "nothing" : JSON.stringify(target)}, expected a prefix such as 192.168.0.0/16`);
  if (target === undefined) return {};
  if (longer) return { longer: target };
  return targetOf("routes", target);
}

const ATTRIBUTE_COLUMNS: readonly Column<RouteRow>[] = [
  { title: "Prefix", fit: "whole", cell: (route) => route.prefix },
  { title: "Next hop", fit: "whole", cell: (route) => route.nextHop ?? "-" },
  { title: "From", spare: 4, cell: (route) => route.from.address ?? route.from.kind },
  { title: "LocPref", align: "right", spare: 2, cell: (route) => String(route.localPref ?? "-") },
  { title: "MED", align: "right", spare: 3, cell: (route) => String(route.med ?? "-") },
  { title: "AS path", cell: (route) => route.asPath || "-" },
  { title: "Origin", spare: 5, cell: (route) => route.origin ?? "-" },
];

const COLUMNS: readonly Column<RouteRow>[] = [
  { title: "", fit: "whole", cell: markOf },
  ...ATTRIBUTE_COLUMNS,
  { title: "Not used because", spare: 1, cell: (route) => route.rejectedBy ?? (route.lostBy === null ? "" : `lost by ${route.lostBy}`) },
];

/** Whoever is told a path is told nothing of how it was chosen. */
const TOLD_COLUMNS: readonly Column<RouteRow>[] = [...ATTRIBUTE_COLUMNS, { title: "Communities", spare: 1, cell: ({ communities, largeCommunities }) => [...communities, ...largeCommunities].join(" ") || "-" }];

/** "*" best, "x" refused, "s" besides when stale. */
function markOf(route: RouteRow): Cell {
  const mark = route.best ? "*" : route.rejectedBy === null ? "" : "x";
  return { text: `${mark}${route.stale ? "s" : ""}`, tint: route.best ? "green" : "red" };
}
