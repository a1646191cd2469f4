/**
 * A daemon's life ends and another begins over the same kernel: what stands as wanted is adopted, what nobody wants any
 * more goes, but only after the speaker has converged.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blackhole, changes, hostPrefixes, via, viaEntry } from "../support/forwarding.ts";
import { CARRIERS, KernelRig } from "../support/kernel-rig.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

await describeWith(["ip", "perl", "nsenter"], "a restart over a full table", () => {
  describe.each(CARRIERS)("over %s", (carrier) => {
    let rig: KernelRig;

    beforeEach(async () => {
      rig = await KernelRig.raise();
    });
    afterEach(() => rig.remove());

    it("writes nothing when the table is the same", async () => {
      const wanted = [
        ...hostPrefixes(3_000).map((prefix) => via(prefix, "10.0.0.2")),
        blackhole("10.65.0.0/26"),
        blackhole("2001:db8:65::/122"),
        via("10.66.0.0/26", "10.0.0.2", "10.0.0.3"),
        via("2001:db8:66::/64", "fd00::2", "fd00::3"),
        via("2001:db8:67::/64", "fd00::2"),
        via("10.67.0.0/26", "fd00::2"),
      ];
      const first = rig.open(carrier);
      await first.fib.start();
      first.fib.want(changes(wanted));
      await first.fib.settled();
      expect(first.fib.status().written).toBe(wanted.length);
      await first.fib.close({ routes: "keep" });

      const second = rig.open(carrier);
      await second.fib.start();
      expect(second.fib.status().inherited).toBe(wanted.length);
      second.fib.want(changes(wanted));
      second.fib.converged();
      await second.fib.settled();
      expect(second.fib.status()).toMatchObject({ written: 0, installed: wanted.length, inherited: 0 });
    });

    it("writes only the differences, and removes what is stale after convergence only", async () => {
      const [kept, changed, stale] = ["10.65.1.0/26", "10.65.2.0/26", "10.65.3.0/26"] as const;
      const first = rig.open(carrier);
      await first.fib.start();
      first.fib.want(changes([kept, changed, stale].map((prefix) => via(prefix, "10.0.0.2"))));
      await first.fib.settled();
      await first.fib.close({ routes: "keep" });

      const second = rig.open(carrier);
      await second.fib.start();
      second.fib.want(changes([via(kept, "10.0.0.2"), via(changed, "10.0.0.3"), via("10.65.4.0/26", "10.0.0.2")]));
      await second.fib.settled();
      await second.fib.check();
      expect(await rig.routes()).toHaveLength(4);
      expect(second.fib.status()).toMatchObject({ written: 2, inherited: 1 });
      second.fib.converged();
      await second.fib.settled();
      expect((await rig.routes()).map((route) => route.split(" ")[0])).toEqual([kept, changed, "10.65.4.0/26"]);
      expect(second.fib.status().written).toBe(3);
    });

    it("moves routes that an earlier configuration wrote with another metric, and removes those that nobody wants", async () => {
      const first = rig.open(carrier, { metric: 50 });
      await first.fib.start();
      first.fib.want(changes([via("10.65.1.0/26", "10.0.0.2"), via("10.65.2.0/26", "10.0.0.2"), via("2001:db8:1::/64", "fd00::2")]));
      await first.fib.settled();
      await first.fib.close({ routes: "keep" });

      const second = rig.open(carrier);
      await second.fib.start();
      second.fib.want(changes([via("10.65.1.0/26", "10.0.0.2"), via("2001:db8:1::/64", "fd00::2")]));
      await second.fib.settled();
      expect(await rig.routes()).toEqual(["10.65.1.0/26 via 10.0.0.2 dev eth0", "10.65.2.0/26 via 10.0.0.2 dev eth0 metric 50"]);
      second.fib.converged();
      await second.fib.settled();
      expect(await rig.routes()).toEqual(["10.65.1.0/26 via 10.0.0.2 dev eth0"]);
      expect(await rig.routes(6)).toEqual([expect.stringMatching(/metric 1024/)]);
      expect(await second.fib.check()).toMatchObject({ added: 0, changed: 0, removed: 0 });
    });

    it("withdraws everything on request, also what is on its way", async () => {
      const { fib } = rig.open(carrier);
      await fib.start();
      const entry = viaEntry("10.0.0.2");
      fib.want(changes(hostPrefixes(2_000).map((prefix) => ({ prefix, entry }))));
      await until(() => fib.status().written > 0);
      await fib.close({ routes: "withdraw" });
      expect(await rig.routes()).toEqual([]);
    });
  });
});
