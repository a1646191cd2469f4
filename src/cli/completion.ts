/**
 * What the shell offers: yargs knows commands and options, the running daemon knows peers and prefixes.
 * Quick and silent: where there is no daemon, or it takes its time, nothing of it is offered.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Argv, CommandModule } from "yargs";
import { askRows } from "../control/sockets/client.ts";
import type { NameRow } from "../control/questions/names.ts";
import { DEFAULT_SOCKET } from "../control/sockets/socket-path.ts";

/** yargs has one of its own, which knows no --help. */
export const completionCommand = (program: Argv): CommandModule => ({
  command: "completion",
  describe: "print a script with which bash or zsh complete commands, options, peers and prefixes",
  builder: (yargs) => yargs.example("$0 completion >> ~/.bashrc", "from the next shell on; for zsh >> ~/.zshrc"),
  handler: () => void program.showCompletionScript(),
});

/** What a word of the command line stands for. */
export type Wanted = "peers" | "prefixes" | "files" | "known";

const REQUEST = "--get-yargs-completions"; // what yargs' script calls us with
const PATIENCE_MS = 400; // longer than that nobody waits for a shell

/** What the first word behind a command is. */
const FIRST_WORDS: { readonly [command: string]: Wanted } = {
  peers: "peers", peer: "peers", policy: "peers", shutdown: "peers", enable: "peers", clear: "peers",
  routes: "prefixes", why: "prefixes", history: "prefixes",
  plan: "files", "check-config": "files",
};

/** What stands behind an option; other options than these are followed by something that nobody knows, or by nothing. */
const OPTION_VALUES: { readonly [option: string]: Wanted } = {
  "--in": "peers", "--out": "peers", "--from": "peers", "--peer": "peers",
  "--prefix": "prefixes", "--longer": "prefixes",
  "--family": "known", "--soft": "known", "--topic": "known",
  "--socket": "files", "--config": "files", "--community": "files", "--large-community": "files", "--extended-community": "files", "--as-path": "files",
};

/** What the last of these words may become; they are those behind the program's name. */
export function wantedBy(words: readonly string[]): Wanted {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const option = before.at(-1) ?? "";
  const [command] = plainOf(before);
  const value = valueOf(option, command);
  if (value !== undefined) return value;
  if (current.startsWith("-")) return "known";
  const plain = plainOf(before, command);
  return plain.length === 1 ? (FIRST_WORDS[plain[0] ?? ""] ?? "known") : "known";
}

/** undefined: nothing stands behind that option; behind `routes --longer` does not, as the prefix stands before it. */
function valueOf(option: string, command: string | undefined): Wanted | undefined {
  return command === "routes" && option === "--longer" ? undefined : OPTION_VALUES[option];
}

/** The words that are neither options nor what stands behind one. */
function plainOf(words: readonly string[], command?: string): readonly string[] {
  return words.filter((word, at) => !word.startsWith("-") && valueOf(words[at - 1] ?? "", command) === undefined);
}

/** The names that the last word may become, where a running daemon is to be asked; undefined: yargs knows, or the shell. */
export async function namesFor(commandLine: readonly string[]): Promise<readonly string[] | undefined> {
  const at = commandLine.indexOf(REQUEST);
  if (at < 0) return undefined;
  const words = commandLine.slice(at + 2); // behind the program's name
  const wanted = wantedBy(words);
  if (wanted === "known") return undefined;
  if (wanted === "files") return []; // the shell falls back to those
  const socket = words[words.indexOf("--socket") + 1];
  const asked = words.includes("--socket") && socket !== undefined ? socket : (process.env["TS_BGP_SOCKET"] ?? DEFAULT_SOCKET);
  const names = await namesFrom(asked, wanted, words.at(-1) ?? "");
  return names.map(forShell);
}

async function namesFrom(socket: string, of: "peers" | "prefixes", beginning: string): Promise<readonly string[]> {
  const names: string[] = [];
  const all = (async () => {
    for await (const { name } of askRows<NameRow>(socket, { ask: "names", of, beginning })) names.push(name);
  })();
  await Promise.race([all.catch(() => {}), sleep(PATIENCE_MS, undefined, { ref: false })]);
  return names;
}

/** zsh takes what stands behind a colon for a description. */
function forShell(name: string): string {
  const isZsh = process.env["ZSH_NAME"] !== undefined || process.env["SHELL"]?.includes("zsh");
  return isZsh ? name.replaceAll(":", "\\:") : name;
}
