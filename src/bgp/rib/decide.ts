/**
 * Which path is best: RFC 4271 §9.1.2.2 and its successors as an ordered list of named rules.
 * Pure. RFC 4456 §9 (ORIGINATOR_ID, CLUSTER_LIST), RFC 5004 (oldest external), RFC 7311 (AIGP), RFC 9494 §4.4 (LLGR_STALE).
 *
 * A path kept over a graceful restart or marked by a refresh competes like any other: RFC 4724 §4.2 forbids to differentiate
 * it. Only one that is kept beyond that, and says so by the community LLGR_STALE, is the least preferred.
 *
 * Rules eliminate, as the RFC has it: the first rule keeps the paths that are best by it, the next rule chooses among
 * those, until one is left. MED compares only paths from one neighbouring AS, so it is no order of all paths; as an
 * elimination the result still depends on the set of paths alone, never on the order in which they came.
 *
 * A route that somebody else put into this machine's kernel is the last choice, as in BIRD: the kernel follows it anyway,
 * and what a peer tells of its prefix is to be passed on.
 *
 * Deviates: RFC 4271 has not the last three rules, which make the order total.
 */

import type { PathFacts } from "./path-facts.ts";
import { NO_PATH, type PathRow } from "./ids.ts";

export interface DecisionOptions {
  /** RFC 7311; off: AIGP is carried, not compared. */
  readonly aigp: "off" | "compare";
  readonly med: "same-neighbour" | "always";
  /** RFC 5004: keep the external path that was there first. Depends on arrival order, by design. */
  readonly oldestExternal: "off" | "prefer";
  /** External paths that share the traffic: told by one neighbouring AS, or by any. */
  readonly multipath: "same-neighbour" | "any-neighbour";
}

export const DECISION_DEFAULTS: DecisionOptions = {
  aigp: "off",
  med: "same-neighbour",
  oldestExternal: "off",
  multipath: "same-neighbour",
};

/** Programs may rely on these names. */
export type RuleName =
  | "resolvable" | "not-kernel" | "not-llgr-stale" | "local-pref" | "local" | "aigp" | "as-path" | "origin" | "med" | "external" | "igp-metric"
  | "oldest-external" | "router-id" | "cluster-list" | "peer-address" | "path-id" | "source";

export interface Rule {
  readonly name: RuleName;
  /** Whether it can tell any two paths apart, or only two from one neighbouring AS. */
  readonly among: "all" | "one-neighbour";
  /** Negative: a wins; zero: ask the next rule. */
  compare(a: PathRow, b: PathRow, facts: PathFacts): number;
}

/** Paths that tie on all of these are equally good for forwarding. */
const PREFERENCE: readonly Rule[] = [
  { name: "resolvable", among: "all", compare: (a, b, facts) => facts.unresolvable(a) - facts.unresolvable(b) },
  { name: "not-kernel", among: "all", compare: (a, b, facts) => facts.fromKernel(a) - facts.fromKernel(b) },
  { name: "not-llgr-stale", among: "all", compare: (a, b, facts) => facts.longLivedStale(a) - facts.longLivedStale(b) },
  { name: "local-pref", among: "all", compare: (a, b, facts) => facts.localPref(b) - facts.localPref(a) },
  { name: "local", among: "all", compare: (a, b, facts) => facts.local(b) - facts.local(a) },
  { name: "aigp", among: "all", compare: (a, b, facts) => facts.compareAigp(a, b) },
  { name: "as-path", among: "all", compare: (a, b, facts) => facts.pathLength(a) - facts.pathLength(b) },
  { name: "origin", among: "all", compare: (a, b, facts) => facts.origin(a) - facts.origin(b) },
  { name: "med", among: "one-neighbour", compare: (a, b, facts) => facts.med(a) - facts.med(b) },
  { name: "external", among: "all", compare: (a, b, facts) => facts.external(b) - facts.external(a) },
  { name: "igp-metric", among: "all", compare: (a, b, facts) => facts.finiteCost(a) - facts.finiteCost(b) },
];

/** Chooses one among equals. */
const TIE_BREAK: readonly Rule[] = [
  { name: "oldest-external", among: "all", compare: (a, b, facts) => facts.compareAges(a, b) },
  { name: "router-id", among: "all", compare: (a, b, facts) => facts.routerId(a) - facts.routerId(b) },
  { name: "cluster-list", among: "all", compare: (a, b, facts) => facts.clusterLength(a) - facts.clusterLength(b) },
  { name: "peer-address", among: "all", compare: (a, b, facts) => facts.compareAddresses(a, b) },
  { name: "path-id", among: "all", compare: (a, b, facts) => facts.pathId(a) - facts.pathId(b) },
  { name: "source", among: "all", compare: (a, b, facts) => facts.source(a) - facts.source(b) },
];

/** Every rule there is, in order; options switch some of them. */
export const RULES: readonly Rule[] = [...PREFERENCE, ...TIE_BREAK];

/** The rules in force, asked about sets of paths. Reuses its scratch space: one prefix at a time. */
export class Decision {
  readonly #facts: PathFacts;
  readonly #options: DecisionOptions;
  readonly #preference: readonly Rule[];
  readonly #tieBreak: readonly Rule[];
  readonly #withinNeighbour: readonly Rule[];
  readonly #acrossNeighbours: readonly Rule[];
  readonly #field: PathRow[] = [];
  #left = 0;
  /** Best row so far of each neighbouring AS, while a rule among one neighbour eliminates. */
  readonly #bestOfNeighbour = new Map<number, PathRow>();

  constructor(facts: PathFacts, options: DecisionOptions) {
    this.#facts = facts;
    this.#options = options;
    this.#preference = inForce(PREFERENCE, options);
    this.#tieBreak = inForce(TIE_BREAK, options);
    this.#withinNeighbour = [...this.#preference, ...this.#tieBreak];
    this.#acrossNeighbours = this.#withinNeighbour.filter(({ among }) => among === "all");
  }

  /** Starts over with no paths. */
  begin(): void {
    this.#left = 0;
  }

  enter(row: PathRow): void {
    this.#field[this.#left++] = row;
  }

  /** The best of the paths that entered, or NO_PATH when there is none that can be used. */
  winner(): PathRow {
    this.#eliminate(this.#preference);
    this.#eliminate(this.#tieBreak);
    const first = this.#left === 0 ? NO_PATH : (this.#field[0] as PathRow);
    return first === NO_PATH || this.#facts.unresolvable(first) === 1 ? NO_PATH : first;
  }

  /** The paths equal to the best through IGP cost, best first, each next hop once. */
  equals(): readonly PathRow[] {
    this.#eliminate(this.#preference);
    if (this.#left > 1 && this.#leadsOneWay()) this.#eliminate(this.#tieBreak); // as when two reflectors tell of one route: each stands for the other
    const sorted = this.#field.slice(0, this.#left).sort((a, b) => compareBy(this.#tieBreak, a, b, this.#facts));
    const [best] = sorted;
    if (best === undefined || this.#facts.unresolvable(best) === 1) return [];
    const seen = new Set<number>();
    return sorted.filter((row) => {
      const nextHop = this.#facts.nextHop(row);
      if (seen.has(nextHop) || !this.#sharesTraffic(best, row)) return false;
      seen.add(nextHop);
      return true;
    });
  }

  #leadsOneWay(): boolean {
    const nextHop = this.#facts.nextHop(this.#field[0] as PathRow);
    for (let i = 1; i < this.#left; i++) if (this.#facts.nextHop(this.#field[i] as PathRow) !== nextHop) return false;
    return true;
  }

  /** All of these paths, best first: each is the winner among itself and those behind it. */
  rank(rows: readonly PathRow[]): readonly PathRow[] {
    const groups = new Map<number, PathRow[]>();
    for (const row of rows) {
      const neighbour = this.#options.med === "always" ? 0 : this.#facts.neighbourAs(row);
      const group = groups.get(neighbour);
      if (group) group.push(row);
      else groups.set(neighbour, [row]);
    }
    // Within one group every rule compares, so the groups sort; the worst stands first and the best is popped.
    for (const group of groups.values()) group.sort((a, b) => this.#compare(b, a));
    return this.#merge([...groups.values()]);
  }

  /** The rule by which `winner` stands before `loser`, where rank() put one right behind the other. */
  decidingRule(winner: PathRow, loser: PathRow): RuleName {
    const rule = this.#rulesBetween(winner, loser).find(({ compare }) => compare(winner, loser, this.#facts) !== 0);
    return rule?.name ?? "source";
  }

  /** Groups that are sorted each -> one ranking: the next path is the best of the groups' best. */
  #merge(groups: readonly PathRow[][]): readonly PathRow[] {
    let left = groups.filter((group) => group.length > 0);
    const ranked: PathRow[] = [];
    while (left.length > 0) {
      const best = left.reduce((a, b) => (this.#compare(last(a), last(b)) <= 0 ? a : b));
      ranked.push(last(best));
      best.pop();
      if (best.length === 0) left = left.filter((group) => group !== best);
    }
    return ranked;
  }

  #compare(a: PathRow, b: PathRow): number {
    return compareBy(this.#rulesBetween(a, b), a, b, this.#facts);
  }

  /** Rules among one neighbour are silent between two. */
  #rulesBetween(a: PathRow, b: PathRow): readonly Rule[] {
    return this.#facts.neighbourAs(a) === this.#facts.neighbourAs(b) ? this.#withinNeighbour : this.#acrossNeighbours;
  }

  #eliminate(rules: readonly Rule[]): void {
    for (let i = 0; i < rules.length && this.#left > 1; i++) {
      const rule = rules[i] as Rule;
      if (rule.among === "all") this.#keepBest(rule);
      else this.#keepBestOfNeighbours(rule);
    }
  }

  /** One pass: a better path throws out all before it, an equal one joins them. */
  #keepBest(rule: Rule): void {
    const field = this.#field;
    let kept = 1;
    for (let i = 1; i < this.#left; i++) {
      const row = field[i] as PathRow;
      const order = rule.compare(row, field[0] as PathRow, this.#facts);
      if (order < 0) kept = 0;
      if (order <= 0) field[kept++] = row;
    }
    this.#left = kept;
  }

  #keepBestOfNeighbours(rule: Rule): void {
    if (this.#shareOneNeighbour()) return this.#keepBest(rule);
    if (this.#left === 2) return;
    const bestOf = this.#bestOfNeighbour;
    bestOf.clear();
    for (let i = 0; i < this.#left; i++) {
      const row = this.#field[i] as PathRow;
      const neighbour = this.#facts.neighbourAs(row);
      const best = bestOf.get(neighbour);
      if (best === undefined || rule.compare(row, best, this.#facts) < 0) bestOf.set(neighbour, row);
    }
    let kept = 0;
    for (let i = 0; i < this.#left; i++) {
      const row = this.#field[i] as PathRow;
      const best = bestOf.get(this.#facts.neighbourAs(row)) as PathRow;
      if (rule.compare(row, best, this.#facts) === 0) this.#field[kept++] = row;
    }
    this.#left = kept;
  }

  /** The common case: nearly all paths to one prefix are from inside our AS, or from one neighbour. */
  #shareOneNeighbour(): boolean {
    const first = this.#facts.neighbourAs(this.#field[0] as PathRow);
    for (let i = 1; i < this.#left; i++) if (this.#facts.neighbourAs(this.#field[i] as PathRow) !== first) return false;
    return true;
  }

  #sharesTraffic(best: PathRow, row: PathRow): boolean {
    if (this.#options.multipath === "any-neighbour" || this.#facts.external(best) === 0) return true;
    return this.#facts.neighbourAs(best) === this.#facts.neighbourAs(row);
  }
}

function inForce(rules: readonly Rule[], options: DecisionOptions): readonly Rule[] {
  return rules
    .filter(({ name }) => name !== "aigp" || options.aigp === "compare")
    .filter(({ name }) => name !== "oldest-external" || options.oldestExternal === "prefer")
    .map((rule) => (rule.name === "med" && options.med === "always" ? { ...rule, among: "all" } : rule));
}

function compareBy(rules: readonly Rule[], a: PathRow, b: PathRow, facts: PathFacts): number {
  for (const rule of rules) {
    const order = rule.compare(a, b, facts);
    if (order !== 0) return order;
  }
  return 0;
}

function last(rows: readonly PathRow[]): PathRow {
  return rows[rows.length - 1] as PathRow;
}
