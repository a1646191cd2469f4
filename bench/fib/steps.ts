/**
 * The steps of a measurement, and the table that each ends with.
 * Pure.
 */

import { type Layout, type Table, gatewayAt, isSampled, tableOf } from "./routes.ts";

/**
 * "add": the whole table; "change": every route gets another gateway; "withdraw": all go;
 * "again": the table once more, to a process that has had it before;
 * "restart": kill -9 and a new process over the unchanged table; "relearn": the part of it from the first octet of the feed on.
 */
export const STEPS = ["add", "change", "restart", "relearn", "withdraw", "again"] as const;
export type Step = (typeof STEPS)[number];

/** What can be asked for; "relearn" comes with "restart". */
export const ASKED_STEPS = ["add", "change", "restart", "withdraw", "again"] as const;
export type AskedStep = (typeof ASKED_STEPS)[number];

const LAST_SAMPLE_BITS = 16;

/** Two routes beside the table, seen by every watcher: one that shows that a subject is ready, one that comes last. */
export const PROBE = alwaysSampled(0xc6336400);
export const SENTINEL = alwaysSampled(PROBE.address + 1);

/** What stands in the kernel beside the table. */
export type Beside = "probe" | "probe and sentinel";

export function wantedTable(layout: Layout | undefined, beside: Beside, sampleBits: number): Table {
  const table = layout ? tableOf(layout, (address) => isSampled(address, sampleBits)) : (new Map() as Table);
  table.set(PROBE.address, gatewayAt(0));
  if (beside === "probe and sentinel") table.set(SENTINEL.address, gatewayAt(0));
  return table;
}

function alwaysSampled(from: number): { readonly address: number; readonly bits: 32 } {
  for (let address = from; ; address++) if (isSampled(address, LAST_SAMPLE_BITS)) return { address, bits: 32 };
}
