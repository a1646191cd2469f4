/**
 * Configurations from a file, read again when somebody asks for it.
 * The door is config/file.ts.
 */

import type { Reread } from "../control/look.ts";
import { readConfigFile } from "./config/file.ts";
import { ConfigFileError } from "./config/file-error.ts";
import type { DaemonConfig } from "./config/config.ts";
import type { Daemon } from "./daemon.ts";
import type { Log } from "./log/log.ts";
import type { ConfigSource } from "./process.ts";

/** One reload after the other; asking during one asks for one more. */
export class FileSource implements ConfigSource {
  readonly first: DaemonConfig;
  readonly datastore = undefined;
  readonly #file: string;
  readonly #log: Log;
  /** What the command line says over what the file says. */
  readonly #adjust: (config: DaemonConfig) => DaemonConfig;
  readonly #fed: Promise<Daemon>;
  #feed: (daemon: Daemon) => void = () => undefined;
  #last: Promise<unknown>;

  constructor(file: string, first: DaemonConfig, log: Log, adjust: (config: DaemonConfig) => DaemonConfig = (config) => config) {
    this.#file = file;
    this.#adjust = adjust;
    this.first = first;
    this.#log = log;
    this.#fed = new Promise((resolve) => (this.#feed = resolve));
    this.#last = this.#fed;
  }

  feed(daemon: Daemon): void {
    this.#feed(daemon);
  }

  reread(why: "apply" | "check"): Promise<Reread> {
    const reread = this.#last.then(() => this.#reread(why));
    this.#last = reread;
    return reread;
  }

  async close(): Promise<void> {}

  async #reread(why: "apply" | "check"): Promise<Reread> {
    try {
      const config = this.#adjust(await readConfigFile(this.#file));
      return { source: this.#file, faults: [], restartNeeded: why === "apply" ? await this.#apply(config) : [] };
    } catch (error) {
      if (!(error instanceof ConfigFileError)) throw error;
      if (why === "apply") this.#log.tell({ kind: "config-rejected", file: this.#file, faults: error.faults });
      return { source: this.#file, faults: error.faults, restartNeeded: [] };
    }
  }

  /** Answers which sections only a restart applies. */
  async #apply(config: DaemonConfig): Promise<readonly string[]> {
    this.#log.tell({ kind: "config-read", file: this.#file });
    this.#log.setLevels(config.log);
    return (await this.#fed).reconfigure(config);
  }
}
