/**
 * `ts-bgp peers [PEER]`: every neighbour in a table, or one in full.
 */

import type { CommandModule } from "yargs";
import { askRows, askValue } from "../control/sockets/client.ts";
import type { FamilyRow, PeerDetail, PeerRow } from "../control/answers/peer.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { peerDetailLines } from "./peer-detail.ts";
import { print, printJson, printJsonRows, printRows, screenLook } from "./screen.ts";
import type { Cell, Column } from "./table.ts";
import { since } from "./times.ts";

interface PeersArguments extends AskingArguments {
  readonly peer: string | undefined;
}

export const peersCommand: CommandModule<object, PeersArguments> = {
  command: ["peers [peer]", "peer [peer]"],
  describe: "every neighbour, or one in full",
  builder: (yargs) =>
    yargs
      .positional("peer", { type: "string", describe: "address or name of one neighbour" })
      .options(ASKING_OPTIONS)
      .example("$0 peers", "a line per neighbour and family")
      .example("$0 peer 172.17.8.102", "capabilities both ways, timers, last error, counters, policies")
      .example("$0 peers --json | jq '.[].address'", "for programs"),
  handler: (given) => conclude(given.peer === undefined ? showPeers(given) : showPeer(given, given.peer)),
};

async function showPeers({ socket, json }: PeersArguments): Promise<ExitCode> {
  const peers = askRows<PeerRow>(socket, { ask: "peers" });
  if (json) await printJsonRows(peers);
  else if ((await printRows(COLUMNS, byFamily(peers))) === 0) await print(["No peers are configured."]);
  return EXIT.ok;
}

async function showPeer({ socket, json }: PeersArguments, peer: string): Promise<ExitCode> {
  const detail = await askValue<PeerDetail>(socket, { ask: "peer", peer });
  await (json ? printJson(detail) : print(peerDetailLines(detail, screenLook().width)));
  return EXIT.ok;
}

/** A line of the table: a peer with one of its families; the second family's line does not say the peer again. */
interface PeerLine {
  readonly peer: PeerRow | undefined;
  readonly family: string;
  readonly counts: FamilyRow | undefined;
}

async function* byFamily(peers: AsyncIterable<PeerRow>): AsyncIterable<PeerLine> {
  for await (const peer of peers) {
    const families = Object.entries(peer.families);
    if (families.length === 0) yield { peer, family: "", counts: undefined };
    for (const [index, [family, counts]] of families.entries()) yield { peer: index === 0 ? peer : undefined, family, counts };
  }
}

const COLUMNS: readonly Column<PeerLine>[] = [
  { title: "Address", fit: "whole", cell: ({ peer }) => peer?.address ?? "" },
  { title: "AS", align: "right", spare: 4, cell: ({ peer }) => (peer ? String(peer.asn) : "") },
  { title: "State", fit: "whole", cell: ({ peer }) => stateCell(peer) },
  { title: "Since", fit: "whole", spare: 6, cell: ({ peer }) => (peer ? since(peer.since, Date.now()) : "") },
  { title: "Family", fit: "whole", spare: 3, cell: ({ family }) => family },
  { title: "Received", align: "right", cell: ({ counts }) => count(counts?.received) },
  { title: "Accepted", align: "right", spare: 5, cell: ({ counts }) => count(counts?.accepted) },
  { title: "Best", align: "right", spare: 7, cell: ({ counts }) => count(counts?.best) },
  { title: "Advertised", align: "right", spare: 1, cell: ({ counts }) => count(counts?.advertised) },
  { title: "Name", spare: 2, cell: ({ peer }) => peer?.name ?? "" },
  { title: "Last error", spare: 1, cell: ({ peer }) => (peer && peer.state !== "Established" ? (peer.lastError?.text ?? "") : "") },
];

function stateCell(peer: PeerRow | undefined): Cell {
  if (!peer) return "";
  if (peer.shutdown !== null) return { text: "Idle (shut down)", tint: "yellow" };
  return { text: peer.state, tint: peer.state === "Established" ? "green" : "red" };
}

function count(number: number | undefined): string {
  return number === undefined ? "" : String(number);
}
