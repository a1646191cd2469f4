/** KernelFib over a kernel in memory: what it does of itself, as time passes. */

import { setImmediate } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import { KernelFib, type OpenPort } from "../../src/fib/kernel.ts";
import type { FibSettings } from "../../src/fib/vocabulary.ts";
import { PREFIXES, changes, hostPrefixes, via, viaEntry } from "../support/forwarding.ts";
import type { FakeKernel } from "../support/fake-kernel.ts";
import { until } from "../support/until.ts";
import { OURS, freshKernel } from "./reconcile-kit.ts";

const SETTINGS: FibSettings = { protocol: OURS, metric: 0, table: 254, carrier: "auto", rescanMs: 20, workloadInterfaces: [], families: ["ipv4"] };

afterEach(() => vi.useRealTimers());

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

/** Routes to that many hosts, each through another next hop: all of them new to the kernel. */
function newWays(from: number, count: number): ReturnType<typeof changes> {
  return changes(hostPrefixes(from + count).slice(from).map((prefix, at) => ({ prefix, entry: viaEntry(`10.0.0.${2 + from + at}`) })));
}

test("new targets are opened at once, also when as many were opened before it was quiet", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"] });
  const fib = fibOver(freshKernel(), { rescanMs: 3_600_000 });
  const started = fib.start();
  await vi.advanceTimersByTimeAsync(20);
  await started;
  for (const round of [1, 2]) {
    fib.want(newWays((round - 1) * 64, 64));
    expect(fib.status().written).toBe(round * 64);
    await vi.advanceTimersByTimeAsync(20);
  }
  await fib.close({ routes: "keep" });
  expect(vi.getTimerCount()).toBe(0);
});

test("a single route that is written keeps the event loop awake for some turns, not for the whole time until it counts as quiet", async () => {
  const fib = fibOver(freshKernel(), { rescanMs: 3_600_000 });
  await fib.start();
  const looks = vi.spyOn(performance, "now"); // of each turn some
  fib.want(newWays(0, 1));
  for (let turns = 0; turns < 50; turns++) await setImmediate();
  const seen = looks.mock.calls.length;
  for (let turns = 0; turns < 100; turns++) await setImmediate();
  expect(looks.mock.calls.length - seen).toBeLessThan(50);
  looks.mockRestore();
  await fib.close({ routes: "keep" });
});

test("where no carrier works nothing is remembered of prefixes that are not wanted any more", () => {
  const prefixes = new PrefixTable();
  const port: OpenPort = (_options, { unavailable }) => ({ carrier: undefined, restarts: 0, start: () => unavailable("there is none"), send: () => undefined, restart: () => undefined, close: () => undefined });
  const fib = new KernelFib(prefixes, SETTINGS, { nextHopsChanged: () => undefined, workloadsChanged: () => undefined, report: () => undefined }, port);
  void fib.start();
  for (const prefix of hostPrefixes(100)) {
    fib.want(changes([{ prefix, entry: ENTRY }], prefixes));
    fib.want(changes([{ prefix, entry: undefined }], prefixes));
    prefixes.sweep();
  }
  expect(prefixes.end).toBeLessThan(10);
});
