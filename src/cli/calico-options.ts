/**
 * Options of `node` and `rr` in a Calico cluster.
 */

import type { Options } from "yargs";
import { endpointIn } from "./endpoint-text.ts";
import { DEFAULT_SOCKET } from "../control/sockets/socket-path.ts";

export interface CalicoArguments {
  readonly calico: boolean;
  readonly nodeName: string | undefined;
  readonly calicoConfig: string | undefined;
  readonly socket: string;
  readonly socketGroup: string | undefined;
  readonly readOnlySocket: string | undefined;
  readonly birdSockets: string;
  readonly birdProcesses: boolean;
  readonly bmp: readonly string[];
  readonly metricsPort: number | undefined;
  readonly secrets: string;
  readonly lastGood: string;
  readonly maxLoss: number;
  readonly patience: number;
}

const GROUP = "In a Calico cluster:";

export const CALICO_OPTIONS = {
  calico: {
    type: "boolean",
    default: false,
    group: GROUP,
    describe: "configure from the cluster's etcd, found as Calico's own tools find it: ETCD_ENDPOINTS and the like, or calicoctl.cfg",
  },
  "calico-config": { type: "string", requiresArg: true, group: GROUP, describe: "this calicoctl.cfg, whatever the environment says" },
  "node-name": { type: "string", requiresArg: true, group: GROUP, describe: "which node this is; without it $NODENAME, /var/lib/calico/nodename or the host's name" },
  socket: {
    type: "string",
    default: process.env["TS_BGP_SOCKET"] ?? DEFAULT_SOCKET,
    defaultDescription: `$TS_BGP_SOCKET or ${DEFAULT_SOCKET}`,
    requiresArg: true,
    group: GROUP,
    describe: "control socket",
  },
  "bird-processes": {
    type: "boolean",
    default: true,
    group: GROUP,
    describe: 'small processes called "bird" and "bird6" beside the daemon, without which calicoctl says that BIRD does not run; --no-bird-processes for none',
  },
  "socket-group": { type: "string", requiresArg: true, group: GROUP, describe: "group, by name or number, whose members may use the control socket and BIRD's" },
  "read-only-socket": { type: "string", requiresArg: true, group: GROUP, describe: "path of a socket that everybody may ask, and on which nothing can be ordered" },
  bmp: { type: "string", array: true, default: [], defaultDescription: "none", requiresArg: true, group: GROUP, describe: "ADDRESS:PORT of a monitoring station that is told what every peer tells (BMP); several may be named" },
  "bird-sockets": {
    type: "string",
    default: "/var/run/calico",
    requiresArg: true,
    group: GROUP,
    describe: 'folder for bird.ctl and bird6.ctl, where calicoctl and the probes of calico/node look; "" for none',
  },
  "metrics-port": { type: "number", requiresArg: true, group: GROUP, describe: "port on 127.0.0.1 for /metrics, /healthz and /readyz; without it none" },
  secrets: { type: "string", default: "/etc/ts-bgp/secrets", requiresArg: true, group: GROUP, describe: "folder of passwords: secretKeyRef NAME, KEY is the file NAME/KEY there" },
  "last-good": { type: "string", default: "/var/lib/ts-bgp/last-good.json", requiresArg: true, group: GROUP, describe: "file that keeps the last good configuration for a start without etcd" },
  "max-loss": { type: "number", default: 50, requiresArg: true, group: GROUP, describe: "percent of peers, blocks or pools that may go within five minutes; more waits for ts-bgp accept-change. 100: everything may" },
  patience: { type: "number", default: 5, requiresArg: true, group: GROUP, describe: "seconds that a start waits for etcd before it goes on with the last good configuration" },
} as const satisfies Record<string, Options>;

/** Where a configuration file says the same. */
const FIELDS: Readonly<Record<string, string>> = {
  socket: "control.socket",
  "bird-processes": "control.birdProcesses",
  "socket-group": "control.group",
  "read-only-socket": "control.readOnlySocket",
  bmp: "bmp",
  "bird-sockets": "control.bird and control.bird6",
  "metrics-port": "control.metrics",
};

/** What is wrong with them, in one line. */
export function complaintAboutCalico(given: CalicoArguments, config: string | undefined): string | undefined {
  const { calico, maxLoss, patience, metricsPort, bmp } = given;
  if (calico && config !== undefined) return "--calico and --config: one of them says what to do";
  if (!calico && config === undefined) return "--config FILE or --calico: what is to be done?";
  const idle = calico ? undefined : optionInVain(given);
  if (idle !== undefined) return `--${idle} is for --calico${idle in FIELDS ? `: a configuration file has ${FIELDS[idle]}` : ""}`;
  const unfit = bmp.find((station, at) => endpointIn(station) === undefined || bmp.indexOf(station) < at);
  if (unfit !== undefined) return `--bmp: ${JSON.stringify(unfit)}, expected ADDRESS:PORT, each once: 10.0.0.9:5000, [fd00::9]:5000`;
  if (!Number.isInteger(maxLoss) || maxLoss < 1 || maxLoss > 100) return `--max-loss: ${maxLoss}, expected an integer from 1 to 100`;
  if (metricsPort !== undefined && !(Number.isInteger(metricsPort) && metricsPort >= 1 && metricsPort <= 65535)) return `--metrics-port: ${metricsPort}, expected an integer from 1 to 65535`;
  return Number.isFinite(patience) && patience >= 0 ? undefined : `--patience: ${patience}, expected seconds`;
}

/** One that is not as it is by default, though without a cluster nobody looks at it. */
function optionInVain(given: object): string | undefined {
  const values = given as Readonly<Record<string, unknown>>;
  const [option] = Object.entries<Options>(CALICO_OPTIONS).find(([name, { default: byDefault }]) => String(values[name] ?? "") !== String(byDefault ?? "")) ?? [];
  return option;
}
