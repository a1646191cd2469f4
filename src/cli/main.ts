#!/usr/bin/env node
/**
 * `ts-bgp`: the command line. Parses, hands over to the command, ends with its exit code:
 * 0 ok, 1 runtime error, 2 usage or configuration, 3 not healthy.
 */

import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { namesFor } from "./completion.ts";
import { checkConfigCommand, schemaCommand } from "./config-commands.ts";
import { fibCommand } from "./fib.ts";
import { flapsCommand } from "./flaps.ts";
import { changesCommand, historyCommand } from "./history.ts";
import { labCommand } from "./lab.ts";
import { logLevelCommand } from "./log-level.ts";
import { monitorCommand } from "./monitor.ts";
import { mrtCommand } from "./mrt.ts";
import { EXIT } from "./outcome.ts";
import { acceptChangeCommand, restartCommand, stopCommand } from "./orders.ts";
import { clearCommand, enableCommand, reloadCommand, shutdownCommand } from "./peer-orders.ts";
import { peersCommand } from "./peers.ts";
import { planCommand } from "./plan.ts";
import { policiesCommand } from "./policies.ts";
import { policyCommand } from "./policy.ts";
import { routesCommand } from "./routes.ts";
import { nodeCommand, reflectorCommand } from "./run.ts";
import { print, tolerateClosedOutput } from "./screen.ts";
import { statusCommand } from "./status.ts";
import { version } from "./version.ts";
import { whyCommand } from "./why.ts";

tolerateClosedOutput();

const names = await namesFor(process.argv);
if (names) {
  await print(names);
  process.exit(EXIT.ok);
}

/** What yargs says so that only programmers know what it means. */
const PLAIN_WORDS: readonly (readonly [theirs: RegExp, ours: string])[] = [
  [/^Not enough non-option arguments:.*/, "something is missing behind the command; what, it says itself with --help"],
  [/^Not enough arguments following: (.*)/, "--$1 needs a value"],
];

await yargs(hideBin(process.argv))
  .scriptName("ts-bgp")
  .usage("$0 <command>\n\nBGP speaker, route reflector and kernel route daemon")
  .command(nodeCommand)
  .command(reflectorCommand)
  .command(statusCommand)
  .command(peersCommand)
  .command(routesCommand)
  .command(whyCommand)
  .command(policiesCommand)
  .command(policyCommand)
  .command(historyCommand)
  .command(changesCommand)
  .command(flapsCommand)
  .command(monitorCommand)
  .command(fibCommand)
  .command(mrtCommand)
  .command(shutdownCommand)
  .command(enableCommand)
  .command(clearCommand)
  .command(reloadCommand)
  .command(logLevelCommand)
  .command(restartCommand)
  .command(stopCommand)
  .command(acceptChangeCommand)
  .command(checkConfigCommand)
  .command(planCommand)
  .command(schemaCommand)
  .command(labCommand)
  .completion("completion", "print a script with which bash or zsh complete commands, options, peers and prefixes")
  .demandCommand(1, "which command?")
  .recommendCommands()
  .strict()
  .updateStrings({ "Did you mean %s?": "no such command: did you mean %s?" })
  .version(version())
  .help()
  .wrap(Math.min(120, process.stdout.columns ?? 100))
  .epilogue("exit codes: 0 ok, 1 runtime error, 2 usage or configuration, 3 not healthy, or something would change (plan)")
  .fail((message, error) => (message ? refuse(message) : admit(error)))
  .parseAsync();

/** A command line that makes no sense: one line, and where to look. */
function refuse(message: string): never {
  const words = PLAIN_WORDS.reduce((text, [theirs, ours]) => text.replace(theirs, ours), message);
  process.stderr.write(`ts-bgp: ${words}\ntry ts-bgp --help\n`);
  process.exit(EXIT.usage);
}

/** A command that threw: our own mistake. */
function admit(error: Error): never {
  process.stderr.write(`this is a defect of ts-bgp:\n${error.stack}\n`);
  process.exit(EXIT.failed);
}
