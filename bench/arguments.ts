/**
 * The command line of the bench: what is to be measured, and how often.
 */

import { availableParallelism } from "node:os";
import yargs, { type Options } from "yargs";
import type { DutName } from "./daemons/daemon.ts";
import { DAEMONS, UnknownDut, parseDut } from "./daemons/kinds.ts";
import { type Cell, FULL, QUICK, STANDARD, cell, numbersOf } from "./cells.ts";
import type { Priority } from "./stage/pinned.ts";
import { type NumberName, SCENARIOS, type ScenarioName } from "./scenarios.ts";

/** A command line that makes no sense, in one line. */
export class BadUsage extends Error {
  override readonly name = "BadUsage";
}

export interface Request {
  readonly cells: readonly Cell[];
  readonly duts: readonly DutName[];
  /** "named": a device that cannot be measured is an error; otherwise it is left out. */
  readonly dutsAre: "named" | "whatever is there";
  readonly runs: number;
  readonly programs: ReadonlyMap<string, string>;
  readonly cores: { readonly dut: number; readonly load: number };
  readonly priority: Priority;
  readonly timeoutMs: number;
  /** Files of earlier runs, whose tables are wanted instead of a measurement. */
  readonly again: readonly string[];
  readonly json: string | undefined;
  readonly out: string | undefined;
}

const QUICK_DUTS = "ts-bgp,bird2,frr+coalesce=10";
const EVERY_DUT = "ts-bgp,ts-bgp@26,ts-bgp+range,bird1,bird2,frr,frr+coalesce=10,frr+coalesce=1000,openbgpd,gobgp,forwarder";
const NUMBERS_GROUP = "Numbers of a scenario (several, separated by commas, are several cells):";
const NUMBERS: Readonly<Record<NumberName, string>> = {
  clients: "how many clients",
  prefixes: "how many prefixes each of them announces",
  changers: "how many clients change their routes",
  feeds: "how many feeds announce the same table",
  sets: "how many attribute sets there are",
  receivers: "how many clients only listen",
  rate: "changes per second",
  inFlight: "changes that are under way at the same time",
  joins: "how often one comes",
  warmup: "seconds before measuring begins",
  seconds: "seconds that are measured",
};

/** Read by name afterwards, so their names need not be in the type of what is parsed. */
const NUMBER_OPTIONS: Record<never, Options> = Object.fromEntries(Object.entries(NUMBERS).map(([name, describe]) => [kebab(name), { type: "string", requiresArg: true, group: NUMBERS_GROUP, describe }]));

export async function readArguments(words: readonly string[]): Promise<Request> {
  const parsed = await parser(words).parseAsync();
  const named = parsed.dut !== undefined;
  const cells = cellsOf(parsed["scenario"] as string | undefined, parsed, numbersIn(parsed));
  return {
    cells: named ? cells.map((one) => ({ ...one, without: [] })) : cells, // who names a device means it
    duts: dutsOf(parsed.dut ?? (parsed.quick ? QUICK_DUTS : EVERY_DUT)),
    dutsAre: named ? "named" : "whatever is there",
    runs: positive("runs", parsed.runs ?? (parsed.quick ? 1 : 3)),
    programs: new Map((parsed.program ?? []).map(programOf)),
    cores: coresOf(parsed.cores),
    priority: parsed.realtime ? "realtime" : "ordinary",
    timeoutMs: positive("timeout", parsed.timeout) * 1000,
    again: parsed.again ?? [],
    json: parsed.json,
    out: parsed.out,
  };
}

function parser(words: readonly string[]) {
  return yargs([...words])
    .scriptName("npm run bench --")
    .usage("$0 [scenario] [options]\n\nHow fast is ts-bgp beside other BGP daemons?\n\nWithout a scenario: each of them once.")
    .command("$0 [scenario]", false, (command) => command.positional("scenario", { type: "string" }))
    .options({
      dut: { type: "string", requiresArg: true, describe: `what is measured, separated by commas: ${[...DAEMONS.keys()].join(", ")}; frr+coalesce=MS, ts-bgp+range, ts-bgp@26` },
      quick: { type: "boolean", default: false, describe: "small cells, in less than three minutes" },
      full: { type: "boolean", default: false, describe: "the cells that RESULTS.md stands on, in about half an hour" },
      runs: { type: "number", requiresArg: true, describe: "how often each device is measured; the median counts", defaultDescription: "3, with --quick 1" },
      json: { type: "string", requiresArg: true, describe: "file for every run's figures" },
      again: { type: "string", array: true, nargs: 1, describe: "measures nothing: the tables of a file that --json wrote, or of several" },
      out: { type: "string", requiresArg: true, describe: "file for the tables, in Markdown" },
      program: { type: "string", array: true, nargs: 1, describe: "NAME=PATH of a program: ts-bgp, node26, bird1, ... (or BENCH_NODE26=PATH)" },
      cores: { type: "string", default: "0,1", requiresArg: true, describe: "core of the device under test, and of the load" },
      realtime: { type: "boolean", default: false, describe: "both before everything else on their cores (chrt), for a machine with other work" },
      timeout: { type: "number", default: 120, requiresArg: true, describe: "seconds that one run may take" },
    })
    .options(NUMBER_OPTIONS)
    .epilogue(`Scenarios:\n${Object.entries(SCENARIOS).map(([name, { describe }]) => `  ${name.padEnd(9)} ${describe}`).join("\n")}`)
    .example("$0 --quick", "a first look")
    .example("$0 converge --clients 1000 --prefixes 20 --dut ts-bgp,frr", "one cell")
    .strict()
    .version(false)
    .help()
    .wrap(120)
    .fail((message, error) => {
      throw message ? new BadUsage(message) : error;
    });
}

type NumberLists = ReadonlyMap<NumberName, readonly number[]>;

function numbersIn(parsed: Readonly<Record<string, unknown>>): NumberLists {
  const told = (Object.keys(NUMBERS) as NumberName[]).filter((name) => parsed[name] !== undefined);
  return new Map(told.map((name) => [name, String(parsed[name]).split(",").map((word) => positive(kebab(name), Number(word)))]));
}

function cellsOf(scenario: string | undefined, { quick, full }: { readonly quick: boolean; readonly full: boolean }, numbers: NumberLists): readonly Cell[] {
  if (quick && full) throw new BadUsage("--quick or --full, not both");
  if (scenario === undefined) {
    const [stray] = numbers.keys();
    if (stray !== undefined) throw new BadUsage(`--${kebab(stray)} is a number of a scenario: which one?`);
    return full ? FULL : quick ? QUICK : STANDARD;
  }
  if (!isScenario(scenario)) throw new BadUsage(`there is no scenario ${scenario}, only ${Object.keys(SCENARIOS).join(", ")}`);
  const known = numbersOf(scenario);
  for (const name of numbers.keys()) if (!known.includes(name)) throw new BadUsage(`${scenario} has no use for --${kebab(name)}, only for ${known.map((one) => `--${kebab(one)}`).join(", ")}`);
  if (numbers.size === 0 && (quick || full)) return (full ? FULL : QUICK).filter((one) => one.scenario === scenario);
  return combinations(numbers).map((chosen) => cell(scenario, chosen, ["forwarder"]));
}

/** Every number of the first list with every number of the second, and so on. */
function combinations(numbers: NumberLists): readonly Partial<Record<NumberName, number>>[] {
  let found: readonly Partial<Record<NumberName, number>>[] = [{}];
  for (const [name, values] of numbers) found = found.flatMap((chosen) => values.map((value) => ({ ...chosen, [name]: value })));
  return found;
}

function dutsOf(text: string): readonly DutName[] {
  try {
    return text.split(",").map(parseDut);
  } catch (error) {
    throw error instanceof UnknownDut ? new BadUsage(error.message) : error;
  }
}

function programOf(text: string): readonly [string, string] {
  const [name = "", path = ""] = text.split("=");
  if (name === "" || path === "") throw new BadUsage(`--program ${text}: it is NAME=PATH`);
  return [name, path];
}

function coresOf(text: string): Request["cores"] {
  const [dut = Number.NaN, load = Number.NaN, ...more] = text.split(",").map(Number);
  const isCore = (core: number): boolean => Number.isInteger(core) && core >= 0 && core < availableParallelism();
  if (more.length > 0 || !isCore(dut) || !isCore(load)) throw new BadUsage(`--cores ${text}: two of the cores 0 to ${availableParallelism() - 1}, separated by a comma`);
  return { dut, load };
}

function positive(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw new BadUsage(`--${name} is a whole number from 1 on`);
  return value;
}

function isScenario(text: string): text is ScenarioName {
  return Object.hasOwn(SCENARIOS, text);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
