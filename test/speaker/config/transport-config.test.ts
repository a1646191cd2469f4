/** Passwords, TTLs, devices and ranges in the configuration: what they mean, what contradicts, and what stays unsaid. */

import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import type { SpeakerConfig } from "../../../src/speaker/config/config.ts";
import { diffConfig } from "../../../src/speaker/config/diff.ts";
import { speakerShape } from "../../../src/speaker/config/document.ts";
import { parseSpeakerConfig, speakerConfigOf } from "../../../src/speaker/config/parse.ts";
import { longestRange, memberOf } from "../../../src/speaker/config/range-parse.ts";
import { whole } from "../../../src/speaker/slices.ts";
import { ConfigError, checking, describeFault } from "../../../src/speaker/config/schema.ts";
import type { ReadSecret } from "../../../src/speaker/config/transport-document.ts";

const ROUTER = { asn: 64512, id: "172.17.8.101" };
const PEER = { name: "a", address: "10.0.0.2", asn: 64512 };
const OTHER = { name: "b", address: "10.0.0.3", asn: 64512 };
const RANGE = { name: "rack-a", prefix: "10.1.0.0/16", asn: 64512 };

function parse(document: object): SpeakerConfig {
  return parseSpeakerConfig({ router: ROUTER, ...document });
}

function withFiles(document: object, files: Readonly<Record<string, string>>): SpeakerConfig {
  const read: ReadSecret = (path) => (files[path] === undefined ? { kind: "unreadable", why: "no such file or directory" } : { kind: "text", text: files[path] });
  return whole(checking(speakerShape, { router: ROUTER, ...document }, (value, faults) => speakerConfigOf(value, faults, read)));
}

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(describeFault);
    throw error;
  }
  return [];
}

describe("a peer's TCP connection", () => {
  it("has DSCP CS6, TTL 1 towards another AS and 255 within ours, and nothing else unless asked for", () => {
    const { peers } = parse({ peers: [PEER, { address: "10.0.0.9", asn: 65001 }] });
    const plain = { password: undefined, device: undefined, userTimeoutMs: undefined, dscp: 48 };
    expect(peers.map(({ transport }) => transport)).toEqual([
      { ...plain, reach: { kind: "hops", hops: 255 } },
      { ...plain, reach: { kind: "hops", hops: 1 } },
    ]);
  });

  it("reaches as far as multihop says, or is as near as ttlSecurity says", () => {
    const external = { address: "10.0.0.9", asn: 65001 };
    expect(parse({ peers: [{ ...external, multihop: 4 }] }).peers[0]?.transport.reach).toEqual({ kind: "hops", hops: 4 });
    expect(parse({ peers: [{ ...external, ttlSecurity: {} }] }).peers[0]?.transport.reach).toEqual({ kind: "security", hops: 1 });
  });

  it("takes its password from a file's first line", () => {
    const { peers } = withFiles({ peers: [{ ...PEER, passwordFile: "key" }] }, { key: "geheim\nand a remark\n" });
    expect(peers[0]?.transport.password?.reveal()).toBe("geheim");
  });

  it.each([
    { title: "81 octets of password", peer: { password: "ü".repeat(40) + "x" }, fault: "peers[0].password: \"(hidden)\", expected a text of 1 to 80 octets" },
    { title: "an empty password", peer: { password: "" }, fault: "peers[0].password: \"(hidden)\", expected a text of 1 to 80 octets" },
    { title: "a password twice", peer: { password: "geheim", passwordFile: "key" }, fault: 'peers[0].passwordFile: "key", expected nothing: there is a password already' },
    { title: "a file that is not there", peer: { passwordFile: "gone" }, fault: 'peers[0].passwordFile: "gone", expected a file that can be read (no such file or directory)' },
    { title: "an empty file", peer: { passwordFile: "empty" }, fault: 'peers[0].passwordFile: "empty", expected a file whose first line is a text of 1 to 80 octets' },
    { title: "two distances", peer: { ttlSecurity: { hops: 1 }, multihop: 2 }, fault: "peers[0].multihop: 2, expected nothing: ttlSecurity.hops says how far the peer is" },
    { title: "a device of 16 letters", peer: { device: "interface-number" }, fault: 'peers[0].device: "interface-number", expected the name of a network interface' },
  ])("refuses $title", ({ peer, fault }) => {
    expect(faultsOf(() => withFiles({ peers: [{ ...PEER, ...peer }] }, { key: "geheim", empty: "\n" }))).toEqual([fault]);
  });
});

describe("a password", () => {
  it.each([
    { title: "a misspelt field", document: { peers: [{ ...PEER, pasword: "geheim" }] } },
    { title: "a value of another type", document: { peers: [{ ...PEER, password: ["geheim"] }] } },
    { title: "an object in the wrong place", document: { peers: { password: "geheim" } } },
    { title: "an unknown field with a password inside", document: { neighbours: [{ password: "geheim" }] } },
  ])("is not repeated by the fault about $title", ({ document }) => {
    const faults = faultsOf(() => parse(document));
    expect(faults).toHaveLength(1);
    expect(faults[0]).not.toContain("geheim");
    expect(faults[0]).toContain("(hidden)");
  });

  it("shows in nothing that prints a configuration", () => {
    const config = parse({ peers: [{ ...PEER, password: "geheim" }] });
    for (const text of [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true }), `${config.peers[0]?.transport.password}`]) expect(text).not.toContain("geheim");
  });

  it("that is another one restarts its peer only", () => {
    const before = parse({ peers: [{ ...PEER, password: "geheim" }, { ...OTHER, password: "same" }] });
    const after = parse({ peers: [{ ...PEER, password: "Geheim" }, { ...OTHER, password: "same" }] });
    expect(diffConfig(before, after)).toEqual([{ kind: "restart-peer", peer: "a", because: "password" }]);
    expect(diffConfig(after, parse({ peers: [{ ...PEER, password: "Geheim" }, { ...OTHER, password: "same" }] }))).toEqual([]);
  });
});

describe("a range of neighbours", () => {
  it("makes of an address in it a passive peer called by both, that has what the range has", () => {
    const { ranges } = parse({ ranges: [{ ...RANGE, reflectorClient: true, password: "geheim" }] });
    const [range = expect.fail("no range")] = ranges;
    expect(range).toMatchObject({ name: "rack-a", prefix: "10.1.0.0/16", asns: [64512], limit: 100 });
    const member = memberOf(range, "10.1.0.7" as IpAddress);
    expect(member).toMatchObject({ name: "rack-a_10_1_0_7", address: "10.1.0.7", reflectorClient: true, session: { passive: true, remoteAs: 64512, families: ["ipv4"] } });
    expect(member.transport.password?.reveal()).toBe("geheim");
  });

  it("has the options of its group where it has none of its own", () => {
    const groups = { rack: { asn: 65001, reflectorClient: false, multihop: 3, openWaitSec: 20 } };
    const { ranges } = parse({ groups, ranges: [{ name: "one", prefix: "10.1.0.0/16", group: "rack" }, { name: "two", prefix: "10.2.0.0/16", group: "rack", asns: [65002, 65003], multihop: 2 }] });
    expect(ranges.map(({ asns, member }) => [asns, member.transport.reach.hops, member.session.timing.openWaitMs])).toEqual([[[65001], 3, 20_000], [[65002, 65003], 2, 20_000]]);
    expect(faultsOf(() => parse({ ranges: [{ ...RANGE, group: "gone" }] }))).toEqual([expect.stringMatching(/^ranges\[0\]\.group: "gone", expected the name of a group/)]);
  });

  it("of several ranges that hold an address the longest counts", () => {
    const { ranges } = parse({ ranges: [RANGE, { name: "row", prefix: "10.1.2.0/24", asn: 65001 }, { name: "all", prefix: "10.0.0.0/8", asn: 65002 }] });
    const found = ["10.1.2.3", "10.1.3.3", "10.9.9.9", "11.0.0.1", "fd00::1"].map((address) => longestRange(ranges, address as IpAddress)?.name);
    expect(found).toEqual(["row", "rack-a", "all", undefined, undefined]);
  });

  it.each([
    { title: "no AS number", ranges: [{ name: "r", prefix: "10.1.0.0/16" }], fault: /^ranges\[0\]\.asn: missing, expected the AS number/ },
    { title: "asn and asns", ranges: [{ ...RANGE, asns: [1] }], fault: /^ranges\[0\]\.asn: 64512, expected nothing/ },
    { title: "our AS beside others", ranges: [{ name: "r", prefix: "10.1.0.0/16", asns: [64512, 65001] }], fault: /^ranges\[0\]\.asn: .* either AS 64512, which is ours, or others$/ },
    { title: "one name for two", ranges: [RANGE, { ...RANGE, prefix: "10.2.0.0/16" }], fault: /^ranges\[1\]\.name: "rack-a", expected one of its own/ },
    { title: "one prefix for two", ranges: [RANGE, { ...RANGE, name: "r" }], fault: /^ranges\[1\]\.prefix: "10\.1\.0\.0\/16", expected one of its own/ },
    { title: "an unsigned range within a signed one", ranges: [{ ...RANGE, password: "geheim" }, { name: "r", prefix: "10.1.2.0/24", asn: 64512 }], fault: /^ranges\[1\]\.password: missing, expected a password: 10\.1\.2\.0\/24 lies in 10\.1\.0\.0\/16/ },
    { title: "what only a caller has", ranges: [{ ...RANGE, passive: true }], fault: /^ranges\[0\]\.passive: true, expected no field of that name/ },
    { title: "a session that waits for BFD", ranges: [{ ...RANGE, bfd: { strict: true } }], fault: /^ranges\[0\]\.bfd\.strict: true, expected false/ },
    { title: "clients in another AS", ranges: [{ ...RANGE, asn: 65001, reflectorClient: true }], fault: /^ranges\[0\]\.reflectorClient: true, expected false/ },
  ])("refuses $title", ({ ranges, fault }) => {
    expect(faultsOf(() => parse({ ranges }))).toEqual([expect.stringMatching(fault)]);
  });

  it.each([
    { title: "has a name that a caller may get", peer: { ...PEER, name: "rack-a_10_1_0_7" }, range: RANGE, fault: /^peers\[0\]\.name: "rack-a_10_1_0_7", expected a name that no peer of the range rack-a can have/ },
    { title: "does not sign within a range that does", peer: { ...PEER, address: "10.1.0.7" }, range: { ...RANGE, password: "geheim" }, fault: /^peers\[0\]\.password: missing, expected a password: 10\.1\.0\.7\/32 lies in 10\.1\.0\.0\/16/ },
  ])("refuses a peer that $title", ({ peer, range, fault }) => {
    expect(faultsOf(() => parse({ peers: [peer], ranges: [range] }))).toEqual([expect.stringMatching(fault)]);
  });

  it("names a peer that clashes with it by its place in the document, whatever could not be read before", () => {
    const peers = [{ address: "10.0.0.9" }, { ...PEER, address: "10.1.0.7" }]; // the first has no AS number
    expect(faultsOf(() => parse({ peers, ranges: [{ ...RANGE, password: "geheim" }] }))).toContainEqual(expect.stringMatching(/^peers\[1\]\.password: missing/));
  });

  it("that changed is one line of the difference", () => {
    const before = parse({ ranges: [RANGE] });
    expect(diffConfig(before, parse({ ranges: [{ ...RANGE, limit: 7 }] }))).toEqual([{ kind: "ranges", ranges: ["rack-a"] }]);
    expect(diffConfig(before, parse({ ranges: [RANGE] }))).toEqual([]);
  });
});
