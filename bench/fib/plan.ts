/** Which cells are measured in which order, and what is said meanwhile. Subjects take turns inside a run, so that a noisy minute hits all of them. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { whereIs } from "../../src/cli/lab/command.ts";
import { measureRecoveries } from "./chaos.ts";
import { machine } from "../report/machine.ts";
import { measureWriter, ipWriter, relayWriter } from "./floor.ts";
import { feedMs } from "./feed-time.ts";
import { type Ground, sweepRoutes } from "./ground.ts";
import { type LatencyPlan, measureLatency } from "./latency.ts";
import { type CellPlan, type CellResult, type Measured, measureSubject } from "./measure.ts";
import type { Options, SubjectName } from "./options.ts";
import { PLACES } from "./places.ts";
import { reportLines } from "./report.ts";
import { Results } from "./results.ts";
import { birdSubject } from "./subjects/bird.ts";
import { frrSubject } from "./subjects/frr.ts";
import type { Subject } from "./subjects/subject.ts";
import { tsBgpSubject } from "./subjects/ts-bgp.ts";
import { announcements } from "./updates.ts";

const MOST_FOR_IP = 100_000; // routes: beyond, nobody wants to wait for it
const SINGLE_ROUTES = 10_000;
const SINGLE_GATEWAYS = 250;
const SINGLES_MS = 20_000;

const DATE_CHARS = "2026-01-01".length;

type Say = (line: string) => void;

/** How many cells failed; everything else is said, and written where --json says. */
export async function measureAll(ground: Ground, options: Options, say: Say): Promise<number> {
  const results = new Results();
  const names = options.subjects.filter((name) => isThere(name, options, say));
  for (let run = 1; run <= options.runs; run++) {
    if (options.what.includes("table")) await tables(ground, options, names, results, (line) => say(`run ${run}: ${line}`));
    if (options.what.includes("single")) await singles(ground, options, names, results, (line) => say(`run ${run}: ${line}`));
    if (options.what.includes("chaos")) await chaos(options, results, (line) => say(`run ${run}: ${line}`));
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ options, ...results }, undefined, 1)}\n`);
  }
  const lines = reportLines(results);
  for (const line of lines) say(line);
  if (options.out !== undefined) writeFileSync(options.out, `${[...heading(options), ...lines].join("\n")}\n`);
  return results.failed.length;
}

function heading({ runs, order, prefixesPerUpdate, node, node26 }: Options): readonly string[] {
  const version = (program: string): string => execFileSync(program, ["--version"], { encoding: "utf8" }).trim();
  return [
    "# From a BGP feed into the kernel",
    "",
    `${new Date().toISOString().slice(0, DATE_CHARS)}; ${machine()}; ${runs === 1 ? "one run" : `medians of ${runs} runs (least-greatest)`}; UPDATEs of ${prefixesPerUpdate} prefixes, ${order}.`,
    `ts-bgp runs on Node.js ${version(node)}${node26 === undefined ? "" : `, ts-bgp@26 on ${version(node26)}`}.`,
    "[README.md](README.md) says what the steps are; \"2.0x\" is twice the floor and the feed's own time.",
  ];
}

async function tables(ground: Ground, options: Options, names: readonly SubjectName[], results: Results, say: Say): Promise<void> {
  for (const size of options.tables) {
    const plan = { ...options, ...size, timeoutMs: options.timeoutSec * 1000 };
    results.addFeed(size.routes, size.gateways, await feedMs(ground, announcements({ ...plan, shift: 0 }, options.prefixesPerUpdate, options.order)));
    const able = names.filter((name) => name !== "ip" || size.routes <= MOST_FOR_IP);
    for (const name of able) await cell(ground, options, name, plan, results, say);
  }
}

async function cell(ground: Ground, options: Options, subject: SubjectName, plan: CellPlan, results: Results, say: Say): Promise<void> {
  const { routes, gateways } = plan;
  await sweepRoutes(ground);
  try {
    const { measured, peakMib } = await measure(ground, options, subject, plan);
    for (const { step, ...run } of measured) results.add({ subject, routes, gateways, step }, run);
    results.peakMib.push({ subject, routes, gateways, mib: peakMib });
    say(`${subject}, ${routes} routes over ${gateways}: ${measured.map(describeStep).join(", ")}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    results.failed.push({ subject, routes, gateways, reason });
    say(`${subject}, ${routes} routes over ${gateways}: failed: ${reason}`);
  }
}

function describeStep({ step, ms, cpu, writes }: Measured): string {
  const spent = Object.entries(cpu).map(([thread, sec]) => `, ${thread} ${(sec * 1000).toFixed(0)}`);
  return `${step} ${ms.toFixed(1)} ms (${writes} writes${spent.length > 0 ? "; CPU ms" : ""}${spent.join("").slice(1)})`;
}

async function measure(ground: Ground, options: Options, name: SubjectName, plan: CellPlan): Promise<CellResult> {
  if (name === "floor") return measureWriter(ground, await relayWriter(ground), plan);
  if (name === "ip") return measureWriter(ground, ipWriter(ground), plan);
  return measureSubject(ground, subjectOf(name, options), plan);
}

async function singles(ground: Ground, options: Options, names: readonly SubjectName[], results: Results, say: Say): Promise<void> {
  const plan: LatencyPlan = { routes: SINGLE_ROUTES, gateways: SINGLE_GATEWAYS, singles: options.singles, atMostMs: SINGLES_MS };
  for (const name of names) {
    if (name === "floor" || name === "ip") continue;
    await sweepRoutes(ground);
    const latencies = await measureLatency(ground, subjectOf(name, options), plan);
    for (const kind of ["announced", "withdrawn"] as const) results.addSingles({ subject: name, kind, ...plan, ms: latencies[kind] });
    say(`${name}: ${latencies.announced.length} single routes`);
  }
}

async function chaos({ chaosRoutes }: Options, results: Results, say: Say): Promise<void> {
  const outcome = await measureRecoveries(chaosRoutes, (recovery) => {
    results.addRecovery(chaosRoutes, recovery);
    say(`${recovery.carrier}: ${recovery.title}: ${recovery.ms.toFixed(0)} ms`);
  });
  if (outcome === "interrupted") throw new Error("interrupted");
}

function subjectOf(name: Exclude<SubjectName, "floor" | "ip">, { node, node26, nodeFlags, program, carrier }: Options): Subject {
  const place = { program: program ?? PLACES.program, flags: nodeFlags, carrier };
  switch (name) {
    case "ts-bgp":
      return tsBgpSubject(name, { ...place, node });
    case "ts-bgp@26":
      return tsBgpSubject(name, { ...place, node: node26 ?? node });
    case "bird2":
      return birdSubject;
    case "frr":
      return frrSubject;
  }
}

function isThere(name: SubjectName, options: Options, say: Say): boolean {
  if (name === "ts-bgp@26" && options.node26 === undefined) {
    say("left out: ts-bgp@26 (--node26 PATH says where that Node is)");
    return false;
  }
  const missing = name === "floor" || name === "ip" ? [] : subjectOf(name, options).programs.filter((program) => !whereIs(program));
  if (missing.length > 0) say(`left out: ${name} (not installed: ${missing.join(", ")})`);
  return missing.length === 0;
}
