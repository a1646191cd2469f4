/**
 * What is wanted stands in the real kernel, in every shape that this speaker writes, over every carrier of this Node.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { ForwardingEntry } from "../../src/speaker/vocabulary.ts";
import { type ForwardingChange, blackhole, changes, hostPrefixes, nothing, via, viaEntry } from "../support/forwarding.ts";
import { CARRIERS, KernelRig, type WatchedFib } from "../support/kernel-rig.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

await describeWith(["ip", "perl", "nsenter"], "the kernel holds what is wanted", () => {
  describe.each(CARRIERS)("over %s", (carrier) => {
    let rig: KernelRig;
    let watched: WatchedFib;

    beforeAll(async () => {
      rig = await KernelRig.raise();
      watched = rig.open(carrier);
      await watched.fib.start();
    });
    afterAll(() => rig.remove());

    it("a route through a neighbour, changed and withdrawn", async () => {
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual(["10.65.1.0/26 via 10.0.0.2 dev eth0"]);
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.3")]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual(["10.65.1.0/26 via 10.0.0.3 dev eth0"]);
      watched.fib.want(changes([nothing("10.65.1.0/26")]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual([]);
    });

    it("blackholes of both families", async () => {
      watched.fib.want(changes([blackhole("10.65.2.0/26"), blackhole("2001:db8:2::/122")]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual(["blackhole 10.65.2.0/26"]);
      expect(await rig.routes(6)).toEqual([expect.stringMatching(/^blackhole 2001:db8:2::\/122/)]);
      expect(await differences(watched)).toEqual({ added: 0, changed: 0, removed: 0 });
      watched.fib.want(changes([nothing("10.65.2.0/26"), nothing("2001:db8:2::/122")]));
    });

    it("several next hops in both families, whatever their order", async () => {
      watched.fib.want(changes([via("10.65.3.0/26", "10.0.0.3", "10.0.0.2"), via("2001:db8:3::/64", "fd00::3", "fd00::2")]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual([expect.stringMatching(/10\.0\.0\.2 dev eth0 weight 1 nexthop via 10\.0\.0\.3/)]);
      expect((await rig.routes(6)).join()).toMatch(/fd00::2.*fd00::3/);
      expect(await differences(watched)).toEqual({ added: 0, changed: 0, removed: 0 });
      watched.fib.want(changes([via("2001:db8:3::/64", "fd00::4", "fd00::5"), via("10.65.3.0/26", "10.0.0.4")]));
      await watched.fib.settled();
      expect((await rig.routes(6)).join()).toMatch(/fd00::4.*fd00::5/);
      watched.fib.want(changes([nothing("10.65.3.0/26"), nothing("2001:db8:3::/64")]));
      await watched.fib.settled();
      expect(await rig.routes(6)).toEqual([]);
    });

    it("IPv4 through an IPv6 neighbour, and IPv6 through its link-local address", async () => {
      const nextHop = { address: "fd00::2" as IpAddress, linkLocal: "fe80::2" as IpAddress };
      watched.fib.want(changes([via("10.65.4.0/26", "fd00::2"), { prefix: "2001:db8:4::/64" as Prefix, entry: { kind: "via", nextHops: [nextHop] } }]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual(["10.65.4.0/26 via inet6 fd00::2 dev eth0"]);
      expect(await rig.routes(6)).toEqual([expect.stringMatching(/^2001:db8:4::\/64 via fe80::2 dev eth0/)]);
      expect(await differences(watched)).toEqual({ added: 0, changed: 0, removed: 0 });
      watched.fib.want(changes([nothing("10.65.4.0/26"), nothing("2001:db8:4::/64")]));
    });

    it("a next hop behind a static route is reached through that route's gateway, and moves with it", async () => {
      await rig.ip("route add 192.0.2.0/24 via 10.0.0.9");
      watched.fib.want(changes([via("10.65.5.0/26", "192.0.2.1")]));
      await until(async () => (await rig.routes()).join() === "10.65.5.0/26 via 10.0.0.9 dev eth0");
      await rig.ip("route replace 192.0.2.0/24 via 10.0.0.8");
      await until(async () => (await rig.routes()).join() === "10.65.5.0/26 via 10.0.0.8 dev eth0");
      await rig.ip("route del 192.0.2.0/24");
      await until(async () => (await rig.routes()).length === 0);
      expect([...watched.fib.routes("all")].map(({ prefix, state }) => ({ prefix, state }))).toEqual([{ prefix: "10.65.5.0/26", state: "unreachable" }]);
      watched.fib.want(changes([nothing("10.65.5.0/26")]));
    });

    it("what a route brings itself: metric, source, and that there is no way", async () => {
      const nextHops = [{ address: "10.0.0.2" as IpAddress }];
      const route = (prefix: string, entry: ForwardingEntry): ForwardingChange => ({ prefix: prefix as Prefix, entry });
      const wanted = [
        route("10.65.10.0/26", { kind: "via", nextHops, metric: 1024 }),
        route("10.65.11.0/26", { kind: "via", nextHops, source: "10.0.0.1" as IpAddress, metric: 2147483547 }),
        route("10.65.12.0/26", { kind: "unreachable" }),
        route("10.65.13.0/26", { kind: "prohibit", metric: 5 }),
        route("2001:db8:12::/64", { kind: "unreachable", metric: 1024 }),
      ];
      watched.fib.want(changes(wanted));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual([
        "10.65.10.0/26 via 10.0.0.2 dev eth0 metric 1024",
        "10.65.11.0/26 via 10.0.0.2 dev eth0 src 10.0.0.1 metric 2147483547",
        "prohibit 10.65.13.0/26 metric 5",
        "unreachable 10.65.12.0/26",
      ]);
      expect(await rig.routes(6)).toEqual([expect.stringMatching(/^unreachable 2001:db8:12::\/64 dev lo metric 1024/)]);
      expect(await differences(watched)).toEqual({ added: 0, changed: 0, removed: 0 });
      watched.fib.want(changes([route("10.65.10.0/26", { kind: "via", nextHops, metric: 30 }), ...wanted.slice(1).map(({ prefix }) => nothing(prefix))]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual(["10.65.10.0/26 via 10.0.0.2 dev eth0 metric 30"]);
      expect(await rig.routes(6)).toEqual([]);
      watched.fib.want(changes([nothing("10.65.10.0/26")]));
    });

    it("a route whose new place the kernel refuses stands in the old one", async () => {
      const nextHops = [{ address: "10.0.0.2" as IpAddress }];
      const wanted = (prefix: string, beside: object): ForwardingChange => ({ prefix: prefix as Prefix, entry: { kind: "via", nextHops, ...beside } });
      watched.fib.want(changes([wanted("10.65.14.0/26", { metric: 50 }), wanted("10.65.15.0/26", { metric: 50 })]));
      await watched.fib.settled();
      const source = "10.255.0.9" as IpAddress; // not ours yet
      watched.fib.want(changes([wanted("10.65.14.0/26", { metric: 20, source }), wanted("10.65.15.0/26", { metric: 20 })]));
      await watched.fib.settled();
      expect(watched.fib.status().refused).toBe(1);
      expect(await rig.routes()).toEqual(["10.65.14.0/26 via 10.0.0.2 dev eth0 metric 50", "10.65.15.0/26 via 10.0.0.2 dev eth0 metric 20"]);
      await rig.ip("addr add 10.255.0.9/32 dev eth0");
      await until(async () => (await rig.routes())[0] === "10.65.14.0/26 via 10.0.0.2 dev eth0 src 10.255.0.9 metric 20");
      await watched.fib.settled();
      expect(await rig.routes()).toHaveLength(2);
      watched.fib.want(changes([nothing("10.65.14.0/26"), nothing("10.65.15.0/26")]));
      await watched.fib.settled();
      await rig.ip("addr del 10.255.0.9/32 dev eth0");
    });

    it("sixteen next hops, of which one is changed: one message for each route that has it", async () => {
      const hosts = Array.from({ length: 16 }, (_, i) => i + 2);
      const prefixes = hostPrefixes(50);
      const all = viaEntry(...hosts.map((host) => `10.0.0.${host}`));
      const half = viaEntry(...hosts.slice(0, 8).map((host) => `10.0.0.${host}`));
      watched.fib.want(changes([...prefixes.map((prefix, i) => ({ prefix, entry: i % 2 ? all : half })), via("2001:db8:16::/64", ...hosts.map((host) => `fd00::${host}`))]));
      await watched.fib.settled();
      const { written } = watched.fib.status();
      const moved = viaEntry(...hosts.slice(0, 15).map((host) => `10.0.0.${host}`), "10.0.0.99");
      watched.fib.want(changes(prefixes.map((prefix, i) => ({ prefix, entry: i % 2 ? moved : half }))));
      await watched.fib.settled();
      expect(watched.fib.status().written - written).toBe(25);
      expect((await rig.routes()).filter((route) => route.includes("10.0.0.99"))).toHaveLength(25);
      expect((await rig.routes())[1]?.match(/nexthop/g)).toHaveLength(16);
      expect((await rig.routes(6)).join().match(/fd00::/g)).toHaveLength(16);
      expect(await differences(watched)).toEqual({ added: 0, changed: 0, removed: 0 });
      watched.fib.want(changes([...prefixes, "2001:db8:16::/64"].map((prefix) => nothing(prefix))));
      await watched.fib.settled();
    });

    it("an own address is no next hop", () => {
      expect(watched.fib.nextHops.metric("10.0.0.1" as IpAddress)).toBeUndefined();
      expect(watched.fib.nextHops.metric("10.0.0.2" as IpAddress)).toBe(0);
      expect(watched.fib.nextHops.metric("fd00::7" as IpAddress)).toBe(0);
      expect(watched.fib.nextHops.metric("203.0.113.1" as IpAddress)).toBeUndefined();
    });
  });

  describe.each(CARRIERS)("with other settings, over %s", (carrier) => {
    let rig: KernelRig;
    beforeAll(async () => {
      rig = await KernelRig.raise();
    });
    afterAll(() => rig.remove());

    it("a table, metric, protocol and source of the operator's", async () => {
      const { fib } = rig.open(carrier, { table: 1000, metric: 77, protocol: 186, preferredSource: { ipv4: "10.0.0.1" as IpAddress } });
      await fib.start();
      fib.want(changes([via("10.65.6.0/26", "10.0.0.2"), via("2001:db8:6::/64", "fd00::2")]));
      await fib.settled();
      expect(await rig.routes(4, "table 1000")).toEqual(["10.65.6.0/26 via 10.0.0.2 dev eth0 proto bgp src 10.0.0.1 metric 77"]);
      expect(await rig.routes(6, "table 1000")).toEqual([expect.stringMatching(/^2001:db8:6::\/64 via fd00::2 dev eth0 proto bgp metric 77/)]);
      await fib.close({ routes: "withdraw" });
      expect(await rig.routes(4, "table 1000")).toEqual([]);
    });

    it("a next hop on a network that is connected in that table only, or otherwise than in main", async () => {
      const { fib } = rig.open(carrier, { table: 1000 });
      await fib.start();
      fib.want(changes([via("10.65.6.0/26", "10.1.0.2"), via("10.65.7.0/26", "10.0.0.2"), via("2001:db8:6::/64", "fd01::2")]));
      await fib.settled();
      expect(await rig.routes(4, "table 1000 proto 12")).toEqual(["10.65.7.0/26 via 10.0.0.2 dev eth0"]);
      await rig.ipAll([
        "link add eth1 type veth peer name eth2",
        "link set eth1 up",
        "link set eth2 up",
        "addr add 10.1.0.1/32 dev eth1",
        "route add 10.1.0.0/24 dev eth1 table 1000 proto kernel scope link",
        "route add 10.0.0.0/24 dev eth1 table 1000 proto static scope link",
        "route add fd01::/64 dev eth1 table 1000 proto static",
      ]);
      await until(async () => (await rig.routes(4, "table 1000 proto 12")).join() === "10.65.6.0/26 via 10.1.0.2 dev eth1,10.65.7.0/26 via 10.0.0.2 dev eth1");
      await until(async () => /^2001:db8:6::\/64 via fd01::2 dev eth1/.test((await rig.routes(6, "table 1000 proto 12")).join()));
      await rig.ip("route del 10.0.0.0/24 table 1000");
      await until(async () => (await rig.routes(4, "table 1000 proto 12"))[1] === "10.65.7.0/26 via 10.0.0.2 dev eth0");
      await fib.close({ routes: "withdraw" });
      await rig.ip("link del eth1");
    });

    it("through a tunnel that the route names, beside routes that name none", async () => {
      await rig.ip("link add tun0 type vxlan id 8 dstport 4790 dev eth0");
      await rig.ip("link set tun0 up");
      const { fib } = rig.open(carrier);
      await fib.start();
      const nextHops = [{ address: "10.0.0.2" as IpAddress }];
      fib.want(changes([{ prefix: "10.65.9.0/26" as Prefix, entry: { kind: "via", nextHops, tunnel: "tun0", metric: 1024 } }, via("10.65.10.0/26", "10.0.0.2")]));
      await fib.settled();
      expect(await rig.routes()).toEqual(["10.65.10.0/26 via 10.0.0.2 dev eth0", "10.65.9.0/26 via 10.0.0.2 dev tun0 metric 1024 onlink"]);
      await rig.ip("link del tun0");
      await until(async () => (await rig.routes()).length === 1);
      expect(fib.status()).toMatchObject({ wanted: 2 });
      await rig.ip("link add tun0 type vxlan id 8 dstport 4790 dev eth0");
      await rig.ip("link set tun0 up");
      await until(async () => (await rig.routes()).length === 2);
      await fib.close({ routes: "withdraw" });
    });

    it("through an overlay device every next hop is on-link", async () => {
      await rig.ip("link add vx0 type vxlan id 7 dstport 4789 dev eth0");
      await rig.ip("addr add 172.30.0.1/32 dev vx0");
      await rig.ip("link set vx0 up");
      const { fib } = rig.open(carrier, { overlayDevice: "vx0" });
      await fib.start();
      fib.want(changes([via("10.65.7.0/26", "10.0.0.2"), via("10.65.8.0/26", "10.0.0.2", "10.0.0.3")]));
      await fib.settled();
      expect(await rig.routes()).toEqual([
        "10.65.7.0/26 via 10.0.0.2 dev vx0 onlink",
        "10.65.8.0/26 nexthop via 10.0.0.2 dev vx0 weight 1 onlink nexthop via 10.0.0.3 dev vx0 weight 1 onlink",
      ]);
      await fib.close({ routes: "keep" });
      expect(await rig.routes()).toHaveLength(2);
    });
  });
});

async function differences({ fib }: WatchedFib): Promise<{ added: number; changed: number; removed: number }> {
  const found = await fib.check();
  return { added: found?.added ?? -1, changed: found?.changed ?? -1, removed: found?.removed ?? -1 };
}
