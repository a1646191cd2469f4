/**
 * What the kernel has of one prefix, and why: what the speaker wants of it, what it said to that, and who else is there.
 * Pure.
 */

import type { Prefix } from "../../ip/prefix.ts";
import type { FibExplanation, FibRoute, FibState } from "../../fib/vocabulary.ts";
import type { KernelReason } from "../../speaker/queries/reasons.ts";
import type { WhyView } from "../../speaker/queries/why-view.ts";
import { forwardingWords } from "../text/policy.ts";
import type { Look } from "../look.ts";

export interface WhyKernel {
  /** How it stands. */
  readonly reason: KernelReason;
  /** What a route of ours is for; null: none is wanted. */
  readonly purpose: KernelReason | null;
  /** The rule of `forwarding` that decided, and what it says. */
  readonly rule: string | null;
  readonly ruleWords: string | null;
  readonly wanted: string | null;
  readonly actual: string | null;
  /** What the kernel said when it did not take the route. */
  readonly refusal: { readonly errno: number; readonly name: string; readonly text: string } | null;
  /** Routes of others to exactly that prefix, the best metric first. */
  readonly others: FibExplanation["others"];
}

const NOTHING: FibExplanation = { route: undefined, refusal: undefined, others: [] };

/** Routes that stand otherwise than wanted, or are not wanted any more. */
const STANDING: { readonly [S in FibRoute["state"]]: KernelReason } = {
  installed: "installed",
  pending: "kernel-pending",
  unreachable: "kernel-unreachable",
  conflict: "foreign-route",
  refused: "kernel-refused",
  inherited: "inherited",
};

const AWAY: { readonly [S in FibState]?: KernelReason } = {
  starting: "kernel-away",
  "relay-lost": "kernel-away",
  "no-carrier": "kernel-away",
  closed: "kernel-away",
  "not-permitted": "not-permitted",
};

/** What route requests fail with (errno(3)); others are told by number. */
const ERRNO_NAMES: { readonly [errno: number]: string } = {
  1: "EPERM", 2: "ENOENT", 3: "ESRCH", 12: "ENOMEM", 13: "EACCES", 16: "EBUSY", 17: "EEXIST", 19: "ENODEV", 22: "EINVAL", 28: "ENOSPC", 34: "ERANGE",
  95: "EOPNOTSUPP", 97: "EAFNOSUPPORT", 99: "EADDRNOTAVAIL", 100: "ENETDOWN", 101: "ENETUNREACH", 105: "ENOBUFS", 113: "EHOSTUNREACH",
};

export function whyKernel(prefix: Prefix, { forwarding }: WhyView, look: Look): WhyKernel {
  const found = look.fib?.explain(prefix) ?? NOTHING;
  const { route, refusal, others } = found;
  const rule = look.speaker.forwardingRules().find(({ name }) => name === forwarding.rule);
  return {
    reason: standing(forwarding.entry, found, look),
    purpose: typeof forwarding.entry === "string" || !look.fib ? null : forwarding.purpose,
    rule: forwarding.rule ?? null,
    ruleWords: rule ? forwardingWords(rule) : null,
    wanted: route?.wanted ?? null,
    actual: route?.actual ?? null,
    refusal: refusal ? { ...refusal, name: ERRNO_NAMES[refusal.errno] ?? `errno ${refusal.errno}` } : null,
    others,
  };
}

function standing(entry: WhyView["forwarding"]["entry"], { route, others }: FibExplanation, { fib }: Look): KernelReason {
  if (!fib) return "not-forwarding";
  if (typeof entry === "string") return route ? STANDING[route.state] : entry;
  const away = AWAY[fib.status().state];
  if (away) return away;
  if (!route) return "kernel-pending";
  return route.state === "installed" && others.some((other) => other.standing === "preferred") ? "outranked" : STANDING[route.state];
}
