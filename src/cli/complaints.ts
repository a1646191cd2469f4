/**
 * A command line that makes no sense, and what to say of it: what was typed, what was expected, where to look.
 * Pure. yargs finds most mistakes, and says some of them so that only programmers know what it means.
 */

import { nearestOf } from "../speaker/config/nearest.ts";

/** What somebody typed, and what there is: commands as they are written down, "shutdown <peer> [message]", "fib check". */
export interface CommandLine {
  readonly typed: readonly string[];
  readonly commands: readonly string[];
}

/** What other routing daemons, or people, call what we have under another name. */
const ELSEWHERE: { readonly [word: string]: readonly string[] } = {
  show: ["status", "peers", "routes"],
  summary: ["peers"],
  neighbor: ["peer"],
  neighbors: ["peers"],
  neighbour: ["peer"],
  neighbours: ["peers"],
  protocols: ["peers"],
  sessions: ["peers"],
  rib: ["routes"],
  kernel: ["fib"],
  bgp: ["status", "peers", "routes"],
  configure: ["reload", "check-config"],
  config: ["check-config", "schema"],
  validate: ["check-config"],
  diff: ["plan"],
  disable: ["shutdown"],
  down: ["shutdown", "stop"],
  up: ["enable"],
  reset: ["clear"],
  refresh: ["clear"],
  start: ["node", "rr"],
  run: ["node", "rr"],
  daemon: ["node", "rr"],
  quit: ["stop"],
  logs: ["changes", "monitor"],
  log: ["changes", "monitor"],
  events: ["changes", "monitor"],
  watch: ["monitor"],
  dump: ["mrt dump"],
  version: ["--version"],
};

type Say = (line: CommandLine, found: string) => string;

/** What yargs says, and what we say in its place. */
const COMPLAINTS: readonly (readonly [theirs: RegExp, ours: Say])[] = [
  [/^Unknown commands?: (\S+?)(?:,|$)/, noSuchCommand],
  [/^Unknown arguments?: (.*)/s, noSuchArguments],
  [/^Not enough non-option arguments: /, (line) => `something is missing: ts-bgp ${synopsisOf(line)}`],
  [/^Not enough arguments following: (.*)/, (_, option) => `${asOption(option)} needs a value`],
  [/^Invalid values:\n +Argument: (.*)/, noSuchChoice],
];

/** One line for what yargs says, or what a command's own check does. */
export function complaint(message: string, line: CommandLine): string {
  for (const [theirs, ours] of COMPLAINTS) {
    const found = theirs.exec(message);
    if (found) return ours(line, found[1] ?? "");
  }
  return message;
}

/** The command whose --help tells more: "ts-bgp fib check"; "ts-bgp" where it is none. */
export function helpFor(line: CommandLine): string {
  return ["ts-bgp", commandIn(line) ?? []].flat().join(" ");
}

const LISTS: readonly string[] = ["_", "bmp"];

/** An option that stands there twice, though it has one value. */
export function repeated(given: object): string | undefined {
  const option = Object.entries(given).find(([name, value]) => Array.isArray(value) && !LISTS.includes(name))?.[0];
  return option && `${asOption(option)} stands there more than once`;
}

/** "fib check" of `--json fib check now`; undefined: nothing that was typed is a command. */
function commandIn({ typed, commands }: CommandLine): string | undefined {
  const names = commands.map(nameOf);
  const words = typed.filter((word) => !word.startsWith("-"));
  const at = words.findIndex((word) => names.includes(word));
  const [first, second] = words.slice(Math.max(0, at));
  return at < 0 ? undefined : names.find((name) => name === `${first} ${second}`) ?? first;
}

function nameOf(synopsis: string): string {
  return synopsis.replace(/ [<[].*/, "");
}

function synopsisOf(line: CommandLine): string {
  const command = commandIn(line);
  return line.commands.find((synopsis) => nameOf(synopsis) === command) ?? "<command>";
}

function noSuchCommand(line: CommandLine, word: string): string {
  const names = line.commands.map(nameOf);
  const group = commandIn(line);
  if (group !== undefined && !names.some((name) => name.startsWith(`${group} `))) return unexpected(word);
  const asked = group === undefined ? word : `${group} ${word}`;
  const meant = Object.hasOwn(ELSEWHERE, asked) ? (ELSEWHERE[asked] ?? []) : nearestOf(asked, names);
  return `no such command: ${asked}${meant.length === 0 ? "" : `: did you mean ${meant.join(" or ")}?`}`;
}

/** Options stand there without their dashes; what has none in what was typed is a word too many. */
function noSuchArguments(line: CommandLine, found: string): string {
  const names = found.split(", ");
  const said = names.filter((name) => !names.some((other) => other !== name && camelCase(other) === name)); // yargs knows each by two names
  return said.map((name) => (isTyped(name, line) ? `no such option: ${asOption(name)}` : unexpected(name))).join("; ");
}

function unexpected(word: string): string {
  return `${JSON.stringify(word)}: nothing is expected there`;
}

function isTyped(option: string, { typed }: CommandLine): boolean {
  return typed.some((word) => word.split("=")[0] === asOption(option));
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `level, Given: "loud", Choices: "info", "warn"`. */
function noSuchChoice(line: CommandLine, found: string): string {
  const [, name = "", given = "", choices = ""] = /^(.*), Given: (.*), Choices: (.*)/.exec(found) ?? [];
  return `${isTyped(name, line) ? asOption(name) : name}: ${given}, expected one of ${choices}`;
}

function asOption(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
