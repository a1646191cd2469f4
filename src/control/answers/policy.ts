/**
 * What may pass between us and one peer, as the JSON that `policy PEER` answers.
 * Pure. Every rule with its words, and how often it decided, for all peers that share the policy.
 */

import { OTHERWISE } from "../../bgp/policy/evaluate.ts";
import type { Policy } from "../../bgp/policy/policy.ts";
import type { PeerView, PolicyRuleView, SpeakerView } from "../../speaker/view.ts";
import { forwardingWords, ruleWords } from "../text/policy.ts";

export interface PolicyAnswer {
  readonly peer: string;
  readonly address: string;
  /** What the peer tells us. */
  readonly import: DirectionAnswer;
  /** What we tell it. */
  readonly export: DirectionAnswer;
}

export interface DirectionAnswer {
  readonly policy: string;
  readonly rules: readonly RuleRow[];
  /** What becomes of what no rule decided. */
  readonly otherwise: "accept" | "reject";
  readonly otherwiseHits: number;
}

export interface RuleRow {
  readonly name: string;
  readonly then: "accept" | "reject" | "continue";
  /** "accept what is in 192.168.0.0/16". */
  readonly words: string;
  readonly hits: number;
}

/** Which routes the kernel gets from us; what no rule decides it gets. */
export interface KernelRuleRow {
  readonly name: string;
  readonly then: "program" | "leave";
  readonly tunnel: string | null;
  /** "leave what is in 10.0.0.0/8 to others". */
  readonly words: string;
}

export function kernelRuleRows(speaker: SpeakerView): readonly KernelRuleRow[] {
  return speaker.forwardingRules().map((rule) => ({ name: rule.name, then: rule.then, tunnel: rule.tunnel ?? null, words: forwardingWords(rule) }));
}

export function policyAnswer({ name, config }: PeerView, speaker: SpeakerView): PolicyAnswer {
  const counted = speaker.policyRules();
  return {
    peer: name,
    address: config.address,
    import: directionOf("import", config.importPolicy, counted),
    export: directionOf("export", config.exportPolicy, counted),
  };
}

function directionOf(direction: PolicyRuleView["direction"], policy: Policy, counted: readonly PolicyRuleView[]): DirectionAnswer {
  const own = new Map(counted.filter((rule) => rule.direction === direction && rule.policy === policy.name).map(({ rule, hits }) => [rule, hits]));
  return {
    policy: policy.name,
    rules: policy.rules.map((rule) => ({ name: rule.name, then: rule.then, words: ruleWords(rule), hits: own.get(rule.name) ?? 0 })),
    otherwise: policy.otherwise,
    otherwiseHits: own.get(OTHERWISE) ?? 0,
  };
}
