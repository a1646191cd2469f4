/**
 * BIRD's dialect: birdc works on it unmodified, and its lines are those that calicoctl, Calico's probes and reporter read.
 * Pure. Commands and replies of BIRD 1.6 (nest/cli.c, nest/config.Y); one socket shows one version of IP, as bird and bird6 do.
 */

import { addressFromNumber } from "../../ip/address.ts";
import type { Family } from "../../bgp/wire/context.ts";
import type { Conversation, Dialect } from "../sockets/dialect.ts";
import type { Look } from "../look.ts";
import type { Asked, Lines } from "./asked.ts";
import { dateAndTime } from "./moments.ts";
import { administer, reconfigure } from "./orders.ts";
import { protocolDetail } from "./protocol-detail.ts";
import { heading, matching, protocolLine, protocolsOf } from "./protocols.ts";
import { CODE, END, framed, line } from "./reply.ts";
import { showInterfaces, showInterfaceSummary, showMemory } from "./show-host.ts";
import { showRoute } from "./show-route.ts";

interface Command {
  /** The words that it begins with. */
  readonly words: readonly string[];
  readonly help: string;
  /** "orders": not for a client that restricted itself. */
  readonly does: "looks" | "orders";
  run(asked: Asked): Lines | Promise<Lines>;
}

const COMMANDS: readonly Command[] = [
  looks("show status", "[...]  the router", ({ look }) => showStatus(look)),
  looks("show protocols all", "[NAME | \"PATTERN\"]  protocols in full", (asked) => showProtocols(asked, "all")),
  looks("show protocols", "[NAME | \"PATTERN\"]  protocols, a line each", (asked) => showProtocols(asked, "lines")),
  looks("show route", "[NETWORK | for ADDRESS] [all] [primary] [count] [protocol P] [export P | noexport P]", ({ words, family, look }) => showRoute(words, family, look)),
  looks("show interfaces summary", "the links of this host, a line each", ({ family, look }) => showInterfaceSummary(family, look)),
  looks("show interfaces", "the links of this host", ({ family, look }) => showInterfaces(family, look)),
  looks("show memory", "what the process occupies", ({ look }) => showMemory(look)),
  orders("configure", "[check]  read the configuration again, or only check it", reconfigure),
  orders("enable", "NAME | \"PATTERN\" | all", (asked) => administer("enable", asked)),
  orders("disable", "NAME | \"PATTERN\" | all", (asked) => administer("disable", asked)),
  orders("restart", "NAME | \"PATTERN\" | all", (asked) => administer("restart", asked)),
  orders("reload in", "NAME | \"PATTERN\" | all", (asked) => administer("reload-in", asked)),
  orders("reload out", "NAME | \"PATTERN\" | all", (asked) => administer("reload-out", asked)),
  orders("reload", "NAME | \"PATTERN\" | all", (asked) => administer("reload", asked)),
  looks("help", "these commands", () => [...COMMANDS.map(({ words, help }) => line(CODE.ok, `${words.join(" ")} ${help}`)), END]),
];

export function birdDialect(family: Family): Dialect {
  return {
    tooLong: [...framed([line(CODE.tooLong, "Command too long")])].join(""),
    longest: () => 0,
    orderIn: (text) => (commandIn(wordsOf(text))?.does === "orders" ? text.trim() : undefined),
    converse: (look) => new BirdConversation(family, look),
  };
}

class BirdConversation implements Conversation {
  readonly greeting: string;
  readonly #family: Family;
  #restricted: "no" | "yes" = "no";

  constructor(family: Family, look: Look) {
    this.#family = family;
    this.greeting = [...framed([line(CODE.welcome, `${nameAndVersion(look)} ready.`)])].join("");
  }

  replyTo(text: string, look: Look): Iterable<string> | Promise<Iterable<string>> {
    const lines = this.#linesFor(text, look);
    return lines instanceof Promise ? lines.then(framed) : framed(lines);
  }

  #linesFor(text: string, look: Look): Lines | Promise<Lines> {
    const words = wordsOf(text);
    if (words[0] === "restrict") return this.#restrict();
    const command = commandIn(words);
    if (!command) return [line(CODE.syntax, `syntax error, unexpected ${words[0] ?? "end of line"}`)];
    if (command.does === "orders" && this.#restricted === "yes") return [line(CODE.accessDenied, "Access denied")];
    return command.run({ words: words.slice(command.words.length), family: this.#family, look });
  }

  #restrict(): Lines {
    this.#restricted = "yes";
    return [line(CODE.restricted, "Access restricted")];
  }
}

function commandIn(words: readonly string[]): Command | undefined {
  return COMMANDS.find((known) => known.words.every((word, at) => words[at] === word));
}

function* showStatus(look: Look): Lines {
  const { routerId, startedAtMs, configuredAtMs, deferral, standing } = look.speaker.router();
  yield line(CODE.version, nameAndVersion(look));
  yield line(CODE.uptime, `Router ID is ${addressFromNumber(routerId)}`);
  yield line(CODE.uptime, `Current server time is ${dateAndTime(look.clock.nowMs, look.clock)}`);
  yield line(CODE.uptime, `Last reboot on ${dateAndTime(startedAtMs, look.clock)}`);
  yield line(CODE.uptime, `Last reconfiguration on ${dateAndTime(configuredAtMs, look.clock)}`);
  if (standing === "unconfigured") yield line(CODE.gracefulRestart, "Graceful restart recovery in progress"); // what Calico's probe takes for "not yet"
  if (deferral) {
    const leftSec = Math.max(0, Math.ceil((deferral.sinceMs + deferral.capMs - look.clock.nowMs) / 1000));
    yield line(CODE.gracefulRestart, "Graceful restart recovery in progress");
    yield line(CODE.gracefulRestart, `  Waiting for ${deferral.waitingFor.length} protocols to recover`);
    yield line(CODE.gracefulRestart, `  Wait timer is ${leftSec}/${Math.ceil(deferral.capMs / 1000)}`);
  }
  yield line(CODE.status, "Daemon is up and running");
}

function showProtocols({ words, family, look }: Asked, how: "lines" | "all"): Lines {
  const known = protocolsOf(look, family);
  const wanted = words[0] === undefined ? known : matching(known, words[0]);
  if (wanted.length === 0) return [line(CODE.noProtocol, "No protocols match")];
  return [heading(), ...wanted.flatMap((protocol) => [protocolLine(protocol, look), ...(how === "all" ? protocolDetail(protocol, family, look) : [])]), END];
}

/** Calico's reporter wants "BIRD" and a version that begins with "v". */
function nameAndVersion(look: Look): string {
  return `BIRD v${look.version}+ts-bgp`;
}

/** Words, and what stands in quotation marks as one of them; ";" ends a command in BIRD's scripts. */
function wordsOf(text: string): readonly string[] {
  return (text.match(/"[^"]*"|[^\s;]+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, "$1"));
}

function looks(words: string, help: string, run: Command["run"]): Command {
  return { words: words.split(" "), help, does: "looks", run };
}

function orders(words: string, help: string, run: Command["run"]): Command {
  return { words: words.split(" "), help, does: "orders", run };
}
