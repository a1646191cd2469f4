/** A tiny run of every scenario works, so that the bench cannot rot; and nothing of it stays behind. */

import { once } from "node:events";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import type { ScenarioName } from "../../bench/scenarios.ts";
import { namespacesNamed, processesIn } from "../../src/cli/lab/namespaces.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { runBench, startBench } from "./bench-run.ts";

const LOAD = "tsbgp-load-";
const TINY: Readonly<Record<ScenarioName, readonly string[]>> = {
  converge: ["--clients", "5", "--prefixes", "3"],
  announce: ["--clients", "5", "--prefixes", "3"],
  restart: ["--clients", "5", "--prefixes", "3"],
  reboot: ["--clients", "5", "--prefixes", "3"],
  join: ["--prefixes", "100", "--sets", "20", "--joins", "2"],
  churn: ["--clients", "5", "--prefixes", "3", "--rate", "50", "--warmup", "1", "--seconds", "1"],
  sustain: ["--clients", "5", "--prefixes", "10", "--in-flight", "4", "--warmup", "1", "--seconds", "1"],
  ingest: ["--feeds", "2", "--prefixes", "1000", "--sets", "150", "--receivers", "2"],
  exchange: ["--clients", "4", "--prefixes", "50", "--sets", "7"],
  soak: ["--clients", "5", "--prefixes", "3", "--rate", "20", "--seconds", "4"],
};
const ONCE = ["--runs", "1", "--timeout", "60"];

await describeWith(["taskset", "ss"], "a tiny run of each scenario", () => {
  it.each(Object.entries(TINY))("%s measures our reflector, and every table is right in the end", async (scenario, numbers) => {
    const run = await runBench(scenario, ...numbers, ...ONCE, "--dut", "ts-bgp");
    expect(run.stderr).toContain("ts-bgp: ");
    expect(run.code).toBe(0);
    const [sample] = run.cells[0]?.series[0]?.samples ?? [];
    if (sample?.kind !== "measured") throw new Error(JSON.stringify(sample));
    expect(sample.report.verdict).toEqual({ missing: 0, wrong: 0, outdated: 0, unexpected: 0 });
    for (const figure of Object.values(sample.report.metrics)) expect(figure).not.toBeNaN();
    expect(sample.report.cost.dutCpuSec).toBeGreaterThan(0);
    expect(sample.report.cost.peakBytes).toBeGreaterThan(0);
  });

  it("devices are measured in turn, and the table compares them", async () => {
    const run = await runBench("announce", "--clients", "3,4", "--prefixes", "2", "--runs", "2", "--dut", "ts-bgp,forwarder");
    expect(run.code).toBe(0);
    expect(run.cells.map(({ series }) => series.map(({ dut, samples }) => `${dut} ${samples.length}`))).toEqual(Array(2).fill(["ts-bgp 2", "forwarder 2"]));
    expect(run.stderr.match(/: (ts-bgp|forwarder): /g)?.slice(0, 4).join("")).toBe(": ts-bgp: : forwarder: : ts-bgp: : forwarder: ");
    expect(run.stdout).toContain("announce after set-up, 4 clients x 2; medians of 2 runs");
  });

  it("leaves no namespace, process or folder behind", async () => {
    const { pid } = await runBench("converge", "--clients", "3", ...ONCE, "--dut", "ts-bgp");
    await nothingIsLeft(pid);
  });

  it("even of one that was killed, once another one runs", async () => {
    const killed = startBench(["soak", "--clients", "5", "--seconds", "600", "--dut", "ts-bgp", ...ONCE]);
    await until(async () => (await processesIn(`${LOAD}${killed.pid}`)).length > 1, "the device and the generator run");
    killed.kill("SIGKILL");
    await once(killed, "close");
    await runBench("converge", "--clients", "3", ...ONCE, "--dut", "ts-bgp");
    await nothingIsLeft(killed.pid);
  });

  it("nor when it is interrupted", async () => {
    const child = startBench(["soak", "--clients", "20", "--seconds", "600", "--dut", "ts-bgp", ...ONCE]);
    await until(async () => (await processesIn(`${LOAD}${child.pid}`)).length > 1, "the device and the generator run");
    child.kill("SIGINT");
    await once(child, "close");
    expect(child.exitCode).toBe(130);
    await nothingIsLeft(child.pid);
  });
});

await describeWith(["bird", "taskset", "ss"], "a tiny run beside BIRD", () => {
  it("measures both, and says how they compare", async () => {
    const run = await runBench("converge", "--clients", "4", ...ONCE, "--dut", "ts-bgp,bird2");
    expect(run.code).toBe(0);
    expect(run.cells[0]?.series.map(({ dut, samples }) => [dut, samples[0]?.kind])).toEqual([
      ["ts-bgp", "measured"],
      ["bird2", "measured"],
    ]);
    expect(run.stdout).toMatch(/^bird2 +\d+\.\d+ +\d+\.\d\d /m);
  });
});

async function nothingIsLeft(pid: number | undefined): Promise<void> {
  const name = `${LOAD}${pid}`;
  expect((await namespacesNamed(name)).filter((found) => found === name)).toEqual([]);
  expect(readdirSync(tmpdir()).filter((found) => found.startsWith(`${name}-`))).toEqual([]);
}
