/** OPEN and its capabilities, both directions. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeCapability } from "../../src/bgp/wire/capability.ts";
import { INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import type { Capability, Open } from "../../src/bgp/wire/message-types.ts";
import { open } from "./arbitraries.ts";
import { hex, outcome, rawMessage } from "./raw.ts";

const HEAD = "04 fde9 005a 0a000001";

function openOf(parameters: string, head = HEAD): Uint8Array {
  return rawMessage(1, hex(head + parameters));
}

function outcomeOf(parameters: string, head = HEAD): string {
  return outcome(openOf(parameters, head), INITIAL_CONTEXT);
}

function capabilitiesOf(parameters: string): readonly Capability[] {
  return (decodeMessage(openOf(parameters), INITIAL_CONTEXT) as Open).capabilities;
}

/** One parameter that holds that one capability. */
function capabilityIn(code: string, value: string): string {
  const bytes = hex(value);
  const two = (count: number): string => count.toString(16).padStart(2, "0");
  return `${two(bytes.length + 4)} 02 ${two(bytes.length + 2)} ${code} ${two(bytes.length)} ${value}`;
}

describe("what we offer is read as it was meant", () => {
  it("for any OPEN, in the short form of parameters and in the long one", () => {
    const reached = { short: 0, long: 0, wideAs: 0 };
    fc.assert(
      fc.property(open, (message) => {
        const bytes = encodeMessage(message, INITIAL_CONTEXT);
        expect(decodeMessage(bytes, INITIAL_CONTEXT)).toEqual(message);
        if (message.capabilities.length > 0) reached[bytes[29] === 255 ? "long" : "short"]++;
        if (message.asn > 65535) reached.wideAs++;
      }),
    );
    expect(Math.min(reached.short, reached.long, reached.wideAs)).toBeGreaterThan(5);
  });

  it.each([252, 253, 254, 255, 256, 257])("for capabilities of %s octets together, where the short form ends", (octets) => {
    const unknown = (code: number, valueBytes: number): Capability => ({ kind: "unknown", code, value: new Uint8Array(valueBytes) });
    const capabilities = [unknown(200, 100), unknown(201, octets - 104)];
    const message: Open = { kind: "open", version: 4, asn: 65001, holdTimeSec: 90, routerId: 1, capabilities };
    const bytes = encodeMessage(message, INITIAL_CONTEXT);
    expect(decodeMessage(bytes, INITIAL_CONTEXT)).toEqual(message);
    expect(bytes[29] === 255).toBe(octets > 253);
    expect(bytes[28]).toBe(octets > 253 ? 255 : octets + 2);
  });

  it("a name longer than sixty-four octets is cut between two characters", () => {
    const capability: Capability = { kind: "hostname", host: "ä".repeat(40), domain: "" };
    expect(encodeCapability(capability).length).toBe(2 + 1 + 64 + 1);
  });
});

describe("what no configuration could accept is refused", () => {
  it.each([
    ["version 3", "00", "03 fde9 005a 0a000001", "2/1"],
    ["AS 0", "00", "04 0000 005a 0a000001", "2/2"],
    ["router id 0", "00", "04 fde9 005a 00000000", "2/3"],
    ["hold time 1", "00", "04 fde9 0001 0a000001", "2/6"],
    ["hold time 2", "00", "04 fde9 0002 0a000001", "2/6"],
    ["two AS numbers", capabilityIn("41", "0000fdea"), HEAD, "2/2"],
    ["an unknown optional parameter", "02 03 00", HEAD, "2/4"],
    ["parameters beyond the message", "08 02 06", HEAD, "2/0"],
    ["octets behind the parameters", "00 00", HEAD, "2/0"],
    ["octets behind the long parameters", "ff ff 0000 00", HEAD, "2/0"],
    ["a parameter beyond the parameters", "02 02 06", HEAD, "2/0"],
    ["a capability beyond its parameter", "04 02 02 41 04", HEAD, "2/0"],
    ["long parameters without their length", "01 ff", HEAD, "2/0"],
  ])("%s", (_what, parameters, head, refused) => {
    expect(outcomeOf(parameters, head)).toBe(refused);
  });

  it.each([
    ["hold time 0", "00", "04 fde9 0000 0a000001"],
    ["hold time 3", "00", "04 fde9 0003 0a000001"],
    ["AS_TRANS and a four-octet AS", capabilityIn("41", "00011170"), "04 5ba0 005a 0a000001"],
    ["no parameters in the long form", "ff ff 0000", HEAD],
  ])("but not %s", (_what, parameters, head) => {
    expect(outcomeOf(parameters, head)).toBe("message");
  });
});

describe("a capability that makes no sense is kept as unknown", () => {
  it.each([
    ["multiprotocol of three octets", "01", "000101"],
    ["route refresh with a value", "02", "00"],
    ["four-octet AS of two octets", "41", "fde9"],
    ["graceful restart of one octet", "40", "00"],
    ["graceful restart with half a family", "40", "0078 0001"],
    ["add-path with the mode 0", "45", "00010100"],
    ["add-path with the mode 4", "45", "00010104"],
    ["long-lived graceful restart of six octets", "47", "000101800000"],
    ["extended next hop of five octets", "05", "0001000100"],
    ["a role of two octets", "09", "0303"],
    ["a host name beyond the value", "49", "0561"],
  ])("%s", (_what, code, value) => {
    expect(capabilitiesOf(capabilityIn(code, value))).toEqual([
      { kind: "unknown", code: Number.parseInt(code, 16), value: Uint8Array.from(hex(value)) },
    ]);
  });

  it("and does not spoil those beside it", () => {
    expect(capabilitiesOf("09 02 07 4001 00 4600 0200").map(({ kind }) => kind)).toEqual([
      "unknown",
      "enhanced-route-refresh",
      "route-refresh",
    ]);
  });
});

describe("capabilities may come in one parameter or in many", () => {
  it("with the same meaning", () => {
    const many = capabilitiesOf("0c 02 02 0200 02 02 4600 02 02 0600");
    expect(many).toEqual(capabilitiesOf("08 02 06 0200 4600 0600"));
  });
});

describe("text of a peer is made printable", () => {
  it("host names with control characters, broken UTF-8 and marks that turn the line around", () => {
    expect(capabilitiesOf(capabilityIn("49", "05 611b6200 ff 03 e280ae"))).toEqual([
      { kind: "hostname", host: "a�b��", domain: "�" },
    ]);
  });
});
