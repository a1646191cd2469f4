/**
 * What an operator looks at on one host: the status table and the routes, as the programs there print them.
 */

import { attempt, whereIs } from "./command.ts";
import { TS_BGP } from "./daemons.ts";
import type { Ground } from "./ground.ts";
import { filesOf } from "./host-config.ts";
import { type Host, type Lab, shownHost } from "./topology.ts";

export interface Screen {
  readonly title: string;
  readonly text: string;
}

/** Status and routes of one host. */
export async function hostTables(lab: Lab, ground: Ground, host: Host): Promise<readonly Screen[]> {
  const routes = lab.ground === "namespaces" ? ["ip", "route"] : tsBgp(lab, host, "routes");
  return Promise.all(
    [statusOf(lab, host), routes].map(async (command) => ({
      title: titleOf(host, command),
      text: await print(ground.on(host, command)),
    })),
  );
}

/** A status that finds a session down prints its table all the same, and says so by its exit code. */
async function print(command: readonly string[]): Promise<string> {
  const { stdout, stderr } = await attempt(command);
  return (stdout || stderr).trimEnd();
}

function statusOf(lab: Lab, host: Host): readonly string[] {
  if (host.program === "bird") return [whereIs("birdc") ?? "birdc", "-s", filesOf(lab, host).socket, "show", "protocols"];
  return tsBgp(lab, host, "status");
}

function tsBgp(lab: Lab, host: Host, command: string): readonly string[] {
  return [...TS_BGP, command, "--socket", filesOf(lab, host).socket];
}

/** As one would type it on that host. */
function titleOf(host: Host, [program = "", ...args]: readonly string[]): string {
  const shown = program === TS_BGP[0] ? ["ts-bgp", ...args.slice(1)] : [program.slice(program.lastIndexOf("/") + 1), ...args];
  const socketAt = shown.findIndex((word) => word === "--socket" || word === "-s");
  const typed = socketAt === -1 ? shown : [...shown.slice(0, socketAt), ...shown.slice(socketAt + 2)];
  return `${host.name}# ${typed.join(" ")}`;
}

/** How to look into a lab that stays up, and how to be rid of it: lines to paste, wherever this program is installed. */
export function keptText(lab: Lab): string {
  const host = shownHost(lab);
  const look = lab.ground === "namespaces" ? `ip netns exec ${host.namespace} ip route\n  ` : "";
  return `lab ${lab.id} stays up. Look in:
  ${look}${statusOf(lab, host).join(" ")}
  less ${filesOf(lab, host).log}
Take it down:
  ${[...TS_BGP, "lab", "--remove", lab.id].join(" ")}`;
}
