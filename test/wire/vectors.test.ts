/** Messages recorded from other implementations, and some by hand: each means what its sender meant by it. */

import { describe, expect, it } from "vitest";
import { Framer } from "../../src/bgp/wire/framer.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import type { Message } from "../../src/bgp/wire/message-types.ts";
import { allVectors } from "./all-vectors.ts";
import { contextOf, project, projectDecoded } from "./projection.ts";
import { errorOf } from "./raw.ts";
import { type Vector, bytesOf } from "./vectors/vector.ts";

const VECTORS = await allVectors();

/** Vectors whose message is well and says something: what we encode from it must mean the same. */
const SOUND = VECTORS.filter((vector) => {
  const error = errorOf(() => decodeMessage(bytesOf(vector), contextOf(vector)));
  return error === undefined && isSound(decodeMessage(bytesOf(vector), contextOf(vector)));
});

function isSound(message: Message): boolean {
  if (message.kind !== "update") return true;
  return (
    message.faults.length === 0 &&
    (message.announced.length > 0 || message.withdrawn.length > 0 || message.endOfRib !== undefined)
  );
}

function titled(vectors: readonly Vector[]): readonly (readonly [string, Vector])[] {
  return vectors.map((vector) => [`${vector.from}: ${vector.name} (${vector.rfc})`, vector]);
}

describe("a message from the wire means what its sender meant", () => {
  it.each(titled(VECTORS))("%s", (_title, vector) => {
    expect(projectDecoded(bytesOf(vector), contextOf(vector))).toMatchObject(vector.expect as object);
  });
});

describe("what is encoded from a decoded message means the same", () => {
  it.each(titled(SOUND))("%s", (_title, vector) => {
    const context = contextOf(vector);
    const message = decodeMessage(bytesOf(vector), context);
    const again = decodeMessage(encodeMessage(message, { ...context, addPathSend: context.addPathReceive }), context);
    expect(project(again)).toEqual(project(message));
  });
});

describe("however a vector is cut", () => {
  it.each(titled(VECTORS))("every truncation is refused or waited for, by a ProtocolError only: %s", (_title, vector) => {
    const bytes = bytesOf(vector);
    for (let length = 0; length < bytes.length; length++) {
      expect(errorOf(() => decodeMessage(bytes.subarray(0, length), contextOf(vector)))?.notification.code).toBe(1);
    }
  });

  it.each(titled(SOUND))("two chunks, cut anywhere, are one message: %s", (_title, vector) => {
    const bytes = bytesOf(vector);
    const cuts = Array.from({ length: bytes.length + 1 }, (_, cut) => cut);
    expect(cuts.filter((cut) => !survives(bytes, cut))).toEqual([]);
  });
});

/** Does the framer give exactly that message when it comes in two chunks? */
function survives(bytes: Uint8Array, cut: number): boolean {
  const framer = new Framer();
  framer.push(bytes.subarray(0, cut));
  framer.push(bytes.subarray(cut));
  const message = framer.next(65535);
  return message !== undefined && Buffer.compare(message, bytes) === 0 && framer.next(65535) === undefined;
}
