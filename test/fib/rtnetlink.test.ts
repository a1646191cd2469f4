/**
 * The rtnetlink codec against messages that a kernel accepted and messages that a kernel sent.
 */

import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { type IpAddress, addressToBytes } from "../../src/ip/address.ts";
import { type Prefix, prefixAddress, prefixLength, prefixVersion } from "../../src/ip/prefix.ts";
import { readAddress, readLink } from "../../src/fib/rtnetlink-link.ts";
import { objectDumpRequest, readObject } from "../../src/fib/rtnetlink-object.ts";
import { type Hop, type RouteOwner, RouteReader, type RouteTarget, encodeTarget, routeDumpRequest, writeRoute, writeRouteDelete } from "../../src/fib/rtnetlink-route.ts";
import { DatagramWriter, FLAG, type MessageAt, ackText, eachMessage, errnoOf } from "../../src/fib/rtnetlink.ts";

interface Vector {
  readonly title: string;
  readonly seq: number;
  readonly prefix: string;
  readonly target: RouteTarget;
  readonly owner?: Partial<RouteOwner>;
  readonly flags?: number;
  readonly hex: string;
}

const BIRD: RouteOwner = { protocol: 12, table: 254, metric: 0 };
const ADD = FLAG.request | FLAG.create | FLAG.exclusive | FLAG.ack;
const CHANGE = FLAG.request | FLAG.create | FLAG.replace | FLAG.ack;

function hop(gateway: string, onLink = false): Hop {
  return { device: 2, gateway: gateway as IpAddress, onLink };
}

function through(...hops: readonly Hop[]): RouteTarget {
  return { kind: "via", hops, source: undefined };
}

/** Each was sent to Linux 6.18, which answered with errno 0. */
const ACCEPTED: readonly Vector[] = [
  { title: "one gateway", seq: 1, prefix: "10.65.1.0/26", target: through(hop("10.0.0.2")),
    hex: "34000000180005060100000000000000021a0000fe0c000100000000080001000a410100080005000a0000020800040002000000" },
  { title: "a change, with metric and source", seq: 2, prefix: "10.65.1.0/26", flags: CHANGE, owner: { metric: 100 },
    target: { kind: "via", hops: [hop("10.0.0.3")], source: "10.0.0.1" as IpAddress },
    hex: "44000000180005050200000000000000021a0000fe0c000100000000080001000a410100080005000a00000308000400020000000800060064000000080007000a000001" },
  { title: "a blackhole", seq: 3, prefix: "10.65.2.0/26", target: { kind: "blackhole" },
    hex: "24000000180005060300000000000000021a0000fe0c000600000000080001000a410200" },
  { title: "two gateways", seq: 4, prefix: "10.65.3.0/26", target: through(hop("10.0.0.2"), hop("10.0.0.3")),
    hex: "48000000180005060400000000000000021a0000fe0c000100000000080001000a410300240009001000000002000000080005000a0000021000000002000000080005000a000003" },
  { title: "an on-link gateway", seq: 5, prefix: "10.65.4.0/26", target: through(hop("9.9.9.9", true)),
    hex: "34000000180005060500000000000000021a0000fe0c000104000000080001000a41040008000500090909090800040002000000" },
  { title: "two gateways through a tunnel, both on-link", seq: 13, prefix: "10.65.8.0/26", target: through(hop("10.0.0.2", true), hop("10.0.0.3", true)),
    hex: "48000000180005060d00000000000000021a0000fe0c000100000000080001000a410800240009001000040002000000080005000a0000021000040002000000080005000a000003" },
  { title: "unreachable, with a metric", seq: 14, prefix: "10.65.9.0/26", target: { kind: "unreachable" }, owner: { metric: 1024 },
    hex: "2c000000180005060e00000000000000021a0000fe0c000700000000080001000a4109000800060000040000" },
  { title: "prohibited", seq: 15, prefix: "10.65.10.0/26", target: { kind: "prohibit" },
    hex: "24000000180005060f00000000000000021a0000fe0c000800000000080001000a410a00" },
  { title: "a table beyond 255", seq: 6, prefix: "10.65.5.0/26", target: through(hop("10.0.0.2")), owner: { table: 1000 },
    hex: "3c000000180005060600000000000000021a0000000c000100000000080001000a410500080005000a000002080004000200000008000f00e8030000" },
  { title: "IPv6", seq: 7, prefix: "2001:db8:1::/64", target: through(hop("fd00::2")),
    hex: "4c0000001800050607000000000000000a400000fe0c0001000000001400010020010db800010000000000000000000014000500fd0000000000000000000000000000020800040002000000" },
  { title: "IPv4 through IPv6", seq: 8, prefix: "10.65.6.0/26", target: through(hop("fd00::2")),
    hex: "44000000180005060800000000000000021a0000fe0c000100000000080001000a410600160012000a00fd00000000000000000000000000000200000800040002000000" },
];

function destination(text: string): { readonly family: "ipv4" | "ipv6"; readonly address: Uint8Array; readonly bits: number } {
  const prefix = text as Prefix;
  return { family: prefixVersion(prefix) === 4 ? "ipv4" : "ipv6", address: addressToBytes(prefixAddress(prefix)), bits: prefixLength(prefix) };
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function messagesOf(bytes: Uint8Array): readonly MessageAt[] {
  const found: MessageAt[] = [];
  eachMessage(bytes, (message) => found.push({ ...message }));
  return found;
}

function only(hex: string): MessageAt {
  const [message] = messagesOf(fromHex(hex));
  if (!message) throw new Error("no message");
  return message;
}

describe("what the kernel accepted", () => {
  it.each(ACCEPTED)("$title is written octet for octet", ({ seq, prefix, target, flags = ADD, owner, hex }) => {
    const writer = new DatagramWriter(4096);
    const to = destination(prefix);
    const all = { ...BIRD, ...owner };
    writeRoute(writer, flags, seq, to, encodeTarget(to.family, target, all), all);
    expect(toHex(writer.take())).toBe(hex);
  });

  it.each(ACCEPTED)("$title is read back", ({ prefix, target, owner, hex }) => {
    const reader = new RouteReader();
    expect(reader.read(only(hex))).toBe("route");
    expect(reader.target()).toEqual(target);
    expect({ protocol: reader.protocol, table: reader.table, metric: reader.metric }).toEqual({ ...BIRD, ...owner });
    expect(reader.bits).toBe(prefixLength(prefix as Prefix));
  });

  it("a removal names the protocol, so that only our route is meant", () => {
    const writer = new DatagramWriter(64);
    writeRouteDelete(writer, 12, destination("10.65.4.0/26"), BIRD);
    writer.acknowledgeLast();
    expect(toHex(writer.take())).toBe("24000000190005000c00000000000000021a0000fe0cff0000000000080001000a410400");
  });

  it("a dump of nexthop objects asks for all", () => {
    expect(toHex(objectDumpRequest(7))).toBe("180000006a00010307000000000000000000000000000000");
  });

  it("a dump asks for one protocol", () => {
    expect(toHex(routeDumpRequest(13, "ipv4", { table: 0, protocol: 12 }))).toBe("1c0000001a0001030d0000000000000002000000000c000000000000");
  });
});

describe("what the kernel sent", () => {
  it("a refusal with its own words", () => {
    const refusal = only(`
      48000000 0200 0003 2a000000 01000000          # 72 octets, error, capped and with attributes, seq 42
      9bffffff                                      # -101: network unreachable
      34000000 1800 0506 2a000000 00000000          # the header of the request
      2100 0100 4e657874686f702068617320696e76616c696420676174657761792e00 # 1: text, 29 octets
      000000                                        # padding`.replace(/#.*$/gm, ""));
    expect(errnoOf(refusal)).toBe(101);
    expect(ackText(refusal)).toBe("Nexthop has invalid gateway.");
  });

  it("an acknowledgement is no error", () => {
    const ack = only("24000000 0200 0001 07000000 01000000 00000000 34000000 1800 0506 07000000 00000000");
    expect(errnoOf(ack)).toBe(0);
    expect(ackText(ack)).toBe("");
  });

  it("a link that is up without a carrier", () => {
    const link = only("2c000000 1000 0000 00000000 00000000 0000 0100 03000000 03100000 00000000 0a00 0300 6361 6c69 3100 0000");
    expect(readLink(link)).toEqual({ index: 3, name: "cali1", state: "no-carrier", loopback: false });
  });

  it("of a point-to-point address, our end", () => {
    const address = only("28000000 1400 0000 00000000 00000000 02200000 05000000 0800 0100 0a000002 0800 0200 0a000001");
    expect(readAddress(address)).toEqual({ link: 5, address: "10.0.0.1", network: "10.0.0.2/32" });
  });

  it("the IPv6 metric that the kernel makes of none is none", () => {
    const writer = new DatagramWriter(256);
    const to = destination("2001:db8::/32");
    const owner = { ...BIRD, metric: 1024 };
    writeRoute(writer, 0, 0, to, encodeTarget("ipv6", { kind: "blackhole" }, owner), owner);
    const reader = new RouteReader();
    reader.read(messagesOf(writer.take())[0] as MessageAt);
    expect(reader.metric).toBe(0);
  });

  it.each([
    { title: "one hop", hex: "30000000 6800 0200 07000000 3e770000 02 fd 00 00 04000000 0800 0100 07000000 0800 0500 03000000 0800 0600 0a000007",
      object: { id: 7, leads: { kind: "hop", hop: { device: 3, gateway: "10.0.0.7", onLink: true } } } },
    { title: "a group of two", hex: "44000000 6800 0200 07000000 3e770000 00 00 00 00 00000000 0800 0100 4e000000 0600 0300 00000000 1400 0200 0700000002000000 0800000000000000 0800 0e00 00000080",
      object: { id: 78, leads: { kind: "group", members: [7, 8] } } },
    { title: "what swallows packets", hex: "24000000 6800 0200 07000000 3e770000 02 00 00 00 00000000 0800 0100 09000000 0400 0400",
      object: { id: 9, leads: { kind: "blackhole" } } },
  ])("a nexthop object: $title", ({ hex, object }) => {
    expect(readObject(only(hex))).toEqual(object);
  });
});

describe("whatever comes", () => {
  it("is read without an exception and without looking beyond its end", () => {
    let routes = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: "max" }), fc.constantFrom(...ACCEPTED), fc.nat(400), (noise, { hex }, at) => {
        const bytes = fromHex(hex);
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - (at % bytes.length))), at % bytes.length);
        const reader = new RouteReader();
        for (const datagram of [noise, bytes]) {
          for (const message of messagesOf(datagram)) {
            expect(message.end).toBeLessThanOrEqual(datagram.length);
            readLink(message);
            readAddress(message);
            readObject(message);
            errnoOf(message);
            ackText(message);
            if (reader.read(message) === "route") routes += reader.target() ? 1 : 0;
          }
        }
      }),
      { numRuns: 2_000 },
    );
    expect(routes).toBeGreaterThan(100);
  });
});
