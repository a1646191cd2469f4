/**
 * The question `why`: about one prefix or address, to all peers or in full about one.
 * Pure.
 */

import { address, prefix } from "../../speaker/config/scalars.ts";
import { type ValueOf, object, optional, text } from "../../speaker/config/schema.ts";
import type { Answer, Look } from "../look.ts";
import { type Question, findPeer, noSuchPeer, question } from "../questions/question.ts";
import { whyAnswer } from "./answer.ts";

const whyArguments = object({
  prefix: optional(prefix, "exactly this prefix"),
  covering: optional(address, "the longest prefix that holds this address"),
  peer: optional(text(), "both directions of this peer in full: its name or its address"),
});

export const WHY: Question = question("why", "the whole life of one prefix: received, chosen, in the kernel, told, and why not", whyArguments, answerWhy);

function answerWhy(look: Look, args: ValueOf<typeof whyArguments>): Answer {
  const peer = args.peer === undefined ? undefined : findPeer(look.speaker, args.peer);
  if (args.peer !== undefined && !peer) return noSuchPeer(args.peer, look.speaker);
  if (args.prefix && !args.covering) return { kind: "steps", steps: whyAnswer({ prefix: args.prefix }, peer, look) };
  if (args.covering && !args.prefix) return { kind: "steps", steps: whyAnswer({ covering: args.covering }, peer, look) };
  return { kind: "refused", reason: 'why: expected "prefix" or "covering", one of them' };
}
