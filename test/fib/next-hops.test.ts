/** Where a next hop is, by links, addresses and routes of others. */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { Listener } from "../../src/fib/listener.ts";
import { Desired } from "../../src/fib/desired.ts";
import { EntryTable } from "../../src/fib/entries.ts";
import { NextHops } from "../../src/fib/next-hops.ts";
import type { Neighbour } from "../../src/bgp/rib/next-hop.ts";
import type { RouteTarget } from "../../src/fib/rtnetlink-route.ts";
import { eachMessage } from "../../src/fib/rtnetlink.ts";
import { KernelMirror } from "../../src/fib/kernel-mirror.ts";
import { TargetTable } from "../../src/fib/targets.ts";
import { interfaceMatcher, workloadPrefixes } from "../../src/fib/workloads.ts";
import { FakeKernel } from "../support/fake-kernel.ts";
import { PREFIXES } from "../support/forwarding.ts";

const MAIN = 254;
const isWorkload = interfaceMatcher(["cali*"]);

function at(text: string): IpAddress {
  return text as IpAddress;
}

function through(device: number, gateway?: string): RouteTarget {
  return { kind: "via", hops: [{ device, gateway: gateway === undefined ? undefined : at(gateway), onLink: false }], source: undefined };
}

/** A host with eth0 and two workloads, mirrored from a kernel in memory. */
function host(table = MAIN): { readonly kernel: FakeKernel; readonly nextHops: NextHops; readonly mirror: KernelMirror } {
  const kernel = new FakeKernel(12);
  const owner = { protocol: 12, table, metric: 0 };
  const mirror = new KernelMirror(PREFIXES);
  const nextHops = new NextHops(mirror, { table, isWorkload });
  const targets = new TargetTable(owner);
  const settings = { ...owner, carrier: "auto", rescanMs: 0, workloadInterfaces: [], families: ["ipv4"] } as const;
  const listener = new Listener({ owner, desired: new Desired(PREFIXES, new EntryTable(nextHops, targets, settings), targets), targets, mirror });
  kernel.onEvent = (datagram) => eachMessage(datagram, (message) => void listener.heardEvent(message));
  kernel.setLink(2, "eth0", { address: "10.0.0.1", prefix: "10.0.0.0/24" });
  return { kernel, nextHops, mirror };
}

describe("a next hop", () => {
  it("on a link of ours costs nothing and is its own gateway", () => {
    const { nextHops } = host();
    expect(nextHops.metric(at("10.0.0.2"))).toBe(0);
    expect(nextHops.hopsTo({ address: at("10.0.0.2") }, undefined)).toEqual([{ device: 2, gateway: "10.0.0.2", onLink: false }]);
  });

  it("behind a route of somebody else costs that route's metric, at least one", () => {
    const { kernel, nextHops } = host();
    kernel.putForeign("192.0.2.0/24", through(2, "10.0.0.9"), { metric: 0 });
    kernel.putForeign("198.51.100.0/24", through(2, "10.0.0.9"), { metric: 100 });
    expect(nextHops.metric(at("192.0.2.1"))).toBe(1);
    expect(nextHops.metric(at("198.51.100.1"))).toBe(100);
    expect(nextHops.hopsTo({ address: at("192.0.2.1") }, undefined)).toEqual([{ device: 2, gateway: "10.0.0.9", onLink: false }]);
  });

  it("takes the longest prefix, there the lowest metric", () => {
    const { kernel, nextHops } = host();
    kernel.putForeign("0.0.0.0/0", through(2, "10.0.0.254"));
    kernel.putForeign("192.0.2.0/24", through(2, "10.0.0.8"), { metric: 20 });
    kernel.putForeign("192.0.2.0/24", through(2, "10.0.0.7"), { metric: 10 });
    expect(nextHops.hopsTo({ address: at("192.0.2.1") }, undefined)).toMatchObject([{ gateway: "10.0.0.7" }]);
    expect(nextHops.hopsTo({ address: at("203.0.113.1") }, undefined)).toMatchObject([{ gateway: "10.0.0.254" }]);
  });

  it.each(["10.0.0.1", "0.0.0.0", "203.0.113.1", "fe80::1", "2001:db8::1"])("%s is out of reach: our own, no address, or no route", (address) => {
    expect(host().nextHops.metric(at(address))).toBeUndefined();
  });

  it("behind a blackhole is out of reach although a shorter route leads on", () => {
    const { kernel, nextHops } = host();
    kernel.putForeign("0.0.0.0/0", through(2, "10.0.0.254"));
    kernel.putForeign("192.0.2.0/24", { kind: "blackhole" });
    expect(nextHops.metric(at("192.0.2.1"))).toBeUndefined();
  });

  it("that tells its link-local address too is reached through that, on a link that is shared", () => {
    const { kernel, nextHops } = host();
    kernel.putForeign("fd00::/64", through(2), { protocol: 2 });
    kernel.putForeign("2001:db8::/32", through(2, "fd00::9"));
    expect(nextHops.hopsTo({ address: at("fd00::2"), linkLocal: at("fe80::2") }, undefined)).toMatchObject([{ gateway: "fe80::2" }]);
    expect(nextHops.hopsTo({ address: at("2001:db8::2"), linkLocal: at("fe80::2") }, undefined)).toMatchObject([{ gateway: "fd00::9" }]);
  });

  it("that is a link-local address is on the one link where a neighbour may live", () => {
    const { kernel, nextHops } = host();
    kernel.setLink(2, "eth0", { address: "fe80::1", prefix: "fe80::/64" });
    kernel.setLink(7, "cali1", { address: "fe80::ecee", prefix: "fe80::/64" });
    nextHops.refresh();
    expect(nextHops.hopsTo({ address: at("fe80::2") }, undefined)).toEqual([{ device: 2, gateway: "fe80::2", onLink: false }]);
    kernel.setLink(3, "eth1", { address: "fe80::3", prefix: "fe80::/64" });
    nextHops.refresh();
    expect(nextHops.metric(at("fe80::2"))).toBeUndefined();
  });

  it("that is a link-local address is on the link of whoever told it, whatever other links there are", () => {
    const { kernel, nextHops } = host();
    kernel.setLink(3, "eth1", { address: "fe80::3", prefix: "fe80::/64" });
    kernel.setLink(4, "eth2", { address: "fe80::4", prefix: "fe80::/64" });
    kernel.putForeign("203.0.113.0/24", through(2, "10.0.0.9"));
    const told = (address: string, localAddress: string, device?: string): Neighbour => ({ address: at(address), localAddress: at(localAddress), device });
    const deviceTo = (neighbour: Neighbour): number | undefined => nextHops.hopsTo({ address: at("fe80::9"), neighbour }, undefined)[0]?.device;
    const inSession = told("fe80::9", "fe80::3");
    const bound = told("fe80::9", "fe80::3", "eth2");
    const overIpv4 = told("10.0.0.2", "10.0.0.1");
    expect([inSession, bound, overIpv4].map(deviceTo)).toEqual([3, 4, 2]);
    expect(deviceTo(told("203.0.113.7", "10.0.0.1"))).toBeUndefined(); // behind a router there is no such neighbour
    expect(nextHops.metric(at("fe80::9"), bound)).toBe(0);
    kernel.linkDown(4);
    expect(nextHops.refresh()).toEqual({ metrics: true, hops: true });
    expect([inSession, bound, overIpv4].map(deviceTo)).toEqual([3, undefined, 2]);
    expect(nextHops.metric(at("fe80::9"), bound)).toBeUndefined();
  });

  it("goes through a tunnel, on-link, as long as the link of the tunnel is up and the network under it reaches the next hop", () => {
    const { kernel, nextHops } = host();
    expect(nextHops.hopsTo({ address: at("10.0.0.2") }, "tunl0")).toEqual([]);
    kernel.setLink(9, "tunl0", { address: "192.168.7.1", prefix: "192.168.7.1/32" });
    expect(nextHops.refresh()).toMatchObject({ hops: true });
    expect(nextHops.hopsTo({ address: at("10.0.0.2") }, "tunl0")).toEqual([{ device: 9, gateway: "10.0.0.2", onLink: true }]);
    expect(nextHops.hopsTo({ address: at("203.0.113.2") }, "tunl0")).toEqual([]);
    expect(nextHops.refresh()).toEqual({ metrics: false, hops: false });
    kernel.linkDown(9);
    expect(nextHops.refresh()).toEqual({ metrics: false, hops: true });
  });

  it("in a network that is connected in the table of our routes is reached there, otherwise as the main table says", () => {
    const { kernel, nextHops } = host(100);
    const asked = (address: string): unknown => (nextHops.refresh(), nextHops.hopsTo({ address: at(address) }, undefined));
    kernel.setLink(3, "eth1", { address: "10.1.0.1", prefix: "10.9.0.0/24" });
    kernel.putForeign("0.0.0.0/0", through(2, "10.0.0.254"));
    expect(asked("10.1.0.2")).toEqual([{ device: 2, gateway: "10.0.0.254", onLink: false }]);
    kernel.putForeign("10.1.0.0/24", through(3), { protocol: 2, table: 100 });
    kernel.putForeign("10.0.0.0/24", through(3), { table: 100 });
    expect(asked("10.1.0.2")).toEqual([{ device: 3, gateway: "10.1.0.2", onLink: false }]);
    expect(nextHops.metric(at("10.1.0.2"))).toBe(0);
    expect(asked("10.0.0.2")).toEqual([{ device: 3, gateway: "10.0.0.2", onLink: false }]);
    kernel.dropByHand("10.0.0.0/24", 0, 100);
    expect(asked("10.0.0.2")).toEqual([{ device: 2, gateway: "10.0.0.2", onLink: false }]);
    kernel.linkDown(3);
    expect(asked("10.1.0.2")).toEqual([{ device: 2, gateway: "10.0.0.254", onLink: false }]);
  });

  it("is not reached through what else stands in the table of our routes: a gateway's network, our own routes, another table", () => {
    const { kernel, nextHops } = host(100);
    kernel.putForeign("0.0.0.0/0", through(2, "10.0.0.254"), { table: 100 });
    kernel.putForeign("10.0.0.0/24", { kind: "blackhole" }, { table: 100 });
    kernel.putForeign("10.0.0.0/28", through(2, "10.0.0.254"), { table: 100, metric: 5 });
    kernel.putForeign("10.0.0.0/29", through(3), { table: 100, protocol: 12 });
    kernel.putForeign("10.0.0.0/30", through(3), { table: 101 });
    expect(nextHops.hopsTo({ address: at("10.0.0.2") }, undefined)).toEqual([{ device: 2, gateway: "10.0.0.2", onLink: false }]);
    expect(nextHops.metric(at("203.0.113.1"))).toBeUndefined();
  });

  it("that was asked for and answers differently now is told, others are not", () => {
    const { kernel, nextHops } = host();
    nextHops.metric(at("192.0.2.1"));
    expect(nextHops.refresh()).toEqual({ metrics: false, hops: false });
    kernel.putForeign("192.0.2.0/24", through(2, "10.0.0.9"));
    expect(nextHops.refresh()).toEqual({ metrics: true, hops: true });
    kernel.putForeign("192.0.2.0/24", through(2, "10.0.0.8"));
    expect(nextHops.refresh()).toEqual({ metrics: false, hops: true });
    kernel.putForeign("198.51.100.0/24", through(2, "10.0.0.8"));
    expect(nextHops.refresh()).toEqual({ metrics: false, hops: false });
    kernel.linkDown(2);
    expect(nextHops.refresh()).toEqual({ metrics: true, hops: true });
  });
});

describe("workloads", () => {
  it("are host routes of others straight to an interface that matches", () => {
    const { kernel, mirror } = host();
    kernel.setLink(7, "cali1", { address: "fe80::7", prefix: "fe80::/64" });
    kernel.putForeign("10.65.0.9/32", through(7));
    kernel.putForeign("10.65.0.1/32", through(7), { protocol: 80 });
    kernel.putForeign("10.65.0.2/32", through(7, "10.0.0.2"));
    kernel.putForeign("10.65.0.3/32", through(2));
    kernel.putForeign("10.65.0.64/26", through(7));
    kernel.putForeign("10.65.0.4/32", through(7), { protocol: 12 });
    expect(workloadPrefixes(mirror, { table: 254, isWorkload })).toEqual(["10.65.0.1/32", "10.65.0.9/32"]);
    kernel.linkDown(7);
    expect(workloadPrefixes(mirror, { table: 254, isWorkload })).toEqual([]);
  });

  it.each([
    { glob: "cali*", name: "cali12ab", matches: true },
    { glob: "cali*", name: "xcali1", matches: false },
    { glob: "veth-?", name: "veth-1", matches: true },
    { glob: "veth-?", name: "veth-12", matches: false },
    { glob: "a.b", name: "axb", matches: false },
  ])("$glob and $name: $matches", ({ glob, name, matches }) => {
    expect(interfaceMatcher([glob])(name)).toBe(matches);
  });
});
