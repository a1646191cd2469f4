/**
 * The process around a daemon: signals in, exit code out.
 * The door: process signals. SIGHUP reads the configuration again, SIGTERM ends for a restart (routes are kept), SIGINT until further notice
 * (peers forget our routes); a second one, half a second later or more, ends at once. Supervisors send SIGTERM, and nearly always start
 * us again.
 */

import type { Absence } from "../speaker/vocabulary.ts";
import type { DatastoreLook, Reread } from "../control/look.ts";
import type { DaemonConfig } from "./config/config.ts";
import { Daemon, type DaemonOptions } from "./daemon.ts";
import { takeOver } from "./early-signals.ts";
import type { Log } from "./log/log.ts";

export type ExitCode = 0 | 1;

/** Where configurations come from: a file, or a datastore. */
export interface ConfigSource {
  readonly first: DaemonConfig;
  /** undefined: there is none. */
  readonly datastore: DatastoreLook | undefined;
  /** It has started: from now on later configurations go there, beginning with one that came meanwhile. */
  feed(daemon: Daemon): void;
  /** Somebody wants what there is now to hold, or to know whether anything is wrong with it. */
  reread(why: "apply" | "check"): Promise<Reread>;
  close(): Promise<void>;
}

const END_SIGNALS = { SIGTERM: "restart", SIGINT: "further-notice" } as const satisfies Partial<Record<NodeJS.Signals, Absence>>;
type EndSignal = keyof typeof END_SIGNALS;

/** Whoever starts us passes on what our whole group has been sent already: a shell's Ctrl-C, `timeout`, npx. That is one signal. */
const ECHO_MS = 500;
const isEcho = (): void => undefined;

/** Runs until it is told to stop. Throws StartError when it cannot begin. */
export async function runDaemon(source: ConfigSource, log: Log, options: Omit<DaemonOptions, "datastore">): Promise<ExitCode> {
  try {
    return await new Promise<ExitCode>((resolve, reject) => {
      const end = (until: Absence, because: string): void => {
        for (const name of Object.keys(END_SIGNALS)) process.on(name, isEcho).off(name, onSignal);
        setTimeout(() => Object.keys(END_SIGNALS).forEach((name) => process.off(name, isEcho)), ECHO_MS).unref();
        daemon.stop(until, because).then(() => resolve(0), reject);
      };
      const onSignal = (signal: EndSignal): void => end(END_SIGNALS[signal], signal);
      const daemon = new Daemon(source.first, { ...options, datastore: source.datastore }, {
        tell: (fact, atMs) => log.tell(fact, atMs),
        askedToEnd: (until) => end(until, "asked to"),
        reread: (why) => source.reread(why),
        crashed: () => resolve(1),
        log,
      });
      log.watch((written) => daemon.note(written));
      process.on("SIGHUP", () => void source.reread("apply"));
      for (const name of Object.keys(END_SIGNALS)) process.on(name, onSignal);
      const missed = takeOver();
      daemon.start().then(() => source.feed(daemon), reject);
      if (missed === "read-again") void source.reread("apply");
    });
  } finally {
    await source.close();
    await log.close();
  }
}
