/** A byte stream becomes messages, wherever the network cut it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Framer } from "../../src/bgp/wire/framer.ts";
import { hex, rawMessage, u16 } from "./raw.ts";

const CLASSIC = 4096;
const EXTENDED = 65535;
const KEEPALIVE = rawMessage(4, []);

/** Everything the framer gives for these chunks, and how it ended. */
function framesOf(
  chunks: readonly Uint8Array[],
  maxMessageBytes: number,
): { readonly messages: readonly Uint8Array[]; readonly refused: string } {
  const framer = new Framer();
  const messages: Uint8Array[] = [];
  try {
    for (const chunk of chunks) {
      framer.push(chunk);
      for (let message = framer.next(maxMessageBytes); message; message = framer.next(maxMessageBytes)) messages.push(message);
    }
  } catch (error) {
    return { messages, refused: String(error) };
  }
  return { messages, refused: "" };
}

function header(length: number, type: number): Uint8Array {
  return Uint8Array.from([...Array<number>(16).fill(0xff), ...u16(length), type]);
}

function refusal(bytes: Uint8Array, maxMessageBytes: number): unknown {
  const framer = new Framer();
  framer.push(bytes);
  try {
    return framer.next(maxMessageBytes);
  } catch (error) {
    const { code, subcode, data } = (error as { notification: { code: number; subcode: number; data: Uint8Array } }).notification;
    return `${code}/${subcode} ${Array.from(data).join(" ")}`.trim();
  }
}

describe("whole messages", () => {
  it("are views of the chunk they came in", () => {
    const chunk = Uint8Array.of(...KEEPALIVE, ...KEEPALIVE);
    const framer = new Framer();
    framer.push(chunk);
    expect(framer.next(CLASSIC)?.buffer).toBe(chunk.buffer);
    expect(framer.next(CLASSIC)?.byteOffset).toBe(KEEPALIVE.length);
    expect(framer.next(CLASSIC)).toBeUndefined();
  });

  it("stay what they were when later bytes come", () => {
    const framer = new Framer();
    framer.push(KEEPALIVE.subarray(0, 5));
    expect(framer.next(CLASSIC)).toBeUndefined();
    framer.push(Uint8Array.of(...KEEPALIVE.subarray(5), ...KEEPALIVE.subarray(0, 18)));
    const first = framer.next(CLASSIC);
    expect(framer.next(CLASSIC)).toBeUndefined();
    framer.push(Uint8Array.of(4));
    expect(framer.next(CLASSIC)).toBeDefined();
    expect(first).toEqual(KEEPALIVE);
  });

  it("may be longer than 4096 as soon as that was agreed, even in the same chunk", () => {
    const long = rawMessage(2, Array<number>(5000).fill(0));
    const framer = new Framer();
    framer.push(Uint8Array.of(...KEEPALIVE, ...long));
    expect(framer.next(CLASSIC)).toEqual(KEEPALIVE);
    expect(framer.next(EXTENDED)).toEqual(long);
  });
});

describe("the header is checked in the order marker, length, type", () => {
  it.each([
    ["marker", hex("ffffffffffffffffffffffffffffff00 0000 09"), "1/1"],
    ["length below a header", header(18, 9), "1/2 0 18"],
    ["length above what was agreed", header(4097, 9), "1/2 16 1"],
    ["type 0", header(19, 0), "1/3 0"],
    ["type 6", header(4096, 6), "1/3 6"],
    ["OPEN of 28 octets", header(28, 1), "1/2 0 28"],
    ["UPDATE of 22 octets", header(22, 2), "1/2 0 22"],
    ["NOTIFICATION of 20 octets", header(20, 3), "1/2 0 20"],
    ["KEEPALIVE of 20 octets", header(20, 4), "1/2 0 20"],
    ["ROUTE-REFRESH of 22 octets", header(22, 5), "1/2 0 22"],
  ])("%s", (_what, bytes, refused) => {
    expect(refusal(Uint8Array.from(bytes), CLASSIC)).toBe(refused);
  });

  it("OPEN and KEEPALIVE stay below 4097 octets whatever was agreed (RFC 8654 §4)", () => {
    expect(refusal(header(4097, 1), EXTENDED)).toBe("1/2 16 1");
    expect(refusal(header(4097, 4), EXTENDED)).toBe("1/2 16 1");
    expect(refusal(header(4097, 2), EXTENDED)).toBeUndefined();
  });

  it("before the rest of the message has come", () => {
    expect(refusal(header(4097, 2), CLASSIC)).toBe("1/2 16 1");
  });
});

describe("the same bytes, cut anywhere [5.1-framing]", () => {
  const message = fc
    .tuple(fc.constantFrom(2, 3, 5), fc.uint8Array({ minLength: 4, maxLength: 300 }))
    .map(([type, body]) => rawMessage(type, Array.from(body)));
  const spoiled = fc.uint8Array({ minLength: 19, maxLength: 40 });
  const stream = fc.tuple(
    fc.array(fc.oneof(message, fc.constant(KEEPALIVE)), { maxLength: 8 }),
    fc.option(spoiled, { nil: undefined }),
  );

  it("give the same messages and the same refusal", () => {
    const reached = { straddling: 0, refused: 0 };
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200, size: "max" }),
        ([messages, tail], steps) => {
          const bytes = Uint8Array.from([...messages.flatMap((one) => Array.from(one)), ...(tail ?? [])]);
          const whole = framesOf([bytes], CLASSIC);
          const chunks: Uint8Array[] = [];
          for (let at = 0, step = 0; at < bytes.length; at += steps[step++ % steps.length] ?? 1) {
            chunks.push(bytes.subarray(at, at + (steps[step % steps.length] ?? 1)));
          }
          expect(framesOf(chunks, CLASSIC)).toEqual(whole);
          expect(whole.messages.slice(0, messages.length)).toEqual(messages);
          if (chunks.length > messages.length) reached.straddling++;
          if (whole.refused !== "") reached.refused++;
        },
      ),
    );
    expect(reached.straddling).toBeGreaterThan(20);
    expect(reached.refused).toBeGreaterThan(10);
  });
});
