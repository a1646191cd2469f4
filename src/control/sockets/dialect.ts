/**
 * What a control socket speaks: our JSON lines, or BIRD's dialect.
 * Pure, types only.
 */

import type { Look } from "../look.ts";

export interface Dialect {
  /** Said to whoever sends a line that is too long, before it is hung up on. */
  readonly tooLong: string;
  /** How many characters a request may have that begins so, where that is more than any may. */
  longest(beginning: string): number;
  /** The order in a line, as the log has it; undefined: it only asks. */
  orderIn(line: string): string | undefined;
  /** One per client: it may remember what the client did before. */
  converse(look: Look): Conversation;
}

export interface Conversation {
  /** Said before the first request. */
  readonly greeting: string;
  /** The reply to one line, made as it is read, "" where it takes its time; total: any text gets a reply. */
  replyTo(line: string, look: Look): Iterable<string> | Promise<Iterable<string>> | LiveText;
}

/** A reply without an end. */
export interface LiveText {
  readonly kind: "live";
  /** What is new; "": nothing. */
  take(look: Look): string;
  /** Said instead to whoever finds too many others with such a reply. */
  readonly tooMany: string;
}
