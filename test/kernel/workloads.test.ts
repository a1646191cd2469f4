/** Workloads of this host are learned from the kernel, and their going is noticed at once, also where the kernel says nothing. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changes, via } from "../support/forwarding.ts";
import { CARRIERS, KernelRig, type WatchedFib } from "../support/kernel-rig.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

await describeWith(["ip", "perl", "nsenter"], "workloads are learned from the kernel", () => {
  describe.each(CARRIERS)("over %s", (carrier) => {
    let rig: KernelRig;
    let watched: WatchedFib;

    beforeEach(async () => {
      rig = await KernelRig.raise();
      await rig.ipAll([
        "link add cali1 type veth peer name c1",
        "link add cali2 type veth peer name c2",
        "link add other1 type veth peer name o1",
        ...["cali1", "cali2", "other1"].map((name) => `link set ${name} up`),
        "route add 10.65.0.1/32 dev cali1 scope link proto 80",
        "route add fd65::1/128 dev cali1 proto 80",
        "route add 10.65.0.2/32 dev cali2 scope link",
        "route add 10.65.0.3/32 dev other1 scope link",
        "route add 10.65.4.0/26 dev cali2 scope link",
      ]);
      watched = rig.open(carrier);
      await watched.fib.start();
    });
    afterEach(() => rig.remove());

    const latest = (): string => watched.workloads.at(-1)?.join(" ") ?? "never told";

    it("host routes on their interfaces, and nothing else", () => {
      expect(latest()).toBe("10.65.0.1/32 10.65.0.2/32 fd65::1/128");
    });

    it("or every route of others, by interface, gateway and metric, and connected networks", async () => {
      await rig.ipAll([
        "route add 10.66.0.0/16 via 10.0.0.2 metric 50",
        "route add 10.66.0.0/16 via 10.0.0.3 metric 20",
        "route add blackhole 10.67.0.0/16 proto 80",
        "route add 10.68.0.0/16 via 10.0.0.2 proto 12",
        "route add 10.69.0.0/16 via 10.0.0.2 table 100",
        "addr add 192.168.40.0/32 dev other1",
        "addr add 172.31.0.1 peer 172.31.0.2 dev cali2",
      ]);
      const all = rig.open(carrier, { learn: "all" });
      await all.fib.start();
      const eth0 = ["10.0.0.0/24 direct eth0 undefined 0"];
      const others = [
        "10.65.0.1/32 kernel cali1 undefined 0", "10.65.0.2/32 kernel cali2 undefined 0", "10.65.0.3/32 kernel other1 undefined 0", "10.65.4.0/26 kernel cali2 undefined 0",
        "10.66.0.0/16 kernel eth0 10.0.0.3 20", "10.67.0.0/16 kernel  undefined 0", "172.31.0.2/32 direct cali2 undefined 0", "192.168.40.0/32 direct other1 undefined 0",
      ];
      const ipv6 = ["fd00::/64 direct eth0 undefined 0", "fd65::1/128 kernel cali1 undefined 1024"];
      expect(all.kernelRoutes.at(-1)).toEqual([...eth0, ...others, ...ipv6]);
      expect(all.workloads).toEqual([]);
      await rig.ip("link set cali2 down");
      await until(() => all.kernelRoutes.at(-1)?.some((route) => route.includes("cali2")) === false);
      await rig.ip("route del 10.66.0.0/16 metric 20");
      await until(() => all.kernelRoutes.at(-1)?.includes("10.66.0.0/16 kernel eth0 10.0.0.2 50") === true);
    });

    it("a new one, and one that is withdrawn", async () => {
      await rig.ip("route add 10.65.0.9/32 dev cali2 scope link");
      await until(() => latest() === "10.65.0.1/32 10.65.0.2/32 10.65.0.9/32 fd65::1/128");
      await rig.ip("route del 10.65.0.2/32");
      await until(() => latest() === "10.65.0.1/32 10.65.0.9/32 fd65::1/128");
    });

    it("the interface is deleted, or goes down: the kernel says nothing of the routes", async () => {
      await rig.ip("link del cali1");
      await until(() => latest() === "10.65.0.2/32");
      await rig.ip("link set cali2 down");
      await until(() => latest() === "");
    });

    it("the last address of a link goes, and routes of others with it, of which the kernel says nothing", async () => {
      await rig.ip("route add 10.66.0.0/16 via 10.0.0.2");
      const all = rig.open(carrier, { learn: "all" });
      await all.fib.start();
      expect(all.kernelRoutes.at(-1)).toContain("10.66.0.0/16 kernel eth0 10.0.0.2 0");
      await rig.ip("addr del 10.0.0.1/24 dev eth0");
      await until(() => all.kernelRoutes.at(-1)?.some((route) => route.startsWith("10.66.0.0/16")) === false);
    });

    it("our own routes on such an interface are no workloads", async () => {
      await rig.ip("addr add 10.88.0.1/24 dev cali2");
      watched.fib.want(changes([via("10.65.7.7/32", "10.88.0.2")]));
      await until(async () => (await rig.routes()).length === 1);
      expect(latest()).toBe("10.65.0.1/32 10.65.0.2/32 fd65::1/128");
    });
  });
});
