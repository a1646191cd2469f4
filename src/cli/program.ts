/**
 * The command line. Parses, hands over to the command, ends with its exit code:
 * 0 ok, 1 runtime error, 2 usage or configuration, 3 not healthy.
 */

import yargs, { type CommandModule } from "yargs";
import { hideBin } from "yargs/helpers";
import { type CommandLine, complaint, helpFor, repeated } from "./complaints.ts";
import { completionCommand, namesFor } from "./completion.ts";
import { checkConfigCommand, schemaCommand } from "./config-commands.ts";
import { fibCheckCommand, fibCommand } from "./fib.ts";
import { flapsCommand } from "./flaps.ts";
import { changesCommand, historyCommand } from "./history.ts";
import { labCommand } from "./lab.ts";
import { logLevelCommand } from "./log-level.ts";
import { monitorCommand } from "./monitor.ts";
import { mrtCommand, mrtDumpCommand } from "./mrt.ts";
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

const words = hideBin(process.argv);
const program = yargs(words);
const COMMANDS = [
  nodeCommand,
  reflectorCommand,
  statusCommand,
  peersCommand,
  routesCommand,
  whyCommand,
  policiesCommand,
  policyCommand,
  historyCommand,
  changesCommand,
  flapsCommand,
  monitorCommand,
  fibCommand,
  mrtCommand,
  shutdownCommand,
  enableCommand,
  clearCommand,
  reloadCommand,
  logLevelCommand,
  restartCommand,
  stopCommand,
  acceptChangeCommand,
  checkConfigCommand,
  planCommand,
  schemaCommand,
  labCommand,
  completionCommand(program),
] as readonly CommandModule[];
const WITHIN = { fib: fibCheckCommand, mrt: mrtDumpCommand } as const;

const typed: CommandLine = {
  typed: words,
  commands: [
    ...COMMANDS.flatMap(({ command }) => command ?? []),
    ...Object.entries(WITHIN).map(([group, { command }]) => `${group} ${command}`),
  ],
};

await COMMANDS.reduce((built, command) => built.command(command), program)
  .scriptName("ts-bgp")
  .usage("$0 <command>\n\nBGP speaker, route reflector and kernel route daemon")
  .detectLocale(false)
  .demandCommand(1, "which command?")
  .strictCommands()
  .strict()
  .check((given) => repeated(given) ?? true)
  .version(version())
  .help()
  .wrap(Math.min(120, process.stdout.columns ?? 100))
  .epilogue("exit codes: 0 ok, 1 runtime error, 2 usage or configuration, 3 not healthy, or something would change (plan)")
  .fail((message, error) => (message ? refuse(message) : admit(error)))
  .parseAsync();

/** A command line that makes no sense: one line, and where to look. */
function refuse(message: string): never {
  process.stderr.write(`ts-bgp: ${complaint(message, typed)}\ntry ${helpFor(typed)} --help\n`);
  process.exit(EXIT.usage);
}

/** A command that threw: our own mistake. */
function admit(error: Error): never {
  process.stderr.write(`this is a defect of ts-bgp:\n${error.stack}\n`);
  process.exit(EXIT.failed);
}
