/**
 * Configurations from a Calico cluster's datastore, as they come.
 * The doors are behind calico/; this wires them to a daemon.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IpAddress } from "../ip/address.ts";
import { ClusterWatch } from "../calico/cluster-watch.ts";
import { compile } from "../calico/compile.ts";
import { type DatastoreSettings, namesDatastore, settingsFromEnvironment, settingsFromFile } from "../calico/datastore-settings.ts";
import { describeServers, etcdAccess } from "../calico/etcd-access.ts";
import { type Variables, hostEnvironment, workloadFolder } from "../calico/host-environment.ts";
import { FolderWatch } from "../calico/folder-watch.ts";
import { watchedPrefixes } from "../calico/keys.ts";
import { LastGoodFile } from "../calico/last-good-file.ts";
import type { LogSeverity } from "../calico/resources.ts";
import { STORE_TIMES, Store } from "../calico/store.ts";
import type { CompiledConfig } from "../calico/vocabulary.ts";
import { ConfigError, describeFault } from "../speaker/config/schema.ts";
import type { Endpoint } from "../speaker/vocabulary.ts";
import type { LogLevel } from "../control/answers/log-levels.ts";
import type { Reread } from "../control/look.ts";
import { errorCode, explain } from "../control/text/system-error.ts";
import { ConfigFileError } from "./config/file-error.ts";
import { type ControlSettings, type DaemonConfig, HISTORY_DEFAULTS, KERNEL_DEFAULTS, type KernelSettings, LOG_DEFAULTS, type LogSettings } from "./config/config.ts";
import { stationAt } from "./bmp/settings.ts";
import type { Daemon } from "./daemon.ts";
import type { Log } from "./log/log.ts";
import { faultOfControl } from "./config/control-sockets.ts";
import { type HttpFlags, withHttp } from "./config/http-flags.ts";
import type { ConfigSource } from "./process.ts";

export interface CalicoOptions {
  readonly nodeName: string;
  /** A calicoctl.cfg; undefined: the environment, or the one in its usual place. */
  readonly configFile: string | undefined;
  readonly variables: Variables;
  readonly socket: string;
  readonly socketGroup: string | undefined;
  readonly readOnlySocket: string | undefined;
  /** Where Calico's tools look for bird.ctl and bird6.ctl; undefined: they find nothing. */
  readonly birdFolder: string | undefined;
  /** Whether they find processes of BIRD's names. */
  readonly birdProcesses: boolean;
  /** Monitoring stations. */
  readonly stations: readonly Endpoint[];
  /** Where metrics are served, on loopback; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  /** Over that. */
  readonly http: HttpFlags;
  readonly secretsFolder: string;
  readonly lastGoodFile: string;
  readonly maxLossPercent: number;
  readonly patienceSec: number;
}

const LOOPBACK = "127.0.0.1" as IpAddress;
const USUAL_FILE = "/etc/calico/calicoctl.cfg";
const LOSS_WINDOW_MS = 5 * 60_000;

/** As BIRD has it there: what others put into the kernel is learned, and what cannot be reached is refused rather than sent elsewhere. */
const KERNEL: KernelSettings = { ...KERNEL_DEFAULTS, learn: "all", withoutNextHop: "unreachable" };

const LEVELS: { readonly [Severity in LogSeverity]: LogLevel } = { trace: "trace", debug: "debug", info: "info", warning: "warn", error: "error", fatal: "error" };

export class CalicoSource implements ConfigSource {
  readonly first: DaemonConfig;
  readonly datastore: ClusterWatch;
  readonly #options: CalicoOptions;
  readonly #workloads: FolderWatch;
  readonly #begun: CompiledConfig;
  #daemon: Daemon | undefined;
  #latest: CompiledConfig;
  #feeding: Promise<void> = Promise.resolve();

  private constructor(cluster: ClusterWatch, first: CompiledConfig, options: CalicoOptions) {
    this.datastore = cluster;
    this.#options = options;
    this.#begun = first;
    this.#latest = first;
    this.first = daemonConfigOf(first, options);
    this.#workloads = new FolderWatch(workloadFolder(options.variables), () => cluster.reconsider());
  }

  /** Resolves with the first configuration that can be run. Throws ConfigFileError where nobody can know the datastore. */
  static async open(options: CalicoOptions, log: Log): Promise<CalicoSource> {
    const settings = datastoreSettings(options);
    const fault = faultOfControl(controlSettings(options));
    if (fault !== undefined) throw new ConfigFileError("--socket-group", [fault]);
    return new Promise((resolve, reject) => {
      let source: CalicoSource | undefined;
      const cluster = clusterOf(options, settings, log, (config) => {
        log.setLevels(logSettings(config.log));
        if (source) source.#next(config);
        else source = new CalicoSource(cluster, config, options);
        resolve(source);
      });
      cluster.start().catch(reject);
    });
  }

  feed(daemon: Daemon): void {
    this.#daemon = daemon;
    if (this.#latest !== this.#begun) this.#next(this.#latest);
  }

  /** Every change in the datastore holds already; what resources only refer to may be another one. */
  async reread(why: "apply" | "check"): Promise<Reread> {
    if (why === "apply") this.datastore.reconsider();
    return { source: this.datastore.view().servers, faults: [], restartNeeded: [] }; // what is wrong with a resource costs only that
  }

  async close(): Promise<void> {
    this.#workloads.close();
    await this.datastore.close();
  }

  /** One after the other; of several that wait only the last is of interest. */
  #next(config: CompiledConfig): void {
    this.#latest = config;
    this.#feeding = this.#feeding.then(async () => {
      if (config === this.#latest) await this.#daemon?.reconfigure(daemonConfigOf(config, this.#options));
    });
  }
}

function clusterOf(options: CalicoOptions, settings: DatastoreSettings, log: Log, apply: (config: CompiledConfig) => void): ClusterWatch {
  const { nodeName, variables, secretsFolder, maxLossPercent, patienceSec } = options;
  const servers = describeServers(settings);
  return new ClusterWatch(
    { nodeName, servers, guard: { maxLossPercent, windowMs: LOSS_WINDOW_MS }, patienceMs: patienceSec * 1000 },
    {
      compile: (resources) => compile(resources, nodeName, hostEnvironment(variables, secretsFolder)),
      openStore: (hooks) => new Store({ prefixes: watchedPrefixes(nodeName), times: STORE_TIMES, servers, access: () => etcdAccess(settings) }, hooks),
      file: new LastGoodFile(options.lastGoodFile, nodeName),
      apply,
      report: (fact) => log.tell(fact),
    },
  );
}

/** The file that is named; else the environment, if it says where etcd is; else the file in its usual place, if there is one. */
function datastoreSettings({ configFile, variables }: CalicoOptions): DatastoreSettings {
  const source = configFile ?? (namesDatastore(variables) || !existsSync(USUAL_FILE) ? undefined : USUAL_FILE);
  try {
    return source === undefined ? settingsFromEnvironment(variables) : settingsFromFile(readFileSync(source, "utf8"));
  } catch (error) {
    const where = source ?? "environment";
    if (error instanceof ConfigError) throw new ConfigFileError(where, error.faults.map(describeFault));
    if (errorCode(error) !== undefined) throw new ConfigFileError(where, [`cannot be read: ${explain(error)}`]);
    throw error;
  }
}

function daemonConfigOf({ speaker, listen, log }: CompiledConfig, options: CalicoOptions): DaemonConfig {
  return { speaker, listen, kernel: KERNEL, control: controlSettings(options), bmp: options.stations.map(stationAt), log: logSettings(log) };
}

function controlSettings({ socket, socketGroup, readOnlySocket, birdFolder, birdProcesses, metricsPort, http }: CalicoOptions): ControlSettings {
  const configured: ControlSettings = {
    socket,
    history: HISTORY_DEFAULTS,
    group: socketGroup,
    readOnlySocket,
    bird: birdFolder && join(birdFolder, "bird.ctl"),
    bird6: birdFolder && join(birdFolder, "bird6.ctl"),
    birdProcesses,
    metrics: metricsPort === undefined ? undefined : { address: LOOPBACK, port: metricsPort, birdNames: true },
    web: undefined,
  };
  return withHttp(configured, http);
}

function logSettings(severity: LogSeverity): LogSettings {
  return { ...LOG_DEFAULTS, level: LEVELS[severity] };
}
