/** KernelFib over a kernel in memory: what it does of itself, as time passes. */

import { expect, test } from "vitest";
import { KernelFib, type OpenPort } from "../../src/fib/kernel.ts";
import type { FibSettings } from "../../src/fib/vocabulary.ts";
import { PREFIXES, changes, hostPrefixes, via, viaEntry } from "../support/forwarding.ts";
import type { FakeKernel } from "../support/fake-kernel.ts";
import { until } from "../support/until.ts";
import { OURS, freshKernel } from "./reconcile-kit.ts";

const SETTINGS: FibSettings = { protocol: OURS, metric: 0, table: 254, carrier: "auto", rescanMs: 20, workloadInterfaces: [], families: ["ipv4"] };

const ENTRY = viaEntry("10.0.0.2");

/** A FIB over that kernel, whose events nobody hears. */
function fibOver(kernel: FakeKernel, settings: Partial<FibSettings> = {}): KernelFib {
  const port: OpenPort = (_options, hooks) => ({
    carrier: "perl",
    restarts: 0,
    start: () => hooks.started("perl"),
    send(next) {
      for (let datagram = next(); datagram; datagram = next()) kernel.execute(datagram);
      for (let answer = kernel.takeAnswer(); answer; answer = kernel.takeAnswer()) hooks.answer(answer);
    },
    restart: () => undefined,
    close: () => undefined,
  });
  return new KernelFib(PREFIXES, { ...SETTINGS, ...settings }, { nextHopsChanged: () => undefined, workloadsChanged: () => undefined, report: () => undefined }, port);
}

test("a whole table told at once that stands in the kernel already is looked at to its end, and nothing is written", async () => {
  const kernel = freshKernel();
  const table = changes(hostPrefixes(70_000).map((prefix) => ({ prefix, entry: ENTRY })));
  for (const written of [70_000, 0]) {
    const fib = fibOver(kernel, { rescanMs: 3_600_000 });
    await fib.start();
    fib.want(table);
    fib.converged();
    await fib.settled();
    expect(fib.status()).toMatchObject({ state: "synchronised", installed: 70_000, inherited: 0, written });
    await fib.close({ routes: "keep" });
  }
});

test("a route that went without a word is put back by the next comparison, of which there is one every rescanMs", async () => {
  const kernel = freshKernel();
  const fib = fibOver(kernel);
  await fib.start();
  fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
  await fib.settled();
  kernel.dropByHand("10.65.1.0/26"); // nobody listens to this kernel's events
  await until(() => kernel.table(OURS)["10.65.1.0/26"] === "via 10.0.0.2 dev eth0", "the route to be back");
  const { resyncs } = fib.status();
  await until(() => fib.status().resyncs > resyncs + 1, "further comparisons");
  await fib.close({ routes: "keep" });
});
