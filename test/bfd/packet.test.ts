/** BFD Control packets: recorded from BIRD 2 and written by hand after RFC 5880 §4.1; every reason to discard one. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BFD_STATES,
  type ControlPacket,
  REFUSALS,
  type RefusalReason,
  decodeControl,
  diagnosticName,
  encodeControl,
} from "../../src/bfd/packet.ts";

const PLAIN: ControlPacket = {
  kind: "control",
  diagnostic: 0,
  state: "up",
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 4,
  myDiscriminator: 0x873b1004,
  yourDiscriminator: 0x2485b9fd,
  desiredMinTxUs: 200_000,
  requiredMinRxUs: 200_000,
  requiredMinEchoRxUs: 0,
};

interface Vector {
  readonly name: string;
  readonly from: "bird 2.0.12" | "by hand";
  /** Version and diagnostic, state and flags, multiplier, length; discriminators; intervals. */
  readonly hex: string;
  readonly packet: ControlPacket;
}

const VECTORS: readonly Vector[] = [
  {
    name: "Down, nobody heard yet",
    from: "bird 2.0.12",
    hex: "20 40 04 18  7e5d5c8b 00000000  000f4240 00030d40 00000000",
    packet: { ...PLAIN, state: "down", myDiscriminator: 0x7e5d5c8b, yourDiscriminator: 0, desiredMinTxUs: 1_000_000 },
  },
  {
    name: "Init, slow",
    from: "bird 2.0.12",
    hex: "20 80 04 18  873b1004 2485b9fd  000f4240 00030d40 00000000",
    packet: { ...PLAIN, state: "init", desiredMinTxUs: 1_000_000 },
  },
  { name: "Up", from: "bird 2.0.12", hex: "20 c0 04 18  873b1004 2485b9fd  00030d40 00030d40 00000000", packet: PLAIN },
  {
    name: "Up with Poll",
    from: "bird 2.0.12",
    hex: "20 e0 04 18  873b1004 2485b9fd  00030d40 00030d40 00000000",
    packet: { ...PLAIN, poll: true },
  },
  {
    name: "Up with Final",
    from: "bird 2.0.12",
    hex: "20 d0 04 18  873b1004 2485b9fd  00030d40 00030d40 00000000",
    packet: { ...PLAIN, final: true },
  },
  {
    name: "AdminDown with its diagnostic, and every other field at its own value",
    from: "by hand",
    hex: "27 0a ff 18  00000001 ffffffff  00000002 00000000 00000003",
    packet: {
      ...PLAIN,
      state: "admin-down",
      diagnostic: 7,
      controlPlaneIndependent: true,
      demand: true,
      detectMultiplier: 255,
      myDiscriminator: 1,
      yourDiscriminator: 0xffffffff,
      desiredMinTxUs: 2,
      requiredMinRxUs: 0,
      requiredMinEchoRxUs: 3,
    },
  },
];

const UP = "20 c0 04 18  873b1004 2485b9fd  00030d40 00030d40 00000000";

const REFUSED: readonly (readonly [title: string, reason: RefusalReason, hex: string])[] = [
  ["nothing at all", "length", ""],
  ["one octet too few", "length", UP.slice(0, -2)],
  ["a length field below 24", "length", UP.replace("0418", "0417").replace("04 18", "04 17")],
  ["a length field beyond the datagram", "length", UP.replace("04 18", "04 19")],
  ["version 0", "version", UP.replace("20 c0", "00 c0")],
  ["version 2", "version", UP.replace("20 c0", "40 c0")],
  ["detection multiplier 0", "multiplier", UP.replace("04 18", "00 18")],
  ["the multipoint bit", "multipoint", UP.replace("c0", "c1")],
  ["authentication, which nobody configured", "authentication", `${UP.replace("c0", "c4").replace("04 18", "04 1c")} 01040100`],
  ["my discriminator 0", "my-discriminator", UP.replace("873b1004", "00000000")],
  ["Up without naming us", "your-discriminator", UP.replace("2485b9fd", "00000000")],
  ["Init without naming us", "your-discriminator", UP.replace("c0", "80").replace("2485b9fd", "00000000")],
];

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

const u32 = fc.integer({ min: 0, max: 0xffffffff });

const anyPacket: fc.Arbitrary<ControlPacket> = fc.record({
  kind: fc.constant("control" as const),
  diagnostic: fc.integer({ min: 0, max: 31 }),
  state: fc.constantFrom(...BFD_STATES),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  detectMultiplier: fc.integer({ min: 1, max: 255 }),
  myDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
  yourDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
  desiredMinTxUs: u32,
  requiredMinRxUs: u32,
  requiredMinEchoRxUs: u32,
});

describe("a BFD Control packet", () => {
  it.each(VECTORS)("$name ($from) is read and written", ({ hex, packet }) => {
    expect(decodeControl(bytesOf(hex))).toEqual(packet);
    expect(Buffer.from(encodeControl(packet)).toString("hex")).toBe(hex.replaceAll(" ", ""));
  });

  it("is followed by whatever the datagram still holds, which means nothing", () => {
    expect(decodeControl(bytesOf(`${UP} ffff`))).toEqual(PLAIN);
  });

  it("is read as it was written", () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(decodeControl(encodeControl(packet))).toEqual(packet);
      }),
    );
  });

  it("is made of any bytes, or they are refused with a reason", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, plausible) => {
        if (plausible) bytes.set([0x20, (bytes[1] ?? 0) & 0xfa, 3, 24].slice(0, bytes.length));
        const outcome = decodeControl(bytes);
        expect(outcome.kind === "control" || REFUSALS.includes(outcome.reason)).toBe(true);
      }),
    );
  });

  it("names the diagnostics of RFC 5880 and shows the others as numbers", () => {
    expect([1, 3, 7, 31].map(diagnosticName)).toEqual([
      "control detection time expired",
      "neighbor signaled session down",
      "administratively down",
      "diagnostic 31",
    ]);
  });
});

describe("discarded (RFC 5880 §6.8.6):", () => {
  it.each(REFUSED)("%s", (_title, reason, hex) => {
    expect(decodeControl(bytesOf(hex))).toEqual({ kind: "refused", reason });
  });

  it("but Down and AdminDown may come before the neighbor knows us", () => {
    const unheard = UP.replace("2485b9fd", "00000000");
    expect([unheard.replace("c0", "40"), unheard.replace("c0", "00")].map((hex) => decodeControl(bytesOf(hex)).kind)).toEqual([
      "control",
      "control",
    ]);
  });
});
