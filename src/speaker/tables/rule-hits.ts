/**
 * Hit counts of policy rules, import and export.
 * Pure. Rules are numbered once, so that a decision costs one increment.
 *
 * Import: every path that was received or judged again. Export: every path that an update group had to hear anew, once for
 * the group and not for each of its members.
 */

import { Float64Column } from "../../bgp/rib/columns.ts";

export type Direction = "import" | "export";

export class RuleHits {
  readonly #numbers: { readonly [D in Direction]: Map<string, Map<string, number>> } = { import: new Map(), export: new Map() };
  readonly #hits = new Float64Column();
  /** By number, for whoever shows it. */
  readonly #names: string[] = [];
  #count = 0;

  /** The number of a rule: by names, for a policy that was edited keeps its counts. */
  numberOf(direction: Direction, policy: string, rule: string): number {
    const policies = this.#numbers[direction];
    let rules = policies.get(policy);
    if (!rules) policies.set(policy, (rules = new Map()));
    let number = rules.get(rule);
    if (number === undefined) {
      rules.set(rule, (number = this.#count++));
      this.#names[number] = rule;
    }
    return number;
  }

  nameOf(number: number): string | undefined {
    return this.#names[number];
  }

  hit(number: number, times = 1): void {
    this.#hits.set(number, this.#hits.get(number) + times);
  }

  of(direction: Direction, policy: string, rule: string): number {
    const number = this.#numbers[direction].get(policy)?.get(rule);
    return number === undefined ? 0 : this.#hits.get(number);
  }
}
