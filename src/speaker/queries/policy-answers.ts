/**
 * Every policy in use, rule by rule, with its hits.
 * Pure.
 */

import { OTHERWISE } from "../../bgp/policy/evaluate.ts";
import type { Policy } from "../../bgp/policy/policy.ts";
import type { PeerConfig } from "../config/config.ts";
import type { Direction, RuleHits } from "../tables/rule-hits.ts";
import type { PolicyRuleView } from "../view.ts";

const DIRECTIONS: readonly { readonly direction: Direction; policyOf(peer: PeerConfig): Policy }[] = [
  { direction: "import", policyOf: (peer) => peer.importPolicy },
  { direction: "export", policyOf: (peer) => peer.exportPolicy },
];

export function policyRules(peers: readonly PeerConfig[], hits: RuleHits): readonly PolicyRuleView[] {
  return DIRECTIONS.flatMap(({ direction, policyOf }) => {
    const users = new Map<string, { readonly policy: Policy; readonly peers: number }>();
    for (const policy of peers.map(policyOf)) users.set(policy.name, { policy, peers: (users.get(policy.name)?.peers ?? 0) + 1 });
    return [...users.values()].flatMap(({ policy, peers }) =>
      stepsOf(policy).map(({ rule, then }) => ({ policy: policy.name, rule, direction, then, hits: hits.of(direction, policy.name, rule), peers })),
    );
  }).sort((a, b) => (a.policy < b.policy ? -1 : a.policy > b.policy ? 1 : 0)); // stable: rules keep their order
}

function stepsOf({ rules, otherwise }: Policy): readonly { readonly rule: string; readonly then: PolicyRuleView["then"] }[] {
  return [...rules.map(({ name, then }) => ({ rule: name, then })), { rule: OTHERWISE, then: otherwise }];
}
