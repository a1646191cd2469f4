/**
 * The import verdict of each path, why it may be used or not: a closed list of tokens, kept as a small number beside the path.
 * Pure. A policy's verdict carries the rule that decided, so that the operator can be told which.
 */

/** What the kernel is to do with packets for a path. */
export type Packets = "forward" | "discard";

/** Why a path is refused on its way in; what each means stands in queries/reasons.ts. */
export type Refusal =
  | "as-path-length" | "communities" | "first-as" | "as-loop" | "own-originator-id" | "cluster-loop" | "own-next-hop" | "loopback-next-hop" | "route-leak"
  | "import-policy";

/** Those that only a peer causes who does what it should not; the others are how loops end in a healthy network. */
const MISCONDUCT = ["as-path-length", "communities", "first-as"] as const satisfies readonly Refusal[];
export type Misconduct = (typeof MISCONDUCT)[number];

export function isMisconduct(by: Refusal): by is Misconduct {
  return (MISCONDUCT as readonly Refusal[]).includes(by);
}

/** Two names, for either may have any character in it. */
export interface SpokenRule {
  readonly policy: string;
  readonly rule: string;
}

/** How the way in ended for one path. `spoke`: the policy's rule; undefined: none was asked. */
export type Verdict =
  | { readonly kind: "accepted"; readonly spoke: SpokenRule | undefined; readonly packets: Packets }
  | { readonly kind: "refused"; readonly by: Refusal; readonly spoke: SpokenRule | undefined };

/** Verdicts as numbers: there are as many as policy rules, not as many as paths. */
export class Verdicts {
  readonly #numbers = new Map<string, number>();
  readonly #verdicts: Verdict[] = [];

  numberOf(verdict: Verdict): number {
    const key = keyOf(verdict);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#verdicts.length);
    return this.#verdicts.push(verdict) - 1;
  }

  get(number: number): Verdict | undefined {
    return this.#verdicts[number];
  }
}

/** With the length of the first name, so that "a/b" and "c" are not "a" and "b/c". */
function keyOf(verdict: Verdict): string {
  const { spoke } = verdict;
  return `${verdict.kind} ${verdict.kind === "refused" ? verdict.by : verdict.packets} ${spoke ? `${spoke.policy.length} ${spoke.policy}/${spoke.rule}` : ""}`;
}
