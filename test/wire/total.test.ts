/** Any bytes at all give a message or a ProtocolError, under any agreement. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CodecContext } from "../../src/bgp/wire/context.ts";
import { Framer } from "../../src/bgp/wire/framer.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import type { Message } from "../../src/bgp/wire/message-types.ts";
import { listNlri } from "../../src/bgp/wire/nlri.ts";
import { notificationName } from "../../src/bgp/wire/notification.ts";
import { allVectors } from "./all-vectors.ts";
import { context } from "./arbitraries.ts";
import { contextOf } from "./projection.ts";
import { errorOf, rawMessage } from "./raw.ts";
import { bytesOf } from "./vectors/vector.ts";

const VECTORS = await allVectors();

/** What came of it: the kind of message, or the error's numbers. Touches everything, so that nothing lazy can fail later. */
function fate(bytes: Uint8Array, agreed: CodecContext): string {
  const decoded: Message[] = [];
  const error = errorOf(() => {
    const message = decodeMessage(bytes, agreed);
    decoded.push(message);
    return message;
  });
  if (error) {
    expect(notificationName(error.notification)).not.toContain("Error 0");
    return `${error.notification.code}/${error.notification.subcode}`;
  }
  const [message] = decoded;
  if (message?.kind !== "update") return message?.kind ?? "";
  for (const block of [...message.withdrawn, ...message.announced.map(({ nlri }) => nlri)])
    expect(listNlri(block).length).toBeGreaterThan(0);
  for (const { attributes } of message.announced)
    expect(attributes).toMatchObject({ origin: expect.any(String), asPath: expect.any(Array), nextHop: expect.any(Object) });
  const isSingle = message.withdrawn.length === 0 && message.announced.length === 1;
  if (isSingle) encodeMessage(message, { ...agreed, addPathSend: agreed.addPathReceive, maxMessageBytes: 65535 });
  return message.faults.length > 0 ? "faulty update" : "update";
}

/** Counts fates, so that a property can show where it has been. */
function tally(): { readonly count: (fate: string) => void; readonly seen: () => readonly string[] } {
  const counts = new Map<string, number>();
  return { count: (one) => counts.set(one, (counts.get(one) ?? 0) + 1), seen: () => [...counts.keys()].sort() };
}

/** Changes that keep a message's length honest, so that they reach what lies behind the header. */
type Change = { readonly kind: "set" | "blank" | "insert" | "remove"; readonly at: number; readonly value: number };

const FIELD_BYTES = 4; // what "blank" makes zero: a router id, an address, two lengths

/** Half of them near the front, where fields stand whose every value has a fate of its own: all fates are likely then. */
const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("set" as const, "set" as const, "blank" as const, "insert" as const, "remove" as const),
  at: fc.oneof(fc.nat(4096), fc.nat(20)),
  value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 4, 14, 15, 16, 32, 64, 128, 255)),
});

function changed(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  const body = Array.from(bytes.subarray(19));
  for (const { kind, at, value } of changes) {
    const where = at % (body.length + 1);
    if (kind === "set") body[where] = value;
    else if (kind === "blank") body.fill(0, where, where + FIELD_BYTES);
    else body.splice(where, kind === "remove" ? 1 : 0, ...(kind === "insert" ? [value] : []));
  }
  return rawMessage(bytes[18] ?? 0, body.slice(0, 4000));
}

describe("decodeMessage is total [5.1-total]", () => {
  it("over random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: "max" }), context, (bytes, agreed) => {
        fate(bytes, agreed);
      }),
      { numRuns: 500 },
    );
  });

  it("over random bodies of every type", () => {
    const { count, seen } = tally();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.uint8Array({ maxLength: 120, size: "max" }),
        context,
        (type, body, agreed) => {
          count(fate(rawMessage(type, Array.from(body)), agreed));
        },
      ),
      { numRuns: 3000 },
    );
    expect(seen()).toEqual(expect.arrayContaining(["1/2", "2/1", "3/1", "notification", "route-refresh"]));
  });

  it("over recorded messages, changed here and there", () => {
    const { count, seen } = tally();
    fc.assert(
      fc.property(
        fc.constantFrom(...VECTORS),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.option(context, { nil: undefined }),
        (vector, changes, agreed) => {
          count(fate(changed(bytesOf(vector), changes), agreed ?? contextOf(vector)));
        },
      ),
      { numRuns: 12_000 },
    );
    const reached = [
      "open",
      "update",
      "faulty update",
      "notification",
      "route-refresh",
      "1/2",
      "2/0",
      "2/1",
      "2/2",
      "2/3",
      "2/4",
      "2/6",
      "3/1",
      "3/2",
      "3/9",
      "3/10",
      "7/1",
    ];
    expect(seen()).toEqual(expect.arrayContaining(reached));
  });
});

describe("the framer is total", () => {
  it("over any chunks: messages, silence or a ProtocolError", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), fc.boolean(), (chunks, marked) => {
        const framer = new Framer();
        if (marked) framer.push(new Uint8Array(16).fill(0xff));
        errorOf(() => {
          for (const chunk of chunks) {
            framer.push(chunk);
            while (framer.next(4096)) continue;
          }
          return { kind: "keepalive" };
        });
      }),
    );
  });
});
