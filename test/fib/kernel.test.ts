/** KernelFib over a kernel in memory: what it does of itself, as time passes. */

import { test } from "vitest";
import { KernelFib, type OpenPort } from "../../src/fib/kernel.ts";
import type { FibSettings } from "../../src/fib/vocabulary.ts";
import { changes, via } from "../support/forwarding.ts";
import { until } from "../support/until.ts";
import { OURS, freshKernel } from "./reconcile-kit.ts";

const SETTINGS: FibSettings = { protocol: OURS, metric: 0, table: 254, carrier: "auto", rescanMs: 20, workloadInterfaces: [], families: ["ipv4"] };

test("a route that went without a word is put back by the next comparison, of which there is one every rescanMs", async () => {
  const kernel = freshKernel();
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
  const fib = new KernelFib(SETTINGS, { nextHopsChanged: () => undefined, workloadsChanged: () => undefined, report: () => undefined }, port);
  await fib.start();
  fib.want(changes([via("10.65.1.0/26", "10.0.0.2")]));
  await fib.settled();
  kernel.dropByHand("10.65.1.0/26"); // nobody listens to this kernel's events
  await until(() => kernel.table(OURS)["10.65.1.0/26"] === "via 10.0.0.2 dev eth0", "the route to be back");
  const { resyncs } = fib.status();
  await until(() => fib.status().resyncs > resyncs + 1, "further comparisons");
  await fib.close({ routes: "keep" });
});
