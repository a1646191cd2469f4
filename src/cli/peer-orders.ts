/**
 * `ts-bgp shutdown`, `enable` and `clear`: what operators ask of one peer; `ts-bgp reload`: of the configuration.
 */

import type { CommandModule } from "yargs";
import { RefusedError, type Request, askRows, askValue } from "../control/sockets/client.ts";
import type { PeerRow } from "../control/answers/peer.ts";
import type { PeerOrderAnswer, ReloadAnswer } from "../control/questions/orders.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, UsageError, conclude } from "./outcome.ts";
import { print, printJson } from "./screen.ts";

interface PeerArguments extends AskingArguments {
  readonly peer: string;
}

interface ShutdownArguments extends PeerArguments {
  readonly message: string | undefined;
}

interface ClearArguments extends PeerArguments {
  readonly soft: "in" | "out" | "both" | undefined;
}

/** As BIRD's "restart all"; a peer of that name is meant where there is one. */
const ALL = "all";
const PEER = { type: "string", demandOption: true, describe: `name or address, or "${ALL}": one after the other` } as const;

export const shutdownCommand: CommandModule<object, ShutdownArguments> = {
  command: "shutdown <peer> [message]",
  describe: "end the session with a peer until it is enabled again, whatever is configured",
  builder: (yargs) =>
    yargs
      .options(ASKING_OPTIONS)
      .positional("peer", PEER)
      .positional("message", { type: "string", describe: "what the peer's operator reads in its log (RFC 9003)" })
      .example('$0 shutdown 172.17.8.1 "new line card, back at noon"', "")
      .example('$0 shutdown all "moving racks"', "every session but those that came in by a range"),
  handler: ({ message, ...given }) => conclude(order(given, { ask: "shutdown", peer: given.peer, text: message })),
};

export const enableCommand: CommandModule<object, PeerArguments> = {
  command: "enable <peer>",
  describe: "let a peer that was shut down have its session again",
  builder: (yargs) => yargs.options(ASKING_OPTIONS).positional("peer", PEER).example("$0 enable 172.17.8.1", ""),
  handler: (given) => conclude(order(given, { ask: "enable", peer: given.peer })),
};

export const clearCommand: CommandModule<object, ClearArguments> = {
  command: "clear <peer>",
  describe: "end the session with a peer and begin it anew; with --soft only routes are told again",
  builder: (yargs) =>
    yargs
      .options(ASKING_OPTIONS)
      .positional("peer", PEER)
      .option("soft", { choices: ["in", "out", "both"] as const, requiresArg: true, describe: "the session stays; in: its routes, out: ours" })
      .example("$0 clear Mesh_172_17_8_102", "a new session")
      .example("$0 clear 172.17.8.1 --soft in", "its routes are asked for and judged again")
      .example("$0 clear all --soft out", "everybody is told our routes again"),
  handler: (given) => conclude(order(given, { ask: "clear", peer: given.peer, soft: given.soft })),
};

export const reloadCommand: CommandModule<object, AskingArguments> = {
  command: "reload",
  describe: "read the configuration again; only what changed moves. SIGHUP does the same",
  builder: (yargs) => yargs.options(ASKING_OPTIONS).example("$0 reload", "a file with a mistake in it changes nothing, and exit code 2 says so"),
  handler: (given) => conclude(reload(given)),
};

async function order({ socket, json, peer }: PeerArguments, request: Request): Promise<ExitCode> {
  const chosen = peer === ALL ? await allFor(socket, request) : undefined;
  if (chosen === undefined) {
    const answer = await askValue<PeerOrderAnswer>(socket, request);
    await (json ? printJson(answer) : print([doneLine(answer)]));
    return EXIT.ok;
  }
  const answers: PeerOrderAnswer[] = [];
  for (const name of chosen) {
    const answer = await askValue<PeerOrderAnswer>(socket, { ...request, peer: name }).catch(unfitByNow);
    if (typeof answer === "string") await (json ? undefined : print([answer]));
    else if (json) answers.push(answer);
    else await print([doneLine(answer)]);
  }
  if (json) await printJson(answers);
  else if (chosen.length === 0) await print(["There is no peer for that."]);
  return EXIT.ok;
}

/** It was fit when we looked: whatever it is now, the others still want their order. */
function unfitByNow(error: unknown): string {
  if (error instanceof RefusedError) return `${error.message}.`;
  throw error;
}

function doneLine({ peer, address, ordered }: PeerOrderAnswer): string {
  return `${peer} (${address}): ${DONE[ordered]}.`;
}

/** Names of those for whom the order makes sense; undefined: a peer is called "all". */
async function allFor(socket: string, { ask, soft }: Request): Promise<readonly string[] | undefined> {
  const names: string[] = [];
  for await (const row of askRows<PeerRow>(socket, { ask: "peers" })) {
    if (row.name === ALL) return undefined;
    if (IS_FOR[soft === undefined ? String(ask) : "refresh"]?.(row)) names.push(row.name);
  }
  return names;
}

const IS_FOR: { readonly [order: string]: (peer: PeerRow) => boolean } = {
  shutdown: ({ shutdown, range }) => shutdown === null && range === null, // only a range as a whole can be closed
  enable: ({ shutdown }) => shutdown !== null,
  clear: ({ shutdown }) => shutdown === null,
  refresh: ({ state }) => state === "Established",
};

const DONE: { readonly [Order in PeerOrderAnswer["ordered"]]: string } = {
  shutdown: "shut down",
  enable: "enabled",
  reset: "the session begins anew",
  refresh: "routes are told again",
};

async function reload({ socket, json }: AskingArguments): Promise<ExitCode> {
  const answer = await askValue<ReloadAnswer>(socket, { ask: "reload" });
  const { source, faults, restartNeeded } = answer;
  if (json) await printJson(answer);
  else if (faults.length === 0) await print([`${source}: read and applied.`, ...(restartNeeded.length > 0 ? [`Only a restart changes: ${restartNeeded.join(", ")}.`] : [])]);
  else throw new UsageError([...faults.map((fault) => `${source}: ${fault}`), "the configuration stays as it was"].join("\n"));
  return faults.length === 0 ? EXIT.ok : EXIT.usage;
}
