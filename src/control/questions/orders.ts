/**
 * Questions that change something: the process, its configuration, single peers.
 * Pure. What is ordered is carried out in the speaker's next turn, or in the process around it; the answer says what was taken on.
 */

import { encodeText } from "../../bgp/wire/text.ts";
import { defaulted, object, oneOf, optional, required, text } from "../../speaker/config/schema.ts";
import type { PeerOrder } from "../../speaker/vocabulary.ts";
import type { PeerView } from "../../speaker/view.ts";
import { datastoreAnswer } from "../answers/datastore.ts";
import { LOG_LEVELS, LOG_TOPICS, logLevelAnswer } from "../answers/log-levels.ts";
import type { Answer, Look, PromptAnswer } from "../look.ts";
import { type Question, findPeer, noSuchPeer, question } from "./question.ts";

/** What was ordered is under way. */
export interface OrderAnswer {
  readonly ordered: "restart" | "stop";
  /** Peers that keep our routes until we are back; the others are told goodbye. */
  readonly keeping: number;
  readonly sessions: number;
}

export interface PeerOrderAnswer {
  readonly peer: string;
  readonly address: string;
  readonly ordered: PeerOrder["kind"];
  /** As it was when the order came. */
  readonly state: PeerView["state"];
}

/** The configuration was read again; `faults` is empty, or it stays as it was. */
export interface ReloadAnswer {
  readonly source: string;
  readonly faults: readonly string[];
  /** Sections that changed, and that only a restart applies. */
  readonly restartNeeded: readonly string[];
}

const LONGEST_TEXT_BYTES = 128; // so that old peers take it too (RFC 8203)
const LONGEST_CHARACTER_BYTES = 4; // of UTF-8

const noArguments = object({});
const onePeer = { peer: required(text(), "name or address") };
const peerArguments = object(onePeer);
const shutdownArguments = object({ ...onePeer, text: defaulted(text(), "", `what the peer is told (RFC 9003), at most ${LONGEST_TEXT_BYTES} octets`) });
const clearArguments = object({ ...onePeer, soft: optional(oneOf(["in", "out", "both"]), "the session stays, only routes are told again") });

const logLevelArguments = object({ level: required(oneOf(LOG_LEVELS), `one of ${LOG_LEVELS.join(", ")}`), topic: optional(oneOf(LOG_TOPICS), "only of this topic") });

export const ORDERS: readonly Question[] = [
  question("restart", "end, to be started again: peers that keep our routes meanwhile are left without a word", noArguments, (look) => end("restart", look)),
  question("stop", "end until further notice: every peer forgets our routes", noArguments, (look) => end("stop", look)),
  question("shutdown", "end the session with a peer until it is enabled", shutdownArguments, (look, { peer, text: reason }) =>
    encodeText(reason, LONGEST_TEXT_BYTES + LONGEST_CHARACTER_BYTES).length > LONGEST_TEXT_BYTES
      ? { kind: "refused", reason: `the text is too long: at most ${LONGEST_TEXT_BYTES} octets are told` }
      : administer(look, peer, [{ kind: "shutdown", text: reason }]),
  ),
  question("enable", "let a peer that was shut down by hand have its session", peerArguments, (look, { peer }) => administer(look, peer, [{ kind: "enable" }])),
  question("clear", "begin a session anew, or only have routes told again", clearArguments, (look, { peer, soft }) => administer(look, peer, clearing(soft))),
  question("accept-change", "what the datastore says and would be a loss shall be all the same", noArguments, acceptChange),
  question("set-log-level", "log more or less until the configuration is read again", logLevelArguments, ({ log }, { level, topic }) => {
    log.setLevel(level, topic);
    return { kind: "value", value: logLevelAnswer(log) };
  }),
  question("reload", "read the configuration again", noArguments, (look) => ({ kind: "later", answer: reload(look) })),
];

function acceptChange({ datastore, clock }: Look): Answer {
  if (!datastore) return { kind: "refused", reason: "the configuration is a file, and nothing is held back" };
  const obstacle = datastore.accept();
  return obstacle === undefined ? { kind: "value", value: datastoreAnswer(datastore.view(), clock) } : { kind: "refused", reason: obstacle };
}

function clearing(soft: "in" | "out" | "both" | undefined): readonly PeerOrder[] {
  const directions = soft === "both" ? (["in", "out"] as const) : soft === undefined ? [] : [soft];
  return soft === undefined ? [{ kind: "reset" }] : directions.map((direction) => ({ kind: "refresh", direction }));
}

function administer(look: Look, nameOrAddress: string, orders: readonly PeerOrder[]): Answer {
  const peer = findPeer(look.speaker, nameOrAddress);
  if (!peer) return noSuchPeer(nameOrAddress, look.speaker);
  const [first] = orders;
  const unfit = first && whyNot(peer, first);
  if (!first || unfit !== undefined) return { kind: "refused", reason: `${peer.name}: ${unfit}` };
  for (const order of orders) look.orders.administer(peer.name, order);
  const value: PeerOrderAnswer = { peer: peer.name, address: peer.config.address, ordered: first.kind, state: peer.state };
  return { kind: "value", value };
}

/** What would do nothing is said, not done. */
function whyNot({ config, state, range }: PeerView, order: PeerOrder): string | undefined {
  const isDown = config.shutdown !== undefined;
  switch (order.kind) {
    case "shutdown":
      if (range !== undefined) return `it came in by the range ${range}; only a range can be closed, or its peers cleared`;
      return isDown ? "it is shut down already" : undefined;
    case "enable":
      return isDown ? undefined : "it is not shut down";
    case "reset":
      return isDown ? "it is shut down" : undefined;
    case "refresh":
      return state === "Established" ? undefined : `there is no session: ${state}`;
  }
}

function end(ordered: OrderAnswer["ordered"], look: Look): Answer {
  const sessions = look.speaker.peers().flatMap(({ negotiated }) => negotiated ?? []);
  const keeping = ordered === "restart" ? sessions.filter(({ restart }) => restart.ourRoutes === "kept").length : 0;
  look.orders.end(ordered === "restart" ? "restart" : "further-notice");
  const value: OrderAnswer = { ordered, keeping, sessions: sessions.length };
  return { kind: "value", value };
}

async function reload(look: Look): Promise<PromptAnswer> {
  const value: ReloadAnswer = await look.orders.reread("apply");
  return { kind: "value", value };
}
