/** The command line of the FIB bench. Pure but for reading it: a wrong one is a UsageError, all of it in one line. */

import { parseArgs } from "node:util";
import { MAX_GATEWAYS, MAX_ROUTES } from "./routes.ts";
import { ASKED_STEPS, type AskedStep } from "./steps.ts";
import type { Order } from "./updates.ts";

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const SUBJECT_NAMES = ["floor", "ip", "ts-bgp", "ts-bgp@26", "bird2", "frr"] as const;
export type SubjectName = (typeof SUBJECT_NAMES)[number];

export const WHAT = ["table", "single", "chaos"] as const;
export type What = (typeof WHAT)[number];

/** So many routes over so many next hops. */
export interface TableSize {
  readonly routes: number;
  readonly gateways: number;
}

export interface Options {
  readonly what: readonly What[];
  readonly steps: readonly AskedStep[];
  readonly subjects: readonly SubjectName[];
  readonly tables: readonly TableSize[];
  readonly prefixesPerUpdate: number;
  readonly order: Order;
  readonly runs: number;
  readonly singles: number;
  /** Routes in the table that is broken. */
  readonly chaosRoutes: number;
  readonly timeoutSec: number;
  /** Node of "ts-bgp" and of "ts-bgp@26". */
  readonly node: string;
  readonly node26: string | undefined;
  readonly nodeFlags: readonly string[];
  readonly program: string | undefined;
  readonly carrier: "auto" | "perl" | "ffi";
  readonly json: string | undefined;
  readonly out: string | undefined;
}

export const USAGE = `npm run bench:fib -- [options]

  --what LIST                of table: whole tables; single: routes one by one; chaos: how soon what was broken is right again
  --steps LIST               of ${ASKED_STEPS.join(", ")}; "add" is always first
  --subjects LIST            of ${SUBJECT_NAMES.join(", ")}; what is not installed is left out, and said
  --routes 1000,100000       sizes of the table, /26 and /32 in turn
  --gateways 1,250,1000      different next hops; every size over every number of these, 500000 over 250 alone unless asked for
  --order mixed|grouped      do the hosts take turns in the feed, or does each come as a whole
  --per-update 20            prefixes in an UPDATE
  --runs 3                   each cell so often, subjects in turn
  --singles 1000             routes one by one
  --chaos-routes 100000      in the table that is broken
  --node PATH, --node26 PATH Node of ts-bgp and of ts-bgp@26 (also BENCH_NODE26), which then runs chaos over both carriers
  --node-flags="..."         for Node, for instance --node-flags=--cpu-prof
  --carrier auto|perl|ffi    how ts-bgp reaches the kernel
  --program PATH             another dist/cli/main.js
  --timeout 120              seconds that one step may take
  --json FILE                everything that was measured
  --out FILE                 the tables as Markdown, with date and machine
  --quick                    less of everything: under three minutes
`;

const FULL = { routes: "1000,10000,100000", gateways: "1,250,1000", runs: "1", singles: "1000", chaos: "100000", subjects: SUBJECT_NAMES.join(",") };
/** As long as all the others together: over one number of next hops only. */
const LARGEST: TableSize = { routes: 500_000, gateways: 250 };
const QUICK = { routes: "1000,100000", gateways: "250,1000", runs: "1", singles: "300", chaos: "10000", subjects: "floor,ts-bgp,ts-bgp@26,bird2,frr" };

export function parseOptions(words: readonly string[], environment: NodeJS.ProcessEnv): Options | "help" {
  const { values } = parse(words);
  if (values.help) return "help";
  const sizes = values.quick ? QUICK : FULL;
  const isEverything = !values.quick && values.routes === undefined && values.gateways === undefined;
  return {
    what: among("--what", values.what ?? WHAT.join(","), WHAT),
    steps: among("--steps", values.steps ?? ASKED_STEPS.join(","), ASKED_STEPS),
    subjects: among("--subjects", values.subjects ?? sizes.subjects, SUBJECT_NAMES),
    tables: [...tables(values.routes ?? sizes.routes, values.gateways ?? sizes.gateways), ...(isEverything ? [LARGEST] : [])],
    prefixesPerUpdate: number("--per-update", values["per-update"] ?? "20", 500),
    order: oneOf("--order", values.order ?? "mixed", ["mixed", "grouped"]),
    runs: number("--runs", values.runs ?? sizes.runs, 1000),
    singles: number("--singles", values.singles ?? sizes.singles, 100_000),
    chaosRoutes: number("--chaos-routes", values["chaos-routes"] ?? sizes.chaos, MAX_ROUTES),
    timeoutSec: number("--timeout", values.timeout ?? "120", 3600),
    node: values.node ?? process.execPath,
    node26: values.node26 ?? environment["BENCH_NODE26"],
    nodeFlags: (values["node-flags"] ?? "").split(" ").filter(Boolean),
    program: values.program,
    carrier: oneOf("--carrier", values.carrier ?? "auto", ["auto", "perl", "ffi"]),
    json: values.json,
    out: values.out,
  };
}

function tables(routes: string, gateways: string): readonly TableSize[] {
  const counts = numbers("--gateways", gateways, MAX_GATEWAYS);
  return numbers("--routes", routes, MAX_ROUTES).flatMap((size) => counts.map((count) => ({ routes: size, gateways: count })));
}

function parse(words: readonly string[]): ReturnType<typeof parseArgs<{ args: string[]; options: typeof SHAPE }>> {
  try {
    return parseArgs({ args: [...words], options: SHAPE });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;
const SHAPE = {
  what: TEXT,
  steps: TEXT,
  subjects: TEXT,
  routes: TEXT,
  gateways: TEXT,
  "per-update": TEXT,
  order: TEXT,
  runs: TEXT,
  singles: TEXT,
  "chaos-routes": TEXT,
  timeout: TEXT,
  node: TEXT,
  node26: TEXT,
  "node-flags": TEXT,
  program: TEXT,
  carrier: TEXT,
  json: TEXT,
  out: TEXT,
  quick: FLAG,
  help: FLAG,
} as const;

function number(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) throw new UsageError(`${name} ${text}: a whole number from 1 to ${max} is meant`);
  return value;
}

function numbers(name: string, text: string, max: number): readonly number[] {
  return text.split(",").map((part) => number(name, part, max));
}

function oneOf<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UsageError(`${name} ${text}: one of ${choices.join(", ")} is meant`);
  return found;
}

function among<Choice extends string>(name: string, text: string, choices: readonly Choice[]): readonly Choice[] {
  return text.split(",").map((part) => oneOf(name, part, choices));
}
