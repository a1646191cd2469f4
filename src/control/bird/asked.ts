/**
 * What a command of BIRD's dialect is given, and what it answers.
 * Pure, types only.
 */

import type { Family } from "../../bgp/wire/context.ts";
import type { Look } from "../look.ts";
import type { ReplyLine } from "./reply.ts";

export interface Asked {
  /** Behind the words that name the command. */
  readonly words: readonly string[];
  readonly family: Family;
  readonly look: Look;
}

export type Lines = Iterable<ReplyLine>;
