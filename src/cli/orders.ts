/**
 * `ts-bgp restart` and `ts-bgp stop`: end a running daemon, to be back in a moment or until further notice.
 * `ts-bgp accept-change`: let through what it holds back.
 */

import type { CommandModule } from "yargs";
import { askValue } from "../control/sockets/client.ts";
import type { DatastoreAnswer } from "../control/answers/datastore.ts";
import type { OrderAnswer } from "../control/questions/orders.ts";
import { ASKING_OPTIONS, type AskingArguments } from "./options.ts";
import { EXIT, type ExitCode, conclude } from "./outcome.ts";
import { print, printJson } from "./screen.ts";

export const restartCommand: CommandModule<object, AskingArguments> = {
  command: "restart",
  describe: "end the daemon so that its supervisor starts it again and no packet is lost; SIGTERM does the same",
  builder: (yargs) =>
    yargs
      .options(ASKING_OPTIONS)
      .example("$0 restart", "peers with graceful restart hear no goodbye and keep our routes, the kernel keeps its own")
      .epilogue("the daemon ends with exit code 0: under systemd that takes Restart=always"),
  handler: (given) => conclude(give("restart", given)),
};

export const stopCommand: CommandModule<object, AskingArguments> = {
  command: "stop",
  describe: "end the daemon until further notice: every peer forgets its routes at once; SIGINT does the same",
  builder: (yargs) => yargs.options(ASKING_OPTIONS).example("$0 stop", "before a host is taken out of service"),
  handler: (given) => conclude(give("stop", given)),
};

export const acceptChangeCommand: CommandModule<object, AskingArguments> = {
  command: "accept-change",
  describe: "in a Calico cluster: what is held back because most of the peers, blocks or pools would go, shall be",
  builder: (yargs) => yargs.options(ASKING_OPTIONS).example("$0 accept-change", "after ts-bgp status has said what is held back, and why"),
  handler: (given) => conclude(acceptChange(given)),
};

async function acceptChange({ socket, json }: AskingArguments): Promise<ExitCode> {
  const answer = await askValue<DatastoreAnswer>(socket, { ask: "accept-change" });
  await (json ? printJson(answer) : print(["accepted; ts-bgp status shows what holds now."]));
  return EXIT.ok;
}

async function give(order: OrderAnswer["ordered"], { socket, json }: AskingArguments): Promise<ExitCode> {
  const answer = await askValue<OrderAnswer>(socket, { ask: order });
  await (json ? printJson(answer) : print([orderLine(answer)]));
  return EXIT.ok;
}

function orderLine({ ordered, keeping, sessions }: OrderAnswer): string {
  if (ordered === "stop") return `ts-bgp stops; peers told goodbye: ${sessions}.`;
  return `ts-bgp ends to be started again; peers that keep our routes meanwhile: ${keeping} of ${sessions}.`;
}
