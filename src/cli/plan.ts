/**
 * `ts-bgp plan FILE`: what a configuration would change, before it does.
 */

import { resolve } from "node:path";
import type { CommandModule } from "yargs";
import { askRows } from "../control/sockets/client.ts";
import type { BestState, KernelState, PlanPeerRow, PlanRouteRow, PlanRow, PlanSummary } from "../control/questions/plan.ts";
import type { AttributeRow } from "../control/answers/route.ts";
import type { ChangeCounts } from "../speaker/dry-run/plan.ts";
import { counted } from "../control/text/counted.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJsonRows, printRows } from "./screen.ts";
import type { Cell, Column, Tint } from "./table.ts";

interface PlanArguments extends AskingArguments {
  readonly file: string;
  readonly peer: string | undefined;
  readonly all: boolean;
}

const SHOWN_ROUTES = 20; // of each list, unless all are wanted
const SHOWN_PEERS = 40;

export const planCommand: CommandModule<object, PlanArguments> = {
  command: "plan <file>",
  describe: "what a configuration would change: sessions, best routes, kernel, what peers are told; exit code 3 when anything would",
  builder: (yargs) =>
    yargs
      .positional("file", { type: "string", demandOption: true, describe: "configuration file; nothing of it is applied" })
      .options({
        peer: { type: "string", requiresArg: true, describe: "also list the routes that this peer would be told otherwise: address or name" },
        all: { type: "boolean", default: false, describe: `every route and every peer, not only the first ${SHOWN_ROUTES} and ${SHOWN_PEERS}` },
        ...ASKING_OPTIONS,
      })
      .example("$0 plan new.json && echo nothing would change", "before the file takes the place of the old one")
      .example("$0 plan new.json --peer 172.17.8.102", "and what one neighbour would be told otherwise")
      .example("$0 plan new.json --json | jq -r '.[] | select(.kind == \"kernel\" and .change == \"lost\").prefix'", "prefixes that the kernel would lose")
      .epilogue("It is taken for granted that neighbours tell what they told before; one whom nobody has heard yet tells nothing. exit codes: 0 no change, 3 changes, 2 bad configuration"),
  handler: (given) => conclude(plan(given)),
};

async function plan({ socket, json, file, peer, all }: PlanArguments): Promise<ExitCode> {
  const { readDocument } = await import("../daemon/config/file.ts");
  const document = await readDocument(file);
  const most = json || all ? undefined : SHOWN_ROUTES;
  const rows = askRows<PlanRow>(socket, { ask: "plan", file: resolve(file), told: json ? peer : (peer ?? "nobody"), most, document });
  return json ? printPlan(rows) : showPlan(rows, all);
}

/** The summary comes first, so the exit code is known before the last row is printed. */
async function printPlan(rows: AsyncIterable<PlanRow>): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  async function* watched(): AsyncIterable<PlanRow> {
    for await (const row of rows) {
      if (row.kind === "summary" && row.changes) code = EXIT.unhealthy;
      yield row;
    }
  }
  await printJsonRows(watched());
  return code;
}

async function showPlan(rows: AsyncIterable<PlanRow>, all: boolean): Promise<ExitCode> {
  let summary: PlanSummary | undefined;
  const peers: PlanPeerRow[] = [];
  const routes: PlanRouteRow[] = [];
  for await (const row of rows) {
    if (row.kind === "summary") summary = row;
    else if (row.kind === "peer") peers.push(row);
    else routes.push(row);
  }
  if (!summary) return EXIT.failed;
  await print(summary.changes ? summaryLines(summary, peers) : ["Nothing would change."]);
  await showPeers(peers, all);
  await showRoutes("Best routes", summary.best, routes.filter(({ kind }) => kind === "best"));
  await showRoutes("Kernel", summary.kernel, routes.filter(({ kind }) => kind === "kernel"));
  for (const { peer, told } of peers) await showRoutes(`Told to ${peer}`, told, routes.filter((row) => row.kind === "told" && row.peer === peer));
  return summary.changes ? EXIT.unhealthy : EXIT.ok;
}

function summaryLines(summary: PlanSummary, peers: readonly PlanPeerRow[]): readonly string[] {
  const fates = (["removed", "added", "resets", "refreshes", "stays"] as const).flatMap((fate) => {
    const count = peers.filter((peer) => peer.fate === fate).length;
    return count === 0 ? [] : [`${count} ${WORDS[fate]}`];
  });
  const { routes, best, kernel } = summary;
  return [
    `Peers        ${fates.join(", ") || "none"}`,
    `Best routes  ${routes === "left-out" ? "not compared: the table is too large to be rehearsed" : countsText(best)}`,
    ...(kernel ? [`Kernel       ${countsText(kernel)}`] : []),
    ...(summary.originates ? ["Ourselves    what this machine announces, or which routes its kernel gets, is described otherwise"] : []),
    ...(summary.ranges.length > 0 ? [`Ranges       ${summary.ranges.join(", ")}: other ones`] : []),
    ...(summary.listens ? ["Listening    on other addresses"] : []),
    ...(summary.restartNeeded.length > 0 ? [`Restart      only a restart changes: ${summary.restartNeeded.join(", ")}`] : []),
    ...(summary.unrehearsed > 0 ? [`Left out     ${counted(summary.unrehearsed, "path")} that could not be rehearsed`] : []),
  ];
}

const WORDS: { readonly [F in PlanPeerRow["fate"]]: string } = { removed: "removed", added: "added", resets: "reset", refreshes: "refreshed", stays: "as they are" };

async function showPeers(peers: readonly PlanPeerRow[], all: boolean): Promise<void> {
  const touched = peers.filter(({ fate, told }) => fate !== "stays" || told.gained + told.lost + told.changed > 0);
  if (touched.length === 0) return;
  await print([""]);
  await printRows(PEER_COLUMNS, all ? touched : touched.slice(0, SHOWN_PEERS));
  if (!all && touched.length > SHOWN_PEERS) await print([`and ${touched.length - SHOWN_PEERS} more: --all`]);
}

async function showRoutes(title: string, counts: ChangeCounts | null, rows: readonly PlanRouteRow[]): Promise<void> {
  if (!counts || rows.length === 0) return;
  await print(["", `${title}: ${countsText(counts)}`]);
  await printRows(ROUTE_COLUMNS, rows);
  const further = counts.gained + counts.lost + counts.changed - rows.length;
  if (further > 0) await print([`and ${further} more: --all`]);
}

function countsText(counts: ChangeCounts | null): string {
  const said = (["gained", "lost", "changed"] as const).filter((kind) => (counts?.[kind] ?? 0) > 0).map((kind) => `${counts?.[kind]} ${kind}`);
  return said.join(", ") || "no change";
}

const PEER_COLUMNS: readonly Column<PlanPeerRow>[] = [
  { title: "Peer", fit: "whole", cell: ({ peer }) => peer },
  { title: "Address", fit: "whole", cell: ({ address }) => address },
  { title: "Session", fit: "whole", cell: sessionCell },
  { title: "Gains", align: "right", cell: ({ told }) => String(told.gained) },
  { title: "Loses", align: "right", cell: ({ told }) => String(told.lost) },
  { title: "Changes", align: "right", cell: ({ told }) => String(told.changed) },
  { title: "Why", cell: ({ because, down }) => [...(because === null ? [] : [`${because} changed`]), ...(down === null ? [] : [down])].join("; ") },
];

/** What becomes of it, as short as can be. */
function sessionCell({ fate, directions, before, after }: PlanPeerRow): Cell {
  switch (fate) {
    case "removed":
      return { text: before === "up" ? "ends: removed" : "removed", tint: "red" };
    case "added":
      return { text: after === "up" ? "added, comes up" : after === "down" ? "added, stays down" : "added", tint: "green" };
    case "resets":
      if (before === "down") return { text: "tried anew", tint: "yellow" };
      return after === "up" ? { text: "resets, comes back", tint: "yellow" } : { text: "ends, stays down", tint: "red" };
    case "refreshes":
      return directions.includes("import") ? "stays, judged anew" : "stays, told anew";
    case "stays":
      return "stays";
  }
}

const TINTS: { readonly [C in PlanRouteRow["change"]]: Tint } = { gained: "green", lost: "red", changed: "yellow" };
const MARKS: { readonly [C in PlanRouteRow["change"]]: string } = { gained: "+", lost: "-", changed: "~" };

const ROUTE_COLUMNS: readonly Column<PlanRouteRow>[] = [
  { title: "", fit: "whole", cell: ({ change }) => ({ text: MARKS[change], tint: TINTS[change] }) },
  { title: "Prefix", fit: "whole", cell: ({ prefix }) => prefix },
  { title: "Now", cell: (row) => stateText(row, "before") },
  { title: "Then", cell: (row) => stateText(row, "after") },
];

function stateText(row: PlanRouteRow, when: "before" | "after"): string {
  if (row.kind === "kernel") return kernelText(row[when]);
  const [now, then] = [row.before, row.after];
  const state = row[when];
  if (!state) return "-";
  const shown = FIELDS.filter(({ always, text }) => always || !now || !then || text(now) !== text(then));
  return shown.map(({ text }) => text(state)).filter((text) => text !== "").join(", ") || "otherwise";
}

interface Field {
  /** Even where it does not differ. */
  readonly always: boolean;
  text(state: AttributeRow | BestState): string;
}

/** Of what differs, what fits a line. */
const FIELDS: readonly Field[] = [
  { always: true, text: (state) => ("from" in state && state.nextHop === null ? state.from.kind : `via ${state.nextHop ?? "-"}`) },
  { always: false, text: (state) => ("from" in state && state.from.address !== null ? `from ${state.from.address}` : "") },
  { always: false, text: ({ localPref }) => (localPref === null ? "" : `LOCAL_PREF ${localPref}`) },
  { always: false, text: ({ med }) => (med === null ? "" : `MED ${med}`) },
  { always: false, text: ({ asPath }) => (asPath === "" ? "" : `AS path ${asPath}`) },
  ...([["communities", "communities"], ["largeCommunities", "large communities"], ["extendedCommunities", "extended communities"], ["clusterList", "clusters"]] as const).map(([name, words]) => ({
    always: false,
    text: (state: AttributeRow) => (state[name].length === 0 ? "" : `${words} ${state[name].join(" ")}`),
  })),
];

function kernelText(state: KernelState | null): string {
  if (!state) return "-";
  const way = state.kind === "via" ? `via ${state.nextHops.join(", ")}` : state.kind;
  return [way, ...(state.tunnel === null ? [] : [`dev ${state.tunnel}`]), ...(state.metric === null ? [] : [`metric ${state.metric}`])].join(" ");
}
