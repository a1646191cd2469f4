/**
 * `ts-bgp policies`: every policy that routes go through, rule by rule, and how often each decided.
 */

import type { CommandModule } from "yargs";
import { askRows } from "../control/sockets/client.ts";
import type { PolicyRuleView } from "../speaker/view.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJsonRows, printRows } from "./screen.ts";
import type { Column } from "./table.ts";

export const policiesCommand: CommandModule<object, AskingArguments> = {
  command: "policies",
  describe: "every policy in use, rule by rule, with how often each decided",
  builder: (yargs) =>
    yargs
      .options(ASKING_OPTIONS)
      .example("$0 policies", "import: every route told or judged again; export: every route told, once per group of peers")
      .example("$0 policies --json | jq '.[] | select(.hits == 0)'", "rules that never decided"),
  handler: (given) => conclude(showPolicies(given)),
};

async function showPolicies({ socket, json }: AskingArguments): Promise<ExitCode> {
  const rules = askRows<PolicyRuleView>(socket, { ask: "policy-rules" });
  if (json) await printJsonRows(rules);
  else if ((await printRows(COLUMNS, rules)) === 0) await print(["No policy is in use: no peers are configured."]);
  return EXIT.ok;
}

const COLUMNS: readonly Column<PolicyRuleView>[] = [
  { title: "Policy", cell: ({ policy }) => policy },
  { title: "Direction", cell: ({ direction }) => direction },
  { title: "Rule", cell: ({ rule }) => rule },
  { title: "Then", cell: ({ then }) => then },
  { title: "Hits", align: "right", cell: ({ hits }) => String(hits) },
  { title: "Peers", align: "right", cell: ({ peers }) => String(peers) },
];
