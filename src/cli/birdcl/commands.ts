/**
 * The commands that birdcl knows, and how they may be shortened: what BIRD's daemon is sent is always the whole.
 * No I/O. As BIRD 1.6 and 2 have it (client/commands.c): the client knows the words, the daemon knows what they mean.
 */

/** "exit" and "help" are for the client itself. */
interface Known {
  readonly words: readonly string[];
  readonly help: string;
}

const KNOWN: readonly Known[] = [
  row("show status", "Show router status"),
  row("show memory", "Show memory usage"),
  row("show protocols all", "[<protocol> | \"<pattern>\"]  Show routing protocol details"),
  row("show protocols", "[<protocol> | \"<pattern>\"]  Show routing protocols"),
  row("show interfaces summary", "Show summary of network interfaces"),
  row("show interfaces", "Show network interfaces"),
  row("show route", "...  Show routing table"),
  row("show symbols", "...  Show all known symbols"),
  row("show static", "[<name>]  Show details of static protocol"),
  row("show bfd sessions", "[<name>]  Show BFD sessions"),
  row("show ospf", "...  Show information about OSPF protocol"),
  row("show rip", "...  Show information about RIP protocol"),
  row("show babel", "...  Show information about Babel protocol"),
  row("dump", "...  Dump debugging information"),
  row("eval", "<expr>  Evaluate an expression"),
  row("echo", "...  Control echoing of log messages"),
  row("disable", "<protocol> | \"<pattern>\" | all [message]  Disable protocol"),
  row("enable", "<protocol> | \"<pattern>\" | all [message]  Enable protocol"),
  row("restart", "<protocol> | \"<pattern>\" | all [message]  Restart protocol"),
  row("reload in", "<protocol> | \"<pattern>\" | all  Reload protocol (just imported routes)"),
  row("reload out", "<protocol> | \"<pattern>\" | all  Reload protocol (just exported routes)"),
  row("reload", "<protocol> | \"<pattern>\" | all  Reload protocol"),
  row("debug", "...  Control protocol debugging via BIRD logs"),
  row("mrtdump", "...  Control protocol debugging via MRTdump files"),
  row("timeformat", "...  Set time format"),
  row("restrict", "Restrict current CLI session to safe commands"),
  row("configure", "...  Reload configuration"),
  row("graceful restart", "Shut the daemon down for graceful restart"),
  row("down", "Shut the daemon down"),
  row("help", "Description of the help system"),
  row("exit", "Exit the client"),
  row("quit", "Quit the client"),
];

export type Meant =
  | { readonly kind: "send"; readonly line: string }
  | { readonly kind: "exit" }
  /** To be printed; nothing is sent. */
  | { readonly kind: "say"; readonly lines: readonly string[]; readonly why: "help" | "mistake" };

/** What somebody means who types that; an empty line is nothing to be said. */
export function meantBy(typed: string): Meant {
  const line = typed.trim();
  const words = line.split(/\s+/);
  if (line === "") return { kind: "say", lines: [], why: "help" };
  if (line === "?") return { kind: "say", lines: KNOWN.map(describe), why: "help" };
  const found = KNOWN.filter((known) => known.words.every((word, at) => word.startsWith(words[at] || "-")));
  const longest = Math.max(0, ...found.map((known) => known.words.length));
  const fitting = found.filter((known) => known.words.length === longest);
  const best = fitting.find((known) => known.words.every((word, at) => word === words[at])) ?? fitting[0];
  if (!best) return { kind: "say", lines: ["No such command. Press `?' for help."], why: "mistake" };
  if (fitting.length > 1 && best.words.some((word, at) => word !== words[at])) {
    return { kind: "say", lines: ["Ambiguous command, possible expansions are:", ...fitting.map(describe)], why: "mistake" };
  }
  if (best.words[0] === "exit" || best.words[0] === "quit") return { kind: "exit" };
  if (best.words[0] === "help") return { kind: "say", lines: KNOWN.map(describe), why: "help" };
  return { kind: "send", line: [...best.words, ...words.slice(longest)].join(" ") };
}

function describe({ words, help }: Known): string {
  return `${words.join(" ")} `.padEnd(24) + help;
}

function row(words: string, help: string): Known {
  return { words: words.split(" "), help };
}
