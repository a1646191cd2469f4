/**
 * One cell: a scenario with its numbers, and who is measured in it. And the sets of cells that have a name.
 * Pure.
 */

import { type NumberName, type Numbers, SCENARIOS, type ScenarioName, scenarioOf } from "./scenarios.ts";

export interface Cell {
  readonly scenario: ScenarioName;
  readonly numbers: Numbers;
  /** Devices under test that are left out here. */
  readonly without: readonly string[];
  /** Where it is not to be measured as often as the others. */
  readonly runs?: number;
}

const NONE: Numbers = { clients: 0, prefixes: 0, changers: 0, feeds: 0, sets: 0, receivers: 0, rate: 0, inFlight: 0, joins: 0, warmup: 0, seconds: 0 };

/** A scenario with these numbers; another size of table has, unless told, as many prefixes per attribute set as the usual one. */
export function cell(scenario: ScenarioName, numbers: Partial<Numbers> = {}, without: readonly string[] = []): Cell {
  const { defaults } = scenarioOf(scenario);
  const usual: Numbers = { ...NONE, ...defaults };
  const whole: Numbers = { ...usual, ...numbers };
  const sets = numbers.sets ?? (usual.sets === 0 ? 0 : Math.max(1, Math.round((usual.sets * whole.prefixes) / usual.prefixes)));
  return { scenario, numbers: { ...whole, sets }, without };
}

/** The numbers that a scenario has a use for. */
export function numbersOf(scenario: ScenarioName): readonly NumberName[] {
  return Object.keys(scenarioOf(scenario).defaults) as NumberName[];
}

/** Under three minutes for two or three devices. */
export const QUICK: readonly Cell[] = [
  cell("converge", { clients: 100 }),
  cell("announce", { clients: 100 }),
  cell("restart", { clients: 50 }),
  cell("join", { prefixes: 20_000, joins: 3 }),
  cell("churn", { clients: 50, warmup: 1, seconds: 2 }),
  cell("sustain", { clients: 50, warmup: 1, seconds: 2 }),
  cell("ingest", { prefixes: 100_000 }),
  cell("exchange", { clients: 20, prefixes: 1000 }),
];

/** Every scenario once, at a size that says something. */
export const STANDARD: readonly Cell[] = (Object.keys(SCENARIOS) as ScenarioName[]).filter((name) => name !== "soak").map((name) => cell(name, {}, ["gobgp", "forwarder"]));

/** They wait on purpose before they tell anything, so what is measured is mostly the wait. */
const WAITING = ["frr", "frr+coalesce=1000"];
/** Other ways to run ts-bgp: only where the difference is of interest. */
const VARIANTS = ["ts-bgp@26", "ts-bgp+range"];
const FEW = ["gobgp", "forwarder", ...WAITING, ...VARIANTS];
/** The same, and how far the generator could go. */
const FEW_AND_FORWARDER = FEW.filter((name) => name !== "forwarder");

/** What RESULTS.md stands on. */
export const FULL: readonly Cell[] = [
  cell("converge", { clients: 100 }, ["forwarder", ...WAITING, ...VARIANTS]),
  cell("converge", { clients: 250 }, ["gobgp", "forwarder", ...VARIANTS]),
  cell("converge", { clients: 1000 }, ["gobgp", "openbgpd", "bird2"]),
  cell("converge", { clients: 4000 }, ["gobgp", "openbgpd", "bird1", "bird2", "frr", "frr+coalesce=10", "frr+coalesce=1000"]),
  cell("converge", { clients: 100, prefixes: 1000 }, ["openbgpd", ...FEW]),
  cell("announce", { clients: 500 }, FEW_AND_FORWARDER),
  cell("restart", { clients: 250 }, FEW),
  cell("reboot", { clients: 250 }, FEW),
  cell("join", {}, FEW),
  cell("churn", { warmup: 2, seconds: 4 }, [...WAITING, "ts-bgp+range"]),
  cell("sustain", { warmup: 2, seconds: 4 }, FEW_AND_FORWARDER),
  cell("ingest", {}, ["gobgp", "openbgpd", "ts-bgp+range", ...WAITING]),
  cell("ingest", { feeds: 2, receivers: 10 }, ["openbgpd", ...FEW]),
  cell("exchange", {}, ["openbgpd", ...FEW]),
  { ...cell("soak", { seconds: 120 }, ["bird1", "bird2", "frr", "frr+coalesce=10", "frr+coalesce=1000", "openbgpd", "gobgp", "forwarder", ...VARIANTS]), runs: 1 },
];
