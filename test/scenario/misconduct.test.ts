/** What is refused before any policy is asked: paths that are too large, and paths that an external peer did not put its name to. */

import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { AsPath, PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import { nlriOf } from "../../src/bgp/wire/nlri.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { AGREED, ScriptedPeer } from "../support/scripted-peer.ts";

const AS = 64512;
const PEER = "10.0.0.2";
const PREFIX = "10.2.0.0/16" as Prefix;

let us: TestSpeaker;
let peer: ScriptedPeer;

function config(more: object): object {
  return { router: { asn: AS, id: "10.0.0.1" }, peers: [{ name: "peer", address: PEER, asn: AS, passive: true, importPolicy: "accept-all", ...more }] };
}

function begin(more: object, asn: number = AS): void {
  us = new Network().add("10.0.0.1", config({ asn, ...more }));
  peer = new ScriptedPeer(us, PEER);
  peer.establish(asn, 0x0a000002, [{ kind: "multiprotocol", family: FAMILIES.ipv4 }, { kind: "four-octet-as", asn }], { ...AGREED, internal: asn === AS });
}

function tell(attributes: Partial<PathAttributes>): void {
  const nlri = nlriOf("ipv4", false, [{ prefix: PREFIX, pathId: 0 }]);
  peer.say({ kind: "update", withdrawn: [], announced: [{ nlri, attributes: { origin: "igp", asPath: [], nextHop: { address: PEER as IpAddress }, ...attributes } }], faults: [] });
}

function rejectedBy(): string | undefined {
  return us.speaker.view().routes({})[0]?.rejectedBy;
}

function sequence(...asns: readonly number[]): AsPath {
  return [{ kind: "sequence", asns }];
}

describe("a path with", () => {
  it("as many AS numbers as the peer may tell is taken, with one more it is refused, counted and told [5.8-path-size]", () => {
    begin({ maxAsPathLength: 3 });
    tell({ asPath: sequence(65001, 65001, 65002) });
    expect(us.table()).toEqual({ [PREFIX]: PEER });
    tell({ asPath: sequence(65001, 65001, 65002, 65003) });
    expect(us.table()).toEqual({});
    expect(rejectedBy()).toBe("as-path-length");
    expect(us.peer("peer")).toMatchObject({ state: "Established", counters: { pathsRefused: { "as-path-length": 1 } } });
    expect(us.facts).toContainEqual({ kind: "path-refused", peer: "peer", by: "as-path-length" });
  });

  it("more communities than the peer may tell, of whatever kinds, is refused, counted and told [5.8-path-size]", () => {
    begin({ maxCommunities: 4 });
    const four = { communities: [1, 2], extendedCommunities: [3n], largeCommunities: [{ global: 1, local1: 2, local2: 3 }] };
    tell(four);
    expect(us.table()).toEqual({ [PREFIX]: PEER });
    tell({ ...four, ipv6ExtendedCommunities: [new Uint8Array(20)] });
    expect(rejectedBy()).toBe("communities");
    expect(us.peer("peer").counters.pathsRefused).toEqual({ communities: 1 });
  });

  it("more than it may have is there at once when the bound is raised [5.8-path-size]", () => {
    begin({ maxAsPathLength: 1 });
    tell({ asPath: sequence(65001, 65002) });
    expect(us.table()).toEqual({});
    us.configure(config({ maxAsPathLength: 2 }));
    expect(us.table()).toEqual({ [PREFIX]: PEER });
    expect(us.facts.filter(({ kind }) => kind === "peer-down")).toEqual([]);
  });

  it("a loop in it is counted and needs no line in the log: that is how loops end", () => {
    begin({});
    tell({ asPath: sequence(AS) });
    expect(us.peer("peer").counters.pathsRefused).toEqual({ "as-loop": 1 });
    expect(us.facts.filter(({ kind }) => kind === "path-refused")).toEqual([]);
  });
});

describe("a path from another AS", () => {
  const OTHER = 65001;

  it.each([
    ["another AS in front", sequence(65002, OTHER), "first-as"],
    ["nobody in front", [], "first-as"],
    ["its AS in front", sequence(OTHER, 65002), undefined],
  ] as const)("with %s [5.4-first-as]", (_title, asPath, reason) => {
    begin({}, OTHER);
    tell({ asPath });
    expect(rejectedBy()).toBe(reason);
  });

  it.each([
    ["it was switched off", { enforceFirstAs: false }],
    ["it is a route server, which leaves itself out", { role: { local: "route-server-client" } }],
  ])("may begin with any where %s [5.4-first-as]", (_title, more) => {
    begin(more, OTHER);
    tell({ asPath: sequence(65002) });
    expect(rejectedBy()).toBeUndefined();
  });

  it("may not even come from a route server where that was asked for [5.4-first-as]", () => {
    begin({ role: { local: "route-server-client" }, enforceFirstAs: true }, OTHER);
    tell({ asPath: sequence(65002) });
    expect(rejectedBy()).toBe("first-as");
  });
});

describe("a path from inside", () => {
  beforeEach(() => begin({}));

  it("begins with whatever AS it came from [5.4-first-as]", () => {
    tell({ asPath: sequence(65002) });
    expect(us.table()).toEqual({ [PREFIX]: PEER });
  });
});
