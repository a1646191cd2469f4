/**
 * The scenarios: what each one measures, with which numbers, and how its load is laid out.
 * Pure.
 */

import type { Work } from "./load/job.ts";
import type { LoadPlan, Share } from "./load/plan.ts";

/** Every number that a scenario may take. */
export interface Numbers {
  readonly clients: number;
  readonly prefixes: number;
  readonly changers: number;
  readonly feeds: number;
  readonly sets: number;
  readonly receivers: number;
  readonly rate: number;
  readonly inFlight: number;
  readonly joins: number;
  readonly warmup: number;
  readonly seconds: number;
}

export type NumberName = keyof Numbers;

export interface Metric {
  readonly key: string;
  readonly title: string;
  readonly better: "lower" | "higher";
  readonly digits: number;
  /** What the figure is multiplied by to be in the title's unit. */
  readonly scale?: number;
}

/** Who there is, and who announces what. */
export type Load = Pick<LoadPlan, "clients" | "prefixBits" | "shares">;

export interface Scenario {
  readonly describe: string;
  /** The numbers it takes, and what they are unless told. */
  readonly defaults: Partial<Numbers>;
  readonly metrics: readonly [Metric, ...Metric[]];
  title(numbers: Numbers): string;
  load(numbers: Numbers): Load;
  work(numbers: Numbers): Work;
}

const SECONDS: Metric = { key: "seconds", title: "seconds", better: "lower", digits: 3 };
const MIB = 1 / (1024 * 1024);
const BLOCK_BITS = 26; // a Calico host's block
const INTERNET_BITS = 24; // what the internet's table is mostly made of

const CHANGING_PREFIXES = 1000;

const MESH = { clients: 250, prefixes: 20 };
const CHURN_METRICS: readonly [Metric, Metric] = [
  { key: "p50Ms", title: "p50 ms", better: "lower", digits: 2 },
  { key: "p99Ms", title: "p99 ms", better: "lower", digits: 2 },
];

export const SCENARIOS = {
  converge: {
    describe: "cold start: all clients connect at once and announce, until each has heard all others' routes",
    defaults: MESH,
    metrics: [SECONDS],
    title: ({ clients, prefixes }) => `cold start, ${clients} clients x ${prefixes}`,
    load: mesh,
    work: () => ({ kind: "converge" }),
  },
  announce: {
    describe: "all clients are connected and announce at once, until each has heard all others' routes",
    defaults: MESH,
    metrics: [SECONDS],
    title: ({ clients, prefixes }) => `announce after set-up, ${clients} clients x ${prefixes}`,
    load: mesh,
    work: () => ({ kind: "announce" }),
  },
  restart: {
    describe: "every connection breaks at once and comes back, until each client has everything again",
    defaults: MESH,
    metrics: [SECONDS],
    title: ({ clients, prefixes }) => `restart of all clients, ${clients} x ${prefixes}`,
    load: mesh,
    work: () => ({ kind: "restart" }),
  },
  reboot: {
    describe: "the reflector is killed and started again, until each client has everything again",
    defaults: MESH,
    metrics: [SECONDS],
    title: ({ clients, prefixes }) => `restart of the reflector, ${clients} clients x ${prefixes}`,
    load: mesh,
    work: () => ({ kind: "reboot" }),
  },
  join: {
    describe: "one client more comes to a full table, until it has all of it (median of several, one after the other)",
    defaults: { prefixes: 100_000, sets: 15_000, joins: 5 },
    metrics: [{ ...SECONDS, title: "ms", scale: 1000, digits: 1 }],
    title: ({ prefixes }) => `late joiner, table of ${prefixes}`,
    load: ({ prefixes, sets }) => ({ clients: 2, prefixBits: INTERNET_BITS, shares: [{ clients: [0], prefixes, sets }] }),
    work: ({ joins }) => ({ kind: "join", joins }),
  },
  churn: {
    describe: "single routes change at a fixed rate: how long until the last client has heard of each",
    defaults: { clients: 100, prefixes: 20, changers: 1, rate: 200, warmup: 3, seconds: 5 },
    metrics: CHURN_METRICS,
    title: ({ clients, rate, changers }) => `churn, ${clients} clients, ${rate} changes/s${byMany(changers)}`,
    load: meshOfChangers,
    work: ({ rate: perSec, changers, warmup: warmupSec, seconds }) => ({ kind: "churn", perSec, changers, warmupSec, seconds }),
  },
  sustain: {
    describe: "the next route changes as soon as one of several changes has arrived everywhere: how many per second",
    defaults: { clients: 500, prefixes: 20, changers: 1, inFlight: 32, warmup: 3, seconds: 5 },
    metrics: [{ key: "changesPerSec", title: "changes/s", better: "higher", digits: 0 }, CHURN_METRICS[1]],
    title: ({ clients, inFlight, changers }) => `sustained churn, ${clients} clients, ${inFlight} in flight${byMany(changers)}`,
    load: meshOfChangers,
    work: ({ inFlight, changers, warmup: warmupSec, seconds }) => ({ kind: "sustain", inFlight, changers, warmupSec, seconds }),
  },
  ingest: {
    describe: "feeds that overlap announce a big table, until every receiver has the best of it",
    defaults: { feeds: 1, prefixes: 1_000_000, sets: 150_000, receivers: 1 },
    metrics: [SECONDS],
    title: ({ feeds, prefixes, sets, receivers }) => `ingest, ${feeds} x ${prefixes} (${sets} sets) to ${receivers}`,
    load: ({ feeds, prefixes, sets, receivers }) => ({ clients: feeds + receivers, prefixBits: INTERNET_BITS, shares: [{ clients: range(feeds), prefixes, sets }] }),
    work: () => ({ kind: "announce" }),
  },
  exchange: {
    describe: "a few clients with big tables of their own, all to all",
    defaults: { clients: 50, prefixes: 5000, sets: 715 },
    metrics: [SECONDS],
    title: ({ clients, prefixes }) => `all to all, ${clients} x ${prefixes}`,
    load: ({ clients, prefixes, sets }) => ({ clients, prefixBits: INTERNET_BITS, shares: ownShares(clients, prefixes, sets) }),
    work: () => ({ kind: "announce" }),
  },
  soak: {
    describe: "routes change all the time and every second a client goes and comes back: memory early and late",
    defaults: { clients: 100, prefixes: 20, rate: 200, seconds: 1800 },
    metrics: [
      { key: "lateBytes", title: "MiB at the end", better: "lower", digits: 1, scale: MIB },
      { key: "growthBytes", title: "MiB more than early", better: "lower", digits: 1, scale: MIB },
    ],
    title: ({ clients, rate, seconds }) => `soak, ${clients} clients, ${rate} changes/s, ${seconds} s`,
    load: mesh,
    work: ({ rate: perSec, seconds }) => ({ kind: "soak", perSec, seconds }),
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

export function scenarioOf(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}

function mesh({ clients, prefixes }: Numbers): Load {
  return { clients, prefixBits: BLOCK_BITS, shares: ownShares(clients, prefixes, 1) };
}

/** Who changes routes has enough of them that none changes again while it is under way. */
function meshOfChangers({ clients, prefixes, changers }: Numbers): Load {
  const prefixesOf = (client: number): number => (client < changers ? Math.max(prefixes, CHANGING_PREFIXES) : prefixes);
  return { clients, prefixBits: BLOCK_BITS, shares: range(clients).map((client) => ({ clients: [client], prefixes: prefixesOf(client), sets: 1 })) };
}

function byMany(changers: number): string {
  return changers === 1 ? "" : ` by ${changers}`;
}

function ownShares(clients: number, prefixes: number, sets: number): readonly Share[] {
  return range(clients).map((client) => ({ clients: [client], prefixes, sets: Math.min(sets, prefixes) }));
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
