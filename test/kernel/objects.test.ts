/**
 * Routes of others through nexthop objects, where the kernel says no more of such a route than the object's number
 * (net.ipv4.nexthop_compat_mode=0): what lies behind them is reached all the same, and nobody is told of a route when its
 * object becomes another one.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changes, via } from "../support/forwarding.ts";
import { CARRIERS, KernelRig, type WatchedFib } from "../support/kernel-rig.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const NEVER_MS = 3_600_000; // no comparison comes by itself

await describeWith(["ip", "perl", "nsenter", "sysctl"], "routes of others that say only the number of a nexthop object", () => {
  describe.each(CARRIERS)("over %s", (carrier) => {
    let rig: KernelRig;
    let watched: WatchedFib;

    beforeEach(async () => {
      rig = await KernelRig.raise();
      await rig.sysctl("net.ipv4.nexthop_compat_mode=0");
    });
    afterEach(() => rig.remove());

    async function start(settings: Parameters<KernelRig["open"]>[1] = {}): Promise<void> {
      watched = rig.open(carrier, { rescanMs: NEVER_MS, ...settings });
      await watched.fib.start();
    }

    /** Our routes are these, sooner or later. */
    async function expectRoutes(version: 4 | 6, ...expected: readonly RegExp[]): Promise<void> {
      const are = (routes: readonly string[]): boolean => routes.length === expected.length && expected.every((route, i) => route.test(routes[i] ?? ""));
      await until(async () => are(await rig.routes(version)), `${expected}`);
    }

    it("lead to next hops, singly and in groups, as they are found and as they come", async () => {
      await rig.ipAll([
        "nexthop add id 7 via 10.0.0.7 dev eth0",
        "nexthop add id 8 via 10.0.0.8 dev eth0",
        "nexthop add id 78 group 7/8",
        "nexthop add id 6 via fd00::6 dev eth0",
        "route add 192.0.2.0/24 nhid 7 proto static",
        "route add 198.51.100.0/24 nhid 78 proto static",
        "route add 2001:db8:99::/64 nhid 6 proto static",
      ]);
      expect(await rig.routes(4, "192.0.2.0/24")).toEqual([expect.not.stringContaining("10.0.0.7")]); // it is as this test is about
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "192.0.2.1"), via("10.65.2.0/26", "198.51.100.1"), via("2001:db8:1::/64", "2001:db8:99::1"), via("10.65.3.0/26", "203.0.113.1")]));
      await expectRoutes(4, /10.65.1.0\/26 via 10.0.0.7 dev eth0/, /10.65.2.0\/26 nexthop via 10.0.0.7 .* nexthop via 10.0.0.8/);
      await expectRoutes(6, /2001:db8:1::\/64 via fd00::6 dev eth0/);
      await rig.ipAll(["nexthop add id 9 via 10.0.0.9 dev eth0", "route add 203.0.113.0/24 nhid 9 proto static"]);
      await expectRoutes(4, /10.0.0.7/, /10.0.0.7 .*10.0.0.8/, /10.65.3.0\/26 via 10.0.0.9/);
    });

    it("lead elsewhere when their object is replaced, and a group leads where its members do", async () => {
      await rig.ipAll(["nexthop add id 7 via 10.0.0.7 dev eth0", "nexthop add id 8 via 10.0.0.8 dev eth0", "nexthop add id 78 group 7/8", "route add 192.0.2.0/24 nhid 78 proto static"]);
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "192.0.2.1")]));
      await expectRoutes(4, /nexthop via 10.0.0.7 .* nexthop via 10.0.0.8/);
      const { resyncs } = watched.fib.status();
      await rig.ip("nexthop replace id 7 via 10.0.0.5 dev eth0");
      await expectRoutes(4, /nexthop via 10.0.0.5 .* nexthop via 10.0.0.8/);
      expect(watched.fib.status().resyncs).toBe(resyncs);
      await rig.ip("nexthop del id 8");
      await expectRoutes(4, /via 10.0.0.5 dev eth0/);
      await rig.ip("nexthop add id 9 via 10.0.0.9 dev eth0");
      await rig.ip("nexthop replace id 78 group 9");
      await expectRoutes(4, /via 10.0.0.9 dev eth0/);
      await rig.ip("nexthop replace id 9 blackhole");
      await expectRoutes(4);
      await rig.ip("nexthop replace id 9 via 10.0.0.9 dev eth0");
      await expectRoutes(4, /via 10.0.0.9 dev eth0/);
      await rig.ip("nexthop del id 9"); // the group and the route go along
      await expectRoutes(4);
    });

    it("of which one is in the way goes with its carrier, over a link that carries nothing of ours", async () => {
      await rig.sysctl("net.ipv6.conf.default.disable_ipv6=1"); // with it some address would be told to go
      await rig.ipAll([`link add eth1 type veth peer name eth1 netns ${rig.namespace}-far`, "addr add 10.1.0.1/24 dev eth1", "link set eth1 up"]);
      await rig.farIp("link set eth1 up");
      await until(async () => !(await rig.ip("link show eth1")).includes("NO-CARRIER"));
      await rig.ipAll(["nexthop add id 7 via 10.1.0.7 dev eth1", "nexthop add id 70 group 7", "route add 10.65.1.0/26 nhid 70 proto static"]);
      await start();
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
      await until(() => watched.fib.status().conflicts === 1);
      await rig.farIp("link set eth1 down");
      await expectRoutes(4, /10.65.1.0\/26 via 10.0.0.2 dev eth0/);
    });

    it("are told as what they lead to", async () => {
      await rig.ipAll(["nexthop add id 7 via 10.0.0.7 dev eth0", "route add 192.0.2.0/24 nhid 7 proto static"]);
      await start({ learn: "all" });
      await until(() => watched.kernelRoutes.at(-1)?.includes("192.0.2.0/24 kernel eth0 10.0.0.7 0") === true);
      await rig.ip("nexthop replace id 7 via 10.0.0.8 dev eth0");
      await until(() => watched.kernelRoutes.at(-1)?.includes("192.0.2.0/24 kernel eth0 10.0.0.8 0") === true);
    });
  });
});
