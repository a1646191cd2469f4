/**
 * BIRD's commands that change something: enable, disable, restart and reload of sessions, configure.
 * Pure. The kernel's protocols are not for switching: they are one with the daemon.
 */

import type { PeerOrder } from "../../speaker/vocabulary.ts";
import type { Asked, Lines } from "./asked.ts";
import { type Protocol, matching, protocolsOf } from "./protocols.ts";
import { CODE, END, type ReplyLine, line } from "./reply.ts";

export type ProtocolOrder = "enable" | "disable" | "restart" | "reload" | "reload-in" | "reload-out";

const IN: PeerOrder = { kind: "refresh", direction: "in" };
const OUT: PeerOrder = { kind: "refresh", direction: "out" };

const ORDERS: { readonly [Order in ProtocolOrder]: readonly PeerOrder[] } = {
  enable: [{ kind: "enable" }],
  disable: [{ kind: "shutdown", text: "" }],
  restart: [{ kind: "reset" }],
  reload: [IN, OUT],
  "reload-in": [IN],
  "reload-out": [OUT],
};

export function administer(order: ProtocolOrder, { words, family, look }: Asked): Lines {
  const [pattern] = words;
  if (pattern === undefined) return [line(CODE.syntax, "syntax error, unexpected end of line")];
  const sessions = protocolsOf(look, family).filter(({ peer }) => peer !== undefined);
  const wanted = pattern === "all" ? sessions : matching(sessions, pattern);
  if (wanted.length === 0) return [line(CODE.noProtocol, "No protocols match")];
  return [...wanted.map((protocol) => ordered(order, protocol, look)), END];
}

export async function reconfigure({ words, look }: Asked): Promise<Lines> {
  const why = words[0] === "check" ? "check" : "apply";
  const { source, faults } = await look.orders.reread(why);
  const reading = line(CODE.readingConfiguration, `Reading configuration from ${source}`);
  if (faults.length > 0) return [reading, ...faults.map((fault) => line(CODE.configurationError, fault))];
  return [reading, why === "check" ? line(CODE.configurationOk, "Configuration OK") : line(CODE.reconfigured, "Reconfigured")];
}

function ordered(order: ProtocolOrder, { name, peer }: Protocol, look: Asked["look"]): ReplyLine {
  const isDown = peer?.config.shutdown !== undefined;
  if (order === "enable" && !isDown) return line(CODE.alreadyEnabled, `${name}: already enabled`);
  if (order !== "enable" && isDown) return line(CODE.alreadyDisabled, `${name}: already disabled`);
  if (order.startsWith("reload") && peer?.state !== "Established") return line(CODE.reloadFailed, `${name}: reload failed`);
  if (peer) for (const each of ORDERS[order]) look.orders.administer(peer.name, each);
  return line(DONE[order].code, `${name}: ${DONE[order].word}`);
}

const RELOADING = { code: CODE.reloading, word: "reloading" };

const DONE: { readonly [Order in ProtocolOrder]: { readonly code: number; readonly word: string } } = {
  enable: { code: CODE.enabled, word: "enabled" },
  disable: { code: CODE.disabled, word: "disabled" },
  restart: { code: CODE.restarted, word: "restarted" },
  reload: RELOADING,
  "reload-in": RELOADING,
  "reload-out": RELOADING,
};
