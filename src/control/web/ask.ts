/**
 * A question in a URL, and its answer as one JSON document.
 * Pure. `/api/routes?prefix=10.65.0.0/26` asks what `{"ask":"routes","prefix":"10.65.0.0/26"}` asks on the control socket:
 *
 *   a value     {"value":{…}}
 *   rows        {"rows":[…],"more":false}   at most `limit` of them; more: there are others
 *   refused     {"error":"what is wrong, for people"}
 *
 * Orders are no questions here: whoever can reach the page may look, and change nothing.
 */

import { invariant } from "../../ip/assert.ts";
import { QUESTIONS, answer } from "../commands.ts";
import type { Look, PromptAnswer, Rows } from "../look.ts";
import { MONITOR_QUESTION } from "../questions/monitor.ts";
import { ORDERS } from "../questions/orders.ts";
import { PLAN } from "../questions/plan.ts";
import type { TurnQueue } from "../sockets/turn-queue.ts";

export const API = "/api/";
const DEFAULT_LIMIT = 500;
const MAX_LIMIT = 10_000; // rows; a browser has no use for a million
const SLICE_ROWS = 256; // made at a time; in between the routing has its turns

/** What is not answered here, and why. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...ORDERS.map(({ name }) => [name, "changes something"] as const),
  [MONITOR_QUESTION.name, "has no end"],
  [PLAN.name, "takes a whole configuration"],
]);
const QUESTIONS_HERE = QUESTIONS.filter(({ name }) => !ELSEWHERE.has(name));

export interface JsonReply {
  readonly status: 200 | 400 | 403;
  readonly body: object;
}

export async function askedBy(url: URL, look: Look, turnQueue: TurnQueue): Promise<JsonReply> {
  const name = url.pathname.slice(API.length);
  const elsewhere = ELSEWHERE.get(name);
  if (elsewhere !== undefined) return refused(403, `${name} ${elsewhere}: ask on the control socket`);
  const { limit: asked, ...args } = Object.fromEntries(url.searchParams);
  const limit = asked === undefined ? DEFAULT_LIMIT : Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return refused(400, `limit: ${asked}, expected an integer from 1 to ${MAX_LIMIT}`);
  const reply = answer(look, name, args, QUESTIONS_HERE);
  invariant(reply.kind !== "live", "what has no end is not asked here");
  return jsonOf(reply.kind === "later" ? await reply.answer : reply, limit, turnQueue);
}

async function jsonOf(reply: PromptAnswer, limit: number, turnQueue: TurnQueue): Promise<JsonReply> {
  switch (reply.kind) {
    case "value":
      return { status: 200, body: { value: reply.value } };
    case "steps":
      return { status: 200, body: { value: await valueOf(reply.steps, turnQueue) } };
    case "refused":
      return refused(400, reply.reason);
    case "rows":
      return { status: 200, body: await firstRows(reply.rows, limit, turnQueue) };
  }
}

async function valueOf(steps: Generator<undefined, object>, turnQueue: TurnQueue): Promise<object> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await turnQueue.wait();
  }
}

/** Rows are made as they are taken: those beyond the limit never are. */
async function firstRows(rows: Rows, limit: number, turnQueue: TurnQueue): Promise<{ readonly rows: readonly object[]; readonly more: boolean }> {
  const taken: object[] = [];
  for (const row of rows) {
    if (row === undefined || taken.length % SLICE_ROWS === SLICE_ROWS - 1) await turnQueue.wait();
    if (row === undefined) continue;
    if (taken.length === limit) return { rows: taken, more: true };
    taken.push(row);
  }
  return { rows: taken, more: false };
}

function refused(status: 400 | 403, error: string): JsonReply {
  return { status, body: { error } };
}
