/** Every reason to end a session, its data, and what people read of it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import * as notification from "../../src/bgp/wire/notification.ts";
import { hex } from "./raw.ts";

const { cease, hardReset, insideHardReset, notificationName, shutdownText } = notification;

/** Code, subcode and data of what every constructor makes (protocol checklist §5.2). */
const MADE: readonly (readonly [string, notification.Notification, string])[] = [
  ["Message Header Error: Connection Not Synchronized", notification.connectionNotSynchronized, "01 01"],
  ["Message Header Error: Bad Message Length", notification.badMessageLength(4097), "01 02 1001"],
  ["Message Header Error: Bad Message Type", notification.badMessageType(9), "01 03 09"],
  ["OPEN Message Error", notification.malformedOpen, "02 00"],
  ["OPEN Message Error: Unsupported Version Number", notification.unsupportedVersion, "02 01 0004"],
  ["OPEN Message Error: Bad Peer AS", notification.badPeerAs, "02 02"],
  ["OPEN Message Error: Bad BGP Identifier", notification.badRouterId, "02 03"],
  ["OPEN Message Error: Unsupported Optional Parameter", notification.unsupportedOptionalParameter, "02 04"],
  ["OPEN Message Error: Unacceptable Hold Time", notification.unacceptableHoldTime, "02 06"],
  ["OPEN Message Error: Unsupported Capability", notification.unsupportedCapability(Uint8Array.of(2, 0)), "02 07 0200"],
  ["OPEN Message Error: Role Mismatch", notification.roleMismatch, "02 0b"],
  ["UPDATE Message Error: Malformed Attribute List", notification.malformedAttributeList, "03 01"],
  [
    "UPDATE Message Error: Unrecognized Well-known Attribute",
    notification.unrecognizedWellKnown(Uint8Array.of(0x40, 99, 0)),
    "03 02 406300",
  ],
  [
    "UPDATE Message Error: Optional Attribute Error",
    notification.optionalAttributeError(Uint8Array.of(0x80, 14, 0)),
    "03 09 800e00",
  ],
  ["UPDATE Message Error: Invalid Network Field", notification.invalidNetworkField, "03 0a"],
  ["Hold Timer Expired", notification.holdTimerExpired, "04 00"],
  ["Finite State Machine Error: Unexpected Message in OpenSent", notification.unexpectedMessage.openSent, "05 01"],
  ["Finite State Machine Error: Unexpected Message in OpenConfirm", notification.unexpectedMessage.openConfirm, "05 02"],
  ["Finite State Machine Error: Unexpected Message in Established", notification.unexpectedMessage.established, "05 03"],
  [
    "Cease: Maximum Number of Prefixes Reached",
    notification.maximumPrefixes({ afi: 2, safi: 1 }, 70_000),
    "06 01 0002 01 00011170",
  ],
  ["Cease: Administrative Shutdown", cease("administrative-shutdown"), "06 02"],
  ["Cease: Administrative Shutdown", cease("administrative-shutdown", "bye"), "06 02 03 627965"],
  ["Cease: Peer De-configured", cease("peer-deconfigured", "no place for text"), "06 03"],
  ["Cease: Administrative Reset", cease("administrative-reset", "é"), "06 04 02 c3a9"],
  ["Cease: Connection Rejected", cease("connection-rejected"), "06 05"],
  ["Cease: Other Configuration Change", cease("other-configuration-change"), "06 06"],
  ["Cease: Connection Collision Resolution", cease("collision-resolution"), "06 07"],
  ["Cease: Out of Resources", cease("out-of-resources"), "06 08"],
  ["Cease: Hard Reset", hardReset(notification.holdTimerExpired), "06 09 0400"],
  ["Cease: BFD Down", cease("bfd-down"), "06 0a"],
  ["ROUTE-REFRESH Message Error: Invalid Message Length", notification.badRefreshLength(Uint8Array.of(255)), "07 01 ff"],
  ["Send Hold Timer Expired", notification.sendHoldTimerExpired, "08 00"],
];

describe("every reason [5.2-codes]", () => {
  it.each(MADE)("%s", (name, made, wire) => {
    expect(notificationName(made)).toBe(name);
    const bytes = encodeMessage({ kind: "notification", notification: made }, INITIAL_CONTEXT);
    expect(Array.from(bytes.subarray(19))).toEqual(hex(wire));
    expect(decodeMessage(bytes, INITIAL_CONTEXT)).toEqual({ kind: "notification", notification: made });
  });

  it("without a name is a number", () => {
    expect(notificationName({ code: 6, subcode: 99, data: new Uint8Array() })).toBe("Cease: subcode 99");
    expect(notificationName({ code: 99, subcode: 1, data: new Uint8Array() })).toBe("Error 99/1");
  });

  it("too long for a message is cut, not left unsaid", () => {
    const bytes = encodeMessage(
      { kind: "notification", notification: notification.badRefreshLength(new Uint8Array(9000)) },
      INITIAL_CONTEXT,
    );
    expect(bytes.length).toBe(4096);
  });
});

describe("shutdown text (RFC 9003) [5.2-shutdown-text]", () => {
  const text = (data: string, subcode = 2): string | undefined =>
    shutdownText({ code: 6, subcode, data: Uint8Array.from(hex(data)) });

  it("is read from shutdown and reset, plain or in a hard reset", () => {
    expect(text("03 627965")).toBe("bye");
    expect(text("03 627965", 4)).toBe("bye");
    expect(shutdownText(hardReset(cease("administrative-reset", "bye")))).toBe("bye");
  });

  it("is absent where there is none, or where the length does not hold", () => {
    expect(text("")).toBeUndefined();
    expect(text("00")).toBeUndefined();
    expect(text("04 627965")).toBeUndefined();
    expect(text("03 627965", 3)).toBeUndefined();
    expect(shutdownText(notification.holdTimerExpired)).toBeUndefined();
  });

  it("cannot write into the log", () => {
    expect(text("08 61 1b5b 0a 0d 7f ff 62")).toBe("a�[����b");
    expect(text("06 e280ae e2808b")).toBe("��");
  });

  it("of any length arrives as far as 255 octets go, never with half a character", () => {
    const reached = { cut: 0 };
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "é", "語", "😀"), { maxLength: 300, size: "max" }), (characters) => {
        const sent = characters.join("");
        const received = shutdownText(cease("administrative-shutdown", sent)) ?? "";
        expect(sent.startsWith(received)).toBe(true);
        if (received.length < sent.length) {
          reached.cut++;
          expect(new TextEncoder().encode(received).length).toBeGreaterThan(251);
        }
      }),
    );
    expect(reached.cut).toBeGreaterThan(10);
  });
});

describe("a hard reset (RFC 8538) [5.2-hard-reset-form]", () => {
  it("carries another notification whole", () => {
    const inner = notification.maximumPrefixes({ afi: 1, safi: 1 }, 5);
    expect(insideHardReset(hardReset(inner))).toEqual(inner);
  });

  it("may carry nothing, and other notifications are none", () => {
    expect(insideHardReset({ code: 6, subcode: 9, data: Uint8Array.of(6) })).toBeUndefined();
    expect(insideHardReset(cease("administrative-reset", "aa"))).toBeUndefined();
  });
});
