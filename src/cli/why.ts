/**
 * `ts-bgp why PREFIX|ADDRESS`: the whole life of one prefix, and at each station the reason.
 */

import type { CommandModule } from "yargs";
import { askValue } from "../control/sockets/client.ts";
import type { WhyAnswer } from "../control/why/answer.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJson, screenLook } from "./screen.ts";
import { targetOf } from "./target.ts";
import { whyLines } from "./why-text.ts";

interface WhyArguments extends AskingArguments {
  readonly target: string | undefined;
  readonly peer: string | undefined;
}

export const whyCommand: CommandModule<object, WhyArguments> = {
  command: "why <target>",
  describe: "the life of one prefix: from whom, why that path, what the kernel said, who was told and who was not; exit code 3 when nobody has it",
  builder: (yargs) =>
    yargs
      .positional("target", { type: "string", describe: "a prefix (exactly that one) or an address (the longest prefix that holds it)" })
      .options({
        peer: { type: "string", requiresArg: true, describe: "both directions of this neighbour in full: address or name" },
        ...ASKING_OPTIONS,
      })
      .example("$0 why 192.168.18.64/26", "everything there is to know about one prefix")
      .example("$0 why 192.168.18.70", "why packets to that address go where they go")
      .example("$0 why 192.168.18.64/26 --peer 172.17.8.102", "what that neighbour told us, what we tell it, and why not")
      .example("$0 why 10.0.0.0/8 --json | jq '.told[] | select(.outcome == \"not-told\") | .reason'", "for programs: reasons are a closed list of tokens")
      .epilogue("exit codes: 0 somebody has it, 3 nobody has it, 1 runtime error, 2 usage"),
  handler: (given) => conclude(explain(given)),
};

async function explain({ socket, json, target, peer }: WhyArguments): Promise<ExitCode> {
  const answer = await askValue<WhyAnswer>(socket, { ask: "why", ...targetOf("why", target ?? ""), peer });
  await (json ? printJson(answer) : print(whyLines(answer, screenLook(), Date.now())));
  return answer.known ? EXIT.ok : EXIT.unhealthy;
}
