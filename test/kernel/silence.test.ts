/**
 * What the kernel does without a word, or with a word that means something else than it seems: noticed at once all the
 * same. No comparison comes by itself while these run.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { changes, via } from "../support/forwarding.ts";
import { CARRIERS, KernelRig, type WatchedFib } from "../support/kernel-rig.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const NEVER_MS = 3_600_000;

await describeWith(["ip", "perl", "nsenter", "sysctl"], "the kernel holds what is wanted, although it is not told that", () => {
  describe.each(CARRIERS)("over %s", (carrier) => {
    let rig: KernelRig;
    let watched: WatchedFib;

    beforeEach(async () => {
      rig = await KernelRig.raise();
    });
    afterEach(() => rig.remove());

    async function start(settings: Parameters<KernelRig["open"]>[1] = {}): Promise<void> {
      watched = rig.open(carrier, { rescanMs: NEVER_MS, ...settings });
      await watched.fib.start();
    }

    it("a carrier is back, where the kernel uses no route without one", async () => {
      await rig.sysctl("net.ipv4.conf.all.ignore_routes_with_linkdown=1", "net.ipv4.conf.eth0.ignore_routes_with_linkdown=1");
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
      await until(() => watched.fib.status().installed === 1);
      await rig.farIp("link set eth0 down");
      await until(() => watched.fib.status().installed === 0 && watched.fib.status().state === "synchronised");
      await watched.fib.check(); // nothing of ours leads over that link any more
      await rig.farIp("link set eth0 up");
      await until(async () => (await rig.routes()).join() === "10.65.1.0/26 via 10.0.0.2 dev eth0");
    });

    it("who was in the way has gone with a link that carries nothing of ours", async () => {
      await rig.sysctl("net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"); // with it some address would be told to go
      await rig.plugSecond("10.1.0.1/24");
      await rig.ip("route add 10.65.1.0/26 via 10.1.0.9 proto static");
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
      await until(() => watched.fib.status().conflicts === 1);
      await rig.ip("link set eth1 down");
      await until(async () => (await rig.routes()).join() === "10.65.1.0/26 via 10.0.0.2 dev eth0");
    });

    it("a nexthop object has gone, with the route that was in the way and the one that led to a next hop", async () => {
      await rig.ipAll(["nexthop add id 7 via 10.0.0.9 dev eth0", "route add 10.65.1.0/26 nhid 7 proto static", "route add 192.0.2.0/24 nhid 7 proto static"]);
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2"), via("10.65.2.0/26", "192.0.2.1")]));
      await until(() => watched.fib.status().conflicts === 1);
      expect(await rig.routes()).toEqual(["10.65.2.0/26 via 10.0.0.9 dev eth0"]);
      await rig.ip("nexthop del id 7");
      await until(async () => (await rig.routes()).join() === "10.65.1.0/26 via 10.0.0.2 dev eth0");
    });

    it("a port that leaves its bridge is told as deleted, and goes on", async () => {
      await rig.plugSecond("10.1.0.1/24");
      await rig.ipAll(["link add br0 type bridge", "link set eth1 master br0"]);
      await start();
      await rig.ip("link set eth1 nomaster");
      await rig.ip("addr add 10.2.0.1/24 dev eth1"); // told after the other
      await until(() => watched.fib.nextHops.metric("10.2.0.2" as IpAddress) === 0);
      expect(watched.fib.nextHops.metric("10.1.0.2" as IpAddress)).toBe(0);
      expect([...watched.fib.view().links()].find(({ name }) => name === "eth1")?.addresses).toContain("10.1.0.1");
    });

    it("the source that a route was refused for is there", async () => {
      await start({ preferredSource: { ipv4: "10.255.0.1" as IpAddress } });
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
      await until(() => watched.fib.status().refused === 1);
      const { resyncs } = watched.fib.status();
      await rig.ip("addr add 10.255.0.1/32 dev eth0");
      await until(() => watched.fib.status().resyncs > resyncs, "a comparison");
      await until(async () => (await rig.routes()).join() === "10.65.1.0/26 via 10.0.0.2 dev eth0 src 10.255.0.1");
    });

    it("of two ways to a next hop in one place the first is taken, and one that goes leaves the other", async () => {
      await rig.ipAll(["route add 192.0.2.0/24 via 10.0.0.8", "route append 192.0.2.0/24 via 10.0.0.9", "route add 198.51.100.0/24 via 10.0.0.7"]);
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "192.0.2.1"), via("10.65.2.0/26", "198.51.100.1")]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual(["10.65.1.0/26 via 10.0.0.8 dev eth0", "10.65.2.0/26 via 10.0.0.7 dev eth0"]);
      await rig.ipAll(["route del 192.0.2.0/24 via 10.0.0.9", "route del 198.51.100.0/24"]); // the second is told after the first
      await until(async () => (await rig.routes()).join() === "10.65.1.0/26 via 10.0.0.8 dev eth0");
    });

    it("IPv6 tells the end of one hop as the end of a route, and the other hop goes on", async () => {
      await rig.ip("-6 route add 2001:db8:99::/64 nexthop via fd00::8 nexthop via fd00::9");
      await start();
      watched.fib.want(changes([via("2001:db8:1::/64", "2001:db8:99::1")]));
      await watched.fib.settled();
      await rig.ip("-6 route del 2001:db8:99::/64 via fd00::9");
      await until(async () => /^2001:db8:1::\/64 via fd00::8 dev eth0/.test((await rig.routes(6)).join()));
      await rig.ip("-6 route append 2001:db8:99::/64 via fd00::7");
      await until(async () => /fd00::7.*fd00::8/.test((await rig.routes(6)).join()));
      await rig.ip("-6 route del 2001:db8:99::/64");
      await until(async () => (await rig.routes(6)).length === 0);
    });

    it("a hop that somebody puts beside ours in IPv6 becomes part of our route, and goes", async () => {
      await start();
      watched.fib.want(changes([via("2001:db8:1::/64", "fd00::2")]));
      await watched.fib.settled();
      await rig.ip("-6 route append 2001:db8:1::/64 via fd00::9 proto static");
      await until(async () => /^2001:db8:1::\/64 via fd00::2 dev eth0/.test((await rig.routes(6)).join()));
    });

    it("routes for some senders or some types of service lead nowhere for ours, and are in nobody's way", async () => {
      await rig.ipAll(["route add 192.0.2.0/24 tos 0x10 via 10.0.0.9"]);
      await rig.ip("-6 route add default from 2001:db8:7::/48 via fd00::9 dev eth0 metric 1024");
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "192.0.2.1"), via("2001:db8:1::/64", "2001:db8:99::1"), via("::/0", "fd00::2")]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual([]);
      expect(await rig.routes(6)).toEqual([expect.stringMatching(/^default via fd00::2 dev eth0/)]);
      expect(watched.fib.status()).toMatchObject({ unreachable: 2, conflicts: 0 });
    });
  });
});
