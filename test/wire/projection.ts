/** Decoded messages as plain values, in the form that vectors state them. */

import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { ProtocolError } from "../../src/bgp/wire/error.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";
import { listNlri } from "../../src/bgp/wire/nlri.ts";
import type { NlriBlock } from "../../src/bgp/wire/message-types.ts";
import type { Vector } from "./vectors/vector.ts";

/** NLRI become lists of routes, octets hex, bigints decimal text. */
export function project(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("");
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(project);
  if (typeof value !== "object" || value === null) return value;
  if (isNlri(value)) return listNlri(value);
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, project(inner)]));
}

/** The message in the bytes, projected; or the NOTIFICATION that they earn, as `{ refused: { code, subcode, data } }`. */
export function projectDecoded(bytes: Uint8Array, context: CodecContext): unknown {
  try {
    return project(decodeMessage(bytes, context));
  } catch (error) {
    if (error instanceof ProtocolError) return { refused: project(error.notification) };
    throw error;
  }
}

export function contextOf({ context }: Vector): CodecContext {
  return { ...INITIAL_CONTEXT, ...context };
}

function isNlri(value: object): value is NlriBlock {
  return "addPath" in value && "bytes" in value;
}
