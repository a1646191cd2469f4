/**
 * Who was told, as JSON: peers grouped by what becomes of which path, and why.
 * Pure. A reflector has thousands of clients and a handful of reasons.
 */

import type { ExportReason } from "../../speaker/queries/reasons.ts";
import type { PeerView } from "../../speaker/view.ts";
import type { Telling } from "../../speaker/queries/why-view.ts";
import { wordsOfRule } from "../text/policy.ts";
import { type AttributeRow, attributeRow } from "../answers/route.ts";

/** What becomes of a path, or of the prefix, towards somebody. */
export interface WhyTelling {
  /** "queued": it will be told, but the peer has not taken it yet. */
  readonly outcome: Telling["outcome"];
  readonly reason: ExportReason;
  /** The number of the path; null: it is about none. */
  readonly path: number | null;
  /** The export policy and its rule that spoke, and what the rule says. */
  readonly policy: string | null;
  readonly rule: string | null;
  readonly ruleWords: string | null;
  /** "withdrawal-queued" where the peer may still hold an older word. */
  readonly note: "withdrawal-queued" | null;
}

/** Everybody to whom the same applies. */
export interface TellingGroup extends WhyTelling {
  readonly count: number;
  readonly peers: readonly { readonly name: string; readonly address: string }[];
}

/** What one peer hears of one path. */
export interface TellingRow extends WhyTelling {
  /** With add-path. */
  readonly pathId: number | null;
  /** As it is told; null: it is not. */
  readonly as: AttributeRow | null;
}

type ByName = ReadonlyMap<string, PeerView>;

/** Those who are told first, then the many before the few. */
export function tellingGroups(tellings: readonly Telling[], peers: ByName): readonly TellingGroup[] {
  const groups = new Map<string, Telling[]>();
  for (const telling of tellings) {
    const key = keyOf(telling);
    const group = groups.get(key);
    if (group) group.push(telling);
    else groups.set(key, [telling]);
  }
  const rows = [...groups.values()].map((group) => ({
    ...tellingOf(group[0] as Telling, peers),
    count: group.length,
    peers: group.map(({ peer, address }) => ({ name: peer, address })),
  }));
  return rows.sort((a, b) => ORDER[a.outcome] - ORDER[b.outcome] || (a.path ?? 0) - (b.path ?? 0) || b.count - a.count);
}

export function tellingRow(telling: Telling, peers: ByName): TellingRow {
  return { ...tellingOf(telling, peers), pathId: telling.pathId ?? null, as: telling.attributes ? attributeRow(telling.attributes()) : null };
}

const ORDER: { readonly [O in Telling["outcome"]]: number } = { told: 0, queued: 1, "not-told": 2 };

function keyOf({ outcome, reason, path, policy, rule, withdrawal }: Telling): string {
  return JSON.stringify([outcome, reason, path, policy, rule, withdrawal]);
}

function tellingOf({ peer, outcome, reason, path, policy, rule, withdrawal }: Telling, peers: ByName): WhyTelling {
  const chosen = peers.get(peer)?.config.exportPolicy;
  return {
    outcome,
    reason,
    path: path === undefined ? null : path + 1,
    policy: policy ?? null,
    rule: rule ?? null,
    ruleWords: (chosen && rule !== undefined ? wordsOfRule(chosen, rule) : undefined) ?? null,
    note: withdrawal === "queued" ? "withdrawal-queued" : null,
  };
}
