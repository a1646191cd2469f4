/**
 * Delivery of one prefix to one member: has the member taken the latest message about it, or is that still queued?
 * Pure. Read off the stamps of journal and log, so the unit is a batch: its prefixes count as taken when the whole batch is. To a member
 * that asked for the table again an older message may be sent once more before the latest: until then the prefix counts as queued.
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
