/**
 * `ts-bgp policy PEER`: what may pass between us and one neighbour, in words.
 */

import type { CommandModule } from "yargs";
import { askRows, askValue } from "../control/sockets/client.ts";
import type { DirectionAnswer, KernelRuleRow, PolicyAnswer } from "../control/answers/policy.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJson, printJsonRows } from "./screen.ts";

interface PolicyArguments extends AskingArguments {
  readonly peer: string | undefined;
}

export const policyCommand: CommandModule<object, PolicyArguments> = {
  command: "policy [peer]",
  describe: "what may pass between us and one neighbour, or into the kernel, in words",
  builder: (yargs) =>
    yargs
      .positional("peer", { type: "string", describe: "address or name of the neighbour; without it, which routes the kernel gets from us" })
      .options(ASKING_OPTIONS)
      .example("$0 policy 172.17.8.102", "both directions, rule by rule, and how often each decided")
      .example("$0 policy", "which routes the kernel gets, and through which tunnel")
      .example("$0 policy 172.17.8.102 --json | jq '.export.rules[].words'", "for programs"),
  handler: (given) => conclude(given.peer === undefined ? showKernelRules(given) : showPolicy(given, given.peer)),
};

async function showKernelRules({ socket, json }: PolicyArguments): Promise<ExitCode> {
  const rows = askRows<KernelRuleRow>(socket, { ask: "kernel-rules" });
  if (json) await printJsonRows(rows);
  else await print(kernelLines(await collected(rows)));
  return EXIT.ok;
}

async function showPolicy({ socket, json }: PolicyArguments, peer: string): Promise<ExitCode> {
  const answer = await askValue<PolicyAnswer>(socket, { ask: "policy", peer });
  await (json ? printJson(answer) : print(policyLines(answer)));
  return EXIT.ok;
}

export function policyLines(answer: PolicyAnswer): readonly string[] {
  return [
    `${answer.address}  ${answer.peer}`,
    "",
    ...directionLines("What it tells us", answer.import),
    "",
    ...directionLines("What we tell it", answer.export),
  ];
}

export function kernelLines(rules: readonly KernelRuleRow[]): readonly string[] {
  const rows = [...rules, { name: "otherwise", words: rules.length === 0 ? "program everything" : "program the rest" }];
  const names = Math.max(...rows.map(({ name }) => name.length));
  return ["What the kernel gets from us", ...rows.map(({ name, words }) => `  ${name.padEnd(names)}  ${words}`)];
}

/** Rules are asked from the top; the first that accepts or rejects decides. */
function directionLines(title: string, { policy, rules, otherwise, otherwiseHits }: DirectionAnswer): readonly string[] {
  const last = { name: "otherwise", words: rules.length === 0 ? `${otherwise} everything` : `${otherwise} the rest`, hits: otherwiseHits };
  const rows = [...rules, last];
  const names = Math.max(...rows.map(({ name }) => name.length));
  const hits = Math.max(...rows.map((row) => String(row.hits).length), "Hits".length);
  return [
    `${title} (policy ${policy})`,
    `  ${"Hits".padStart(hits)}  ${"Rule".padEnd(names)}  `.trimEnd(),
    ...rows.map((row) => `  ${String(row.hits).padStart(hits)}  ${row.name.padEnd(names)}  ${row.words}`),
  ];
}

async function collected<Row>(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
