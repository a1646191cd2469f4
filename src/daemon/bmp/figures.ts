/**
 * A peer's counters as BMP statistics: those of RFC 7854 §4.8 and RFC 8671 §6.2 that this daemon counts.
 * Pure.
 */

import type { Figure } from "../../bmp/message.ts";
import type { PeerFamilyView, PeerView } from "../../speaker/view.ts";

/** In the order of their numbers. */
export function figuresOf({ counters, families }: PeerView): readonly Figure[] {
  const sum = (of: (family: PeerFamilyView) => number): number => families.reduce((total, family) => total + of(family), 0);
  const each = (statistic: Figure["statistic"], of: (family: PeerFamilyView) => number): readonly Figure[] =>
    families.map((family) => ({ statistic, family: family.family, value: of(family) }));
  return [
    { statistic: "clusterListLoops", value: counters.pathsRefused["cluster-loop"] ?? 0 },
    { statistic: "asPathLoops", value: counters.pathsRefused["as-loop"] ?? 0 },
    { statistic: "originatorIdLoops", value: counters.pathsRefused["own-originator-id"] ?? 0 },
    { statistic: "adjRibIn", value: sum(({ received }) => received) },
    { statistic: "locRib", value: sum(({ best }) => best) },
    ...each("adjRibInOfFamily", ({ received }) => received),
    ...each("locRibOfFamily", ({ best }) => best),
    { statistic: "treatedAsWithdraw", value: counters.treatedAsWithdraw },
    { statistic: "adjRibOut", value: sum(({ advertised }) => advertised) },
    ...each("adjRibOutOfFamily", ({ advertised }) => advertised),
  ];
}
