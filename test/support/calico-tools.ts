/**
 * Calico's programs as far as they look at BIRD: what calicoctl's node status and the probes of calico/node do, step by step, with
 * real processes and sockets. Written from what they are known to do; each throws the mistake that it would report.
 */

import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { processesCalled } from "./processes.ts";

const LINE_MS = 2_000; // calicoctl waits for each line so long
const SESSION = /^(Global|Node|Mesh)_(.+)$/;
const TYPES: { readonly [prefix: string]: string } = { Mesh: "node-to-node mesh", Node: "node specific", Global: "global" };

/** A row of the table that calicoctl prints. */
export interface CalicoPeer {
  readonly address: string;
  readonly type: string;
  readonly state: string;
  readonly since: string;
  readonly info: string;
}

/** `calicoctl node status`, one IP version of it. */
export async function calicoctlNodeStatus(version: "4" | "6", socket: string): Promise<readonly CalicoPeer[]> {
  const name = version === "4" ? "bird" : "bird6";
  if (processesCalled(name).length === 0) throw new Error(`INFO: BIRDv${version} process: '${name}' is not running.`);
  return peersIn(await linesOf(socket, "show protocols", /^0000/), version === "4" ? "." : ":");
}

/** `calico-node -bird-ready` on a host that has started lately: every session is up, and no restart is under way. */
export async function birdReady(socket: string, separator = "."): Promise<void> {
  const peers = peersIn(await linesOf(socket, "show protocols", /^0000/), separator);
  const missing = peers.filter(({ info }) => info.split(" ")[0] !== "Established");
  if (missing.length > 0) throw new Error(`BGP not established with ${missing.map(({ address }) => address).join(",")}`);
  for (const line of await linesOf(socket, "show status", /^0013/)) {
    if (line.startsWith("0024")) throw new Error("graceful restart in progress");
    if (!/^(?:0001|1000|1011|0013| )/.test(line)) throw new Error(`unexpected output line from BIRD: ${line}`);
  }
}

/** `calico-node -bird-live`, as far as birdcl goes: it must end with 0 and say BIRD first. */
export function birdLive(birdcl: string, socket: string): void {
  const { status, stdout } = spawnSync(birdcl, ["-s", socket, "show", "status"], { encoding: "utf8", timeout: 20_000 });
  if (status !== 0 || !stdout.startsWith("BIRD")) throw new Error(`bird not live: exit ${status}: ${stdout}`);
}

function peersIn(lines: readonly string[], separator: string): readonly CalicoPeer[] {
  const peers: CalicoPeer[] = [];
  for (const line of lines) {
    if (line.startsWith("0000")) break;
    if (line.startsWith("0001")) continue;
    if (line.startsWith("2002")) {
      const titles = line.slice(5).trim().split(/\s+/).join(" ");
      if (titles !== "name proto table state since info") throw new Error(`unknown BIRD table output format: ${titles}`);
      continue;
    }
    if (!line.startsWith("1002") && !line.startsWith(" ")) throw new Error(`unexpected output line from BIRD: ${line}`);
    const [name = "", proto, , state = "", since = "", ...info] = line.slice(line.startsWith(" ") ? 1 : 5).trim().split(/\s+/);
    const [, prefix = "", address = ""] = SESSION.exec(name) ?? [];
    if (proto !== "BGP" || info.length === 0 || prefix === "") continue;
    peers.push({ address: address.replaceAll("_", separator), type: TYPES[prefix] ?? "", state, since, info: info.join(" ") });
  }
  return peers;
}

/** The greeting and one reply, line by line, each in its time. */
async function linesOf(path: string, command: string, last: RegExp): Promise<readonly string[]> {
  const socket = connect(path);
  await once(socket, "connect");
  const lines: string[] = [];
  try {
    socket.write(`${command}\n`);
    socket.setTimeout(LINE_MS, () => socket.destroy(new Error(`no line within ${LINE_MS} ms`)));
    for await (const line of createInterface({ input: socket })) {
      lines.push(line);
      if (last.test(line)) return lines;
    }
    throw new Error(`the reply broke off after ${lines.length} lines`);
  } finally {
    socket.destroy();
  }
}
