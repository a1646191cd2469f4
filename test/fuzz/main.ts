/**
 * The long run: npm run fuzz -- --minutes 30 [--seed 1], and what a finding says replays it:
 * npm run fuzz -- --seed 1 --episode 7, or --case 7.
 */

import { parseArgs } from "node:util";
import { codecCase } from "./codec-fuzz.ts";
import { Figures, Finding } from "./figures.ts";
import { episode } from "./speaker-fuzz.ts";

const CASES_PER_EPISODE = 50; // an episode takes some fifty times as long as a message
const MOST_FINDINGS = 10; // of which the first usually explains the rest
const REPORT_MS = 60_000;
const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    case: { type: "string" },
    episode: { type: "string" },
  },
});

const seed = Number(values.seed);
const figures = new Figures();
const findings: Finding[] = [];

/** Runs one thing; what it finds is printed at once. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    findings.push(error);
    console.log(error.message);
  }
}

function report(startMs: number): void {
  const seconds = Math.round((performance.now() - startMs) / 1000);
  console.log(`${seconds} s, seed ${seed}, resident ${Math.round(process.memoryUsage().rss / MIB)} MiB, ${findings.length} findings`);
}

function runFor(minutes: number): void {
  const startMs = performance.now();
  const endMs = startMs + minutes * 60_000;
  let reportMs = startMs + REPORT_MS;
  for (let number = 0; performance.now() < endMs && findings.length < MOST_FINDINGS; number++) {
    for (let offset = 0; offset < CASES_PER_EPISODE; offset++) attempt(() => codecCase(seed, number * CASES_PER_EPISODE + offset, figures));
    attempt(() => episode(seed, number, figures));
    if (performance.now() < reportMs) continue;
    report(startMs);
    reportMs += REPORT_MS;
  }
  for (const line of figures.lines()) console.log(line);
  report(startMs);
}

if (values.case !== undefined) attempt(() => codecCase(seed, Number(values.case), figures));
else if (values.episode !== undefined) attempt(() => episode(seed, Number(values.episode), figures));
else runFor(Number(values.minutes));
if (findings.length === 0) console.log("nothing found");
process.exitCode = findings.length === 0 ? 0 : 1;
