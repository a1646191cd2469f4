/**
 * What a route says beside its next hops: its metric, a tunnel, a source, that there is no way; and what stands where no
 * next hop can be reached.
 */

import { describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { ForwardingEntry } from "../../src/speaker/vocabulary.ts";
import { type ForwardingChange, hostPrefixes, nothing, via } from "../support/forwarding.ts";
import { Bench, OURS, freshKernel } from "./reconcile-kit.ts";

const PREFIX = "10.65.1.0/26";

/** The usual route to PREFIX, with something said beside it. */
function route(beside: Partial<Extract<ForwardingEntry, { kind: "via" }>>, prefix = PREFIX): ForwardingChange {
  return { prefix: prefix as Prefix, entry: { kind: "via", nextHops: [{ address: "10.0.0.2" as IpAddress }], ...beside } };
}

function rejecting(kind: "blackhole" | "unreachable" | "prohibit", prefix = PREFIX): ForwardingChange {
  return { prefix: prefix as Prefix, entry: { kind } };
}

describe("a metric", () => {
  it("is the place of a route: to another one it goes before it leaves the old one", () => {
    const bench = Bench.started();
    bench.want(route({ metric: 50 }));
    bench.settle();
    expect(bench.kernel.places(OURS)).toEqual([`${PREFIX} metric 50`]);
    bench.want(route({ metric: 20 }));
    bench.settle();
    expect(bench.kernel.places(OURS)).toEqual([`${PREFIX} metric 20`]);
    bench.want(nothing(PREFIX));
    bench.settle();
    expect(bench.kernel.places(OURS)).toEqual([]);
    expect(bench.kernel.requests).toEqual(["add", "add", "delete", "delete"].map((kind) => `${kind} ${PREFIX}`));
  });

  it("that the kernel refuses leaves the route where it stands, until another one is taken", () => {
    const bench = Bench.started();
    bench.want(route({ metric: 50 }));
    bench.settle();
    bench.kernel.refuse = ({ kind }) => (kind === "add" ? 22 : 0);
    bench.want(route({ metric: 20 }));
    bench.settle();
    expect(bench.kernel.places(OURS)).toEqual([`${PREFIX} metric 50`]);
    expect(bench.facts).toMatchObject([{ kind: "refused", prefix: PREFIX, errno: 22 }]);
    expect(bench.reconciler.refused).toBe(1);
    bench.reconciler.resync("rescan");
    bench.settle();
    expect(bench.kernel.places(OURS)).toEqual([`${PREFIX} metric 50`]);
    bench.kernel.refuse = () => 0;
    bench.reconciler.retryRefused();
    bench.settle();
    expect(bench.kernel.places(OURS)).toEqual([`${PREFIX} metric 20`]);
    expect(bench.reconciler.refused).toBe(0);
    expect(bench.reconciler.drift).toEqual({ noticed: 0, found: 0 });
  });

  it("is left only when the kernel has answered, and before anything else is written or compared", () => {
    const bench = Bench.started();
    bench.want(route({ metric: 50 }));
    bench.settle();
    bench.want(route({ metric: 20 }));
    bench.send();
    expect(bench.kernel.places(OURS)).toEqual([20, 50].map((metric) => `${PREFIX} metric ${metric}`));
    bench.want(route({ metric: 50 })); // back again
    bench.reconciler.resync("asked");
    bench.settle();
    expect(bench.kernel.places(OURS)).toEqual([`${PREFIX} metric 50`]);
    expect(bench.kernel.requests.slice(1)).toEqual(["add", "delete", "add", "delete"].map((kind) => `${kind} ${PREFIX}`));
    expect(bench.reconciler.drift).toEqual({ noticed: 0, found: 0 });
  });

  it("is left by a whole table, however many routes of it the kernel refuses", () => {
    const bench = Bench.started();
    const prefixes = hostPrefixes(600);
    bench.want(...prefixes.map((prefix) => route({ metric: 50 }, prefix)));
    bench.settle();
    bench.kernel.refuse = ({ kind, prefix }) => (kind === "add" && prefix.endsWith(".7/32") ? 12 : 0);
    bench.want(...prefixes.map((prefix) => route({ metric: 20 }, prefix)));
    bench.settle();
    const places = bench.kernel.places(OURS);
    expect(places).toHaveLength(prefixes.length);
    expect(places.filter((place) => place.endsWith("metric 50"))).toEqual(prefixes.filter((prefix) => prefix.endsWith(".7/32")).map((prefix) => `${prefix} metric 50`).sort());
  });

  it("is left although nobody answers for the new one any more: the next comparison finds it", () => {
    const bench = Bench.started();
    bench.parts.desired.releaseInherited();
    bench.want(route({ metric: 50 }));
    bench.settle();
    bench.want(route({ metric: 20 }));
    bench.send();
    bench.loseRelay();
    bench.settle();
    expect(bench.kernel.places(OURS)).toEqual([`${PREFIX} metric 20`]);
  });

  it("beside the one of somebody else's route keeps ours out of its way", () => {
    const kernel = freshKernel();
    kernel.putForeign(PREFIX, { kind: "blackhole" }, { metric: 50 });
    const bench = Bench.started(kernel);
    bench.want(route({ metric: 20 }));
    bench.settle();
    expect(bench.counts()).toMatchObject({ installed: 1, conflicts: 0 });
    bench.want(route({ metric: 50 }));
    bench.settle();
    expect(bench.counts()).toMatchObject({ installed: 0, conflicts: 1 });
    expect(kernel.places(OURS)).toEqual([]);
    expect(kernel.trespasses).toEqual([]);
    kernel.dropByHand(PREFIX, 50);
    bench.settle();
    expect(kernel.places(OURS)).toEqual([`${PREFIX} metric 50`]);
  });

  it("of an earlier life is given up for the wanted one, and a second route of ours beside it goes", () => {
    const kernel = freshKernel();
    for (const metric of [10, 20, 30]) kernel.putForeign(PREFIX, { kind: "blackhole" }, { protocol: OURS, metric });
    const bench = Bench.started(kernel);
    bench.want(route({ metric: 20 }));
    bench.parts.desired.releaseInherited();
    bench.reconciler.resync("asked");
    bench.settle();
    bench.reconciler.resync("asked");
    bench.settle();
    expect(kernel.places(OURS)).toEqual([`${PREFIX} metric 20`]);
    expect(bench.summaries.at(-1)).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });

  it("of 1024 is no metric in IPv6", () => {
    const bench = Bench.started();
    const nextHops = [{ address: "fd00::2" as IpAddress }];
    bench.kernel.putForeign("fd00::/64", { kind: "via", hops: [{ device: 2, gateway: undefined, onLink: false }], source: undefined }, { protocol: 2 });
    bench.want(route({ nextHops, metric: 1024 }, "2001:db8::/64"));
    bench.settle();
    bench.want(route({ nextHops }, "2001:db8::/64"));
    bench.settle();
    expect(bench.kernel.requests).toEqual(["add 2001:db8::/64"]);
  });
});

describe("a tunnel", () => {
  it("is for the routes that name it; others to the same next hop go the way they go", () => {
    const kernel = freshKernel();
    kernel.setLink(9, "tunl0", { address: "192.168.7.1", prefix: "192.168.7.1/32" });
    const bench = Bench.started(kernel);
    const both = [{ address: "10.0.0.2" as IpAddress }, { address: "10.0.1.2" as IpAddress }];
    bench.want(route({ tunnel: "tunl0" }), route({ tunnel: "tunl0", nextHops: both }, "10.65.2.0/26"), via("10.65.3.0/26", "10.0.0.2"));
    bench.settle();
    expect(kernel.table(OURS)).toEqual({
      [PREFIX]: "via 10.0.0.2 dev tunl0 onlink",
      "10.65.2.0/26": "nexthop via 10.0.0.2 dev tunl0 onlink nexthop via 10.0.1.2 dev tunl0 onlink",
      "10.65.3.0/26": "via 10.0.0.2 dev eth0",
    });
  });

  it("that comes later is taken as soon as it is there", () => {
    const bench = Bench.started();
    bench.want(route({ tunnel: "tunl0" }));
    bench.settle();
    expect(bench.counts()).toMatchObject({ wanted: 1, unreachable: 1, installed: 0 });
    bench.kernel.setLink(9, "tunl0", { address: "192.168.7.1", prefix: "192.168.7.1/32" });
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ [PREFIX]: "via 10.0.0.2 dev tunl0 onlink" });
  });
});

describe("a source", () => {
  it("stands in the route, and another one changes it", () => {
    const bench = Bench.started();
    bench.want(route({ source: "10.0.0.1" as IpAddress }));
    bench.settle();
    bench.want(route({ source: "10.0.1.1" as IpAddress }));
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ [PREFIX]: "via 10.0.0.2 dev eth0 src 10.0.1.1" });
    expect(bench.kernel.requests).toEqual([`add ${PREFIX}`, `change ${PREFIX}`]);
  });
});

describe("no way", () => {
  it.each(["blackhole", "unreachable", "prohibit"] as const)("can be what a route says: %s", (kind) => {
    const bench = Bench.started();
    bench.want(rejecting(kind), rejecting(kind, "2001:db8::/64"));
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ [PREFIX]: kind, "2001:db8::/64": kind });
    expect(bench.counts()).toMatchObject({ installed: 2, unreachable: 0 });
    expect(bench.kernel.requests).toHaveLength(2);
  });

  it("stands where no next hop can be reached, if that is asked for, and is still told as out of reach", () => {
    const bench = new Bench(freshKernel(), { withoutNextHop: "unreachable" });
    bench.reconciler.resync("start");
    bench.want(via(PREFIX, "203.0.113.1"));
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ [PREFIX]: "unreachable" });
    expect(bench.counts()).toMatchObject({ wanted: 1, installed: 0, unreachable: 1 });
    bench.kernel.putForeign("203.0.113.0/24", { kind: "via", hops: [{ device: 2, gateway: "10.0.0.9" as IpAddress, onLink: false }], source: undefined });
    bench.settle();
    expect(bench.kernel.table(OURS)).toEqual({ [PREFIX]: "via 10.0.0.9 dev eth0" });
    expect(bench.counts()).toMatchObject({ installed: 1, unreachable: 0 });
  });
});
