/**
 * Random plays of everybody who has a hand in the kernel's table: the speaker, other daemons, operators, links, a dying
 * relay, a kernel that refuses. Whatever happened, once all has come to rest the kernel holds what is wanted wherever
 * nobody else stands, and at no time was a route of anybody else's touched.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import type { RouteTarget } from "../../src/fib/rtnetlink-route.ts";
import { blackhole, nothing, viaEntry } from "../support/forwarding.ts";
import { Bench, OURS, freshKernel } from "./reconcile-kit.ts";

const PREFIXES = ["10.65.0.0/26", "10.65.0.64/26", "10.65.1.0/26", "10.65.1.7/32", "0.0.0.0/0", "2001:db8::/64", "::/0"] as const;
const NEXT_HOPS = ["10.0.0.2", "10.0.0.3", "10.0.1.2", "203.0.113.9"] as const;
const STRANGERS: RouteTarget = { kind: "other", type: 7 };
const STATIC = 4;

type Move =
  | { readonly kind: "want"; readonly prefix: number; readonly nextHops: readonly number[]; readonly metric: number }
  | { readonly kind: "blackhole" | "unwant" | "foreign-put" | "by-hand"; readonly prefix: number }
  | { readonly kind: "send" | "lose-relay" | "resync" | "retry" | "converged" | "link-flaps" | "settle" }
  | { readonly kind: "hear"; readonly answers: number }
  | { readonly kind: "refuse"; readonly errno: number };

const prefix = fc.nat(PREFIXES.length - 1);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("want" as const), prefix, nextHops: fc.uniqueArray(fc.nat(NEXT_HOPS.length - 1), { minLength: 1, maxLength: 3 }), metric: fc.constantFrom(0, 0, 20, 30) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("blackhole", "unwant", "foreign-put", "by-hand"), prefix }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("send", "send", "send", "lose-relay", "resync", "retry", "converged", "link-flaps", "settle") }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("hear" as const), answers: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refuse" as const), errno: fc.constantFrom(0, 0, 12, 101, 22, 105) }) },
);

/** A route goes while the kernel is telling its table, and the table still has it. */
const HEARD_WHILE_DUMPING: Move[] = [
  { kind: "lose-relay" }, { kind: "send" }, { kind: "hear", answers: 3 }, { kind: "send" }, { kind: "hear", answers: 3 },
  { kind: "send" }, { kind: "hear", answers: 1 }, { kind: "by-hand", prefix: 0 }, { kind: "hear", answers: 2 },
];

/** The play so far: what the speaker wants, beside the bench. */
class Play {
  readonly bench: Bench;
  readonly wanted = new Map<string, { readonly text: string; readonly metric: number }>();
  readonly seen = { conflicts: 0, refusals: 0, losses: 0, moved: 0 };
  readonly #links = { eth0: "10.0.0.", eth1: "10.0.1." };

  constructor(leftBehind: readonly number[]) {
    const earlier = Bench.started(freshKernel());
    earlier.want(...leftBehind.map((index) => blackhole(PREFIXES[index] as string)));
    earlier.settle();
    this.bench = Bench.started(earlier.kernel);
  }

  perform(move: Move): void {
    const { bench } = this;
    switch (move.kind) {
      case "want":
        return this.#want(PREFIXES[move.prefix] as Prefix, move.nextHops.map((index) => NEXT_HOPS[index] as string), move.metric);
      case "blackhole":
        this.wanted.set(PREFIXES[move.prefix] as string, { text: "blackhole", metric: 0 });
        return bench.want(blackhole(PREFIXES[move.prefix] as string));
      case "unwant":
        this.wanted.delete(PREFIXES[move.prefix] as string);
        return bench.want(nothing(PREFIXES[move.prefix] as string));
      case "foreign-put":
        return bench.kernel.putForeign(PREFIXES[move.prefix] as string, STRANGERS);
      case "by-hand":
        return bench.kernel.dropByHand(PREFIXES[move.prefix] as string);
      case "send":
        return bench.send();
      case "hear":
        return bench.hear(move.answers);
      case "lose-relay":
        this.seen.losses++;
        return bench.loseRelay();
      case "resync":
        return bench.reconciler.resync("asked");
      case "retry":
        return bench.reconciler.retryRefused();
      case "converged":
        return bench.parts.desired.releaseInherited();
      case "link-flaps":
        return this.#flap();
      case "refuse":
        bench.kernel.refuse = () => move.errno;
        return;
      case "settle":
        return this.settle();
    }
  }

  settle(): void {
    this.bench.settle();
    this.seen.refusals += this.bench.reconciler.refused;
  }

  /** Everybody rests, the kernel takes everything, and all is compared once more. */
  end(): void {
    this.bench.kernel.refuse = () => 0;
    this.bench.parts.desired.releaseInherited();
    this.bench.reconciler.resync("asked");
    this.settle();
    this.bench.reconciler.resync("asked");
    this.settle();
    this.seen.conflicts = this.bench.facts.filter((fact) => fact.kind === "conflict").length;
    this.seen.moved = this.bench.kernel.requests.filter((request) => request.startsWith("change")).length;
  }

  /** What the kernel should hold of ours, from the rules alone. */
  ideal(): Readonly<Record<string, string>> {
    const strangers = this.bench.kernel.table(STATIC);
    const inPlace = [...this.wanted].filter(([prefix, { text, metric }]) => text !== "" && (strangers[prefix] === undefined || metric !== 0));
    return Object.fromEntries(inPlace.map(([prefix, { text }]) => [prefix, text]));
  }

  #want(prefix: Prefix, nextHops: readonly string[], metric: number): void {
    this.wanted.set(prefix, { text: prefix.includes(":") ? "" : this.#text(nextHops), metric }); // no IPv6 route through an IPv4 neighbour
    this.bench.want({ prefix, entry: { ...viaEntry(...nextHops), metric } });
  }

  #text(nextHops: readonly string[]): string {
    const hops = nextHops.flatMap((address) => Object.entries(this.#links).filter(([, net]) => address.startsWith(net)).map(([name]) => `via ${address} dev ${name}`));
    return hops.length < 2 ? hops.join("") : hops.sort(byDevice).map((hop) => `nexthop ${hop}`).join(" ");
  }

  /** Down and up at once: the kernel forgets every route through it. */
  #flap(): void {
    this.bench.kernel.linkDown(3);
    this.bench.doubts.push("link-changed");
    this.bench.kernel.setLink(3, "eth1", { address: "10.0.1.1", prefix: "10.0.1.0/24" });
  }
}

function byDevice(a: string, b: string): number {
  return a < b ? -1 : 1;
}

describe("whoever else has a hand in the kernel's table", () => {
  it("in the end it holds what is wanted, and nobody else's route was ever touched", () => {
    const seen = { conflicts: 0, refusals: 0, losses: 0, moved: 0, full: 0 };
    fc.assert(
      fc.property(fc.uniqueArray(prefix, { maxLength: 3 }), fc.array(move, { maxLength: 60, size: "max" }), (leftBehind, moves) => {
        const play = new Play(leftBehind);
        for (const each of moves) {
          play.perform(each);
          const { kept, looked } = play.bench.countsBothWays();
          expect(kept).toEqual(looked);
        }
        play.end();
        expect(play.bench.kernel.table(OURS)).toEqual(play.ideal());
        expect(play.bench.kernel.trespasses).toEqual([]);
        expect(play.bench.summaries.at(-1)).toMatchObject({ added: 0, changed: 0, removed: 0 });
        expect(play.bench.parts.targets.size).toBeLessThanOrEqual(PREFIXES.length * 2);
        for (const key of ["conflicts", "refusals", "losses", "moved"] as const) seen[key] += play.seen[key];
        if (Object.keys(play.ideal()).length >= 3) seen.full++;
      }),
      { numRuns: 500, examples: [[[0], HEARD_WHILE_DUMPING]] },
    );
    for (const [what, times] of Object.entries(seen)) expect({ what, times, often: times > 60 }).toMatchObject({ often: true });
  });
});
