/**
 * Well-known communities with whole speakers: RFC 1997, RFC 7999 (BLACKHOLE), RFC 8326 (GRACEFUL_SHUTDOWN).
 *
 *      client1   client2   plain1   plain2        clients and ordinary internal peers of rr,
 *          \________\________/________/
 *                      rr
 *                  ____/ \____
 *               tor1         tor2                 and its external ones, of two ASes
 */

import { beforeEach, describe, expect, it } from "vitest";
import { Network, type TestSpeaker } from "../support/network.ts";

const AS = 64512;
const RR = "10.0.0.1";
const ACCEPT = { importPolicy: "accept-all", exportPolicy: "accept-all" };

const LEAVES = {
  client1: { number: 11, asn: AS },
  client2: { number: 12, asn: AS },
  plain1: { number: 13, asn: AS },
  plain2: { number: 14, asn: AS },
  tor1: { number: 15, asn: 65001 },
  tor2: { number: 16, asn: 65002 },
} as const;

type Name = keyof typeof LEAVES;
const NAMES = Object.keys(LEAVES) as Name[];
const INSIDE: readonly Name[] = ["client1", "client2", "plain1", "plain2"];

function addressOf(name: Name): string {
  return `10.0.0.${LEAVES[name].number}`;
}

function networkOf(name: Name): string {
  return `10.${LEAVES[name].number}.0.0/16`;
}

/** A leaf that announces its own network with these communities. */
function leaf(name: Name, communities: readonly string[] = [], more: object = {}): object {
  const mark = { rules: [{ when: [{ source: ["network"] }], set: [{ addCommunities: communities }], then: "accept" }], otherwise: "accept" };
  return {
    router: { asn: LEAVES[name].asn, id: addressOf(name) },
    networks: [networkOf(name)],
    policies: { mark },
    peers: [{ name: "rr", address: RR, asn: AS, ...ACCEPT, exportPolicy: "mark", ...more }],
  };
}

function reflector(change: (name: Name) => object = () => ({}), router: object = {}): object {
  const peers = NAMES.map((name) => ({ name, address: addressOf(name), asn: LEAVES[name].asn, reflectorClient: name.startsWith("client"), ...ACCEPT, ...change(name) }));
  return { router: { asn: AS, id: RR, ...router }, peers };
}

let network: Network;
let rr: TestSpeaker;
let leaves: { readonly [N in Name]: TestSpeaker };

beforeEach(() => {
  network = new Network();
  rr = network.add(RR, reflector());
  leaves = Object.fromEntries(NAMES.map((name) => [name, network.add(addressOf(name), leaf(name))])) as typeof leaves;
  network.run(30_000);
});

/** What everybody else has of that leaf's network. */
function hearers(teller: Name): readonly Name[] {
  return NAMES.filter((name) => name !== teller && networkOf(teller) in leaves[name].table());
}

function attributesAt(listener: TestSpeaker, teller: Name) {
  return listener.speaker.view().routes({}).find(({ prefix }) => prefix === networkOf(teller))?.attributes;
}

describe("every client, non-client and external peer [5.7-reflection, 5.7-no-advertise, 5.7-no-export, 5.7-no-export-subconfed]", () => {
  const EVERYBODY: { readonly [N in Name]: readonly Name[] } = {
    client1: ["client2", "plain1", "plain2", "tor1", "tor2"],
    client2: ["client1", "plain1", "plain2", "tor1", "tor2"],
    plain1: ["client1", "client2", "tor1", "tor2"],
    plain2: ["client1", "client2", "tor1", "tor2"],
    tor1: ["client1", "client2", "plain1", "plain2", "tor2"],
    tor2: ["client1", "client2", "plain1", "plain2", "tor1"],
  };

  it.each(NAMES)("is heard by all that RFC 4456 grants: %s", (teller) => {
    expect(hearers(teller)).toEqual(EVERYBODY[teller]);
  });

  it.each(NAMES)("is heard by nobody with NO_ADVERTISE: %s", (teller) => {
    leaves[teller].configure(leaf(teller, ["no-advertise"]));
    network.run(1_000);
    expect(rr.table()).toHaveProperty([networkOf(teller)]);
    expect(hearers(teller)).toEqual([]);
  });

  it.each(["no-export", "no-export-subconfed"].flatMap((community) => NAMES.map((teller) => ({ community, teller }))))("is heard inside the AS alone with $community: $teller", ({ community, teller }) => {
    leaves[teller].configure(leaf(teller, [community]));
    network.run(1_000);
    expect(hearers(teller)).toEqual(EVERYBODY[teller].filter((name) => INSIDE.includes(name)));
  });
});

describe("NO_EXPORT that a policy takes off", () => {
  it("holds for the path that was learned with it, and not for one that looks the same afterwards", () => {
    const policies = {
      mark: { rules: [{ when: [{ prefixList: "inner" }], set: [{ addCommunities: ["no-export"] }], then: "accept" }], otherwise: "accept" },
      clean: { rules: [{ when: [{ prefixList: "all" }], set: [{ replaceCommunities: [] }], then: "accept" }] },
    };
    const prefixLists = { inner: [{ prefix: "10.11.0.0/16" }], all: [{ prefix: "0.0.0.0/0", le: 32 }] };
    rr.configure({ ...(reflector((name) => (name.startsWith("tor") ? { exportPolicy: "clean" } : {})) as object), policies, prefixLists });
    leaves.client1.configure({ ...(leaf("client1") as object), networks: ["10.11.0.0/16", "10.111.0.0/16"], policies, prefixLists });
    network.run(1_000);
    expect(leaves.tor1.table()).not.toHaveProperty(["10.11.0.0/16"]);
    expect(leaves.tor1.table()).toHaveProperty(["10.111.0.0/16"]);
  });
});

describe("GRACEFUL_SHUTDOWN [5.7-graceful-shutdown]", () => {
  it("sets LOCAL_PREF 0 on what an external peer marks, for the whole AS to see", () => {
    leaves.tor1.configure(leaf("tor1", ["graceful-shutdown"]));
    network.run(1_000);
    expect(attributesAt(rr, "tor1")).toMatchObject({ localPref: 0, communities: [0xffff0000] });
    expect(attributesAt(leaves.client1, "tor1")).toMatchObject({ localPref: 0, communities: [0xffff0000] });
  });

  it("changes nothing where it is to be ignored, and it is from internal peers unless it is to be honoured", () => {
    leaves.tor1.configure(leaf("tor1", ["graceful-shutdown"]));
    leaves.client1.configure(leaf("client1", ["graceful-shutdown"]));
    rr.configure(reflector((name) => (name === "tor1" ? { gracefulShutdown: "ignore" } : {})));
    network.run(1_000);
    expect(attributesAt(leaves.client2, "tor1")?.localPref).toBe(100);
    expect(attributesAt(rr, "client1")?.localPref).toBe(100);
    rr.configure(reflector((name) => (name === "client1" ? { gracefulShutdown: "honour" } : {})));
    network.run(1_000);
    expect(attributesAt(rr, "client1")?.localPref).toBe(0);
    expect(attributesAt(rr, "tor1")?.localPref).toBe(0);
    expect(rr.peer("client1").counters.flaps).toBe(0);
  });

  it("wins over a LOCAL_PREF that import policy set, unless that policy took the community off", () => {
    const policies = { high: { rules: [{ set: [{ localPref: 300 }], then: "accept" }] }, deaf: { rules: [{ set: [{ localPref: 300 }, { removeCommunities: ["graceful-shutdown"] }], then: "accept" }] } };
    leaves.tor1.configure(leaf("tor1", ["graceful-shutdown"]));
    rr.configure({ ...reflector((name) => (name === "tor1" ? { importPolicy: "high" } : {})), policies });
    network.run(1_000);
    expect(attributesAt(rr, "tor1")?.localPref).toBe(0);
    rr.configure({ ...reflector((name) => (name === "tor1" ? { importPolicy: "deaf" } : {})), policies });
    network.run(1_000);
    expect(attributesAt(rr, "tor1")?.localPref).toBe(300);
  });

  it("marks all that a draining router tells, towards its own AS with LOCAL_PREF 0, and takes the marks back without a reset", () => {
    rr.configure(reflector(() => ({}), { drain: true }));
    network.run(1_000);
    expect(attributesAt(leaves.client2, "client1")).toMatchObject({ localPref: 0, communities: [0xffff0000], originatorId: 0x0a00000b });
    expect(attributesAt(leaves.tor2, "client1")?.communities).toEqual([0xffff0000]);
    expect(attributesAt(rr, "tor1")?.communities).toBeUndefined();
    rr.configure(reflector());
    network.run(1_000);
    expect(attributesAt(leaves.client2, "client1")?.communities).toBeUndefined();
    expect(attributesAt(leaves.client2, "client1")?.localPref).toBe(100);
    expect(leaves.client2.peer("rr").counters.flaps).toBe(0);
  });

  it("marks both ways of one draining session, and no other session", () => {
    rr.configure(reflector((name) => (name === "tor1" ? { drain: true } : {})));
    network.run(1_000);
    expect(attributesAt(leaves.tor1, "client1")?.communities).toEqual([0xffff0000]);
    expect(attributesAt(leaves.tor2, "client1")?.communities).toBeUndefined();
    expect(attributesAt(leaves.client1, "tor1")).toMatchObject({ localPref: 0, communities: [0xffff0000] });
    expect(attributesAt(leaves.client1, "tor2")?.localPref).toBe(100);
  });
});

describe("BLACKHOLE [5.7-blackhole]", () => {
  const honouring = reflector((name) => (name === "tor1" ? { blackhole: "honour" } : {}));

  it("drops packets and stays inside the AS where it is honoured", () => {
    leaves.tor1.configure(leaf("tor1", ["blackhole"]));
    rr.configure(honouring);
    network.run(1_000);
    expect(rr.forwarding.get(networkOf("tor1") as never)).toEqual({ kind: "blackhole" });
    expect(hearers("tor1")).toEqual(INSIDE);
    expect(attributesAt(leaves.client1, "tor1")?.communities).toEqual([0xffff029a, 0xffffff01]);
  });

  it("adds nothing to a path that must not be told anyway", () => {
    leaves.tor1.configure(leaf("tor1", ["blackhole", "no-advertise"]));
    rr.configure(honouring);
    network.run(1_000);
    expect(attributesAt(rr, "tor1")?.communities).toEqual([0xffff029a, 0xffffff02]);
    expect(rr.forwarding.get(networkOf("tor1") as never)).toEqual({ kind: "blackhole" });
  });

  it("is a community like any other where it is not honoured, and follows a change of mind without a reset", () => {
    leaves.tor1.configure(leaf("tor1", ["blackhole", "no-export"]));
    network.run(1_000);
    expect(rr.forwarding.get(networkOf("tor1") as never)).toMatchObject({ kind: "via" });
    rr.configure(honouring);
    network.run(1_000);
    expect(rr.forwarding.get(networkOf("tor1") as never)).toEqual({ kind: "blackhole" });
    rr.configure(reflector());
    network.run(1_000);
    expect(rr.forwarding.get(networkOf("tor1") as never)).toMatchObject({ kind: "via" });
    expect(rr.peer("tor1").counters.flaps).toBe(0);
  });
});
