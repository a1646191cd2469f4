/** What a monitoring station is told, octet by octet. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { type Figure, type MonitoredPeer, peerHeader, writeInitiation, writePeerDown, writePeerUp, writeRouteMonitoring, writeStatistics, writeTermination } from "../../src/bmp/message.ts";
import { Writer } from "../../src/bgp/wire/cursor.ts";
import { decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import type { NlriBlock } from "../../src/bgp/wire/message-types.ts";
import { NlriWriter } from "../../src/bgp/wire/nlri.ts";
import { bmpMessages, tlvsIn } from "../support/bmp-reader.ts";
import { attributesOf, blockOf, open, v4NextHop } from "../wire/arbitraries.ts";
import { EXTERNAL } from "../wire/raw.ts";

const PEER: MonitoredPeer = { address: "10.0.0.2" as IpAddress, asn: 64512, routerId: 0x0a000002, asPath: "four-octet" };
const AT_MS = 1_700_000_000_123.5;

/** The header of PEER, its time included: 1700000000 s and 123500 us. */
const PEER_HEX = `
  00                                      peer type: global instance
  00                                      flags: IPv4, before policy, four-octet AS_PATH
  0000000000000000                        distinguisher
  000000000000000000000000 0a000002       address
  0000fc00                                AS 64512
  0a000002                                router id
  6553f100 0001e26c`;

/** Comments go to the end of their line. */
function vector(text: string): string {
  return text.replace(/ {2,}[a-z].*$/gim, "").replace(/\s+/g, "");
}

function written(write: (out: Writer) => void): string {
  const out = new Writer();
  write(out);
  return Buffer.from(out.finish()).toString("hex");
}

describe("by hand, after RFC 7854 §4", () => {
  it("initiation: who we are", () => {
    expect(written((out) => writeInitiation({ sysName: "n1", sysDescr: "ts" }, out))).toBe(vector(`
      03 00000012 04                      version, length 18, initiation
      0001 0002 7473                      sysDescr "ts"
      0002 0002 6e31                      sysName "n1"`));
  });

  it("termination: why we go, and in words", () => {
    expect(written((out) => writeTermination("permanently-closed", "bye", out))).toBe(vector(`
      03 00000013 05                      version, length 19, termination
      0001 0002 0004                      reason: will not be opened again
      0000 0003 627965                    text "bye"`));
  });

  it("peer up: both ends and both OPENs [5.8-bmp]", () => {
    const up = { local: "10.0.0.1" as IpAddress, localPort: 179, remotePort: 40000, sentOpen: Uint8Array.of(1, 2, 3), receivedOpen: Uint8Array.of(4, 5) };
    expect(written((out) => writePeerUp(peerHeader(PEER), AT_MS, up, out))).toBe(vector(`
      03 00000049 03                      version, length 73, peer up
      ${PEER_HEX}
      000000000000000000000000 0a000001   local address
      00b3 9c40                           local port 179, remote port 40000
      010203                              OPEN sent
      0405                                OPEN received`));
  });

  it("peer down: what we said, what the peer said, that we said nothing, that nobody did", () => {
    const down = (kind: Parameters<typeof writePeerDown>[2]): string => written((out) => writePeerDown(peerHeader(PEER), AT_MS, kind, out)).slice(0, 12) + written((out) => writePeerDown(peerHeader(PEER), AT_MS, kind, out)).slice(96);
    expect(down({ kind: "local-notification", message: Uint8Array.of(0xff, 3) })).toBe("03" + "00000033" + "02" + "01" + "ff03");
    expect(down({ kind: "local-event", event: 8 })).toBe("03" + "00000033" + "02" + "02" + "0008");
    expect(down({ kind: "remote-notification", message: Uint8Array.of(0xff, 3) })).toBe("03" + "00000033" + "02" + "03" + "ff03");
    expect(down({ kind: "remote-lost" })).toBe("03" + "00000031" + "02" + "04");
  });

  it("route monitoring: the UPDATE as it came [5.8-bmp]", () => {
    expect(written((out) => writeRouteMonitoring(peerHeader(PEER), AT_MS, Uint8Array.of(9, 9, 9), out))).toBe(vector(`
      03 00000033 00                      version, length 51, route monitoring
      ${PEER_HEX}
      090909                              UPDATE`));
  });

  it("statistics: counters of four octets, gauges of eight, those of a family behind its AFI and SAFI", () => {
    const figures: readonly Figure[] = [
      { statistic: "asPathLoops", value: 5 },
      { statistic: "adjRibIn", value: 2 ** 33 },
      { statistic: "adjRibInOfFamily", family: "ipv6", value: 7 },
    ];
    expect(written((out) => writeStatistics(peerHeader(PEER), AT_MS, figures, out))).toBe(vector(`
      03 00000057 01                      version, length 87, statistics
      ${PEER_HEX}
      00000003                            three
      0004 0004 00000005                  AS_PATH loops: 5
      0007 0008 0000000200000000          routes in Adj-RIB-In: 8589934592
      0009 000b 0002 01 0000000000000007  of IPv6 unicast: 7`));
  });

  it("says of a peer over IPv6 that it is one, of an old one that its AS_PATH is short, and no time where there is none", () => {
    const header = peerHeader({ address: "2001:db8::2" as IpAddress, asn: 4_200_000_000, routerId: 1, asPath: "two-octet" });
    const [message] = bmpMessages(Buffer.from(written((out) => writeRouteMonitoring(header, undefined, new Uint8Array(0), out)), "hex"));
    expect(message?.peer).toEqual({ flags: 0xa0, address: "20010db8000000000000000000000002", asn: 4_200_000_000, routerId: 1, sec: 0, micros: 0 });
  });

  it("a counter that has become too large goes round, as RFC 7854 §4.8 has it", () => {
    const out = written((to) => writeStatistics(peerHeader(PEER), AT_MS, [{ statistic: "treatedAsWithdraw", value: 2 ** 32 + 3 }], to));
    expect(out.endsWith("000b" + "0004" + "00000003")).toBe(true);
  });
});

/** So many /32, five octets each. */
function hostRoutes(count: number): NlriBlock {
  const writer = new NlriWriter("ipv4", false);
  for (let host = 0; host < count; host++) writer.add(0, 32, Uint8Array.of(10, 0, host >> 8, host), 0);
  return writer.finish();
}

describe("laws", () => {
  it("any UPDATE, between any others, comes out as it went in", () => {
    const updates = fc.array(fc.record({ nlri: blockOf("ipv4", false, 40), attributes: attributesOf(["sequence"]), nextHop: v4NextHop }), { minLength: 1, maxLength: 8 });
    let long = 0;
    fc.assert(
      fc.property(updates, (announcements) => {
        const out = new Writer();
        const context = { ...EXTERNAL, maxMessageBytes: 65535 as const };
        const frames = announcements.map(({ nlri, attributes, nextHop }) => encodeMessage({ kind: "update", withdrawn: [], announced: [{ nlri, attributes: { ...attributes, nextHop } }], faults: [] }, context));
        for (const frame of frames) writeRouteMonitoring(peerHeader(PEER), AT_MS, frame, out);
        const told = bmpMessages(out.finish());
        expect(told.map(({ body }) => Buffer.from(body).toString("hex"))).toEqual(frames.map((frame) => Buffer.from(frame).toString("hex")));
        if (frames.some(({ length }) => length > 4096)) long++;
      }),
      { examples: [[[{ nlri: hostRoutes(1000), attributes: { origin: "igp", asPath: [] }, nextHop: { address: "192.0.2.1" as IpAddress } }]]] },
    );
    expect(long).toBeGreaterThan(0);
  });

  it("any two OPENs can be told apart by their own lengths, and are still OPENs", () => {
    fc.assert(
      fc.property(open, open, fc.integer({ min: 0, max: 65535 }), (sent, received, port) => {
        const out = new Writer();
        const up = { local: "2001:db8::1" as IpAddress, localPort: port, remotePort: 179, sentOpen: encodeMessage(sent, EXTERNAL), receivedOpen: encodeMessage(received, EXTERNAL) };
        writePeerUp(peerHeader(PEER), AT_MS, up, out);
        const [message] = bmpMessages(out.finish());
        const body = message?.body ?? new Uint8Array(0);
        const first = ((body[36] ?? 0) << 8) | (body[37] ?? 0);
        expect(decodeMessage(body.subarray(20, 20 + first), EXTERNAL)).toEqual(decodeMessage(up.sentOpen, EXTERNAL));
        expect(decodeMessage(body.subarray(20 + first), EXTERNAL)).toEqual(decodeMessage(up.receivedOpen, EXTERNAL));
      }),
    );
  });

  it("whatever the router is called, the TLVs add up", () => {
    const name = fc.oneof(fc.string(), fc.string({ minLength: 4_000, maxLength: 9_000 }), fc.constant("\u{1F600}".repeat(3_000)));
    fc.assert(
      fc.property(name, name, (sysName, sysDescr) => {
        const [message] = bmpMessages(Buffer.from(written((out) => writeInitiation({ sysName, sysDescr }, out)), "hex"));
        const tlvs = tlvsIn(message?.body ?? new Uint8Array(0));
        expect(tlvs.map(({ type }) => type)).toEqual([1, 2]);
        for (const { value } of tlvs) new TextDecoder("utf-8", { fatal: true }).decode(value);
      }),
      { numRuns: 50 },
    );
  });
});
