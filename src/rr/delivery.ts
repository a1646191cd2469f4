/**
 * How far a member of a group is with one prefix: has it taken the last word about it?
 * Pure. Told by stamps that journal and log have anyway, so a batch of changes counts as taken when the whole batch is. Who asked for the
 * table again may hear an older word once more before the last one: until that is taken it is queued, although he had it.
 */

import type { Member } from "./member.ts";

/** "table": the whole table is on its way for the first time; "again": it asked for it again, and had this before. */
export type Delivery = "taken" | "queued" | "table" | "again";

/** `latest`: stamp of the prefix's latest change, if anybody may still have to hear of it; `unheardFrom`: of the first change that the member may not have heard of. */
export function deliveryOf(member: Member, latest: number | undefined, unheardFrom: number): Delivery {
  const { awaited } = member;
  if (latest !== undefined && (latest >= unheardFrom || awaited === "changes")) return "queued";
  if (awaited === "table") return "table";
  return awaited === "table-again" ? "again" : "taken";
}
