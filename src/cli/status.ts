/**
 * `ts-bgp status`: the table that `calicoctl node status` prints, and whether all is well.
 */

import type { CommandModule } from "yargs";
import { askValue } from "../control/sockets/client.ts";
import type { RangeAnswer, RestartingAnswer, StatusAnswer } from "../control/commands.ts";
import type { ConvergenceAnswer, Step } from "../control/records/convergence-times.ts";
import type { StationAnswer } from "../control/answers/bmp.ts";
import type { DatastoreAnswer } from "../control/answers/datastore.ts";
import type { FibAnswer } from "../control/answers/fib.ts";
import type { StatusPeer } from "../control/answers/peer.ts";
import { counted } from "../control/text/counted.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJson, screenLook } from "./screen.ts";
import { type Cell, type Column, framedTable } from "./table.ts";
import { since } from "./times.ts";
import { hanging } from "./wrapped.ts";

const MAX_NAMES = 5;

export const statusCommand: CommandModule<object, AskingArguments> = {
  command: "status",
  describe: "is all well: sessions and kernel routes; exit code 3 when not",
  builder: (yargs) =>
    yargs
      .options(ASKING_OPTIONS)
      .example("$0 status", "the table that calicoctl node status prints")
      .example("$0 status --json | jq '.peers[] | select(.state != \"up\")'", "sessions that are not up"),
  handler: (given) => conclude(showStatus(given)),
};

async function showStatus({ socket, json }: AskingArguments): Promise<ExitCode> {
  const status = await askValue<StatusAnswer>(socket, { ask: "status" });
  await (json ? printJson(status) : print(statusLines(status, screenLook().width)));
  return status.healthy ? EXIT.ok : EXIT.unhealthy;
}

function statusLines(status: StatusAnswer, width: number | undefined): readonly string[] {
  return [...headLines(status).flatMap((line) => hanging("", line, width, 2)), "", ...peerLines(status)];
}

function headLines({ router, fib, bfd, bmp, datastore, ...status }: StatusAnswer): readonly string[] {
  return [
    "ts-bgp process is running.",
    `AS ${router.asn}, router id ${router.routerId}, ${counted(router.prefixes, "prefix", "prefixes")}, version ${status.version}`,
    ...(router.restarting ? [restartingLine(router.restarting)] : []),
    ...(fib ? [`Kernel routes: ${fibLine(fib)}`] : []),
    ...(datastore ? datastoreLines(datastore) : []),
    ...convergenceLines(status.convergence),
    ...(bfd ? [`BFD: ${bfd.up} of ${bfd.sessions} paths up`] : []),
    ...bmp.map(stationLine),
  ];
}

function peerLines({ peers, ranges }: StatusAnswer): readonly string[] {
  return [
    ...section("IPv4", peers.filter((peer) => !peer.address.includes(":"))),
    "",
    ...section("IPv6", peers.filter((peer) => peer.address.includes(":"))),
    ...(ranges.length === 0 ? [] : ["", "Ranges of neighbours", ...framedTable(RANGE_COLUMNS, ranges, screenLook())]),
  ];
}

const STEP_WORDS: { readonly [S in Step]: string } = { best: "best path", kernel: "kernel", sent: "told on" };

/** Nothing, where nothing came lately. */
function convergenceLines({ windowSec, steps }: ConvergenceAnswer): readonly string[] {
  const seen = steps.filter(({ updates }) => updates > 0);
  if (seen.length === 0) return [];
  const words = seen.map(({ step, p50Ms, p99Ms }) => `${STEP_WORDS[step]} ${milliseconds(p50Ms)}, ${milliseconds(p99Ms)}`);
  return [`Convergence of ${steps[0]?.updates ?? 0} UPDATEs in ${windowSec / 60} min (half, 99 of 100): ${words.join("; ")}`];
}

function milliseconds(ms: number | null): string {
  return ms === null ? "over a minute" : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Names, unless there are too many to read. */
function restartingLine({ waitingFor, peers, elapsedSec, capSec }: RestartingAnswer): string {
  const names = waitingFor.slice(0, MAX_NAMES).join(", ") + (waitingFor.length > MAX_NAMES ? ", ..." : "");
  return `Restarting: waiting for ${waitingFor.length} of ${peers} peers (${names}), ${elapsedSec} s of ${capSec} s`;
}

function datastoreLines({ servers, state, since: sinceTime, reason, keys, running, held, ignored }: DatastoreAnswer): readonly string[] {
  const stale = running === "last-good" ? ", running the last good configuration from disk" : "";
  const names = ignored.slice(0, MAX_NAMES).map(({ key }) => key.slice(key.lastIndexOf("/") + 1));
  return [
    `Datastore: ${state} ${state === "lost" ? `since ${since(sinceTime, Date.now())}` : `at ${servers}`}, ${keys} keys${stale}${reason === null ? "" : `: ${reason}`}`,
    ...(held ? [`HELD BACK since ${since(held.since, Date.now())}: ${held.reasons.join(", ")}. The last good configuration stays; if this is meant: ts-bgp accept-change`] : []),
    ...(ignored.length > 0 ? [`Left out: ${names.join(", ")}${ignored.length > MAX_NAMES ? ", ..." : ""} (why: ts-bgp status --json)`] : []),
  ];
}

function stationLine({ station, state, since: sinceTime, lastError, backlogBytes }: StationAnswer): string {
  const detail = state === "table" || state === "live" ? `${backlogBytes} octets wait` : (lastError ?? "not called yet");
  return `Monitoring station ${station}: ${STATION_WORDS[state]} since ${since(sinceTime, Date.now())}, ${detail}`;
}

const STATION_WORDS: { readonly [State in StationAnswer["state"]]: string } = {
  waiting: "not connected",
  connecting: "being called",
  table: "connected, hears the table",
  live: "connected",
};

function section(version: "IPv4" | "IPv6", peers: readonly StatusPeer[]): readonly string[] {
  const title = `${version} BGP status`;
  if (peers.length === 0) return [title, `No ${version} peers found.`];
  return [title, ...framedTable(COLUMNS, peers, screenLook())];
}

const COLUMNS: readonly Column<StatusPeer>[] = [
  { title: "Peer address", fit: "whole", cell: (peer) => peer.address },
  { title: "Peer type", cell: (peer) => peer.type },
  { title: "State", fit: "whole", cell: (peer) => stateCell(peer.state) },
  { title: "Since", fit: "whole", cell: (peer) => since(peer.since, Date.now()) },
  { title: "Info", cell: (peer) => peer.info },
];

const RANGE_COLUMNS: readonly Column<RangeAnswer>[] = [
  { title: "Name", cell: ({ name }) => name },
  { title: "Prefix", cell: ({ prefix }) => prefix },
  { title: "AS", cell: ({ asns }) => asns.join(", ") },
  { title: "Peers", cell: ({ peers, limit }) => `${peers} of ${limit}` },
  { title: "Refused", cell: ({ refused }) => ({ text: String(refused), tint: refused > 0 ? "red" : "green" }) },
];

function stateCell(state: StatusPeer["state"]): Cell {
  return { text: state, tint: state === "up" ? "green" : state === "start" ? "red" : "yellow" };
}

function fibLine({ state, wanted, installed, unreachable, conflicts, refused }: FibAnswer): string {
  const trouble = [
    [unreachable, "without reachable next hop"],
    [conflicts, "in conflict with another's route"],
    [refused, "refused by the kernel"],
  ] as const;
  return [`${installed} of ${wanted} installed`, ...trouble.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`), state].join(", ");
}
