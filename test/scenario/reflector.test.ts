/**
 * Route reflection (RFC 4456) with whole speakers:
 *
 *      client1   client2   plain        client1 and client2 are clients of rr,
 *          \        |       /           plain is an ordinary internal peer of it,
 *           ───── rr ──────             tor is its external peer
 *                  |
 *                 tor
 */

import { beforeEach, describe, expect, it } from "vitest";
import type { PeerName } from "../../src/speaker/config/config.ts";
import { Network, type TestSpeaker } from "../support/network.ts";

const AS = 64512;
const RR = "10.0.0.1";

const ACCEPT = { importPolicy: "accept-all", exportPolicy: "accept-all" };

function leaf(address: string, network: string, asn = AS): object {
  return { router: { asn, id: address }, networks: [network], peers: [{ name: "rr", address: RR, asn: AS, gracefulRestart: { enabled: false }, ...ACCEPT }] };
}

const RR_CONFIG = {
  router: { asn: AS, id: RR, clusterId: "9.9.9.9" },
  peers: [
    { name: "client1", address: "10.0.0.11", asn: AS, reflectorClient: true },
    { name: "client2", address: "10.0.0.12", asn: AS, reflectorClient: true },
    { name: "plain", address: "10.0.0.13", asn: AS },
    { name: "plain2", address: "10.0.0.14", asn: AS },
    { name: "tor", address: "10.0.0.15", asn: 65001, ...ACCEPT },
  ],
};

describe("a reflector with clients, ordinary internal peers and an external one", () => {
  let network: Network;
  let rr: TestSpeaker;
  let leaves: Readonly<Record<string, TestSpeaker>>;

  beforeEach(() => {
    network = new Network();
    rr = network.add(RR, RR_CONFIG);
    leaves = {
      client1: network.add("10.0.0.11", leaf("10.0.0.11", "10.11.0.0/16")),
      client2: network.add("10.0.0.12", leaf("10.0.0.12", "10.12.0.0/16")),
      plain: network.add("10.0.0.13", leaf("10.0.0.13", "10.13.0.0/16")),
      plain2: network.add("10.0.0.14", leaf("10.0.0.14", "10.14.0.0/16")),
      tor: network.add("10.0.0.15", leaf("10.0.0.15", "10.15.0.0/16", 65001)),
    };
    network.run(30_000);
  });

  it("lets everybody hear what RFC 4456 grants: only plain to plain stays untold [5.7-reflection]", () => {
    const heard = Object.fromEntries(Object.entries(leaves).map(([name, node]) => [name, Object.keys(node.table()).map((prefix) => prefix.slice(3, 5)).sort()]));
    expect(heard).toEqual({
      client1: expect.arrayContaining(["11", "12", "13", "14", "15"]),
      client2: expect.arrayContaining(["11", "12", "13", "14", "15"]),
      plain: ["11", "12", "13", "15"],
      plain2: ["11", "12", "14", "15"],
      tor: expect.arrayContaining(["11", "12", "13", "14", "15"]),
    });
  });

  it("keeps next hop and LOCAL_PREF of what it reflects and marks it", () => {
    const route = leaves.client2?.best().find(({ prefix }) => prefix === "10.11.0.0/16");
    expect(route?.attributes).toMatchObject({ nextHop: { address: "10.0.0.11" }, localPref: 100, originatorId: 0x0a00000b, clusterList: [0x09090909] });
  });

  it("shows the external peer our AS, its own address as next hop, and nothing internal", () => {
    const route = leaves.tor?.best().find(({ prefix }) => prefix === "10.11.0.0/16");
    expect(route?.attributes).toEqual({ origin: "igp", asPath: [{ kind: "sequence", asns: [AS] }], nextHop: { address: RR } });
  });

  it("passes an external route on inside with the next hop it came with", () => {
    const route = leaves.client1?.best().find(({ prefix }) => prefix === "10.15.0.0/16");
    expect(route?.attributes).toMatchObject({ nextHop: { address: "10.0.0.15" }, asPath: [{ kind: "sequence", asns: [65001] }] });
    expect(route?.attributes.clusterList).toBeUndefined();
  });

  it.each(["with", "without"] as const)("takes back what it may tell no longer when a client becomes an ordinary peer, %s graceful restart", (restart) => {
    const { client1 } = leaves;
    if (restart === "with") {
      client1?.configure({ ...leaf("10.0.0.11", "10.11.0.0/16"), peers: [{ name: "rr", address: RR, asn: AS, ...ACCEPT }] });
      network.run(60_000);
    }
    const [first, ...others] = RR_CONFIG.peers;
    rr.configure({ ...RR_CONFIG, peers: [{ ...first, reflectorClient: false }, ...others] });
    network.run(60_000);
    expect(Object.keys(rr.table())).toContain("10.11.0.0/16");
    expect(Object.keys(leaves.client2?.table() ?? {})).toContain("10.11.0.0/16");
    expect(Object.keys(leaves.plain?.table() ?? {}).sort()).toEqual(["10.12.0.0/16", "10.13.0.0/16", "10.15.0.0/16"]);
    expect(Object.keys(client1?.table() ?? {}).sort()).toEqual(["10.11.0.0/16", "10.12.0.0/16", "10.15.0.0/16"]);
  });

  it("counts on when a client becomes an ordinary peer, and says why its session ended", () => {
    const [first, ...others] = RR_CONFIG.peers;
    const before = rr.peer("client1").counters;
    rr.configure({ ...RR_CONFIG, peers: [{ ...first, reflectorClient: false }, ...others] });
    network.run(60_000);
    const { counters, lastDown } = rr.peer("client1");
    expect(counters).toMatchObject({ established: before.established + 1, flaps: before.flaps + 1 });
    expect(counters.received.update).toBeGreaterThan(before.received.update);
    expect(rr.speaker.view().routeChanges("client1" as string as PeerName, "ipv4")).toMatchObject({ importUpdates: { received: 2 }, exportUpdates: { accepted: 6 } });
    expect(lastDown?.reason).toMatchObject({ kind: "sent", notification: { code: 6, subcode: 6 } });
  });

  it("never tells anybody its own route", () => {
    for (const node of Object.values(leaves)) {
      const own = node.best().filter((route) => route.origin.kind === "network").map((route) => route.prefix);
      const routes = node.speaker.view().routes({}).filter((route) => route.origin.kind === "peer");
      expect(routes.filter((route) => own.includes(route.prefix))).toEqual([]);
    }
  });

  it("refuses a route that has been through its own cluster", () => {
    const twin = network.add("10.0.0.2", {
      router: { asn: AS, id: "10.0.0.2", clusterId: "9.9.9.9" },
      peers: [
        { name: "rr", address: RR, asn: AS },
        { name: "client3", address: "10.0.0.16", asn: AS, reflectorClient: true },
      ],
    });
    network.add("10.0.0.16", { router: { asn: AS, id: "10.0.0.16" }, networks: ["10.16.0.0/16"], peers: [{ name: "twin", address: "10.0.0.2", asn: AS }] });
    rr.configure({ ...RR_CONFIG, peers: [...RR_CONFIG.peers, { name: "twin", address: "10.0.0.2", asn: AS }] });
    network.run(30_000);
    expect(twin.table()).toMatchObject({ "10.16.0.0/16": "10.0.0.16" });
    const refused = rr.speaker.view().routes({}).filter((route) => route.prefix === "10.16.0.0/16");
    expect(refused.map((route) => [route.best, route.rejectedBy])).toEqual([[false, expect.stringContaining("cluster-loop")]]);
  });

  it("takes a client's routes from everybody when the client goes, and gives them all to it when it returns", () => {
    network.kill(leaves.client1 as TestSpeaker);
    network.run(1_000);
    expect(leaves.plain?.table()).not.toHaveProperty(["10.11.0.0/16"]);
    const back = network.add("10.0.0.11", leaf("10.0.0.11", "10.11.0.0/16"));
    network.run(60_000);
    expect(leaves.plain?.table()).toHaveProperty(["10.11.0.0/16"]);
    expect(Object.keys(back.table())).toHaveLength(5);
  });

  it("hides from external peers what carries NO_EXPORT, and from everybody what carries NO_ADVERTISE", () => {
    const policies = {
      mark: {
        rules: [
          { when: [{ prefixList: "inside" }], set: [{ addCommunities: ["no-export"] }], then: "accept" },
          { set: [{ addCommunities: ["no-advertise"] }], then: "accept" },
        ],
      },
    };
    leaves.client1?.configure({
      router: { asn: AS, id: "10.0.0.11" },
      networks: ["10.11.0.0/16", "10.111.0.0/16"],
      prefixLists: { inside: [{ prefix: "10.11.0.0/16" }] },
      policies,
      peers: [{ name: "rr", address: RR, asn: AS, exportPolicy: "mark", importPolicy: "accept-all" }],
    });
    network.run(1_000);
    expect(leaves.client2?.table()).toHaveProperty(["10.11.0.0/16"]);
    expect(leaves.tor?.table()).not.toHaveProperty(["10.11.0.0/16"]);
    expect(rr.table()).toHaveProperty(["10.111.0.0/16"]);
    expect(leaves.client2?.table()).not.toHaveProperty(["10.111.0.0/16"]);
  });

  it("applies a changed policy to what was told before, without a reset [5.7-policy]", () => {
    const peers = RR_CONFIG.peers.map((peer) => (peer.name === "client2" ? { ...peer, exportPolicy: "some" } : peer));
    const some = { rules: [{ when: [{ prefixList: "few" }], then: "accept" }] };
    rr.configure({ ...RR_CONFIG, peers, policies: { some }, prefixLists: { few: [{ prefix: "10.11.0.0/16" }] } });
    network.run(1_000);
    expect(Object.keys(leaves.client2?.table() ?? {})).toEqual(expect.arrayContaining(["10.11.0.0/16", "10.12.0.0/16"]));
    expect(Object.keys(leaves.client2?.table() ?? {})).toHaveLength(2);
    rr.configure({ ...RR_CONFIG, peers, policies: { some }, prefixLists: { few: [{ prefix: "10.13.0.0/16" }] } });
    network.run(1_000);
    expect(leaves.client2?.table()).toMatchObject({ "10.13.0.0/16": "10.0.0.13", "10.12.0.0/16": "local" });
    expect(Object.keys(leaves.client2?.table() ?? {})).toHaveLength(2);
    expect(leaves.client2?.peer("rr").counters.flaps).toBe(0);
  });

  it("counts what each rule of a policy decided: in by route, out once for a whole group", () => {
    const policies = {
      in: { rules: [{ name: "mine", when: [{ prefixList: "few" }], then: "accept" }] },
      out: { rules: [{ name: "few", when: [{ prefixList: "few" }], then: "accept" }], otherwise: "accept" },
    };
    const peers = RR_CONFIG.peers.map((peer) => (peer.name.startsWith("client") ? { ...peer, importPolicy: "in", exportPolicy: "out" } : peer));
    rr.configure({ ...RR_CONFIG, peers, policies, prefixLists: { few: [{ prefix: "10.11.0.0/16" }] } });
    network.run(1_000);
    const rules = rr.speaker.view().policyRules().filter(({ policy }) => policy === "in" || policy === "out");
    expect(rules).toEqual([
      { policy: "in", direction: "import", rule: "mine", then: "accept", hits: 1, peers: 2 },
      { policy: "in", direction: "import", rule: "otherwise", then: "reject", hits: 1, peers: 2 },
      { policy: "out", direction: "export", rule: "few", then: "accept", hits: 1, peers: 2 },
      { policy: "out", direction: "export", rule: "otherwise", then: "accept", hits: 3, peers: 2 },
    ]);
  });

  it("judges routes again when an import policy changed, and keeps the refused ones [5.7-policy]", () => {
    const peers = RR_CONFIG.peers.map((peer) => (peer.name === "client1" ? { ...peer, importPolicy: "reject-all" } : peer));
    rr.configure({ ...RR_CONFIG, peers });
    network.run(1_000);
    expect(leaves.client2?.table()).not.toHaveProperty(["10.11.0.0/16"]);
    expect(rr.speaker.view().routes({}).find((route) => route.prefix === "10.11.0.0/16")?.rejectedBy).toContain("reject-all");
    rr.configure(RR_CONFIG);
    network.run(1_000);
    expect(leaves.client2?.table()).toHaveProperty(["10.11.0.0/16"]);
    expect(leaves.client1?.peer("rr").counters.flaps).toBe(0);
  });
});

describe("an export policy that sets a MED by prefix", () => {
  it("sets it on every route, whatever MED each came with and in whatever order they came", () => {
    const network = new Network();
    const policies = { cost: { rules: [{ when: [{ prefixList: "all" }], set: [{ med: 50 }], then: "accept" }] } };
    const out = (med: number) => ({ policies: { out: { rules: [{ set: [{ med }], then: "accept" }] } } });
    network.add(RR, {
      router: { asn: AS, id: RR },
      prefixLists: { all: [{ prefix: "0.0.0.0/0", le: 32 }] },
      policies,
      peers: [
        { name: "a", address: "10.0.0.11", asn: AS },
        { name: "b", address: "10.0.0.12", asn: AS },
        { name: "tor", address: "10.0.0.15", asn: 65001, importPolicy: "accept-all", exportPolicy: "cost" },
      ],
    });
    for (const [address, prefix, med] of [["10.0.0.11", "10.11.0.0/16", 50], ["10.0.0.12", "10.12.0.0/16", 10]] as const) {
      network.add(address, { router: { asn: AS, id: address }, ...out(med), networks: [prefix], peers: [{ name: "rr", address: RR, asn: AS, exportPolicy: "out" }] });
    }
    const tor = network.add("10.0.0.15", leaf("10.0.0.15", "10.15.0.0/16", 65001));
    network.run(30_000);
    expect(tor.best().filter((route) => route.origin.kind === "peer").map((route) => [route.prefix, route.attributes.med])).toEqual([
      ["10.11.0.0/16", 50],
      ["10.12.0.0/16", 50],
    ]);
  });
});
