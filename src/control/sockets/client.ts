/**
 * Asks a running daemon one question over its unix socket.
 * The door: node:net.
 */

import { once } from "node:events";
import { connect } from "node:net";
import type { ReplyLine } from "./json.ts";
import { errorCode, explain } from "../text/system-error.ts";

const CONNECT_HINT: { readonly [code: string]: string } = {
  ENOENT: "is ts-bgp running there?",
  ECONNREFUSED: "ts-bgp is not running there",
  EACCES: "permission denied: ask as root or as a member of the socket's group",
};

/** No daemon, or an answer that is none. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

/** The daemon understood, and said no. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

export interface Request {
  readonly ask: string;
  readonly [argument: string]: unknown;
}

/** The one value that answers. */
export async function askValue<Value extends object>(socketPath: string, request: Request): Promise<Value> {
  for await (const line of ask(socketPath, request)) if ("value" in line) return line.value as Value;
  throw new ControlError(`${socketPath}: no answer`);
}

/** The rows that answer, as they come. */
export async function* askRows<Row extends object>(socketPath: string, request: Request): AsyncIterable<Row> {
  for await (const line of ask(socketPath, request)) {
    if ("end" in line) return;
    if ("row" in line) yield line.row as Row;
  }
  throw new ControlError(`${socketPath}: the answer broke off: has ts-bgp ended?`);
}

async function* ask(socketPath: string, request: Request): AsyncIterable<ReplyLine> {
  const socket = connect(socketPath);
  try {
    await once(socket, "connect");
  } catch (error) {
    throw new ControlError(`cannot reach ts-bgp on ${socketPath}: ${CONNECT_HINT[errorCode(error) ?? ""] ?? explain(error)}`);
  }
  socket.setEncoding("utf8");
  socket.write(`${JSON.stringify(request)}\n`);
  try {
    let unfinished = "";
    for await (const chunk of socket) {
      const lines = (unfinished + String(chunk)).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) yield parseReply(line, socketPath);
    }
  } catch (error) {
    // the daemon ended, or has more clients than it takes; what has no code is an error of ours
    throw errorCode(error) === undefined ? error : new ControlError(`${socketPath}: no answer: ${explain(error)}`);
  } finally {
    socket.destroy();
  }
}

function parseReply(line: string, socketPath: string): ReplyLine {
  let reply: ReplyLine;
  try {
    reply = JSON.parse(line) as ReplyLine;
  } catch {
    throw new ControlError(`${socketPath}: not an answer of ts-bgp`);
  }
  if ("error" in reply) throw new RefusedError(reply.error);
  return reply;
}
