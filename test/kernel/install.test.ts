/**
 * What is wanted stands in the real kernel, in every shape that this speaker writes, over every carrier of this Node.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import { blackhole, changes, nothing, via } from "../support/forwarding.ts";
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
