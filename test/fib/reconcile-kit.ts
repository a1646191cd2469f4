/** A Reconciler over a FakeKernel, driven by hand: what KernelFib does, without its clock and its relay. */

import type { Family } from "../../src/bgp/wire/context.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import { Desired } from "../../src/fib/desired.ts";
import { EntryTable } from "../../src/fib/entries.ts";
import { type ListingParts, countRows } from "../../src/fib/listing.ts";
import { NextHops } from "../../src/fib/next-hops.ts";
import { Reconciler } from "../../src/fib/reconcile.ts";
import { KernelMirror } from "../../src/fib/kernel-mirror.ts";
import type { FibFact, FibSettings, ResyncReason, ResyncSummary } from "../../src/fib/vocabulary.ts";
import { TargetTable } from "../../src/fib/targets.ts";
import { FakeKernel } from "../support/fake-kernel.ts";
import { type ForwardingChange, changes as asChanges } from "../support/forwarding.ts";

export const OURS = 12;
const OWNER = { protocol: OURS, table: 254, metric: 0 };
const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

export class Bench {
  readonly kernel: FakeKernel;
  readonly facts: FibFact[] = [];
  readonly summaries: ResyncSummary[] = [];
  readonly doubts: ResyncReason[] = [];
  readonly reconciler: Reconciler;
  readonly parts: ListingParts;
  readonly prefixes = new PrefixTable();
  readonly #nextHops: NextHops;

  /** eth0 is there with 10.0.0.1/24 and fd00::1/64; another life may have left routes in `kernel`. */
  constructor(kernel = freshKernel(), beside: Partial<FibSettings> = {}) {
    this.kernel = kernel;
    const mirror = new KernelMirror(this.prefixes);
    this.#nextHops = new NextHops(mirror, { table: OWNER.table, isWorkload: (name) => name.startsWith("cali") });
    const targets = new TargetTable(OWNER);
    const settings: FibSettings = { ...OWNER, carrier: "auto", rescanMs: 0, workloadInterfaces: [], families: FAMILIES, ...beside };
    const desired = new Desired(this.prefixes, new EntryTable(this.#nextHops, targets, settings), targets);
    this.parts = { desired, targets, mirror, owner: OWNER };
    this.reconciler = new Reconciler({ ...this.parts, families: FAMILIES }, {
      report: (fact) => void this.facts.push(fact),
      lookAround: () => this.lookAround(),
      compared: (summary) => void this.summaries.push(summary),
      doubt: (reason) => void this.doubts.push(reason),
    });
    kernel.onEvent = (datagram) => {
      this.reconciler.event(datagram);
      this.lookAround();
    };
  }

  /** Compared once with the kernel. */
  static started(kernel = freshKernel()): Bench {
    const bench = new Bench(kernel);
    bench.reconciler.resync("start");
    bench.settle();
    return bench;
  }

  want(...changes: readonly ForwardingChange[]): void {
    this.parts.desired.want(asChanges(changes, this.prefixes));
  }

  lookAround(): void {
    if (this.#nextHops.refresh().hops) this.parts.desired.resolveAgain();
  }

  /** Sends what may be sent now. */
  send(): void {
    for (let datagram = this.reconciler.next(Infinity); datagram; datagram = this.reconciler.next(Infinity)) this.kernel.execute(datagram);
  }

  /** Lets at most that many answers arrive. */
  hear(answers: number): void {
    for (let i = 0; i < answers; i++) {
      const answer = this.kernel.takeAnswer();
      if (!answer) return;
      this.reconciler.answer(answer);
    }
  }

  /** Until nothing is under way, doubts resolved. */
  settle(): void {
    for (let round = 0; round < 1_000; round++) {
      this.send();
      const answer = this.kernel.takeAnswer();
      if (answer) this.reconciler.answer(answer);
      else if (this.doubts.length > 0) this.reconciler.resync(this.doubts.splice(0)[0] as ResyncReason);
      else if (!this.reconciler.isWaiting && !this.reconciler.isUnfinished) return;
    }
    throw new Error("the reconciler does not come to rest");
  }

  /** The relay dies with everything that it had not passed on. */
  loseRelay(): void {
    this.kernel.loseAnswers();
    this.reconciler.disconnected();
    this.reconciler.resync("relay-restarted");
  }

  /** The counts as they were kept, and as they are when every row is looked at. */
  countsBothWays(): { readonly kept: ReturnType<typeof countRows>; readonly looked: ReturnType<typeof countRows> } {
    const { desired } = this.parts;
    const kept = this.counts();
    for (let row = 0; row < desired.end; row++) desired.recount(row);
    const wanted = Array.from({ length: desired.end }, (_, row) => desired.isWanted(row)).filter(Boolean).length;
    return { kept, looked: { ...this.counts(), wanted } };
  }

  counts(): ReturnType<typeof countRows> {
    return countRows(this.parts);
  }
}

export function freshKernel(): FakeKernel {
  const kernel = new FakeKernel(OURS);
  kernel.setLink(2, "eth0", { address: "10.0.0.1", prefix: "10.0.0.0/24" });
  kernel.setLink(3, "eth1", { address: "10.0.1.1", prefix: "10.0.1.0/24" });
  return kernel;
}
