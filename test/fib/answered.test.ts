/** How far the kernel has answered: for whoever measures the way of a route. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Answered } from "../../src/fib/answered.ts";
import { KernelFib, type OpenPort } from "../../src/fib/kernel.ts";
import type { PortHooks } from "../../src/fib/relay/port.ts";
import type { FibSettings } from "../../src/fib/vocabulary.ts";
import { PREFIXES, changes, hostPrefixes, via, viaEntry } from "../support/forwarding.ts";
import type { FakeKernel } from "../support/fake-kernel.ts";
import { until } from "../support/until.ts";
import { OURS, freshKernel } from "./reconcile-kit.ts";

const SETTINGS: FibSettings = { protocol: OURS, metric: 0, table: 254, carrier: "auto", rescanMs: 3_600_000, workloadInterfaces: [], families: ["ipv4"] };

/** A kernel that keeps its answers to itself until it is let. */
class SlowKernel {
  readonly answered: number[] = [];
  readonly fib: KernelFib;
  readonly #kernel: FakeKernel = freshKernel();
  #hooks: PortHooks | undefined;

  constructor() {
    const port: OpenPort = (_options, hooks) => ({
      carrier: "perl",
      restarts: 0,
      start: () => hooks.started("perl"),
      send: (next) => {
        for (let datagram = next(); datagram; datagram = next()) this.#kernel.execute(datagram);
        if (!this.isSlow) this.answer();
      },
      restart: () => undefined,
      close: () => undefined,
    });
    const wrapped: OpenPort = (options, hooks) => {
      this.#hooks = hooks;
      return port(options, hooks);
    };
    this.fib = new KernelFib(PREFIXES, SETTINGS, { nextHopsChanged: () => undefined, workloadsChanged: () => undefined, answered: (wants) => this.answered.push(wants), report: () => undefined }, wrapped);
  }

  isSlow = false;

  answer(): void {
    for (let answer = this.#kernel.takeAnswer(); answer; answer = this.#kernel.takeAnswer()) this.#hooks?.answer(answer);
  }
}

test("a route counts as answered for when the kernel has answered, and one that stands already at once", async () => {
  const slow = new SlowKernel();
  await slow.fib.start();
  slow.isSlow = true;
  slow.fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
  slow.fib.want(changes([via("10.65.2.0/26", "10.0.0.2")]));
  expect(slow.fib.wants).toBe(2);
  expect(slow.answered).toEqual([]);
  slow.answer();
  await until(() => slow.answered.at(-1) === 2);
  slow.fib.want(changes([via("10.65.2.0/26", "10.0.0.2")]));
  await until(() => slow.answered.at(-1) === 3);
  await slow.fib.close({ routes: "keep" });
});

test("a table counts as answered for when its last route is", async () => {
  const slow = new SlowKernel();
  await slow.fib.start();
  slow.fib.want(changes(hostPrefixes(5_000).map((prefix) => ({ prefix, entry: viaEntry("10.0.0.2") }))));
  await until(() => slow.answered.length > 0);
  expect(slow.fib.status()).toMatchObject({ installed: 5_000, written: 5_000 });
  await slow.fib.close({ routes: "keep" });
});

const aMove = fc.constantFrom("want", "want", "send", "answer", "answer", "lose", "look" as const);

test("is never said before everything that was wanted by then is sent and answered", () => {
  let said = 0;
  fc.assert(
    fc.property(fc.array(aMove, { size: "max", maxLength: 80 }), (moves) => {
      const answered = new Answered();
      // a plain queue: each datagram has the number of the last want that it carries
      let sent: number[] = [];
      let [sentCount, answeredCount, unsent, complete, doubtful] = [0, 0, 0, 0, false];
      for (const move of moves) {
        if (move === "want") {
          answered.want();
          unsent++;
        } else if (move === "send" && !doubtful && unsent > 0) {
          sent.push(answered.wants);
          sentCount++;
          unsent = 0;
        } else if (move === "answer" && sent.length > 0) {
          complete = sent.shift() as number;
          answeredCount++;
        } else if (move === "lose") {
          doubtful = sent.length > 0;
          if (doubtful) unsent++; // the comparison will find it
          sent = [];
          answeredCount = sentCount;
        }
        const reached = answered.look({ sent: sentCount, answered: answeredCount, unsent: doubtful ? "doubtful" : unsent > 0 ? "some" : "none" });
        if (doubtful) doubtful = false;
        if (reached === undefined) continue;
        said++;
        expect(reached).toBeLessThanOrEqual(complete);
      }
    }),
    { numRuns: 500 },
  );
  expect(said).toBeGreaterThan(300);
});
