/** Whose packet is whose (RFC 5880 §6.3), what is discarded and how it is counted. */

import { expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { type ControlPacket, encodeControl } from "../../src/bfd/packet.ts";
import { type BfdOrder, type BfdTarget, SessionTable } from "../../src/bfd/session-table.ts";

const A = "10.0.0.2" as IpAddress;
const B = "fd00::2" as IpAddress;
const STRANGER = "10.9.9.9" as IpAddress;

function target(neighbor: IpAddress, fields: Partial<BfdTarget> = {}): BfdTarget {
  return { neighbor, local: undefined, settings: { intervalMs: 300, multiplier: 3 }, administrative: "up", ...fields };
}

function table(...draws: number[]): SessionTable {
  return new SessionTable(() => draws.shift() ?? expect.fail("drawn too often"));
}

function bytes(fields: Partial<ControlPacket> = {}): Uint8Array {
  return encodeControl({
    kind: "control",
    diagnostic: 0,
    state: "down",
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: 3,
    myDiscriminator: 77,
    yourDiscriminator: 0,
    desiredMinTxUs: 1_000_000,
    requiredMinRxUs: 300_000,
    requiredMinEchoRxUs: 0,
    ...fields,
  });
}

function kinds(orders: readonly BfdOrder[]): readonly string[] {
  return orders.map(({ kind }) => kind);
}

it("discriminators are never 0 and never used twice", () => {
  const sessions = table(0, 5, 5, 0, 2 ** 32 - 1);
  sessions.want([target(A), target(B)], 0);
  expect([sessions.view(A)?.session.localDiscriminator, sessions.view(B)?.session.localDiscriminator]).toEqual([5, 0xffffffff]);
});

it("a neighbor that does not know our discriminator is known by its address, then by the discriminator alone", () => {
  const sessions = table(5, 6);
  sessions.want([target(A), target(B)], 0);
  sessions.receive(A, bytes(), 10);
  expect([sessions.view(A)?.session.state, sessions.view(B)?.session.state]).toEqual(["init", "down"]);
  sessions.receive(STRANGER, bytes({ state: "up", yourDiscriminator: 5 }), 20);
  expect(sessions.view(A)).toMatchObject({ session: { state: "up" }, sinceMs: 20, counters: { received: 2 } });
});

it("what is discarded changes nothing and is counted: for the neighbor it came from, or among the strangers'", () => {
  const sessions = table(5);
  sessions.want([target(A)], 0);
  expect(sessions.receive(A, bytes({ yourDiscriminator: 6 }), 0)).toEqual([]);
  expect(sessions.receive(A, bytes().subarray(1), 0)).toEqual([]);
  expect(sessions.receive(STRANGER, bytes(), 0)).toEqual([]);
  expect(sessions.receive(STRANGER, bytes({ detectMultiplier: 0 }), 0)).toEqual([]);
  expect(sessions.view(A)).toMatchObject({
    session: { state: "down", neighbor: undefined },
    counters: { received: 0, discarded: { "unknown-session": 1, length: 1 } },
  });
  expect(sessions.unknownPackets).toBe(2);
});

it("who is wanted as before is left alone", () => {
  const sessions = table(5, 6);
  sessions.want([target(A)], 0);
  expect(sessions.want([target(A)], 100)).toEqual([]);
  expect(kinds(sessions.want([target(A), target(B)], 200))).toEqual(["disarm", "send", "arm"]);
});

it("another local address is another socket, and the same session", () => {
  const sessions = table(5);
  sessions.want([target(A)], 0);
  expect(sessions.want([target(A, { local: "10.0.0.1" as IpAddress })], 100)).toEqual([{ kind: "close", neighbor: A }]);
  expect(sessions.expire({ neighbor: A, timer: "transmit" }, 1_000)[0]).toMatchObject({ kind: "send", local: "10.0.0.1" });
});

it("a timer of a session that is gone means nothing", () => {
  expect(table().expire({ neighbor: A, timer: "detect" }, 0)).toEqual([]);
});
