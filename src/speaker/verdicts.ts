/**
 * Why a path may be used or not: a closed list of tokens, kept as small numbers beside each path.
 * Pure. A policy's verdict carries the rule that spoke, so that the operator can be told which.
 */

import type { Packets } from "./reception.ts";

/** Every reason there is for refusing a path on its way in. */
export const REFUSALS = {
  "as-path-length": "its AS_PATH has more AS numbers than the peer may tell (maxAsPathLength)",
  communities: "it has more communities than the peer may tell (maxCommunities)",
  "first-as": "its AS_PATH does not begin with the peer's AS (RFC 4271 §6.3)",
  "as-loop": "our AS is in its AS_PATH more often than it may (RFC 4271 §9.1.2)",
  "own-originator-id": "its ORIGINATOR_ID is our router id (RFC 4456 §8)",
  "cluster-loop": "our cluster id is in its CLUSTER_LIST (RFC 4456 §8)",
  "own-next-hop": "its next hop is an address of ours (RFC 4271 §5.1.3)",
  "loopback-next-hop": "its next hop is a loopback address, which is somebody else's (RFC 4271 §6.3)",
  "route-leak": "its OTC says that the peer should not have told it (RFC 9234 §5)",
  "import-policy": "the import policy refused it",
} as const;

export type Refusal = keyof typeof REFUSALS;

/** Those that only a peer causes who does what it should not; the others are how loops end in a healthy network. */
const MISCONDUCT = ["as-path-length", "communities", "first-as"] as const satisfies readonly Refusal[];
export type Misconduct = (typeof MISCONDUCT)[number];

export function isMisconduct(by: Refusal): by is Misconduct {
  return (MISCONDUCT as readonly Refusal[]).includes(by);
}

/** How the way in ended for one path. */
export type Verdict =
  | { readonly kind: "accepted"; readonly rule: string; readonly packets: Packets }
  | { readonly kind: "refused"; readonly by: Refusal; readonly rule: string };

/** Verdicts as numbers: there are as many as policy rules, not as many as paths. */
export class Verdicts {
  readonly #numbers = new Map<string, number>();
  readonly #verdicts: Verdict[] = [];

  numberOf(verdict: Verdict): number {
    const key = `${verdict.kind} ${verdict.kind === "refused" ? verdict.by : verdict.packets} ${verdict.rule}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#verdicts.length);
    return this.#verdicts.push(verdict) - 1;
  }

  get(number: number): Verdict | undefined {
    return this.#verdicts[number];
  }
}
