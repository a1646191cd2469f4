/**
 * The process around a daemon: signals in, exit code out.
 * The door: process signals. SIGHUP reads the configuration again, SIGTERM ends to come back, SIGINT until further notice; a
 * second one ends at once. What a supervisor sends is SIGTERM, and nearly always it starts us again.
 */

import type { Reread } from "../control/look.ts";
import type { DaemonConfig } from "./config.ts";
import { readConfigFile, ConfigFileError } from "./config-file.ts";
import { Daemon, type DaemonOptions } from "./daemon.ts";
import { Log } from "./log.ts";
import type { Absence } from "../speaker/vocabulary.ts";

export type ExitCode = 0 | 1;

const END_SIGNALS = { SIGTERM: "restart", SIGINT: "further-notice" } as const satisfies Partial<Record<NodeJS.Signals, Absence>>;
type EndSignal = keyof typeof END_SIGNALS;

/** Runs until it is told to stop. Throws ConfigFileError or StartError when it cannot begin. */
export async function runDaemon(file: string, options: DaemonOptions): Promise<ExitCode> {
  const config = await readConfigFile(file);
  const log = new Log(config.log);
  try {
    return await new Promise<ExitCode>((resolve, reject) => {
      const end = (until: Absence, because: string): void => {
        for (const name of Object.keys(END_SIGNALS)) process.off(name, onSignal);
        daemon.stop(until, because).then(() => resolve(0), reject);
      };
      const onSignal = (signal: EndSignal): void => end(END_SIGNALS[signal], signal);
      const daemon = new Daemon(config, options, { tell: (fact) => log.tell(fact), askedToEnd: (until) => end(until, "asked to"), reread: (why) => reloads.request(why), crashed: () => resolve(1) });
      const reloads = new Reloads(file, daemon, log);
      process.on("SIGHUP", () => void reloads.request("apply"));
      for (const name of Object.keys(END_SIGNALS)) process.on(name, onSignal);
      daemon.start().catch(reject);
    });
  } finally {
    await log.close();
  }
}

/** One reload after the other; asking during one asks for one more. */
class Reloads {
  readonly #file: string;
  readonly #daemon: Daemon;
  readonly #log: Log;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string, daemon: Daemon, log: Log) {
    this.#file = file;
    this.#daemon = daemon;
    this.#log = log;
  }

  request(why: "apply" | "check"): Promise<Reread> {
    const reread = this.#last.then(() => this.#reread(why));
    this.#last = reread;
    return reread;
  }

  async #reread(why: "apply" | "check"): Promise<Reread> {
    try {
      const config = await readConfigFile(this.#file);
      if (why === "apply") await this.#apply(config);
      return { source: this.#file, faults: [] };
    } catch (error) {
      if (!(error instanceof ConfigFileError)) throw error;
      if (why === "apply") this.#log.tell({ kind: "config-rejected", file: this.#file, faults: error.faults });
      return { source: this.#file, faults: error.faults };
    }
  }

  async #apply(config: DaemonConfig): Promise<void> {
    this.#log.tell({ kind: "config-read", file: this.#file });
    this.#log.setLevels(config.log);
    await this.#daemon.reconfigure(config);
  }
}
