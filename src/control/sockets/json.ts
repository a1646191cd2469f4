/**
 * Our own dialect: one JSON request per line, JSON lines back.
 * Pure.
 *
 *   request   {"ask":"routes","covering":"10.65.0.7"}
 *   reply     {"row":{…}}  as many as there are, then {"end":true}
 *             {"value":{…}}
 *             {"row":{…}}  for ever, where the question is about what happens from now on
 *             {"error":"what is wrong, for people"}
 */

import { answer } from "../commands.ts";
import type { Dialect, LiveText } from "./dialect.ts";
import { whyNotAllowed } from "../questions/read-only.ts";
import { ORDERS } from "../questions/orders.ts";
import type { LiveRows, Look, PromptAnswer } from "../look.ts";

/** One line of a reply, as a client reads it. */
export type ReplyLine =
  | { readonly row: object }
  | { readonly end: true }
  | { readonly value: object }
  | { readonly error: string };

const tooLong = encode({ error: "request too long" });

/** It remembers nothing of a client, and says nothing unasked. */
export const JSON_LINES: Dialect = { tooLong, longest, orderIn, converse: () => ({ greeting: "", replyTo }) };

/** The same for everybody on the host: nothing can be ordered, and no whole table is told. */
export const READ_ONLY_JSON_LINES: Dialect = { tooLong, longest: () => 0, orderIn: () => undefined, converse: () => ({ greeting: "", replyTo: replyToAnybody }) };

function replyToAnybody(line: string, look: Look): ReturnType<typeof replyTo> {
  const request = parseRequest(line);
  const refusal = typeof request === "string" ? undefined : whyNotAllowed(request.ask, request.args);
  return refusal === undefined ? replyTo(line, look) : [encode({ error: refusal })];
}

function orderIn(line: string): string | undefined {
  if (line.length > LONG_ORDER_CHARS) return undefined; // a configuration to be planned
  const request = parseRequest(line);
  if (typeof request === "string" || !ORDERS.some(({ name }) => name === request.ask)) return undefined;
  const { ask, args } = request;
  return Object.keys(args).length === 0 ? ask : `${ask} ${JSON.stringify(args)}`;
}

/** A whole configuration is a long question: of 5,000 peers with policies of their own it has some 4 MiB. */
const LONG_CHARS = 8 * 1024 * 1024;
const LONG_ORDER_CHARS = 128 * 1024; // no order is as long

/** As our own client writes it. Whatever begins otherwise is a short question, or none. */
function longest(beginning: string): number {
  return beginning.startsWith('{"ask":"plan",') ? LONG_CHARS : 0;
}

/** The reply to one line, made line by line as it is read; total: any text gets a reply. */
export function replyTo(line: string, look: Look): Iterable<string> | Promise<Iterable<string>> | LiveText {
  const request = parseRequest(line);
  if (typeof request === "string") return [encode({ error: request })];
  const reply = answer(look, request.ask, request.args);
  if (reply.kind === "live") return liveLines(reply.rows);
  return reply.kind === "later" ? reply.answer.then(linesOf) : linesOf(reply);
}

function liveLines(rows: LiveRows): LiveText {
  return { kind: "live", take: (look) => rows.take(look).map((row) => encode({ row })).join(""), tooMany: encode({ error: "too many are watching already" }) };
}

function parseRequest(line: string): { readonly ask: string; readonly args: object } | string {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return "not a JSON line";
  }
  if (typeof request !== "object" || request === null || !("ask" in request) || typeof request.ask !== "string") {
    return 'expected an object with "ask", the name of a question';
  }
  const { ask, ...args } = request;
  return { ask, args };
}

function* linesOf(reply: PromptAnswer): Iterable<string> {
  switch (reply.kind) {
    case "value":
      yield encode({ value: reply.value });
      return;
    case "steps":
      yield encode({ value: yield* valueOf(reply.steps) });
      return;
    case "refused":
      yield encode({ error: reply.reason });
      return;
    case "rows":
      for (const row of reply.rows) yield row === undefined ? "" : encode({ row });
      yield encode({ end: true });
  }
}

/** Nothing is said before the value, so that whoever sends it has its breath. */
function* valueOf(steps: Generator<undefined, object>): Generator<string, object> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield "";
  }
}

function encode(line: ReplyLine): string {
  return `${JSON.stringify(line)}\n`;
}
