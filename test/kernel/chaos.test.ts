/**
 * Whatever links, operators, other daemons and our own crashes do: in the end the kernel holds what is wanted, and nothing
 * of anybody else's was touched.
 */

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { FibFact } from "../../src/fib/vocabulary.ts";
import { blackhole, changes, hostPrefixes, nothing, via, viaEntry } from "../support/forwarding.ts";
import { OTHER_GROUNDS } from "../support/chaos-ground.ts";
import { DISTURBANCES, recoveryMs, withProgram } from "../support/chaos.ts";
import { CARRIERS, KernelRig, type WatchedFib } from "../support/kernel-rig.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const MANY = 5_000;
const SOME = 1_000; // where numbers make no difference
const STATIC = 4; // rtm_protocol of routes that people make

await describeWith(["ip", "perl", "nsenter", "prlimit", "setpriv"], "the kernel holds what is wanted again after", () => {
  describe.each(CARRIERS)("over %s:", (carrier) => {
    for (const disturbance of DISTURBANCES) {
      const obstacle = disturbance.notOver?.[carrier];
      if (obstacle !== undefined) it.skip(`${disturbance.title} (${obstacle})`, () => undefined);
      else it(disturbance.title, async () => void (await recoveryMs(disturbance, carrier, MANY)));
    }
    describe.each(OTHER_GROUNDS.map((ground) => [ground.title, ground] as const))("%s:", (_, ground) => {
      for (const disturbance of DISTURBANCES.filter(({ groundless }) => !groundless)) {
        it(disturbance.title, async () => void (await recoveryMs(disturbance, carrier, SOME, ground)));
      }
    });
  });
});

await describeWith(["ip", "perl", "nsenter"], "the kernel holds what is wanted in spite of everything", () => {
  describe.each(CARRIERS)("over %s", (carrier) => {
    let rig: KernelRig;
    let watched: WatchedFib;

    beforeEach(async () => {
      rig = await KernelRig.raise();
      watched = rig.open(carrier);
      await watched.fib.start();
    });
    afterEach(() => rig.remove());

    async function wantMany(): Promise<void> {
      watched.fib.want(changes(hostPrefixes(MANY).map((prefix, i) => ({ prefix, entry: i % 2 ? viaEntry("10.0.0.2") : viaEntry("10.0.0.3") }))));
      await watched.fib.settled();
      expect(await rig.routes()).toHaveLength(MANY);
    }

    /** Wanted and actual agree although nobody writes any more. */
    async function expectWhole(routes: number, ofIpv4 = routes): Promise<void> {
      await watched.fib.settled();
      expect(await watched.fib.check()).toMatchObject({ kernel: routes, added: 0, changed: 0, removed: 0 });
      expect(await rig.routes()).toHaveLength(ofIpv4);
    }

    it("the relay ends in the middle of a change", async () => {
      await wantMany();
      const moved = viaEntry("10.0.0.4");
      watched.fib.want(changes(hostPrefixes(MANY).map((prefix) => ({ prefix, entry: moved }))));
      await until(() => watched.fib.status().written > MANY);
      watched.fib.restartRelay("the test says so");
      await until(() => watched.fib.status().relayRestarts === 1 && watched.fib.status().state === "synchronised");
      await expectWhole(MANY);
      expect(await rig.routes(4, "via 10.0.0.4 proto 12")).toHaveLength(MANY);
      expect(kinds(watched)).toContain("relay-lost");
    });

    it("another program writes more than the event socket holds", async () => {
      await wantMany();
      const foreign = hostPrefixes(60_000).map((prefix) => prefix.replace("10.1", "11.1"));
      const flood = [...foreign.map((prefix) => `route add ${prefix} via 10.0.0.9 proto static`), "route flush proto 12"];
      rig.ipAllAtOnce(flood); // this thread stands still meanwhile: nobody reads what the kernel tells
      await until(() => watched.fib.status().overruns > 0);
      await until(async () => (await rig.routes()).length === MANY);
      expect(watched.fib.nextHops.metric("11.100.0.1" as never)).toBeDefined();
      await expectWhole(MANY);
    });

    it("a foreign route in the way stays, is reported once, and ours comes when it goes", async () => {
      await rig.ip("route add 10.65.1.0/26 via 10.0.0.9 proto static");
      await until(() => watched.fib.nextHops.metric("10.0.0.2" as never) === 0);
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2"), via("10.65.2.0/26", "10.0.0.2")]));
      await watched.fib.settled();
      await watched.fib.check();
      expect(await rig.routes(4, "10.65.1.0/26")).toEqual(["10.65.1.0/26 via 10.0.0.9 dev eth0 proto static"]);
      expect(conflicts(watched)).toEqual([{ kind: "conflict", prefix: "10.65.1.0/26", protocol: 4, metric: 0 }]);
      expect(watched.fib.status().conflicts).toBe(1);
      await rig.ip("route del 10.65.1.0/26 proto static");
      await until(async () => (await rig.routes()).length === 2);
      await expectWhole(2);
      expect(watched.fib.status().conflicts).toBe(0);
    });

    it("somebody replaces a route of ours, and puts one in front of another", async () => {
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2"), via("10.65.2.0/26", "10.0.0.2")]));
      await watched.fib.settled();
      await rig.ip("route replace 10.65.1.0/26 via 10.0.0.9 proto static");
      await rig.ip("route prepend 10.65.2.0/26 via 10.0.0.9 proto static");
      await until(() => [...watched.fib.view().others("ipv4")].filter(({ protocol }) => protocol === STATIC).length === 2, "both to be known");
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.3"), via("10.65.2.0/26", "10.0.0.3")]));
      await watched.fib.settled();
      expect(await rig.routes(4, "proto static")).toEqual(["10.65.1.0/26 via 10.0.0.9 dev eth0", "10.65.2.0/26 via 10.0.0.9 dev eth0"]);
      watched.fib.want(changes([nothing("10.65.1.0/26"), nothing("10.65.2.0/26")]));
      await watched.fib.settled();
      expect(await rig.routes()).toEqual([]);
      expect(await rig.routes(4, "proto static")).toHaveLength(2);
    });

    it("somebody replaces a route of ours while our own change of it is on its way: the last one stands, and is known to", async () => {
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
      await watched.fib.settled();
      rig.ipAllAtOnce(["route replace 10.65.1.0/26 via 10.0.0.9 proto static"]); // told, and not read before the next line
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.3")]));
      await until(() => watched.fib.status().resyncs > 1, "a comparison");
      await watched.fib.settled();
      expect(watched.fib.status()).toMatchObject({ installed: 1, conflicts: 0 });
      expect(await rig.routes(4, "10.65.1.0/26")).toEqual(["10.65.1.0/26 via 10.0.0.3 dev eth0 proto bird"]);
    });

    it("somebody gives weights and an MTU to routes of ours", async () => {
      watched.fib.want(changes([via("10.65.1.0/26", "10.0.0.2", "10.0.0.3"), via("10.65.2.0/26", "10.0.0.2"), via("2001:db8:1::/64", "fd00::2")]));
      await watched.fib.settled();
      const [before, before6] = [await rig.routes(), await rig.routes(6)];
      const { noticed } = watched.fib.status().drift;
      await rig.ipAll(["route replace 10.65.1.0/26 proto bird nexthop via 10.0.0.2 weight 20 nexthop via 10.0.0.3", "route replace 10.65.2.0/26 via 10.0.0.2 proto bird mtu 600"]);
      await rig.ip("-6 route replace 2001:db8:1::/64 via fd00::2 proto bird mtu 1280");
      await until(() => watched.fib.status().drift.noticed === noticed + 3);
      await expectWhole(3, 2);
      expect(await rig.routes()).toEqual(before);
      expect(await rig.routes(6)).toEqual(before6);
    });

    it("the link goes down and comes back", async () => {
      await wantMany();
      watched.fib.want(changes([blackhole("10.65.0.0/26")]));
      await rig.ip("link set eth0 down");
      await until(() => watched.fib.nextHops.metric("10.0.0.2" as never) === undefined);
      await until(async () => (await rig.routes()).length === 1);
      await until(() => watched.fib.status().unreachable === MANY && watched.fib.status().state === "synchronised");
      expect(watched.nextHopChanges).toBeGreaterThan(0);
      await rig.ip("link set eth0 up");
      await until(() => watched.fib.nextHops.metric("10.0.0.2" as never) === 0);
      await until(async () => (await rig.routes()).length === MANY + 1);
      await expectWhole(MANY + 1);
    });

    it("the interface is deleted and made again", async () => {
      await rig.ip("link add over0 type vxlan id 9 dstport 4789 dev eth0");
      await rig.ip("addr add 10.9.0.1/24 dev over0");
      await rig.ip("link set over0 up");
      watched.fib.want(changes([via("10.65.9.0/26", "10.9.0.2")]));
      await until(async () => (await rig.routes()).join() === "10.65.9.0/26 via 10.9.0.2 dev over0");
      await rig.ip("link del over0");
      await until(() => watched.fib.status().unreachable === 1 && watched.fib.status().state === "synchronised");
      await rig.ip("link add over1 type vxlan id 9 dstport 4789 dev eth0");
      await rig.ip("addr add 10.9.0.1/24 dev over1");
      await rig.ip("link set over1 up");
      await until(async () => (await rig.routes()).join() === "10.65.9.0/26 via 10.9.0.2 dev over1");
    });

    it("a daemon with another protocol number was there first, with the same metric: its routes stay until it takes them away", async () => {
      const other = rig.open(carrier, { protocol: 186 });
      await other.fib.start();
      const prefixes = hostPrefixes(100);
      other.fib.want(changes(prefixes.map((prefix) => via(prefix, "10.0.0.3"))));
      await other.fib.settled();
      watched.fib.want(changes(prefixes.map((prefix) => via(prefix, "10.0.0.2"))));
      await until(() => watched.fib.status().conflicts === 100 && watched.fib.status().state === "synchronised");
      expect(conflicts(watched)[0]).toMatchObject({ protocol: 186, metric: 0 });
      expect(await rig.routes(4, "proto 186")).toHaveLength(100);
      await other.fib.close({ routes: "withdraw" });
      await until(() => watched.fib.status().installed === 100);
      expect(await rig.routes(4, "proto 12")).toHaveLength(100);
    });

    it("a daemon with another protocol number lives beside us, over the same prefixes", async () => {
      const other = rig.open(carrier, { protocol: 186, metric: 20 });
      await other.fib.start();
      const prefixes = hostPrefixes(100);
      watched.fib.want(changes(prefixes.map((prefix) => via(prefix, "10.0.0.2"))));
      other.fib.want(changes(prefixes.map((prefix) => via(prefix, "10.0.0.3"))));
      await Promise.all([watched.fib.settled(), other.fib.settled()]);
      expect(await rig.routes(4, "proto 12")).toHaveLength(100);
      expect(await rig.routes(4, "proto 186")).toHaveLength(100);
      await other.fib.close({ routes: "withdraw" });
      expect(await rig.routes(4, "proto 12")).toHaveLength(100);
      expect(await rig.routes(4, "proto 186")).toEqual([]);
    });
  });

  it("without CAP_NET_ADMIN one fact says so, nothing is written, and next hops are still known", async () => {
    const rig = await KernelRig.raise();
    onTestFinished(() => rig.remove());
    const { fib, facts } = rig.open("perl");
    await withProgram("perl", 'exec setpriv --bounding-set=-net_admin "$PERL" "$@"', () => fib.start());
    fib.want(changes(hostPrefixes(1_000).map((prefix) => via(prefix, "10.0.0.2"))));
    await fib.settled();
    expect(facts.map((fact) => fact.kind)).toEqual(["relay-started", "resynced", "permission-denied"]);
    expect(fib.status()).toMatchObject({ state: "not-permitted", installed: 0 });
    expect(fib.nextHops.metric("10.0.0.2" as never)).toBe(0);
    expect(await rig.routes()).toEqual([]);
  });
});

function kinds({ facts }: WatchedFib): readonly FibFact["kind"][] {
  return facts.map((fact) => fact.kind);
}

function conflicts({ facts }: WatchedFib): readonly FibFact[] {
  return facts.filter((fact) => fact.kind === "conflict");
}
