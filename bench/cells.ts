/**
 * One cell: a scenario with its numbers, and who is measured in it. And the sets of cells that have a name.
 * Pure.
 */

import { type NumberName, type Numbers, SCENARIOS, type ScenarioName, scenarioOf } from "./scenarios.ts";

export interface Cell {
  readonly scenario: ScenarioName;
  readonly numbers: Numbers;
  /** Devices under test that are left out here because they take minutes. */
  readonly without: readonly string[];
}

const NONE: Numbers = { clients: 0, prefixes: 0, changers: 0, feeds: 0, sets: 0, receivers: 0, rate: 0, inFlight: 0, joins: 0, warmup: 0, seconds: 0 };

export function cell(scenario: ScenarioName, numbers: Partial<Numbers> = {}, without: readonly string[] = []): Cell {
  const whole: Numbers = { ...NONE, ...scenarioOf(scenario).defaults, ...numbers };
  return { scenario, numbers: numbers.sets === undefined ? { ...whole, sets: Math.min(whole.sets, whole.prefixes) } : whole, without };
}

/** The numbers that a scenario has a use for. */
export function numbersOf(scenario: ScenarioName): readonly NumberName[] {
  return Object.keys(scenarioOf(scenario).defaults) as NumberName[];
}

/** Under three minutes for two or three devices. */
export const QUICK: readonly Cell[] = [
  cell("converge", { clients: 100 }, ["gobgp"]),
  cell("announce", { clients: 100 }, ["gobgp"]),
  cell("restart", { clients: 50 }, ["gobgp"]),
  cell("join", { prefixes: 20_000, joins: 3 }, ["gobgp"]),
  cell("churn", { clients: 50, warmup: 1, seconds: 2 }),
  cell("sustain", { clients: 50, warmup: 1, seconds: 2 }),
  cell("ingest", { prefixes: 100_000 }, ["gobgp"]),
  cell("exchange", { clients: 20, prefixes: 1000 }, ["gobgp"]),
];

/** Every scenario once, at a size that says something. */
export const STANDARD: readonly Cell[] = (Object.keys(SCENARIOS) as ScenarioName[]).filter((name) => name !== "soak").map((name) => cell(name, {}, ["gobgp"]));

const SLOW_AT_THOUSANDS = ["bird1", "bird2", "openbgpd", "gobgp"];

/** What RESULTS.md stands on. */
export const FULL: readonly Cell[] = [
  cell("converge", { clients: 10 }),
  cell("converge", { clients: 100 }),
  cell("converge", { clients: 250 }, ["gobgp"]),
  cell("converge", { clients: 1000 }, ["gobgp", "openbgpd"]),
  cell("converge", { clients: 4000 }, [...SLOW_AT_THOUSANDS, "frr"]),
  cell("converge", { clients: 100, prefixes: 1000 }, ["gobgp"]),
  cell("announce", { clients: 500 }, ["gobgp"]),
  cell("restart", { clients: 250 }, ["gobgp"]),
  cell("reboot", { clients: 250 }, ["gobgp"]),
  cell("reboot", { clients: 1000 }, ["gobgp", "openbgpd"]),
  cell("join"),
  cell("churn"),
  cell("churn", { clients: 500, rate: 100 }, ["gobgp"]),
  cell("sustain", { clients: 100 }, ["gobgp"]),
  cell("sustain", { clients: 500 }, ["gobgp"]),
  cell("ingest", {}, ["gobgp"]),
  cell("ingest", { receivers: 10 }, ["gobgp"]),
  cell("ingest", { feeds: 2, receivers: 10 }, ["gobgp", "openbgpd"]),
  cell("exchange", {}, ["gobgp"]),
  cell("soak", { seconds: 60 }, ["bird1", "bird2", "frr", "gobgp", "openbgpd"]),
];
