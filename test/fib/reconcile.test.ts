/**
 * Wanted against actual over a kernel in memory: what is written, what is not, and what never may be.
 */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { blackhole, hostPrefixes, nothing, via, viaEntry } from "../support/forwarding.ts";
import { Bench, OURS, freshKernel } from "./reconcile-kit.ts";
import { BATCH_ROUTES, WINDOW_BATCHES } from "../../src/fib/batch.ts";
import type { RouteTarget } from "../../src/fib/rtnetlink-route.ts";

const FOREIGN: RouteTarget = { kind: "blackhole" };
const STATIC = 4;

describe("the reconciler writes what differs, and nothing else", () => {
  it("an addition, a change, a removal", () => {
    const bench = Bench.started();
    bench.want(via("10.65.1.0/26", "10.0.0.2"), blackhole("10.65.0.0/26"));
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ "10.65.1.0/26": "via 10.0.0.2 dev eth0", "10.65.0.0/26": "blackhole" });
    bench.want(via("10.65.1.0/26", "10.0.1.2"), nothing("10.65.0.0/26"));
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ "10.65.1.0/26": "via 10.0.1.2 dev eth1" });
    expect(bench.kernel.requests.slice(2)).toEqual(["change 10.65.1.0/26", "delete 10.65.0.0/26"]);
  });

  it("nothing for a route that is wanted as it stands, however often it is said", () => {
    const bench = Bench.started();
    for (let i = 0; i < 3; i++) {
      bench.want(via("10.65.1.0/26", "10.0.0.2"));
      bench.settle();
    }
    expect(bench.kernel.requests).toEqual(["add 10.65.1.0/26"]);
  });

  it("nothing for a route that came and went between two turns", () => {
    const bench = Bench.started();
    bench.want(via("10.65.1.0/26", "10.0.0.2"), nothing("10.65.1.0/26"));
    bench.settle();
    expect(bench.kernel.requests).toEqual([]);
  });

  it("routes of one next hop one after another, removals last", () => {
    const bench = Bench.started();
    bench.want(via("10.65.9.0/26", "10.0.0.2"));
    bench.settle();
    const [odd, even] = [viaEntry("10.0.0.3"), viaEntry("10.0.0.4")];
    bench.want(nothing("10.65.9.0/26"), ...hostPrefixes(6).map((prefix, i) => ({ prefix, entry: i % 2 ? odd : even })));
    bench.settle();
    const lastOctets = bench.kernel.requests.slice(1).map((request) => request.replace(/.*\.(\d+)\/\d+$/, "$1"));
    expect(lastOctets).toEqual(["0", "2", "4", "1", "3", "5", "0"]);
    expect(bench.kernel.requests.at(-1)).toBe("delete 10.65.9.0/26");
  });

  it("and remembers nothing of a prefix that is gone", () => {
    const bench = Bench.started();
    for (const prefix of hostPrefixes(500)) {
      bench.want(via(prefix, "10.0.0.2"));
      bench.settle();
      bench.want(nothing(prefix));
      bench.settle();
      bench.prefixes.sweep(); // as whoever learns routes does
    }
    expect(bench.parts.desired.end).toBeLessThan(10);
    expect(bench.counts()).toMatchObject({ wanted: 0, installed: 0 });
  });

  it("nor of one that never stood there, because its next hop could not be reached", () => {
    const bench = Bench.started();
    for (const prefix of hostPrefixes(500)) {
      bench.want(via(prefix, "203.0.113.1"));
      bench.settle();
      bench.want(nothing(prefix));
      bench.settle();
      bench.prefixes.sweep();
    }
    expect(bench.parts.desired.end).toBeLessThan(10);
  });

  it("and lets go of a prefix's number only when nothing of it stands any more", () => {
    const bench = Bench.started();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.settle();
    bench.want(nothing("10.65.1.0/26"));
    bench.prefixes.sweep();
    bench.want(via("10.65.2.0/26", "10.0.0.2"));
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ "10.65.2.0/26": "via 10.0.0.2 dev eth0" });
    expect(bench.kernel.requests).toContain("delete 10.65.1.0/26");
  });

  it("no more than a window of batches before the kernel has answered", () => {
    const bench = Bench.started();
    const entry = viaEntry("10.0.0.2");
    bench.want(...hostPrefixes(10_000).map((prefix) => ({ prefix, entry })));
    bench.send();
    expect(bench.kernel.requests).toHaveLength(WINDOW_BATCHES * BATCH_ROUTES);
    bench.hear(1);
    bench.send();
    expect(bench.kernel.requests).toHaveLength((WINDOW_BATCHES + 1) * BATCH_ROUTES);
    bench.settle();
    expect(bench.kernel.requests).toHaveLength(10_000);
  });

  it("fewer in a batch where routes have so many next hops that the relay's limit comes first", () => {
    const bench = Bench.started();
    const entry = viaEntry(...Array.from({ length: 64 }, (_, i) => `10.0.0.${i + 2}`));
    bench.want(...hostPrefixes(600).map((prefix) => ({ prefix, entry })));
    bench.settle();
    expect(bench.counts()).toMatchObject({ wanted: 600, installed: 600 });
  });

  it("at most 64 hops of a route, however many the routes to its next hops have", () => {
    const bench = Bench.started();
    for (const net of [0, 1]) {
      const hops = Array.from({ length: 50 }, (_, i) => ({ device: 2, gateway: `10.0.${net}.${i + 2}` as IpAddress, onLink: false }));
      bench.kernel.putForeign(`10.9.${net}.0/24`, { kind: "via", hops, source: undefined });
    }
    bench.want(via("10.65.1.0/26", "10.9.0.1", "10.9.1.1"));
    bench.settle();
    expect(bench.kernel.table(OURS)["10.65.1.0/26"]?.match(/nexthop/g)).toHaveLength(64);
  });

  it("nothing while it compares", () => {
    const bench = Bench.started();
    bench.reconciler.resync("asked");
    bench.send();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.send();
    expect(bench.kernel.requests).toEqual([]);
    bench.settle();
    expect(bench.kernel.requests).toEqual(["add 10.65.1.0/26"]);
  });

  it("a change that overtakes its own addition waits for the kernel's answer", () => {
    const bench = Bench.started();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.send();
    bench.want(via("10.65.1.0/26", "10.0.0.3"));
    bench.send();
    expect(bench.kernel.requests).toEqual(["add 10.65.1.0/26"]);
    bench.settle();
    expect(bench.kernel.requests).toEqual(["add 10.65.1.0/26", "change 10.65.1.0/26"]);
    expect(bench.kernel.table(OURS)).toEqual({ "10.65.1.0/26": "via 10.0.0.3 dev eth0" });
  });
});

describe("routes of an earlier life", () => {
  function leftBehind(): Bench {
    const first = Bench.started();
    first.want(via("10.65.1.0/26", "10.0.0.2"), via("10.65.2.0/26", "10.0.0.2"));
    first.settle();
    first.kernel.requests.length = 0;
    return Bench.started(first.kernel);
  }

  it("are adopted when they are wanted as they stand", () => {
    const bench = leftBehind();
    bench.want(via("10.65.1.0/26", "10.0.0.2"), via("10.65.2.0/26", "10.0.0.2"));
    bench.parts.desired.releaseInherited();
    bench.settle();
    expect(bench.kernel.requests).toEqual([]);
  });

  it("stay until the speaker has converged, then go", () => {
    const bench = leftBehind();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.reconciler.resync("asked");
    bench.settle();
    expect(bench.counts()).toMatchObject({ installed: 1, inherited: 1 });
    bench.parts.desired.releaseInherited();
    bench.settle();
    expect(bench.kernel.requests).toEqual(["delete 10.65.2.0/26"]);
  });

  it("are not what we wrote ourselves and withdrew just before a comparison", () => {
    const bench = Bench.started();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.settle();
    bench.want(nothing("10.65.1.0/26"));
    bench.reconciler.resync("link-changed");
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({});
  });

  it("go at once when the speaker wanted and withdrew them", () => {
    const bench = leftBehind();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.want(nothing("10.65.1.0/26"));
    bench.settle();
    expect(bench.kernel.requests).toEqual(["delete 10.65.1.0/26"]);
  });
});

describe("a route of somebody else with our prefix and metric", () => {
  it("stays; ours waits without a request, told once, until it goes", () => {
    const kernel = freshKernel();
    kernel.putForeign("10.65.1.0/26", FOREIGN);
    const bench = Bench.started(kernel);
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    for (let i = 0; i < 3; i++) {
      bench.reconciler.resync("rescan");
      bench.settle();
    }
    expect(bench.kernel.requests).toEqual([]);
    expect(bench.facts).toEqual([{ kind: "conflict", prefix: "10.65.1.0/26", protocol: STATIC, metric: 0 }]);
    kernel.dropByHand("10.65.1.0/26");
    bench.settle();
    expect(kernel.table(OURS)).toEqual({ "10.65.1.0/26": "via 10.0.0.2 dev eth0" });
    expect(bench.counts().conflicts).toBe(0);
  });

  it("that nobody told us of is found by a comparison, not overwritten", () => {
    const bench = Bench.started();
    const { onEvent } = bench.kernel;
    bench.kernel.onEvent = () => undefined;
    bench.kernel.putForeign("10.65.1.0/26", FOREIGN);
    bench.kernel.onEvent = onEvent;
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.settle();
    expect(bench.kernel.table(STATIC)).toEqual({ "10.65.1.0/26": "blackhole" });
    expect(bench.facts).toEqual([{ kind: "conflict", prefix: "10.65.1.0/26", protocol: STATIC, metric: 0 }]);
    expect(bench.kernel.requests).toEqual(["add 10.65.1.0/26"]);
  });

  it("that takes the place of ours keeps it", () => {
    const bench = Bench.started();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.settle();
    bench.kernel.putForeign("10.65.1.0/26", FOREIGN);
    bench.settle();
    bench.want(via("10.65.1.0/26", "10.0.0.3"));
    bench.settle();
    expect(bench.kernel.table(STATIC)).toEqual({ "10.65.1.0/26": "blackhole" });
    expect(bench.kernel.requests).toEqual(["add 10.65.1.0/26"]);
  });

  it("that went without a word is missed at the next comparison", () => {
    const kernel = freshKernel();
    kernel.putForeign("10.65.1.0/26", FOREIGN);
    const bench = Bench.started(kernel);
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.settle();
    kernel.onEvent = () => undefined;
    kernel.dropByHand("10.65.1.0/26");
    bench.settle();
    expect(kernel.table(OURS)).toEqual({});
    bench.reconciler.resync("rescan");
    bench.settle();
    expect(kernel.table(OURS)).toEqual({ "10.65.1.0/26": "via 10.0.0.2 dev eth0" });
  });
});

describe("a nexthop object that goes", () => {
  it("takes routes through it along without a word: who waited for one of them, and who was reached by another, is compared", () => {
    const kernel = freshKernel();
    const bench = Bench.started(kernel);
    kernel.putForeign("10.65.1.0/26", FOREIGN, { object: 7 });
    kernel.putForeign("192.0.2.0/24", { kind: "via", hops: [{ device: 2, gateway: "10.0.0.9" as IpAddress, onLink: false }], source: undefined }, { object: 7 });
    bench.want(via("10.65.1.0/26", "10.0.0.2"), via("10.65.2.0/26", "192.0.2.1"));
    bench.settle();
    expect(kernel.table(OURS)).toEqual({ "10.65.2.0/26": "via 10.0.0.9 dev eth0" });
    kernel.dropObject(7);
    bench.settle();
    expect(kernel.table(OURS)).toEqual({ "10.65.1.0/26": "via 10.0.0.2 dev eth0" });
    expect(bench.counts()).toMatchObject({ conflicts: 0, unreachable: 1 });
  });

  it("is nothing to a host where no route leads through one, or none any more", () => {
    const bench = Bench.started();
    bench.kernel.dropObject(7);
    expect(bench.doubts).toEqual([]);
    bench.kernel.putForeign("10.65.1.0/26", FOREIGN, { object: 7 });
    bench.kernel.dropByHand("10.65.1.0/26");
    for (let i = 0; i < 2; i++) {
      bench.reconciler.resync("rescan");
      bench.settle();
    }
    bench.kernel.dropObject(7);
    expect(bench.doubts).toEqual([]);
  });
});

describe("when events were lost", () => {
  it("those that still come are not heard until a comparison begins, and from then on again", () => {
    const bench = Bench.started();
    bench.reconciler.missedEvents();
    bench.kernel.putForeign("10.65.1.0/26", FOREIGN);
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.send();
    expect(bench.counts().conflicts).toBe(0);
    bench.reconciler.resync("overrun");
    bench.settle();
    expect(bench.counts().conflicts).toBe(1);
    bench.kernel.dropByHand("10.65.1.0/26");
    bench.settle();
    expect(bench.counts()).toMatchObject({ conflicts: 0, installed: 1 });
    expect(bench.kernel.trespasses).toEqual([]);
  });
});

describe("what the kernel refuses", () => {
  it("is told once for its kind, kept, and tried again", () => {
    const bench = Bench.started();
    bench.kernel.refuse = () => 101;
    bench.want(via("10.65.1.0/26", "10.0.0.2"), via("10.65.2.0/26", "10.0.0.2"));
    bench.settle();
    expect(bench.facts).toMatchObject([{ kind: "refused", errno: 101 }]);
    expect(bench.reconciler.refused).toBe(2);
    bench.kernel.refuse = () => 0;
    bench.reconciler.retryRefused();
    bench.settle();
    expect(Object.keys(bench.kernel.table(OURS))).toHaveLength(2);
    expect(bench.reconciler.refused).toBe(0);
  });

  it("for want of permission ends all writing with one fact, while next hops are still answered", () => {
    const bench = Bench.started();
    bench.kernel.refuse = () => 1;
    bench.want(...hostPrefixes(600).map((prefix) => via(prefix, "10.0.0.2")));
    bench.settle();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.reconciler.resync("rescan");
    bench.settle();
    expect(bench.facts).toEqual([{ kind: "permission-denied" }]);
    expect(bench.reconciler.activity).toBe("forbidden");
    expect(bench.kernel.requests.length).toBeLessThanOrEqual(600 + 1); // one more asks whether it is allowed now
    expect(bench.counts().installed).toBe(0);
  });

  it("for want of permission leaves nothing to be remembered, however long that lasts", () => {
    const bench = Bench.started();
    bench.kernel.refuse = () => 1;
    for (const prefix of hostPrefixes(300)) {
      bench.want(via(prefix, "10.0.0.2"));
      bench.settle();
      bench.want(nothing(prefix));
      bench.reconciler.resync("rescan");
      bench.settle();
      bench.prefixes.sweep();
    }
    expect(bench.parts.desired.end).toBeLessThan(10);
    bench.want(...hostPrefixes(600).map((prefix) => via(prefix, "10.0.0.2")));
    bench.reconciler.resync("rescan");
    bench.settle();
    expect(bench.reconciler.order.isEmpty).toBe(true);
    expect(bench.parts.desired.hasDirty).toBe(false);
  });

  it("goes in when the permission is back, which the next comparison finds out", () => {
    const bench = Bench.started();
    bench.kernel.refuse = () => 1;
    bench.want(...hostPrefixes(600).map((prefix) => via(prefix, "10.0.0.2")));
    bench.settle();
    bench.kernel.refuse = () => 0;
    bench.reconciler.resync("rescan");
    bench.settle();
    expect(bench.counts()).toMatchObject({ wanted: 600, installed: 600 });
    bench.kernel.refuse = () => 1;
    bench.want(nothing("10.100.0.0/32"));
    bench.settle();
    expect(bench.facts).toEqual([{ kind: "permission-denied" }, { kind: "permission-denied" }]);
  });

  it("is none any more when a comparison shows that the route stands as wanted", () => {
    const bench = Bench.started();
    bench.kernel.refuse = () => 101;
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.settle();
    expect(bench.reconciler.refused).toBe(1);
    bench.kernel.onEvent = () => undefined;
    bench.kernel.putForeign("10.65.1.0/26", { kind: "via", hops: [{ device: 2, gateway: "10.0.0.2" as IpAddress, onLink: false }], source: undefined }, { protocol: OURS });
    bench.reconciler.resync("rescan");
    bench.settle();
    expect(bench.counts().installed).toBe(1);
    expect(bench.reconciler.refused).toBe(0);
  });

  it("a removal of what is gone already is no failure", () => {
    const bench = Bench.started();
    bench.want(via("10.65.1.0/26", "10.0.0.2"));
    bench.settle();
    bench.kernel.refuse = ({ kind }) => (kind === "delete" ? 3 : 0);
    bench.want(nothing("10.65.1.0/26"));
    bench.settle();
    expect(bench.facts).toEqual([]);
    expect(bench.reconciler.refused).toBe(0);
  });

  it("a failure in the middle of a batch costs its own route only", () => {
    const bench = Bench.started();
    bench.kernel.refuse = ({ prefix }) => (prefix.endsWith(".7/32") ? 22 : 0);
    bench.want(...hostPrefixes(200).map((prefix) => via(prefix, "10.0.0.2")));
    bench.settle();
    expect(Object.keys(bench.kernel.table(OURS))).toHaveLength(199);
    expect(bench.facts).toMatchObject([{ kind: "refused", prefix: "10.100.0.7/32", errno: 22 }]);
  });
});

describe("next hops that move", () => {
  it("rewrite only the routes that depend on them", () => {
    const kernel = freshKernel();
    kernel.putForeign("192.0.2.0/24", { kind: "via", hops: [{ device: 2, gateway: "10.0.0.9" as never, onLink: false }], source: undefined });
    const bench = Bench.started(kernel);
    bench.want(via("10.65.1.0/26", "192.0.2.1"), via("10.65.2.0/26", "10.0.1.2"));
    bench.settle();
    kernel.requests.length = 0;
    kernel.putForeign("192.0.2.0/24", { kind: "via", hops: [{ device: 3, gateway: "10.0.1.9" as never, onLink: false }], source: undefined });
    bench.settle();
    expect(kernel.requests).toEqual(["change 10.65.1.0/26"]);
    expect(kernel.table(OURS)).toEqual({ "10.65.1.0/26": "via 10.0.1.9 dev eth1", "10.65.2.0/26": "via 10.0.1.2 dev eth1" });
    kernel.dropByHand("192.0.2.0/24");
    bench.settle();
    expect(kernel.table(OURS)).toEqual({ "10.65.2.0/26": "via 10.0.1.2 dev eth1" });
    expect(bench.counts()).toMatchObject({ wanted: 2, installed: 1, unreachable: 1 });
  });

  it("of several, one that goes leaves the others", () => {
    const bench = Bench.started();
    bench.want(via("10.65.1.0/26", "10.0.0.2", "10.0.1.2"));
    bench.settle();
    bench.kernel.linkDown(3);
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ "10.65.1.0/26": "via 10.0.0.2 dev eth0" });
  });
});
