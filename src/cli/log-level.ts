/**
 * `ts-bgp log-level`: how much a running daemon logs, and more or less of it.
 */

import type { CommandModule } from "yargs";
import { type Request, askValue } from "../control/sockets/client.ts";
import { LOG_LEVELS, LOG_TOPICS, type LogLevel, type LogLevelAnswer, type LogTopic } from "../control/answers/log-levels.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, UsageError, conclude } from "./outcome.ts";
import { print, printJson } from "./screen.ts";

interface LogLevelArguments extends AskingArguments {
  readonly level: LogLevel | undefined;
  readonly topic: LogTopic | undefined;
}

const HOW_LONG = "until the configuration is read again (ts-bgp reload, SIGHUP, a change in the cluster's datastore) or the daemon is restarted: then it holds what the configuration says";

export const logLevelCommand: CommandModule<object, LogLevelArguments> = {
  command: "log-level [level]",
  describe: "show how much the daemon logs, or set it while it runs",
  builder: (yargs) =>
    yargs
      .options(ASKING_OPTIONS)
      .positional("level", { type: "string", choices: LOG_LEVELS, describe: "each includes those after it; without it the levels are shown" })
      .option("topic", { choices: LOG_TOPICS, requiresArg: true, describe: "only what is about this; without it every topic" })
      .example("$0 log-level", "the level, or those of the topics where they differ")
      .example("$0 log-level debug --topic session", "why does a session not come up?")
      .epilogue(`a level that is set stays ${HOW_LONG}`),
  handler: (given) => conclude(given.level === undefined ? show(given) : set(given, given.level)),
};

async function show({ socket, json, topic }: LogLevelArguments): Promise<ExitCode> {
  if (topic !== undefined) throw new UsageError("--topic goes with a level; ts-bgp log-level shows the levels of all topics");
  const answer = await askValue<LogLevelAnswer>(socket, { ask: "log-level" });
  await (json ? printJson(answer) : print(levelLines(answer)));
  return EXIT.ok;
}

async function set({ socket, json, topic }: LogLevelArguments, level: LogLevel): Promise<ExitCode> {
  const request: Request = { ask: "set-log-level", level, topic };
  const answer = await askValue<LogLevelAnswer>(socket, request);
  await (json ? printJson(answer) : print([`${topic ?? "every topic"}: ${level}, ${HOW_LONG}.`]));
  return EXIT.ok;
}

function levelLines({ level, topics }: LogLevelAnswer): readonly string[] {
  return level === null ? LOG_TOPICS.map((topic) => `${topic.padEnd(8)} ${topics[topic]}`) : [level];
}
