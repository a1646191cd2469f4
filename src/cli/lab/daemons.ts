/**
 * The daemons of a lab. They outlive the lab with --keep, so each leaves its process id in a file.
 */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Background, startInBackground } from "./background.ts";
import { whereIs } from "./command.ts";
import type { Ground } from "./ground.ts";
import { ETCD_URL } from "./datastore.ts";
import { configText, filesOf } from "./host-config.ts";
import type { Host, Lab } from "./topology.ts";

/** The built program; this file stands equally deep in src/ and dist/. */
export const TS_BGP: readonly string[] = [process.execPath, fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url))];

/** One host's daemon. */
export interface Daemon extends Background {
  readonly host: Host;
}

/** Writes the host's configuration and starts its daemon. */
export function startDaemon(lab: Lab, ground: Ground, host: Host): Daemon {
  const files = filesOf(lab, host);
  writeFileSync(files.config, configText(lab, host));
  const background = startInBackground(ground.on(host, daemonCommand(lab, host)), files.log);
  if (background.pid !== undefined) writeFileSync(files.pid, `${background.pid}\n`);
  return { ...background, host };
}

function daemonCommand(lab: Lab, host: Host): readonly string[] {
  const { config, socket, lastGood, birdSockets } = filesOf(lab, host);
  if (host.program === "bird") return [whereIs("bird") ?? "bird", "-f", "-R", "-c", config, "-s", socket];
  const command = host.role === "reflector" ? "rr" : "node";
  if (lab.datastore === "none") return [...TS_BGP, command, "--config", config];
  const cluster = ["--calico", "--node-name", host.name, "--socket", socket, "--last-good", lastGood, "--bird-sockets", birdSockets, "--secrets", lab.directory];
  return ["env", `ETCD_ENDPOINTS=${ETCD_URL}`, ...TS_BGP, command, ...cluster];
}
