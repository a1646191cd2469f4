/**
 * What a vector is: one message as it stood on the wire, and what it means.
 *
 * `expect` is written from the sender's configuration and the RFC, never from the output of our decoder. It shows the
 * fields of message-types.ts as plain values, so that it can be compared with toMatchObject:
 *   - an NlriBlock is the list of its routes, `{ prefix, pathId }`, pathId 0 where the session has no add-path;
 *   - a Uint8Array is lower-case hex without spaces;
 *   - a bigint is its decimal text.
 */

import type { CodecContext, Family } from "../../../src/bgp/wire/context.ts";

export type Origin = "bird 2.0.12" | "frr 8.4.4" | "gobgp 3.10.0" | "exabgp 4.2.21" | "by hand";

export interface Vector {
  /** A sentence that says what the sender does here. */
  readonly name: string;
  /** The document that rules this message, and its section where one section does. */
  readonly rfc: string;
  /** One whole message, header included, with spaces and "#" comments; read it through `bytesOf`. */
  readonly hex: string;
  readonly from: Origin;
  /** How the receiver's session differs from INITIAL_CONTEXT. */
  readonly context?: Partial<CodecContext>;
  readonly expect: unknown;
}

/** The octets of a vector: comments run from "#" to the end of the line, white space means nothing. */
export function bytesOf(vector: Pick<Vector, "name" | "hex">): Uint8Array {
  const digits = vector.hex.replace(/#.*$/gm, "").replace(/\s+/g, "");
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`not hex: ${vector.name}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}

/** Routes of a session without add-path, as `expect` shows them. */
export function routes(...prefixes: readonly string[]): readonly { readonly prefix: string; readonly pathId: number }[] {
  return prefixes.map((prefix) => ({ prefix, pathId: 0 }));
}

/** One route of a session with add-path (RFC 7911). */
export function path(pathId: number, prefix: string): { readonly prefix: string; readonly pathId: number } {
  return { prefix, pathId };
}

/** Sixteen octets of ones, before every message. */
export const MARKER = "ffffffff ffffffff ffffffff ffffffff";

/** What a receiver of recorded messages had agreed with their sender. */
export const FOUR_OCTET: Partial<CodecContext> = { fourOctetAs: true };
export const INTERNAL: Partial<CodecContext> = { fourOctetAs: true, internal: true };
export const ADD_PATH: Partial<CodecContext> = { fourOctetAs: true, addPathReceive: new Set<Family>(["ipv4", "ipv6"]) };

/** The vectors of one file: all recorded from the same sender. */
export function recorded(from: Origin, rows: readonly Omit<Vector, "from">[]): readonly Vector[] {
  return rows.map((row) => ({ ...row, from }));
}

/** An UPDATE that announces routes of one family and does nothing else. */
export function announces(nlri: unknown, attributes: unknown): unknown {
  return { kind: "update", withdrawn: [], announced: [{ nlri, attributes }], faults: [] };
}

/** An UPDATE that withdraws routes of one family and does nothing else. */
export function withdraws(nlri: unknown): unknown {
  return { kind: "update", withdrawn: [nlri], announced: [], faults: [] };
}

export function endsRib(endOfRib: Family): unknown {
  return { kind: "update", withdrawn: [], announced: [], endOfRib, faults: [] };
}

export function notifies(code: number, subcode: number, data = ""): unknown {
  return { kind: "notification", notification: { code, subcode, data } };
}

/** An AS_PATH of one AS_SEQUENCE, or none when no AS is given. */
export function sequence(...asns: readonly number[]): unknown {
  return asns.length === 0 ? [] : [{ kind: "sequence", asns }];
}
