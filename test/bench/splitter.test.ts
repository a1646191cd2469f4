/** The generator hears the same messages however TCP cuts the stream. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEEPALIVE, tableOf } from "../../bench/load/octets.ts";
import { Layout } from "../../bench/load/plan.ts";
import { Splitter } from "../../bench/load/splitter.ts";

const reflector = { address: "10.0.0.1", port: 179, clusterId: "10.0.0.1" };
const layout = new Layout({ asn: 64512, reflector, clients: 1, backlog: 1, prefixBits: 24, shares: [{ clients: [0], prefixes: 3000, sets: 5 }] });
const stream = Buffer.concat([KEEPALIVE, tableOf(layout, 0), KEEPALIVE]);

function heard(pieces: readonly Uint8Array[]): string {
  const splitter = new Splitter();
  const messages: string[] = [];
  for (const piece of pieces) splitter.push(piece, piece.length, (bytes, at, end) => void messages.push(Buffer.from(bytes.subarray(at, end)).toString("hex")));
  return messages.join(" ");
}

describe("a stream of messages", () => {
  const whole = heard([stream]);

  it("is cut at every message", () => {
    expect(whole.split(" ").length).toBeGreaterThan(7);
    expect(whole.replaceAll(" ", "")).toBe(stream.toString("hex"));
  });

  it("is the same in whatever pieces it comes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 40 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        expect(heard(at.slice(1).map((end, index) => stream.subarray(at[index], end)))).toBe(whole);
      }),
    );
  });

  it("is the same octet by octet", () => {
    expect(heard(Array.from(stream, (octet) => Uint8Array.of(octet)))).toBe(whole);
  });

  it("has no message shorter than its header or longer than 4096 octets", () => {
    const spoiled = Buffer.from(KEEPALIVE);
    for (const length of [18, 4097]) {
      spoiled.writeUInt16BE(length, 16);
      expect(() => heard([spoiled])).toThrow(`a message of ${length} octets`);
    }
  });

  it("begins anew with the next connection", () => {
    const splitter = new Splitter();
    let messages = 0;
    splitter.push(KEEPALIVE, 10, () => messages++);
    splitter.reset();
    splitter.push(KEEPALIVE, KEEPALIVE.length, () => messages++);
    expect(messages).toBe(1);
  });
});
