/**
 * Routes taken away or changed, and links renamed, renumbered or moved, where the kernel tells nothing or something else.
 * No comparison comes by itself while these run.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../src/cli/lab/command.ts";
import type { IpAddress } from "../../src/ip/address.ts";
import { blackhole, changes, via } from "../support/forwarding.ts";
import { CARRIERS, KernelRig, type WatchedFib } from "../support/kernel-rig.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const NEVER_MS = 3_600_000;

await describeWith(["ip", "perl", "nsenter", "sysctl"], "the kernel holds what is wanted, although", () => {
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

    /** Our routes of that version are these, sooner or later. */
    async function expectRoutes(version: 4 | 6, ...expected: readonly RegExp[]): Promise<void> {
      const are = (routes: readonly string[]): boolean => routes.length === expected.length && expected.every((route, i) => route.test(routes[i] ?? ""));
      await until(async () => are(await rig.routes(version)), `${expected}`, 10_000);
    }

    /** Nothing would be done if everything were compared now. */
    async function expectRest(): Promise<void> {
      await watched.fib.settled();
      expect(await watched.fib.check()).toMatchObject({ added: 0, changed: 0, removed: 0 });
      expect(watched.fib.status().drift.found).toBe(0);
    }

    it("IPv6 routes of others go with their link without a word", async () => {
      await rig.sysctl("net.ipv6.route.skip_notify_on_dev_down=1", "net.ipv6.conf.all.keep_addr_on_down=1");
      await rig.plugSecond("fd01::1/64 nodad");
      await rig.ip("-6 route add 2001:db8:1::/64 via fd01::9 proto static");
      await start();
      watched.fib.want(changes([via("2001:db8:1::/64", "fd00::2")]));
      await until(() => watched.fib.status().conflicts === 1);
      await rig.ip("link set eth1 down");
      await expectRoutes(6, /^2001:db8:1::\/64 via fd00::2 dev eth0/);
    });

    it("one of two routes in one place is replaced, and then goes", async () => {
      await rig.ipAll(["route add 192.0.2.0/24 via 10.0.0.8 proto static", "route append 192.0.2.0/24 via 10.0.0.9 proto static"]);
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "192.0.2.1")]));
      await expectRoutes(4, /via 10.0.0.8/);
      await rig.ip("route replace 192.0.2.0/24 via 10.0.0.7 proto static");
      await expectRoutes(4, /via 10.0.0.7/);
      await rig.ip("route del 192.0.2.0/24 via 10.0.0.7");
      await expectRoutes(4, /via 10.0.0.9/);
    });

    it("IPv6 takes the source away from a route and leaves the route", async () => {
      await rig.ip("addr add fd0a::1/128 dev eth0 nodad");
      await start({ preferredSource: { ipv6: "fd0a::1" as IpAddress } });
      watched.fib.want(changes([via("2001:db8:1::/64", "fd00::2")]));
      await expectRoutes(6, /src fd0a::1/);
      await rig.ip("addr del fd0a::1/128 dev eth0");
      await until(async () => !(await rig.routes(6)).join().includes("src"));
      await until(() => watched.fib.status().refused === 1);
      await rig.ip("addr add fd0a::1/128 dev eth0 nodad");
      await expectRoutes(6, /src fd0a::1/);
    });

    it("a link moves to another namespace and comes back, with its number and another name", async () => {
      await rig.plugSecond("10.1.0.1/24", "fd01::1/64 nodad");
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "10.1.0.2"), via("2001:db8:1::/64", "fd01::2")]));
      await expectRoutes(4, /dev eth1/);
      await rig.ip("link set eth1 down");
      await rig.ip("link set eth1 name away0");
      await rig.ip(`link set away0 netns ${rig.namespace}-far`);
      await expectRoutes(4);
      await until(() => watched.fib.status().unreachable === 2);
      await rig.farIp(`link set away0 netns ${rig.namespace}`);
      await rig.ipAll(["link set away0 name back0", "link set back0 up", "addr add 10.1.0.1/24 dev back0", "addr add fd01::1/64 dev back0 nodad"]);
      await expectRoutes(4, /via 10.1.0.2 dev back0/);
      await expectRoutes(6, /via fd01::2 dev back0/);
      await expectRest();
    });

    it("one of the links of a route over two goes down and comes back", async () => {
      await rig.plugSecond("10.1.0.1/24", "fd01::1/64 nodad");
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2", "10.1.0.2"), via("2001:db8:1::/64", "fd00::2", "fd01::2")]));
      await expectRoutes(4, /10.0.0.2 .*10.1.0.2/);
      await expectRoutes(6, /fd00::2 .*fd01::2/);
      await rig.ip("link set eth1 down");
      await until(() => watched.fib.nextHops.metric("10.1.0.2" as IpAddress) === undefined && watched.fib.nextHops.metric("fd01::2" as IpAddress) === undefined);
      await watched.fib.settled();
      await watched.fib.check();
      await rig.ipAll(["link set eth1 up", "addr add fd01::1/64 dev eth1 nodad"]);
      await expectRoutes(4, /10.0.0.2 dev eth0 weight 1 nexthop via 10.1.0.2 dev eth1 weight 1$/);
      await expectRoutes(6, /fd00::2 .*fd01::2 dev eth1 weight 1/);
    });

    it("somebody takes one hop of an IPv6 route of ours, or gives it an MTU with its link", async () => {
      await start();
      watched.fib.want(changes([via("2001:db8:1::/64", "fd00::2", "fd00::3"), via("2001:db8:2::/64", "fd00::2"), via("10.65.1.0/26", "10.0.0.2")]));
      await expectRoutes(6, /fd00::2 .*fd00::3/, /fd00::2/);
      await rig.ip("-6 route del 2001:db8:1::/64 via fd00::2");
      await expectRoutes(6, /fd00::2 .*fd00::3/, /fd00::2/);
      await watched.fib.settled();
      await rig.ip("link set eth0 mtu 1300");
      await expectRest();
      await rig.ip("link set eth0 mtu 1500");
      await expectRest();
    });

    it("IPv6 routes become others of every kind in their place", async () => {
      await start();
      const kinds = [via("2001:db8:1::/64", "fd00::2", "fd00::3"), blackhole("2001:db8:1::/64"), via("2001:db8:1::/64", "fd00::2"), blackhole("2001:db8:1::/64"), via("2001:db8:1::/64", "fd00::4", "fd00::3", "fd00::2"), via("2001:db8:1::/64", "fd00::3")];
      for (const kind of kinds) {
        watched.fib.want(changes([kind]));
        await watched.fib.settled();
        await expectRest();
      }
      expect(await run(["ip", "-6", "-n", rig.namespace, "route", "show", "2001:db8:1::/64"])).toMatch(/^2001:db8:1::\/64 via fd00::3 dev eth0 [^\n]*\n?$/);
    });
  });
});
