/** The configuration document: what it means, every fault at once, and what a change of it costs. */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import type { SpeakerConfig } from "../../../src/speaker/config/config.ts";
import { diffConfig } from "../../../src/speaker/config/diff.ts";
import { parseSpeakerConfig } from "../../../src/speaker/config/parse.ts";
import { ConfigError, describeFault } from "../../../src/speaker/config/schema.ts";

const ROUTER = { asn: 64512, id: "172.17.8.101" };
const PEER = { name: "Mesh_172_17_8_102", address: "172.17.8.102", asn: 64512 };

function parse(document: object): SpeakerConfig {
  return parseSpeakerConfig({ router: ROUTER, ...document });
}

function faultsOf(document: unknown): readonly string[] {
  try {
    parseSpeakerConfig(document);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(describeFault);
    throw error;
  }
  return [];
}

describe("a configuration document", () => {
  it("needs no more than a router, and every default is spelled out in the value", () => {
    const config = parse({ peers: [PEER] });
    expect(config.router).toMatchObject({ asn: 64512, routerId: 0xac110865, clusterId: 0xac110865, multipath: 16 });
    expect(config.peers[0]).toMatchObject({ name: "Mesh_172_17_8_102", port: 179, reflectorClient: false, nextHop: "auto" });
    expect(config.peers[0]?.session).toMatchObject({ holdTimeSec: 90, families: ["ipv4"], passive: false });
  });

  it("lets everything pass between internal peers and nothing between external ones without a policy (RFC 8212)", () => {
    const config = parse({ peers: [PEER, { address: "10.0.0.1", asn: 65001 }] });
    expect(config.peers.map((peer) => [peer.importPolicy.name, peer.exportPolicy.name])).toEqual([
      ["accept-all", "accept-all"],
      ["reject-all", "reject-all"],
    ]);
  });

  it("watches a peer with BFD where it says so, with defaults for the rest", () => {
    const chosen = { intervalMs: 100, multiplier: 5, strict: true };
    const config = parse({ peers: [PEER, { address: "10.0.0.1", asn: 64512, bfd: {} }, { address: "10.0.0.2", asn: 64512, bfd: chosen }] });
    expect(config.peers.map(({ bfd }) => bfd)).toEqual([undefined, { intervalMs: 300, multiplier: 3, strict: false }, chosen]);
  });

  it("carries the family of the peer's address unless told otherwise", () => {
    const config = parse({ peers: [{ address: "fd00::2", asn: 64512 }] });
    expect(config.peers[0]?.session.families).toEqual(["ipv6"]);
    expect(config.peers[0]?.name).toBe("Peer_fd00__2");
  });

  it("builds policies out of prefix lists and communities", () => {
    const config = parse({
      prefixLists: { pools: [{ prefix: "192.168.0.0/16", le: 32 }] },
      policies: {
        out: {
          rules: [
            { name: "hidden", when: [{ community: ["no-export", "64512:7"] }], then: "reject" },
            { when: [{ not: { prefixList: "pools" } }], set: [{ localPref: 50 }, { addCommunities: ["64512:8"] }, { prepend: { asn: 64512 } }], then: "accept" },
          ],
        },
      },
      peers: [{ ...PEER, exportPolicy: "out" }],
    });
    expect(config.peers[0]?.exportPolicy).toEqual({
      name: "out",
      otherwise: "reject",
      rules: [
        { name: "hidden", when: [{ kind: "community", anyOf: [0xffffff01, 0xfc000007] }], set: [], then: "reject" },
        {
          name: "2",
          when: [{ kind: "not", condition: { kind: "prefix-list", list: { name: "pools", entries: [{ prefix: "192.168.0.0/16", le: 32 }] } } }],
          set: [
            { kind: "local-pref", value: 50 },
            { kind: "communities", change: "add", values: [0xfc000008] },
            { kind: "prepend", asn: 64512, times: 1 },
          ],
          then: "accept",
        },
      ],
    });
  });

  it("names path, value and expectation of every fault at once", () => {
    expect(
      faultsOf({
        router: { asn: 0, id: "0.0.0.0" },
        networks: ["10.0.0.1/8"],
        peers: [{ adress: "10.0.0.2", address: "10.0.0.300", asn: 64512, holdTimeSec: 2 }],
      }),
    ).toEqual([
      "router.asn: 0, expected an integer from 1 to 4294967295",
      'router.id: "0.0.0.0", expected a router id other than "0.0.0.0"',
      'networks[0]: "10.0.0.1/8", expected a prefix with clear host bits such as "192.168.18.64/26"',
      expect.stringMatching(/^peers\[0\]\.adress: "10\.0\.0\.2", expected no field of that name: did you mean address\?$/),
      'peers[0].address: "10.0.0.300", expected an IPv4 or IPv6 address such as "172.17.8.101"',
      "peers[0].holdTimeSec: 2, expected 0 (off) or 3 to 65535 seconds",
    ]);
  });

  it("names contradictions beside misspellings, and no policy as unknown that only could not be read", () => {
    const policy = { rules: [{ when: [{ prefixList: "gone" }], then: "accept" }] };
    const peer = { ...PEER, holdTimeSec: 2, exportPolicy: "out" };
    expect(faultsOf({ router: { ...ROUTER, colour: 1 }, peers: [peer], policies: { in: policy } })).toEqual([
      expect.stringMatching(/^router\.colour: 1, expected no field of that name/),
      expect.stringMatching(/^peers\[0\]\.holdTimeSec: 2, /),
      expect.stringMatching(/^policies\.in\.rules\[0\]\.when\[0\]\.prefixList: "gone", /),
      expect.stringMatching(/^peers\[0\]\.exportPolicy: "out", expected the name of a policy/),
    ]);
    const unreadable = faultsOf({ router: ROUTER, peers: [peer], policies: { out: { rules: [{ then: "maybe" }] } } });
    expect(unreadable.map((line) => line.split(":")[0])).toEqual(["peers[0].holdTimeSec", "policies.out.rules[0].then"]);
  });

  it("names a peer by its place in the document, also behind one that could not be read", () => {
    const faults = faultsOf({ router: ROUTER, peers: [{ ...PEER, asn: 0 }, PEER, { ...PEER, name: "other" }] });
    expect(faults).toEqual([
      "peers[0].asn: 0, expected an integer from 1 to 4294967295",
      'peers[2].address: "172.17.8.102", expected one of its own: peers[1] has it too',
    ]);
  });

  it.each([
    { title: "no router", document: { peers: [] }, fault: /^router: missing, expected an object/ },
    { title: "no object at all", document: "router", fault: /^the document: "router", expected an object/ },
    { title: "an unknown policy", document: { router: ROUTER, peers: [{ ...PEER, importPolicy: "x" }] }, fault: /^peers\[0\]\.importPolicy: "x", expected the name of a policy/ },
    { title: "an unknown prefix list", document: { router: ROUTER, policies: { p: { rules: [{ when: [{ prefixList: "x" }], then: "accept" }] } } }, fault: /^policies\.p\.rules\[0\]\.when\[0\]\.prefixList: "x"/ },
    { title: "two peers with one address", document: { router: ROUTER, peers: [PEER, { ...PEER, name: "other" }] }, fault: /^peers\[1\]\.address: .*peers\[0\] has it too/ },
    { title: "a peer that is no single host", document: { router: ROUTER, peers: [{ ...PEER, address: "224.0.0.5" }] }, fault: /^peers\[0\]\.address: .*one host/ },
    { title: "a peer whose calls would come from another address", document: { router: ROUTER, peers: [{ ...PEER, address: "::ffff:10.0.0.1" }] }, fault: /^peers\[0\]\.address: .*one host/ },
    { title: "a required family that is not carried", document: { router: ROUTER, peers: [{ ...PEER, requiredFamilies: ["ipv6"] }] }, fault: /^peers\[0\]\.requiredFamilies: \["ipv6"\], expected families that are carried: ipv4/ },
    { title: "a client in another AS", document: { router: ROUTER, peers: [{ ...PEER, asn: 65000, reflectorClient: true }] }, fault: /^peers\[0\]\.reflectorClient: true, expected false/ },
    { title: "le beyond the family", document: { router: ROUTER, prefixLists: { l: [{ prefix: "10.0.0.0/8", le: 40 }] } }, fault: /^prefixLists\.l\[0\]\.le: 40, expected a length from 8 to 32/ },
    { title: "a send hold time within the hold time", document: { router: ROUTER, peers: [{ ...PEER, sendHoldSec: 90 }] }, fault: /^peers\[0\]\.sendHoldSec: 90, expected more than/ },
    {
      title: "BFD faster than this process can promise",
      document: { router: ROUTER, peers: [{ ...PEER, bfd: { intervalMs: 10 } }] },
      fault: /^peers\[0\]\.bfd\.intervalMs: 10, expected an integer from 50/,
    },
    { title: "two conditions in one", document: { router: ROUTER, policies: { p: { rules: [{ when: [{ family: "ipv4", prefixList: "x" }], then: "accept" }] } } }, fault: /exactly one of/ },
    { title: "a condition that only JavaScript knows", document: { router: ROUTER, policies: { p: { rules: [{ when: [{ toString: 1 }], then: "accept" }] } } }, fault: /^policies\.p\.rules\[0\]\.when\[0\]: .*exactly one of/ },
  ])("refuses $title", ({ document, fault }) => {
    expect(faultsOf(document)).toContainEqual(expect.stringMatching(fault));
  });
});

describe("a group", () => {
  const rack = { asn: 65010, importPolicy: "accept-all", holdTimeSec: 30, maxPrefixes: 500 };

  it("lends its options to the peers that name it, and the peer's own win over them", () => {
    const { peers } = parse({ groups: { rack }, peers: [{ address: "10.0.0.1", group: "rack" }, { address: "10.0.0.2", group: "rack", asn: 65011, holdTimeSec: 0 }, { address: "10.0.0.3", asn: 65012 }] });
    expect(peers.map(({ group, session, importPolicy, maxPrefixes }) => [group, session.remoteAs, session.holdTimeSec, importPolicy.name, maxPrefixes?.limit])).toEqual([
      ["rack", 65010, 30, "accept-all", 500],
      ["rack", 65011, 0, "accept-all", 500],
      [undefined, 65012, 90, "reject-all", undefined],
    ]);
  });

  it("costs its peers what its change costs, and nobody else", () => {
    const config = (group: object): SpeakerConfig => parse({ groups: { rack: { ...rack, ...group } }, peers: [{ name: "a", address: "10.0.0.1", group: "rack" }, { name: "b", address: "10.0.0.3", asn: 65012 }] });
    expect(diffConfig(config({}), config({ importPolicy: "reject-all" }))).toEqual([{ kind: "re-import", peer: "a" }]);
    expect(diffConfig(config({}), config({ holdTimeSec: 60 }))).toEqual([{ kind: "restart-peer", peer: "a", because: "holdTimeSec" }]);
  });

  it("is where a fault is looked for that stands there", () => {
    const faults = (document: object): readonly string[] => faultsOf({ router: ROUTER, ...document });
    expect(faults({ groups: { rack: { holdTimeSec: 2, name: "x" } }, peers: [{ address: "10.0.0.1", group: "rack", asn: 1 }] })).toEqual([
      expect.stringMatching(/^groups\.rack\.name: "x", expected no field of that name/),
      expect.stringMatching(/^groups\.rack\.holdTimeSec: 2, /),
    ]);
    expect(faults({ groups: { rack: { ...rack, importPolicy: "x" } }, peers: [{ address: "10.0.0.1", group: "rack", exportPolicy: "y" }] })).toEqual([
      expect.stringMatching(/^groups\.rack\.importPolicy: "x", expected the name of a policy/),
      expect.stringMatching(/^peers\[0\]\.exportPolicy: "y", expected the name of a policy/),
    ]);
  });

  it("must be there when a peer names it, and does not have to say everything", () => {
    expect(faultsOf({ router: ROUTER, groups: { rack: {} }, peers: [{ address: "10.0.0.1", group: "row", asn: 1 }, { address: "10.0.0.2", group: "rack" }, { asn: 5 }] })).toEqual([
      "peers[2].address: missing, expected the peer's address",
    ]);
    expect(faultsOf({ router: ROUTER, groups: { rack: {} }, peers: [{ address: "10.0.0.1", group: "row", asn: 1 }, { address: "10.0.0.2", group: "rack" }] })).toEqual([
      'peers[0].group: "row", expected the name of a group (known: rack)',
      "peers[1].asn: missing, expected the peer's AS number; equal to ours: iBGP",
    ]);
  });
});

describe("the difference between two configurations", () => {
  const before = parse({ networks: ["10.0.0.0/8"], peers: [PEER, { address: "172.17.8.103", asn: 64512, name: "b" }] });

  it("is empty for equal values", () => {
    expect(diffConfig(before, structuredClone(before))).toEqual([]);
  });

  it("touches only the peer that came and the peer that went", () => {
    const after = parse({ networks: ["10.0.0.0/8"], peers: [PEER, { address: "172.17.8.104", asn: 64512, name: "c" }] });
    expect(diffConfig(before, after)).toEqual([
      { kind: "remove-peer", peer: "b" },
      { kind: "add-peer", peer: "c" },
    ]);
  });

  it("resets a session for what was agreed in OPEN, and for nothing less", () => {
    const peers = [{ ...PEER, holdTimeSec: 30 }, { address: "172.17.8.103", asn: 64512, name: "b", description: "new words" }];
    expect(diffConfig(before, parse({ networks: ["10.0.0.0/8"], peers }))).toEqual([{ kind: "restart-peer", peer: PEER.name, because: "holdTimeSec" }]);
  });

  it("leaves the session alone when BFD is switched on, off or to another interval", () => {
    const peers = [{ ...PEER, bfd: { strict: true } }, { address: "172.17.8.103", asn: 64512, name: "b" }];
    expect(diffConfig(before, parse({ networks: ["10.0.0.0/8"], peers }))).toEqual([]);
  });

  it("re-evaluates routes when a policy changed, without a reset", () => {
    const after = parse({ networks: ["10.0.0.0/8"], peers: [{ ...PEER, importPolicy: "reject-all" }, { address: "172.17.8.103", asn: 64512, name: "b", nextHop: "self" }] });
    expect(diffConfig(before, after)).toEqual([
      { kind: "re-import", peer: PEER.name },
      { kind: "re-export", peer: "b" },
    ]);
  });

  it("judges every path again when an address of ours is another one: a path through it is of no use", () => {
    const after = { ...before, router: { ...before.router, ipv4: "172.17.8.103" as IpAddress } };
    expect(diffConfig(before, after).map(({ kind }) => kind)).toEqual(["re-import", "re-export", "re-import", "re-export"]);
  });

  it("originates anew when networks changed", () => {
    expect(diffConfig(before, { ...before, networks: [] })).toEqual([{ kind: "originate" }]);
  });
});
