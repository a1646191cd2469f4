/**
 * How much is logged about what, as it is asked and set while running.
 * Pure.
 */

/** How much is logged; each level includes those after it. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a log line is about; each may have a level of its own. */
export const LOG_TOPICS = ["daemon", "config", "session", "routes", "kernel", "control"] as const;
export type LogTopic = (typeof LOG_TOPICS)[number];

export type TopicLevels = { readonly [Topic in LogTopic]: LogLevel };

/** The log, as far as it may be looked at and set. */
export interface LogLook {
  levels(): TopicLevels;
  /** Until the configuration is read again; undefined: of every topic. */
  setLevel(level: LogLevel, topic: LogTopic | undefined): void;
}

export interface LogLevelAnswer {
  /** null: topics have different ones. */
  readonly level: LogLevel | null;
  readonly topics: TopicLevels;
}

export function logLevelAnswer(log: LogLook): LogLevelAnswer {
  const topics = log.levels();
  const level = LOG_TOPICS.every((topic) => topics[topic] === topics.daemon) ? topics.daemon : null;
  return { level, topics };
}
