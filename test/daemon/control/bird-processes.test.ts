/** The processes called bird and bird6, as calicoctl looks for them. */

import { afterEach, expect, test } from "vitest";
import { BirdProcesses } from "../../../src/daemon/control/bird-processes.ts";
import { type SeenProcess, processesCalled } from "../../support/processes.ts";
import { RunningDaemon, freePort } from "../../support/program.ts";
import { until } from "../../support/until.ts";

const NAMES = [`bird-${process.pid}`, `bird6-${process.pid}`] as const;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function begin(): void {
  const processes = new BirdProcesses(() => undefined);
  cleanups.push(() => processes.stop());
  processes.start(NAMES);
}

test("each name is that of exactly one process, and of nothing but its name", async () => {
  begin();
  await until(() => NAMES.every((name) => processesCalled(name).length === 1), "both are there");
  expect(processesCalled(NAMES[0]).map(({ argv, parent }) => [argv, parent])).toEqual([[[NAMES[0]], process.pid]]);
});

test("one that somebody kills is replaced", async () => {
  begin();
  await until(() => NAMES.every((name) => processesCalled(name).length === 1), "both are there");
  const [first] = processesCalled(NAMES[0]);
  process.kill(first?.pid ?? 0, "SIGKILL");
  await until(() => processesCalled(NAMES[0]).some(({ pid }) => pid !== first?.pid), "another one is there");
  expect(processesCalled(NAMES[1])).toHaveLength(1);
});

test("they end when they are told to", async () => {
  begin();
  await until(() => NAMES.every((name) => processesCalled(name).length === 1), "both are there");
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await until(() => NAMES.every((name) => processesCalled(name).length === 0), "both are gone");
});

test("a daemon has them when it is asked to, and takes them along even when it is killed", async () => {
  const address = "127.0.9.1";
  const port = await freePort(address);
  const daemon = new RunningDaemon("rr", { router: { asn: 64512, id: address }, listen: [{ address, port }], control: { birdProcesses: true } });
  cleanups.push(() => daemon.dispose());
  await daemon.logged("started");
  const its = (): readonly SeenProcess[] => ["bird", "bird6"].flatMap(processesCalled).filter(({ parent }) => parent === daemon.pid);
  await until(() => its().length === 2, "both are there");
  const pids = its().map(({ pid }) => pid);
  expect(its().map(({ argv }) => argv)).toEqual([["bird"], ["bird6"]]);
  daemon.signal("SIGKILL");
  await until(() => !["bird", "bird6"].flatMap(processesCalled).some(({ pid }) => pids.includes(pid)), "they are gone");
});

test("a daemon that is not asked has none", async () => {
  const address = "127.0.9.1";
  const daemon = new RunningDaemon("rr", { router: { asn: 64512, id: address }, listen: [{ address, port: await freePort(address) }] });
  cleanups.push(() => daemon.dispose());
  await daemon.logged("started");
  await daemon.ask("status");
  expect(["bird", "bird6"].flatMap(processesCalled).filter(({ parent }) => parent === daemon.pid)).toEqual([]);
});
