/**
 * The log: one JSON line per fact, on standard output, a level for each topic.
 * The door: pino. A log that nobody reads costs bounded memory and never the routing: beyond MAX_BACKLOG_BYTES lines are dropped.
 * What others can make happen at will has a quota; what is over it is counted, and told when the time is over.
 */

import { type Logger, destination, pino } from "pino";
import { LOG_TOPICS, type LogLevel, type LogLook, type LogTopic, type TopicLevels } from "../../control/answers/log-levels.ts";
import { errorCode } from "../../control/text/system-error.ts";
import type { LogSettings } from "../config/config.ts";
import type { AnyFact } from "../facts.ts";
import { type LogLine, lineOf } from "./fact-lines.ts";
import { LogQuotas, QUOTA_MS } from "./quotas.ts";

const STANDARD_OUTPUT = 1;
const MAX_BACKLOG_BYTES = 4 * 1024 * 1024;
const GATHER_MS = 20; // lines of a storm are written together: each write wakes a thread that wants this core
const GATHER_BYTES = 64 * 1024;
const LAST_LINES_MS = 2_000; // for a reader to take what was said before the process ends

/** A line as it was written, and of which fact; `heldBack`: how many like it were not written before it. */
export interface Written {
  readonly fact: AnyFact;
  readonly line: LogLine;
  readonly heldBack: number;
  readonly atMs: number;
}

/** Where lines go. */
export interface LogOutput {
  write(line: string): void;
  /** Resolves when every line is written, or when it is clear that none will be. */
  end?(): Promise<void>;
}

export class Log implements LogLook {
  readonly #topics: ReadonlyMap<LogTopic, Logger>;
  readonly #output: LogOutput;
  readonly #quotas = new LogQuotas();
  #reminder: NodeJS.Timeout | undefined;
  #watcher: (written: Written) => void = () => undefined;

  constructor(settings: LogSettings, output: LogOutput = outputTo(STANDARD_OUTPUT)) {
    const root = pino({ base: null, formatters: { level: (label) => ({ level: label }) }, timestamp: pino.stdTimeFunctions.isoTime }, output);
    this.#topics = new Map(LOG_TOPICS.map((topic) => [topic, root.child({ topic })]));
    this.#output = output;
    this.setLevels(settings);
  }

  setLevels({ level, levels }: LogSettings): void {
    for (const [topic, logger] of this.#topics) logger.level = levels[topic] ?? level;
  }

  levels(): TopicLevels {
    return Object.fromEntries([...this.#topics].map(([topic, { level }]) => [topic, level])) as TopicLevels;
  }

  setLevel(level: LogLevel, topic: LogTopic | undefined): void {
    for (const [name, logger] of this.#topics) if (topic === undefined || name === topic) logger.level = level;
  }

  /** Who wants to see every line, whatever the levels are. */
  watch(watcher: (written: Written) => void): void {
    this.#watcher = watcher;
  }

  /** `atMs`: when it happened, on the clock of performance.now(). */
  tell(fact: AnyFact, atMs: number = performance.now()): void {
    if (this.#quotas.admits(fact, atMs)) return this.#write(fact, 0, atMs);
    this.#reminder ??= setTimeout(() => this.#remind(), QUOTA_MS).unref();
  }

  /** What was held back, as far as its time is over; then what goes on being held back. */
  #remind(): void {
    const nowMs = performance.now();
    const { over, waiting } = this.#quotas.ended(nowMs);
    for (const { fact, heldBack } of over) this.#write(fact, heldBack, nowMs);
    this.#reminder = waiting ? setTimeout(() => this.#remind(), QUOTA_MS).unref() : undefined;
  }

  #write(fact: AnyFact, heldBack: number, atMs: number): void {
    const line = lineOf(fact);
    const { topic, level, message, fields } = line;
    this.#watcher({ fact, line, heldBack, atMs });
    if (heldBack === 0) this.#topics.get(topic)?.[level](fields, message);
    else this.#topics.get(topic)?.[level]({ ...fields, heldBack }, `${message} (the last of ${heldBack} like it in ${QUOTA_MS / 1000} s)`);
  }

  /** Before the process ends. */
  async close(): Promise<void> {
    clearTimeout(this.#reminder);
    await this.#output.end?.();
  }
}

/** Lines on a file descriptor, as fast as its reader takes them. */
export function outputTo(fd: number): LogOutput {
  const stream = destination({ dest: fd, sync: false, maxLength: MAX_BACKLOG_BYTES });
  let isBroken = false; // a closed pipe must not end the routing, nor a full disk, which may have room again
  stream.on("error", (error: unknown) => (isBroken ||= errorCode(error) === "EPIPE"));
  let gathered = "";
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    stream.write(gathered);
    gathered = "";
  };
  return {
    write: (line) => {
      gathered += line;
      if (gathered.length >= GATHER_BYTES) flush();
      else timer ??= setTimeout(flush, GATHER_MS).unref();
    },
    end: () =>
      new Promise((resolve) => {
        if (isBroken) return resolve();
        if (gathered !== "") flush();
        // its flushSync() would be shorter, but tries for ever where nobody reads any more or the disk is full; it is called at
        // the end of the process too, unless the stream is destroyed
        const done = (): void => {
          clearTimeout(patience);
          stream.destroy();
          resolve();
        };
        const patience = setTimeout(done, LAST_LINES_MS);
        stream.once("close", done).once("error", done);
        stream.end();
        return undefined;
      }),
  };
}
