/**
 * What a host has beside its block: routes of its kernel, static routes, and which routes of others its kernel gets.
 *
 *      a ─── b        one AS, metrics and LOCAL_PREF coupled
 *      │
 *      tor            another AS
 */

import { beforeEach, describe, expect, it } from "vitest";
import type { KernelRoute } from "../../src/speaker/vocabulary.ts";
import { Network, type TestSpeaker } from "../support/network.ts";

const AS = 64512;
const ROUTE_PRIORITY = { ipv4: 1024, ipv6: 1024 };
const NORMAL = 2147483647 - 1024;

const A = { address: "10.0.0.1", block: "192.168.1.0/26" };
const B = { address: "10.0.0.2", block: "192.168.2.0/26" };
const TOR = "10.0.0.254";

const OPEN = { importPolicy: "accept-all", exportPolicy: "accept-all" };

function hostConfig(own: typeof A, peers: readonly object[], extra: object = {}): object {
  return { router: { asn: AS, id: own.address, routePriority: ROUTE_PRIORITY }, blocks: [own.block], peers, ...extra };
}

const toB = { address: B.address, asn: AS };
const toTor = { address: TOR, asn: 65001, multihop: 64, ...OPEN };

function kernelRoute(prefix: string, given: Partial<KernelRoute>): KernelRoute {
  return { prefix: prefix as KernelRoute["prefix"], kind: "kernel", interface: "eth0", gateway: undefined, metric: 0, ...given };
}

let network: Network;
let a: TestSpeaker;
let b: TestSpeaker;
let tor: TestSpeaker;

function configureA(extra: object, peers: readonly object[] = [toB, toTor]): void {
  a.configure(hostConfig(A, peers, extra));
  network.run(10_000);
}

function heardBy(node: TestSpeaker, prefix: string) {
  return node.best().find((route) => route.prefix === prefix)?.attributes;
}

beforeEach(() => {
  network = new Network();
  a = network.add(A.address, hostConfig(A, [toB, toTor]));
  b = network.add(B.address, hostConfig(B, [{ address: A.address, asn: AS }]));
  tor = network.add(TOR, { router: { asn: 65001, id: TOR }, networks: ["10.200.0.0/16"], peers: [{ address: A.address, asn: AS, multihop: 64, ...OPEN }] });
  network.run(20_000);
});

describe("coupled priorities", () => {
  it("tell what has no metric with the LOCAL_PREF of the normal one, inside the AS only", () => {
    expect(heardBy(b, A.block)).toMatchObject({ localPref: NORMAL });
    expect(heardBy(tor, A.block)?.localPref).toBeUndefined();
  });

  it("put LOCAL_PREF into the kernel as metric, and that of another AS too", () => {
    expect(a.forwarding.get(B.block as never)).toMatchObject({ kind: "via", metric: 1024 });
    expect(a.forwarding.get("10.200.0.0/16" as never)).toMatchObject({ kind: "via", metric: 2147483547 });
  });

  it("may be another normal metric without any session noticing", () => {
    configureA({ router: { asn: AS, id: A.address, routePriority: { ipv4: 500, ipv6: 500 } } });
    expect(heardBy(b, A.block)).toMatchObject({ localPref: 2147483647 - 500 });
    expect(a.peer("Peer_10_0_0_2").counters.flaps).toBe(0);
  });
});

describe("routes of the kernel", () => {
  it("are told with their metric, and through their gateway inside the AS", () => {
    a.absorb({ kind: "kernel-routes", routes: [kernelRoute("192.168.9.9/32", { interface: "cali1", metric: 512 }), kernelRoute("10.9.0.0/16", { gateway: "10.0.0.253" as never })] });
    network.run(100);
    expect(heardBy(b, "192.168.9.9/32")).toMatchObject({ localPref: 2147483647 - 512, nextHop: { address: A.address } });
    expect(heardBy(b, "10.9.0.0/16")).toMatchObject({ localPref: 2147483647, nextHop: { address: "10.0.0.253" } });
    expect(heardBy(tor, "10.9.0.0/16")).toMatchObject({ nextHop: { address: A.address } });
    expect(a.forwarding.has("10.9.0.0/16" as never)).toBe(false);
  });

  it("are the last choice: what a peer tells of the same prefix goes into the kernel and on to others", () => {
    a.absorb({ kind: "kernel-routes", routes: [kernelRoute(B.block, { interface: "vxlan.calico" }), kernelRoute("10.200.0.0/16", { gateway: "10.0.0.253" as never })] });
    network.run(100);
    expect(a.forwarding.get(B.block as never)).toMatchObject({ kind: "via", nextHops: [{ address: B.address }] });
    expect(heardBy(b, "10.200.0.0/16")).toMatchObject({ nextHop: { address: TOR } });
    network.kill(b);
    network.run(300_000);
    expect(a.forwarding.has(B.block as never)).toBe(false);
    expect(a.table()).toMatchObject({ [B.block]: "local" });
  });

  it("go with their interface's policy when they move to another interface", () => {
    const noBpf = { rules: [{ when: [{ interface: ["bpf*.cali"] }], then: "reject" }], otherwise: "accept" };
    configureA({ policies: { noBpf } }, [{ ...toB, exportPolicy: "noBpf" }]);
    const on = (name: string): void => {
      a.absorb({ kind: "kernel-routes", routes: [kernelRoute("192.168.9.9/32", { interface: name })] });
      network.run(100);
    };
    for (const [name, isHeard] of [["cali1", true], ["bpfin.cali", false], ["cali2", true], ["bpfout.cali", false], ["cali1", true]] as const) {
      on(name);
      expect(heardBy(b, "192.168.9.9/32") !== undefined, name).toBe(isHeard);
    }
    a.absorb({ kind: "kernel-routes", routes: [] });
    network.run(100);
    expect(heardBy(b, "192.168.9.9/32")).toBeUndefined();
  });

  it("that are connected networks can be left out by interface, while running", () => {
    a.absorb({ kind: "kernel-routes", routes: [kernelRoute("172.18.0.0/16", { kind: "direct", interface: "docker0" }), kernelRoute("10.0.0.0/24", { kind: "direct" })] });
    network.run(100);
    expect(heardBy(b, "172.18.0.0/16")).toBeDefined();
    configureA({ directExcept: ["docker*"] });
    expect(heardBy(b, "172.18.0.0/16")).toBeUndefined();
    expect(heardBy(b, "10.0.0.0/24")).toMatchObject({ localPref: NORMAL });
  });
});

describe("static routes", () => {
  const statics = [{ prefix: `${TOR}/32`, via: "10.0.0.9" }];

  it("are told, put into the kernel, and lead to next hops with their address", () => {
    configureA({ statics });
    expect(a.forwarding.get(`${TOR}/32` as never)).toEqual({ kind: "via", nextHops: [{ address: "10.0.0.9" }] });
    expect(a.forwarding.get("10.200.0.0/16" as never)).toMatchObject({ nextHops: [{ address: "10.0.0.9" }] });
    expect(heardBy(b, `${TOR}/32`)).toMatchObject({ nextHop: { address: "10.0.0.9" } });
    configureA({});
    expect(a.forwarding.has(`${TOR}/32` as never)).toBe(false);
    expect(a.forwarding.get("10.200.0.0/16" as never)).toMatchObject({ nextHops: [{ address: TOR }] });
  });
});

describe("which routes the kernel gets", () => {
  const prefixLists = { pool: [{ prefix: "192.168.0.0/16", le: 32 }] };
  const inPool = { prefixList: "pool" };

  it("is said by the first rule that fits; the others are there", () => {
    configureA({ prefixLists, forwarding: [{ when: [inPool], then: "leave" }, { then: "program", tunnel: "tunl0" }] });
    expect(a.forwarding.has(B.block as never)).toBe(false);
    expect(a.forwarding.has(A.block as never)).toBe(false); // its own blackhole too
    expect(a.forwarding.get("10.200.0.0/16" as never)).toMatchObject({ kind: "via", tunnel: "tunl0", nextHops: [{ address: TOR }] });
    configureA({});
    expect(a.forwarding.get(B.block as never)).toEqual({ kind: "via", nextHops: [{ address: B.address }], metric: 1024 });
    expect(a.forwarding.get(A.block as never)).toEqual({ kind: "blackhole" });
    expect(a.peer("Peer_10_0_0_2").counters.flaps).toBe(0);
  });

  it("may depend on the next hop: a tunnel for those beyond our own network", () => {
    configureA({ prefixLists, forwarding: [{ when: [inPool, { not: { nextHopIn: ["10.0.0.0/31"] } }], then: "program", tunnel: "tunl0" }] });
    expect(a.forwarding.get(B.block as never)).toMatchObject({ tunnel: "tunl0" });
    configureA({ prefixLists, forwarding: [{ when: [inPool, { not: { nextHopIn: ["10.0.0.0/24"] } }], then: "program", tunnel: "tunl0" }] });
    expect(a.forwarding.get(B.block as never)).not.toHaveProperty("tunnel");
  });
});

describe("our AS number", () => {
  it("may be another one towards one peer, who then finds only that in the path", () => {
    tor.configure({ router: { asn: 65001, id: TOR }, networks: ["10.200.0.0/16"], peers: [{ address: A.address, asn: 64600, multihop: 64, ...OPEN }] });
    configureA({}, [toB, { ...toTor, localAsn: 64600 }]);
    network.run(60_000);
    expect(heardBy(tor, A.block)).toMatchObject({ asPath: [{ kind: "sequence", asns: [64600] }] });
  });

  it("may be the peer's, and then the session is internal", () => {
    tor.configure({ router: { asn: 65001, id: TOR }, networks: ["10.200.0.0/16"], peers: [{ address: A.address, asn: 65001 }] });
    configureA({}, [toB, { address: TOR, asn: 65001, localAsn: 65001 }]);
    network.run(60_000);
    expect(heardBy(tor, A.block)).toMatchObject({ asPath: [], localPref: NORMAL });
  });

  it.each([[0, undefined], [1, [65001, AS]]])("in the path of a peer that may tell it %i times: %o", (allowOwnAs, asns) => {
    const policies = { loop: { rules: [{ set: [{ prepend: { asn: AS } }], then: "accept" }] } };
    tor.configure({ router: { asn: 65001, id: TOR }, networks: ["10.200.0.0/16"], policies, peers: [{ address: A.address, asn: AS, multihop: 64, importPolicy: "accept-all", exportPolicy: "loop" }] });
    configureA({}, [toB, { ...toTor, allowOwnAs }]);
    network.run(60_000);
    expect(heardBy(a, "10.200.0.0/16")?.asPath?.flatMap((segment) => segment.asns)).toEqual(asns);
  });
});
